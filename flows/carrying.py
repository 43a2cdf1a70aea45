"""What every export goes through once it was proposed: setup, update, and the taking back of either."""

from connectors.journal.records import ExportRecord
from jobcost.lifecycle import ExportState
from tasks.asking import ask_approver
from tasks.export_tasks import apply_export, decide_export, give_budget_back, verify_export


def carry(export: ExportRecord) -> ExportRecord:
    """Ask until an approver has decided; then write to Vista and verify, or return the budget to Procore."""
    while export.state is ExportState.AWAITING_ACCEPTANCE:
        given = ask_approver(export)
        export = decide_export(export, given)
    if export.state in {ExportState.ACCEPTED, ExportState.APPLYING}:
        export = apply_export(export)
    if export.state is ExportState.APPLIED:
        export = verify_export(export)
    if export.state is ExportState.REJECTED:
        export = give_budget_back(export)
    return export
