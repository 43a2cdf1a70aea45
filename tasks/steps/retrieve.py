"""Take a budget back before anyone has decided: its sender may, and every operator."""

from datetime import datetime

from connectors.journal.errors import AcceptedByOne, ExportMoved
from connectors.journal.records import DecisionRecord, ExportRecord, Role, Verdict
from jobcost.people import email_key
from tasks.systems import Systems

_VERDICTS = {Verdict.ACCEPT: "accepted it", Verdict.REJECT: "rejected it"}


class NotRetrieved(Exception):
    """The budget was not taken back; the message says why."""


def retrieve_budget(systems: Systems, export_id: str, *, by: str, reason: str, at: datetime) -> ExportRecord:
    """End an export that nobody has decided on. The budget stays locked in Procore, as Procore itself does it.

    Raises:
        NotRetrieved: if this person may not, or somebody decided; says who, what and when.
    """
    record = systems.export(export_id)
    if email_key(by) != email_key(record.submitted_by) and not _is_operator(systems, by):
        raise NotRetrieved(
            f"Export {record.id}: it is taken back by its sender {record.submitted_by}, or by an enrolled operator;"
            f" {by.strip() or 'nobody'} is neither. Ask one of them, or let an approver reject it."
        )
    systems.journal.expire_overdue(at, export_id=record.id)
    try:
        return systems.journal.retrieve(record.id, actor=by.strip(), reason=reason, at=at)
    except AcceptedByOne as accepted:
        raise NotRetrieved(str(accepted)) from None
    except ExportMoved:
        raise NotRetrieved(_why_not(systems, systems.export(export_id))) from None


def _is_operator(systems: Systems, email: str) -> bool:
    person = systems.journal.person(email) if email.strip() else None
    return person is not None and person.facts is not None and person.facts.role is Role.OPERATOR


def _why_not(systems: Systems, record: ExportRecord) -> str:
    decided = [
        f"{_decider(row)} {_VERDICTS[row.verdict]} on {row.at:%Y-%m-%d %H:%M} UTC"
        for row in systems.journal.decisions(record.id)
        if row.verdict in _VERDICTS
    ]
    last = systems.journal.transitions(record.id)[-1]
    state = str(record.state).replace("_", " ")
    ended = f"it is {state} since {last.at:%Y-%m-%d %H:%M} UTC, by {last.actor}: {last.reason}".rstrip(": ")
    return f"Export {record.id}: it cannot be taken back any more; {', '.join([*decided, ended])}"


def _decider(row: DecisionRecord) -> str:
    return f"{row.approver} (for {row.deputy_for})" if row.deputy_for else row.approver
