"""The acceptance form: what the approver sees in the Resume dialog, and what comes back.

Two faces. Its JSON schema demands a decision, so that the dialog preselects nothing and the server refuses an empty
answer. Its Python side takes anything and never raises: a raising form would fail the run and print what was typed, and
a forced retry that nobody answered builds the form from its defaults. None of them means yes.
What an answer is worth is judged by `jobcost.acceptance`, never here. Source: facts/prefect.md 1, 2 and 5.
"""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any, Self, cast
from uuid import UUID

from prefect.exceptions import PrefectHTTPStatusError
from prefect.input import RunInput
from prefect.input.run_input import Keyset
from pydantic import BeforeValidator, ConfigDict, Field, SecretStr

from jobcost.acceptance import ACCEPT, KEEP, REJECT, SET_TO_ZERO, Answer
from jobcost.plan import Plan

_DEMANDED = ("decision", "deleted_lines", "plan_code", "approver", "code")


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _demand_answers(schema: dict[str, Any]) -> None:
    """Let the dialog and the server insist on an answer, although Python has harmless defaults."""
    demanded = [name for name in _DEMANDED if name in schema["properties"]]
    schema["required"] = demanded
    schema["additionalProperties"] = False
    for name in demanded:
        schema["properties"][name].pop("default", None)
    # Shown as it is typed: it is worth nothing a minute later, and a browser must not offer to keep it as a password.
    for mark in ("format", "writeOnly"):
        schema["properties"]["code"].pop(mark, None)


# Anything that is not text counts as not answered.
FormText = Annotated[str, BeforeValidator(_as_text)]
FormSecret = Annotated[SecretStr, BeforeValidator(_as_text)]


class AcceptanceForm(RunInput):
    """Accept exports exactly this plan to Vista. Reject returns the budget to Procore, with your reason."""

    # Unknown fields of a forged answer are dropped here; the server refuses them by the schema.
    model_config = ConfigDict(extra="ignore", title="Acceptance", json_schema_extra=_demand_answers)

    # No descriptions: with them the form is so high that on a laptop V1 leaves no room for the question above it, and
    # V2 scrolls the decision away before Resume is pressed. The question says what each field is for.
    # The one-time code comes last, because it runs out while one types.
    plan_code: FormText = Field(default="", title="Plan code", json_schema_extra={"position": 0})
    decision: FormText = Field(
        default="", title="Decision", json_schema_extra={"enum": [ACCEPT, REJECT], "position": 1}
    )
    reason: FormText = Field(default="", title="Reason, if you reject", json_schema_extra={"position": 3})
    approver: FormText = Field(default="", title="Your e-mail address", json_schema_extra={"position": 4})
    code: FormSecret = Field(
        default=SecretStr(""), title="One-time code of your authenticator app", json_schema_extra={"position": 5}
    )

    @classmethod
    def save(cls, keyset: Keyset, flow_run_id: UUID | None = None) -> None:
        """Store the question's form. A run that asks the same question once more finds it stored already."""
        try:
            super().save(keyset, flow_run_id)
        except PrefectHTTPStatusError as problem:
            if problem.response.status_code != HTTPStatus.CONFLICT:
                raise

    @classmethod
    def load(cls, keyset: Keyset, flow_run_id: UUID | None = None) -> Self:
        """Read what Prefect stored. Somebody may have put anything there: what is no answer reads as a blank one."""
        try:
            # Outside an event loop, where flows of ours run, Prefect returns the form itself.
            return cast("Self", super().load(keyset, flow_run_id))
        except (TypeError, ValueError):
            return cls()

    def answer(self) -> Answer:
        """Return what was typed."""
        return Answer(
            decision=self.decision,
            approver=self.approver,
            plan_code=self.plan_code,
            code=self.code,
            reason=self.reason,
        )


class DeletionsForm(AcceptanceForm):
    """The form of a plan with lines that Procore no longer has: what becomes of them is the approver's choice."""

    # Without this answer, or with any other text, they are kept.
    deleted_lines: FormText = Field(
        default="", title="Deleted lines", json_schema_extra={"enum": [KEEP, SET_TO_ZERO], "position": 2}
    )

    def answer(self) -> Answer:
        """Return what was typed. Nothing but exactly the words of the choice consents."""
        return replace(super().answer(), zero_deleted=self.deleted_lines == SET_TO_ZERO)


def form_for(plan: Plan) -> type[AcceptanceForm]:
    """Choose the form in which a plan is decided on."""
    return DeletionsForm if plan.deleted else AcceptanceForm


def typed_into(form: type[AcceptanceForm], answer: Answer) -> dict[str, str]:
    """Spell an answer as it is typed into the form."""
    typed = {
        "decision": answer.decision,
        "approver": answer.approver,
        "plan_code": answer.plan_code,
        "reason": answer.reason,
        "code": answer.code.get_secret_value(),
    }
    if issubclass(form, DeletionsForm):
        typed["deleted_lines"] = SET_TO_ZERO if answer.zero_deleted else KEEP
    return typed
