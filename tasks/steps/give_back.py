"""After a reject: return the budget to Procore's Budget tool, editable, with its modifications kept (invariant 7)."""

from datetime import datetime

from connectors.journal.records import ExportRecord
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from tasks.systems import Systems


def give_budget_back(systems: Systems, export_id: str, at: datetime) -> ExportRecord:
    """Unlock the budget of a rejected export and record it. Done once; running it again changes nothing.

    The budget stays as it is when it was the taking back of an export that was rejected.

    Raises:
        ProcoreError: if Procore refuses; the reject stands, and running this again tries again.
    """
    record = systems.export(export_id)
    if record.state is not ExportState.REJECTED or record.budget_returned_at is not None:
        return record
    # Whoever refuses to take an export back says nothing about the budget in Procore.
    is_of_budget = record.kind is not Kind.UNDO
    # Corrected by hand and sent again before we came to it: an approver may be reading it now, or it was exported.
    if is_of_budget and not systems.journal.is_sent_again(record.id):
        systems.procore.unlock_budget(record.project_id)
    return systems.journal.mark_budget_returned(record.id, at=at)
