"""Ask the approver: suspend the flow run until somebody answers. A suspended run holds no process."""

from datetime import timedelta

from prefect import suspend_flow_run

from connectors.journal.records import ExportRecord
from jobcost.acceptance import Answer
from tasks.forms import AcceptanceForm
from tasks.publishing import question_text
from tasks.systems import now, open_systems

# A late answer should find our own words ("expired"), not a run that Prefect failed at the same moment.
_GRACE = timedelta(days=7)


def ask_approver(export: ExportRecord) -> Answer:
    """Suspend until question number `export.ask` is answered, and return the answer.

    The key is new for each question: the same key would return the first answer again, silently (facts/prefect.md 2).
    Prefect takes lower case letters, digits and dashes in it.
    """
    with open_systems() as systems:
        text = question_text(systems, export)
    remaining = (export.deadline_at or now()) - now()
    form = suspend_flow_run(
        wait_for_input=AcceptanceForm.with_initial_data(description=text),
        timeout=int((max(remaining, timedelta(0)) + _GRACE).total_seconds()),
        key=f"{export.id.lower()}-question-{export.ask}",
    )
    return form.answer()
