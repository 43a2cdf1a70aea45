"""A flow without any business in it: it asks one question. The browser equipment is tested with it."""

from typing import Annotated, Any

from prefect import flow, suspend_flow_run
from prefect.artifacts import create_markdown_artifact
from prefect.input import RunInput
from pydantic import BeforeValidator, ConfigDict, Field


def _demand(schema: dict[str, Any]) -> None:
    schema["required"] = ["decision", "plan_code"]
    schema["additionalProperties"] = False
    for name in schema["required"]:
        schema["properties"][name].pop("default", None)


Text = Annotated[str, BeforeValidator(lambda value: value if isinstance(value, str) else "")]


class Question(RunInput):
    model_config = ConfigDict(extra="ignore", json_schema_extra=_demand)

    decision: Text = Field(
        default="", title="Decision", json_schema_extra={"enum": ["Accept", "Reject"], "position": 0}
    )
    plan_code: Text = Field(
        default="", title="Plan code", description="As shown above.", json_schema_extra={"position": 1}
    )
    reason: Text = Field(default="", title="Reason", json_schema_extra={"position": 2})


TABLE = """**Setup of job 1204-**, plan code **7Q4K-M2XD**

| | US dollars |
|---|--:|
| In Vista now | 41,200.00 |
| After this export | 43,700.00 |
"""


@flow
def ask(job: str = Field(json_schema_extra={"title": "Vista job"}), urgent: bool = False) -> str:  # noqa: FBT002
    """Ask, and show what was answered."""
    form = suspend_flow_run(wait_for_input=Question.with_initial_data(description=TABLE), timeout=3600, key="1")
    answered = f"{job} {urgent}: {form.decision} {form.plan_code} {form.reason!r}"
    create_markdown_artifact(f"## Answered\n\n{answered}", key="rehearsal-answer")
    return answered
