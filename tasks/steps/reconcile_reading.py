"""Reads what a reconciliation compares: both systems, now or as of a day, and what the journal knows of the job."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connectors.journal.errors import JournalError, NoPlan
from connectors.journal.records import ExportRecord
from connectors.procore.errors import NotVisible
from connectors.vista.gateway import AuditEntry
from jobcost.deadline import in_zone
from jobcost.lifecycle import ExportState
from jobcost.mapping import job_code_of
from jobcost.plan import Kind, Plan
from jobcost.reconciliation_sides import (
    SettledExport,
    lines_about,
    procore_as_sent,
    procore_now,
    verified_by,
    vista_now,
    vista_posted,
)
from jobcost.reconciliation_values import InFlight, ProcoreSide, Trace, VerifiedSide, VistaSide
from tasks.steps.kept_budget import kept_with_plan, knew_changes
from tasks.systems import Systems


class NothingToReconcile(JournalError):
    """No export of what was asked for was ever verified."""


class Links:
    """Which job each of Procore's listed projects is linked to: listed once, when first asked for."""

    def __init__(self, systems: Systems) -> None:
        """Keep where to ask."""
        self._systems = systems
        self._jobs: dict[int, str] | None = None

    def job_of(self, project_id: int) -> str:
        """Name the job as people write it; "" for a project that is not listed as linked.

        Raises:
            ProcoreError: if the projects could not be listed.
        """
        if self._jobs is None:
            mapping = self._systems.config.mapping
            listed = self._systems.procore.list_projects()
            self._jobs = {project.id: job_code_of(project, mapping) or "" for project in listed}
        return self._jobs.get(project_id, "")


def unmoved_budget(
    systems: Systems, record: ExportRecord, settled: tuple[SettledExport, ...], links: Links
) -> ProcoreSide | None:
    """Take the budget from the plan of the last settled export if Procore still has exactly what it was made of.

    Rows, approved changes and the link to the job: three calls instead of a dozen, as Procore allows few in an hour
    (facts/procore.md 2.2). None if anything of it moved, or nobody knows what it was.
    """
    last = settled[-1]
    kept = kept_with_plan(systems, last.export_id)
    if kept is None or last.plan.kind is Kind.UNDO or links.job_of(record.project_id) != kept.linked_to:
        return None
    procore, project_id = systems.procore, record.project_id
    try:
        is_same = procore.read_fingerprint(project_id, kept.view_id) == kept.fingerprint
        # The rows alone do not show changes that cancel each other, nor one that took another one's place.
        is_same = is_same and procore.read_changes_fingerprint(project_id, kept.view_id) == kept.changes
    except NotVisible:
        # The view is gone; the whole reading finds another, or says why not.
        return None
    return procore_as_sent(last.plan, verified_by(settled).change_orders) if is_same else None


def sides_now(
    systems: Systems, record: ExportRecord, verified: VerifiedSide, known: ProcoreSide | None = None
) -> tuple[ProcoreSide, VistaSide]:
    """Read the project's budget, unless it is known, and the job as they are now.

    Raises:
        NothingToReconcile: if Vista does not show the job any more.
        ProcoreError, VistaError: what could not be read.
    """
    estimate = systems.vista.read_estimate(record.job or "")
    if estimate.job is None:
        raise NothingToReconcile(
            "The job is not in Vista any more.",
            where=f"Job {(record.job or '').strip()}",
            expected=f"the job that {record.id} wrote",
            found="no such job, or none that the login sees",
            way_out="Look for it in JC Jobs, and at the login's rights.",
        )
    if known is not None:
        return known, vista_now(estimate)
    budget = systems.procore.read_budget(record.project_id)
    return procore_now(budget, estimate, systems.config, verified.change_orders), vista_now(estimate)


def sides_then(
    systems: Systems, record: ExportRecord, day: date, end: datetime, settled: tuple[SettledExport, ...]
) -> tuple[ProcoreSide, VistaSide]:
    """Take the budget as it was last sent by a day, and what Vista had posted by then.

    Args:
        systems: the journal and Vista.
        record: the job's last settled export.
        day: the day, by Vista's own dates.
        end: its end, by the company's clock.
        settled: the exports that were settled by then; at least one.
    """
    sent = next(_plans_sent(systems, record, end), settled[-1].plan)
    posted = systems.vista.read_posted(record.job or "", day)
    return procore_as_sent(sent, verified_by(settled).change_orders), vista_posted(posted)


def _plans_sent(systems: Systems, record: ExportRecord, end: datetime) -> Iterator[Plan]:
    """Give the plans of the project's budgets sent to the job before a moment, the latest first."""
    for one in exports_of(systems, record):
        is_sent = one.created_at < end and one.kind is not Kind.UNDO
        # The plan of a blocked export lacks the lines that blocked it, and was put before nobody.
        plan = _plan_of(systems, one) if is_sent and one.state is not ExportState.BLOCKED else None
        if plan is not None and one.project_id == record.project_id:
            yield plan


def settled_exports(systems: Systems, record: ExportRecord, end: datetime | None) -> tuple[SettledExport, ...]:
    """Read the job's settled exports with their plans as accepted, the oldest first."""
    return tuple(
        _settled(systems, one, at)
        for one in reversed(exports_of(systems, record))
        if (at := settled_at(one)) is not None and (end is None or at < end)
    )


def _settled(systems: Systems, record: ExportRecord, at: datetime) -> SettledExport:
    plan = systems.journal.plan(record.id)
    return SettledExport(export_id=record.id, at=at, plan=plan, knows_changes=knew_changes(systems, record.id, plan))


def settled_at(record: ExportRecord) -> datetime | None:
    """Return when the export's outcome was certain: verified, or its failure cleared by a person; None if it is not."""
    if not record.is_settled:
        return None
    return record.ended_at if record.state is ExportState.VERIFIED else record.cleared_at


def in_flight(systems: Systems, record: ExportRecord, end: datetime | None) -> tuple[InFlight, ...]:
    """List the job's exports whose outcome is open: under way, or failed at the verification and cleared by nobody."""
    found = []
    for one in (*exports_of(systems, record), *_open_of_project(systems, record)):
        words = _flight_words(one, end)
        if words:
            plan = _plan_of(systems, one)
            found.append(InFlight(words=words, keys=None if plan is None else lines_about(plan)))
    return tuple(found)


def _flight_words(one: ExportRecord, end: datetime | None) -> str:
    state = str(one.state).replace("_", " ")
    if end is not None and one.created_at >= end:
        return ""
    if one.is_open:
        return f"Export {one.id} is under way: {state}"
    settled = settled_at(one)
    if one.state is ExportState.VERIFICATION_FAILED and (settled is None or (end is not None and settled >= end)):
        return f"Nobody has cleared the failed verification of export {one.id}"
    if end is not None and one.ended_at is not None and one.ended_at >= end:
        return f"Export {one.id} was under way on that day; now it is {state}"
    return ""


def _open_of_project(systems: Systems, record: ExportRecord) -> tuple[ExportRecord, ...]:
    """List open exports of the project that have no job yet: they are being read."""
    opened = systems.own(systems.journal.open_exports())
    return tuple(one for one in opened if one.job is None and one.project_id == record.project_id)


def traces_since(systems: Systems, record: ExportRecord, since: datetime, end: datetime | None) -> tuple[Trace, ...]:
    """Read what Vista's audit tells of the job since a moment, and before another if one is given."""
    # UNVERIFIED: that Vista's server runs by the company's clock; HQMA.DateTime has no time zone.
    entries = systems.vista.read_audit(record.job or "", _without_zone(systems, since))
    until = None if end is None else _without_zone(systems, end)
    return tuple(_trace(one) for one in entries if until is None or one.at < until)


def _without_zone(systems: Systems, at: datetime) -> datetime:
    return in_zone(at, systems.config.acceptance).replace(tzinfo=None)


def _trace(entry: AuditEntry) -> Trace:
    return Trace(
        table=entry.table,
        key_text=entry.key_text,
        kind=entry.kind,
        field=entry.field,
        old_value=entry.old_value,
        new_value=entry.new_value,
        user=entry.user,
        at=entry.at,
    )


def journal_image(systems: Systems, record: ExportRecord) -> tuple[tuple[str, str, datetime | None], ...]:
    """Tell where the job's exports are, to see whether one went on meanwhile."""
    exports = (*exports_of(systems, record), *_open_of_project(systems, record))
    return tuple((one.id, str(one.state), one.cleared_at) for one in exports)


def exports_of(systems: Systems, record: ExportRecord) -> tuple[ExportRecord, ...]:
    """List all exports of the record's job, the latest first."""
    return systems.journal.history(record.jcco, record.job or "")


def _plan_of(systems: Systems, record: ExportRecord) -> Plan | None:
    try:
        return systems.journal.plan(record.id)
    except NoPlan:
        return None


def end_of(systems: Systems, day: date) -> datetime:
    """Return the first moment after a day of the company's."""
    zone = ZoneInfo(systems.config.acceptance.time_zone)
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)
