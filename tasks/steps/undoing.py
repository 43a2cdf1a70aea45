"""Taking an export back: which exports can be, and how that is sent. What it would do is planned like every export."""

from connectors.journal.errors import JournalError
from connectors.journal.records import ExportRecord
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from tasks.steps.propose import Sending
from tasks.systems import Systems


class NotUndoable(JournalError):
    """There is nothing to take back: the export wrote nothing, or nobody knows what it wrote."""


def undo_of(systems: Systems, export_id: str, submitted_by: str, *, flow_run_id: str | None) -> Sending:
    """Say how taking an export back is sent for acceptance.

    Raises:
        NotUndoable: if the export was never written, or its failed verification waits for a person.
        UnknownExport: if there is none with this id.
        WrongCompany: if it is another company's.
    """
    taken_back = systems.export(export_id)
    if not taken_back.is_settled:
        raise NotUndoable(
            "This export cannot be taken back.",
            where=f"Export {taken_back.id}",
            expected="an export that was verified, or whose failed verification a person cleared",
            found=f"one that is {str(taken_back.state).replace('_', ' ')}",
            way_out=_way_out(taken_back),
        )
    return Sending(
        kind=Kind.UNDO,
        project=str(taken_back.project_id),
        submitted_by=submitted_by,
        lock_budget=False,
        flow_run_id=flow_run_id,
        undoes=taken_back.id,
    )


def _way_out(taken_back: ExportRecord) -> str:
    if taken_back.state is ExportState.VERIFICATION_FAILED:
        return "Compare job and report, and clear it first: budget-export clear EXPORT --by MAIL --reason TEXT."
    if taken_back.is_open:
        return "Let it come to its end, or retrieve it while nobody has decided."
    return "Nothing of it is in Vista; there is nothing to do."
