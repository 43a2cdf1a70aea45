"""Judge an approver's answer. It is text from a form that anyone may forge; only this judgement makes it a decision.

Silence, a default, a malformed or a forced answer never accepts (invariant 5): everything that is not a clear and
authorised yes or a reasoned no is refused with the reasons, and the approver is asked again.
"""

from dataclasses import dataclass
from decimal import Decimal

from jobcost.budget import ProcoreUser
from jobcost.config import ExportConfig
from jobcost.money import money_text
from jobcost.people import email_key
from jobcost.plan import Digest, PlanCode

ACCEPT = "Accept"
REJECT = "Reject"

REASON_LENGTH_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back from the form or the command line, as text."""

    decision: str
    approver: str
    plan_code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """An enrolled accounting approver (journal)."""

    email: str
    name: str
    # The largest change of a job's estimate they may accept, US dollars; None is no limit.
    amount_limit: Decimal | None
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the answer is about: the plan, who sent it, and who accepted it already."""

    digest: Digest
    plan_code: PlanCode
    # What the export adds to the job's lines or takes from them, whichever is more; US dollars, negative if it takes.
    difference: Decimal
    submitted_by: str
    accepted_by: tuple[str, ...]


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
class Refused:
    """The answer is no decision; the reasons are shown with the next question."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A valid acceptance. It is complete unless a second, different approver must follow."""

    approver: str
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A valid reject, with its reason."""

    approver: str
    reason: str


Judgement = Refused | Accepted | Rejected


def judge(answer: Answer, question: Question, authority: Authority, config: ExportConfig) -> Judgement:
    """Decide what an answer is worth. Total: any text gives a judgement, nothing raises."""
    reasons = [*_person_problems(answer, question, authority, config), *_content_problems(answer, question, config)]
    if reasons or authority.approver is None:
        return Refused(reasons=tuple(reasons))
    email = authority.approver.email
    if _choice(answer) == REJECT:
        return Rejected(approver=email, reason=answer.reason.strip())
    needed = 2 if config.needs_two_approvers(question.difference) else 1
    return Accepted(approver=email, complete=len({*question.accepted_by, email}) >= needed)


def authority_problems(question: Question, authority: Authority, config: ExportConfig) -> tuple[str, ...]:
    """Say why a person may not decide on this export; empty when they may. Asked again before anything is written."""
    approver = authority.approver
    if approver is None or not approver.active:
        return ("Approver: expected an enrolled approver's e-mail address; an operator can enrol one.",)
    problems = []
    if email_key(approver.email) == email_key(question.submitted_by):
        problems.append("Approver: the sender of a budget cannot decide on it; ask another approver.")
    if approver.amount_limit is not None and abs(question.difference) > approver.amount_limit:
        problems.append(
            f"Approver: the change of {money_text(question.difference)} is above your limit of"
            f" {money_text(approver.amount_limit)}; ask an approver with a higher one."
        )
    user = authority.procore_user
    if config.acceptance.require_procore_flag and user is not None and user.is_accounting_approver is False:
        problems.append("Approver: Procore does not list you as an accounting approver (Can Push to Accounting).")
    if config.acceptance.require_procore_flag and user is None and not authority.identity_problem:
        problems.append("Approver: Procore's directory has no user with this e-mail address.")
    if user is not None and not user.is_active:
        problems.append("Approver: your Procore account is inactive.")
    return tuple(problems)


def _person_problems(answer: Answer, question: Question, authority: Authority, config: ExportConfig) -> list[str]:
    if not answer.approver.strip():
        return ["Approver: your e-mail address is missing."]
    problems = list(authority_problems(question, authority, config))
    if authority.identity_problem:
        problems.append(authority.identity_problem)
    return problems


def _content_problems(answer: Answer, question: Question, config: ExportConfig) -> list[str]:
    problems = []
    choice = _choice(answer)
    if choice not in {ACCEPT, REJECT}:
        problems.append(f"Decision: choose {ACCEPT} or {REJECT}.")
    if _plain(answer.plan_code) != _plain(question.plan_code):
        problems.append("Plan code: it is not the code of this plan; copy it from the review above.")
    if choice == REJECT and not answer.reason.strip():
        problems.append("Reason: a reject needs one, so that the budget can be corrected.")
    if len(answer.reason) > REASON_LENGTH_MAX:
        problems.append(f"Reason: at most {REASON_LENGTH_MAX} characters, found {len(answer.reason)}.")
    accepted_before = {email_key(email) for email in question.accepted_by}
    is_second = choice == ACCEPT and config.needs_two_approvers(question.difference)
    if is_second and email_key(answer.approver) in accepted_before:
        problems.append("Approver: you accepted already; a different second approver must follow.")
    return problems


def _choice(answer: Answer) -> str:
    return answer.decision.strip().capitalize()


def _plain(code: str) -> str:
    return code.replace("-", "").replace(" ", "").upper()
