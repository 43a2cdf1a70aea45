"""The parameters of the flows, as the run form of the Prefect UI shows them."""

from typing import Annotated

from pydantic import BeforeValidator, Field

ProjectNumber = Annotated[
    str,
    # The API may pass the number as a number.
    BeforeValidator(lambda value: str(value) if isinstance(value, int) and not isinstance(value, bool) else value),
    Field(
        title="Procore project number",
        description="The number in the project's address in Procore: .../projects/NUMBER/... Files are not accepted.",
    ),
]
Sender = Annotated[
    str,
    Field(
        title="Your e-mail address",
        description="As in the Procore directory. You are the sender; somebody else must accept.",
    ),
]
LockBudget = Annotated[
    bool,
    Field(
        title="Lock the budget first",
        description="Locks an unlocked budget in Procore before it is read. Otherwise an unlocked budget is refused.",
    ),
]
ContinueExport = Annotated[
    str | None,
    Field(
        title="Continue an interrupted export",
        description="Leave empty. The export's id, when its own run is gone and this one shall go on with it.",
    ),
]
