"""Judge an approver's answer. It is text from a form that anyone may forge; only this judgement makes it a decision.

Silence, a default, a malformed or a forced answer never accepts (invariant 5): everything that is not a clear and
authorised yes or a reasoned no is refused with the reasons, and the approver is asked again.
Who may give it is said in jobcost.authority.
"""

from dataclasses import dataclass

from pydantic import SecretStr

from jobcost.authority import (
    Acceptor,
    Approver,
    Authority,
    Question,
    authority_problems,
    lender_of,
    lost_acceptances,
    may_decide,
    people_needed,
)
from jobcost.config import ExportConfig
from jobcost.people import email_key

__all__ = [
    "ACCEPT",
    "KEEP",
    "REASON_LENGTH_MAX",
    "REJECT",
    "SET_TO_ZERO",
    "Accepted",
    "Acceptor",
    "Answer",
    "Approver",
    "Authority",
    "Judgement",
    "Question",
    "Refused",
    "Rejected",
    "authority_problems",
    "consents_to_zeroing",
    "judge",
    "lost_acceptances",
    "may_decide",
]

ACCEPT = "Accept"
REJECT = "Reject"
# What an approver chooses about lines that Procore no longer has. Nothing but exactly the latter lowers a line to zero.
KEEP = "Keep"
SET_TO_ZERO = "Set to zero"

_NO_CODE = SecretStr("")

REASON_LENGTH_MAX = 1000

# How the refusal of an answer begins that did not come as Resume sends it. People are told of it.
EXCHANGED = "Answer: what is stored was not sent by you, or somebody changed it on its way:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back from the form or the command line, as text."""

    decision: str
    approver: str
    plan_code: str
    reason: str
    # The approver consents that deleted lines are set to zero.
    zero_deleted: bool = False
    # The one-time code. It is checked outside, where the authenticator's secret is; nothing here reads it.
    code: SecretStr = _NO_CODE


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The answer is no decision; the reasons are shown with the next question."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A valid acceptance. It is complete unless a second, different approver must follow."""

    approver: str
    complete: bool
    # Address of the person whose authority a deputy used; None for one's own.
    deputy_for: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A valid reject, with its reason."""

    approver: str
    reason: str
    # As in Accepted.
    deputy_for: str | None = None


Judgement = Refused | Accepted | Rejected


def judge(answer: Answer, question: Question, authority: Authority, config: ExportConfig) -> Judgement:
    """Decide what an answer is worth. Total: any text gives a judgement, nothing raises."""
    choice = _choice(answer)
    # Whoever accepted, or lent their authority for it, may still say no.
    asked = question if choice == ACCEPT else question.without_earlier_answers()
    reasons = [*_person_problems(answer, asked, authority, config), *_content_problems(answer, question)]
    approver = authority.approver
    lender = None if approver is None else lender_of(asked, approver)
    if reasons or approver is None or lender is None:
        return Refused(reasons=tuple(reasons))
    deputy_for = None if lender is approver else lender.email
    if choice == REJECT:
        return Rejected(approver=approver.email, reason=answer.reason.strip(), deputy_for=deputy_for)
    people = {email_key(email) for email in (*question.accepted_by, approver.email)}
    is_complete = len(people) >= people_needed(question, config)
    return Accepted(approver=approver.email, complete=is_complete, deputy_for=deputy_for)


def consents_to_zeroing(answer: Answer) -> bool:
    """Tell whether an answer accepts, and lets deleted lines be set to zero."""
    return answer.zero_deleted and _choice(answer) == ACCEPT


def _person_problems(answer: Answer, question: Question, authority: Authority, config: ExportConfig) -> list[str]:
    if not answer.approver.strip():
        return ["Approver: your e-mail address is missing."]
    problems = list(authority_problems(question, authority, config))
    if authority.identity_problem:
        problems.append(authority.identity_problem)
    return problems


def _content_problems(answer: Answer, question: Question) -> list[str]:
    problems = []
    choice = _choice(answer)
    if choice not in {ACCEPT, REJECT}:
        problems.append(f"Decision: choose {ACCEPT} or {REJECT}.")
    if _plain(answer.plan_code) != _plain(question.plan_code):
        problems.append("Plan code: it is not the code of this plan; copy it from the review.")
    if choice == REJECT and not answer.reason.strip():
        problems.append("Reason: a reject needs one, so that the budget can be corrected.")
    if choice == ACCEPT and question.accepted_form not in {None, question.digest}:
        first = KEEP if answer.zero_deleted else SET_TO_ZERO
        problems.append(f"Deleted lines: the first approver chose {first}; choose the same, or reject with a reason.")
    if len(answer.reason) > REASON_LENGTH_MAX:
        problems.append(f"Reason: at most {REASON_LENGTH_MAX} characters, found {len(answer.reason)}.")
    return problems


def _choice(answer: Answer) -> str:
    return answer.decision.strip().capitalize()


def _plain(code: str) -> str:
    return code.replace("-", "").replace(" ", "").upper()
