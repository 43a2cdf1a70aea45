"""What every export goes through once it was proposed: setup, update, and the taking back of either."""

from connectors.journal.records import ExportRecord
from jobcost.lifecycle import ExportState
from tasks.asking import ask_approver
from tasks.export_tasks import apply_export, decide_export, give_budget_back, verify_export


def carry(export: ExportRecord, profile: str = "") -> ExportRecord:
    """Ask until an approver has decided; then write to Vista and verify, or return the budget to Procore.

    Without a profile it is found from the export.
    """
    while export.state is ExportState.AWAITING_ACCEPTANCE:
        given = ask_approver(export, profile)
        export = decide_export(export, given, profile)
    if export.state in {ExportState.ACCEPTED, ExportState.APPLYING}:
        export = apply_export(export, profile)
    if export.state is ExportState.APPLIED:
        export = verify_export(export, profile)
    if export.state is ExportState.REJECTED:
        export = give_budget_back(export, profile)
    return export
