"""Who may decide on a plan: enrolled, within their limit and companies, nobody of the sender's making.

What a person must be (enrolled, not the sender, not enrolled by the sender, what Procore says) they must be themselves.
Limit and companies are their authority: a deputy whose own does not suffice uses that of a person they stand in for.
For one plan an authority counts once, whoever uses it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from jobcost.budget import ProcoreUser
from jobcost.config import ExportConfig
from jobcost.money import money_text
from jobcost.people import email_key
from jobcost.plan import Digest, PlanCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """An enrolled accounting approver (journal)."""

    email: str
    name: str
    # The largest change of a job's estimate they may accept, US dollars; None is no limit.
    amount_limit: Decimal | None
    active: bool
    # Vista company numbers (JCCo) they may decide for; none means every one.
    companies: frozenset[int] = frozenset()
    # Addresses of who asked for the enrolment in force and who confirmed it.
    enrolled_by: tuple[str, ...] = ()
    # The approvers whose deputy they are on the day of the answer, by the company's calendar.
    stands_in_for: tuple["Approver", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the answer is about: the plan, who sent it, and who accepted it already."""

    digest: Digest
    plan_code: PlanCode
    # What the export adds to the job's lines or takes from them, whichever is more; US dollars, negative if it takes.
    difference: Decimal
    # Vista company (JCCo) of the job.
    jcco: int
    submitted_by: str
    accepted_by: tuple[str, ...]
    # Whose authority those acceptances used: the person's own address, or of whom the deputy stood in for.
    authorities_used: tuple[str, ...] = ()
    # Digest of what they accepted: the plan as it is, or with deleted lines set to zero; None while nobody has.
    accepted_form: Digest | None = None

    def without_earlier_answers(self) -> "Question":
        """Return the question as if nobody had accepted yet."""
        return replace(self, accepted_by=(), authorities_used=(), accepted_form=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """What we know of the person who answered, looked up by the e-mail address in the answer."""

    # None when the journal has no such approver.
    approver: Approver | None
    # None when Procore has no such user, or could not be asked.
    procore_user: ProcoreUser | None
    # Why the person could not prove who they are; "" when they did, or no proof is required yet.
    # The seam for the one-time code: the proof is checked outside, its outcome is judged here.
    identity_problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptor:
    """Somebody who accepted, by the journal's decisions, with what we know of them now."""

    email: str
    authority: Authority
    # As in Accepted, when they decided.
    deputy_for: str | None = None


def authority_problems(question: Question, authority: Authority, config: ExportConfig) -> tuple[str, ...]:
    """Say why this person's acceptance would not count; empty when it would.

    For a reject ask `question.without_earlier_answers()`: whoever accepted, or lent their authority for it, may say no.
    """
    approver = authority.approver
    if approver is None or not approver.active:
        return ("Approver: expected an enrolled approver's e-mail address; an operator can enrol one.",)
    return (*_personal_problems(question, approver, authority, config), *_shortages(question, approver))


def may_decide(approver: Approver, procore_user: ProcoreUser | None, question: Question, config: ExportConfig) -> bool:
    """Tell whether an acceptance by this person, with a right one-time code, would count now.

    Args:
        approver: the person, as enrolled.
        procore_user: the person in Procore's directory; None where it has no such user, which counts as in `judge`.
        question: what they would answer.
        config: the company's choices.
    """
    return not authority_problems(question, Authority(approver=approver, procore_user=procore_user), config)


def lost_acceptances(question: Question, acceptors: Sequence[Acceptor], config: ExportConfig) -> tuple[str, ...]:
    """Say why recorded acceptances do not suffice any more; empty when they do. Asked before anything is written.

    Each person must still be one who may decide, by the authority that was recorded: another one that would do now was
    never used. And they must be as many different people, with as many different authorities, as the change needs now.

    Args:
        question: what was accepted; by whom is taken from `acceptors` alone.
        acceptors: who accepted this plan, with the deputyships of the day on which they did.
        config: the company's choices now.
    """
    alone = question.without_earlier_answers()
    problems = [f"{acceptor.email}: {problem}" for acceptor in acceptors for problem in _lost(alone, acceptor, config)]
    people = _keys(acceptor.email for acceptor in acceptors)
    authorities = _keys(acceptor.deputy_for or acceptor.email for acceptor in acceptors)
    change = money_text(question.difference)
    if len(people) < people_needed(question, config):
        needed = ("one approver", "two approvers")[people_needed(question, config) - 1]
        problems.append(f"A change of {change} needs {needed} now; {'one' if people else 'nobody'} accepted.")
    elif len(authorities) < people_needed(question, config):
        problems.append(f"A change of {change} needs two approvers now; those who accepted used one authority.")
    return tuple(problems)


def lender_of(question: Question, approver: Approver) -> Approver | None:
    """Find whose authority the person would use: their own if it suffices, else the first they stand in for."""
    lenders = (approver, *(lender for lender in approver.stands_in_for if _may_lend(question, lender)))
    fitting = (lender for lender in lenders if _suffices(question, lender) and not _is_used(question, lender))
    return next(fitting, None)


def people_needed(question: Question, config: ExportConfig) -> int:
    """Say how many different people must accept, by what the configuration asks for a change of this size."""
    return 2 if config.needs_two_approvers(question.difference) else 1


def _personal_problems(
    question: Question, approver: Approver, authority: Authority, config: ExportConfig
) -> Iterator[str]:
    """Say what nobody can lend: who the person is to this budget, and to Procore."""
    sender = email_key(question.submitted_by)
    if email_key(approver.email) == sender:
        yield "Approver: the sender of a budget cannot decide on it; ask another approver."
    if sender in _keys(approver.enrolled_by):
        yield "Approver: the sender of this budget enrolled you, or confirmed it; ask another approver."
    user, needs_flag = authority.procore_user, config.acceptance.require_procore_flag
    if needs_flag and user is not None and user.is_accounting_approver is False:
        yield "Approver: Procore does not list you as an accounting approver (Can Push to Accounting)."
    if needs_flag and user is None and not authority.identity_problem:
        yield "Approver: Procore's directory has no user with this e-mail address."
    if user is not None and not user.is_active:
        yield "Approver: your Procore account is inactive."


def _shortages(question: Question, approver: Approver) -> Iterator[str]:
    """Say what the person's own authority lacks, unless it suffices, or that of somebody they stand in for does."""
    has_accepted = email_key(approver.email) in _keys(question.accepted_by)
    if has_accepted:
        yield "Approver: you accepted already; a different second approver must follow."
    if lender_of(question, approver) is not None:
        return
    if not _covers_company(question, approver):
        yield f"Approver: you are not enrolled for company {question.jcco} (JCCo); ask an approver who is."
    if not _covers_change(question, approver) and approver.amount_limit is not None:
        yield (
            f"Approver: the change of {money_text(question.difference)} is above your limit of"
            f" {money_text(approver.amount_limit)}; ask an approver with a higher one."
        )
    if _is_used(question, approver) and not has_accepted:
        yield "Approver: your authority was used for this plan already; the second approver must have another."
    if approver.stands_in_for:
        yield "Approver: nobody whose deputy you are today has an authority that you could use for this plan."


def _may_lend(question: Question, lender: Approver) -> bool:
    """Tell whether the person may decide on this budget at all: through a deputy nobody gets what they have not."""
    sender = email_key(question.submitted_by)
    return lender.active and email_key(lender.email) != sender and sender not in _keys(lender.enrolled_by)


def _suffices(question: Question, lender: Approver) -> bool:
    return _covers_company(question, lender) and _covers_change(question, lender)


def _covers_company(question: Question, lender: Approver) -> bool:
    return not lender.companies or question.jcco in lender.companies


def _covers_change(question: Question, lender: Approver) -> bool:
    return lender.amount_limit is None or abs(question.difference) <= lender.amount_limit


def _is_used(question: Question, lender: Approver) -> bool:
    return email_key(lender.email) in _keys(question.authorities_used)


def _lost(question: Question, acceptor: Acceptor, config: ExportConfig) -> tuple[str, ...]:
    approver = acceptor.authority.approver
    if approver is None:
        return authority_problems(question, acceptor.authority, config)
    if acceptor.deputy_for is None:
        own = replace(approver, stands_in_for=())
        return authority_problems(question, replace(acceptor.authority, approver=own), config)
    key = email_key(acceptor.deputy_for)
    lenders = [lender for lender in approver.stands_in_for if email_key(lender.email) == key]
    if any(_may_lend(question, lender) and _suffices(question, lender) for lender in lenders):
        # What was lent suffices: what is left to ask is what nobody can lend.
        own = replace(approver, companies=frozenset(), amount_limit=None)
        return authority_problems(question, replace(acceptor.authority, approver=own), config)
    return (f"Approver: the authority of {acceptor.deputy_for}, in whose place you decided, suffices no more.",)


def _keys(emails: Iterable[str]) -> frozenset[str]:
    return frozenset(email_key(email) for email in emails)
