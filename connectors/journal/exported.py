"""What earlier exports of a Vista job wrote, or may have written: what an update and an undo are planned on.

Everything is read from plans as they were accepted, each proved by its digest.
"""

from collections.abc import Iterable
from itertools import takewhile

from sqlalchemy import Connection, and_, or_, select

from connectors.journal import models
from connectors.journal.ledger import Ledger
from connectors.journal.models import export
from connectors.journal.proof import plan_of
from connectors.journal.records import ExportRecord
from connectors.journal.statements import export_of, exports_where, is_of_job
from jobcost.lifecycle import ExportState
from jobcost.past_lines import PastLines, PastPlan, lines_left
from jobcost.plan import Kind
from jobcost.rules.registry import ExportedChangeOrder
from jobcost.undo_chains import taken_back_by

_S = ExportState
# What is being written counts as written: after a crash nobody knows better until it was read back.
_MAY_HAVE_WRITTEN = export.c.state.in_((_S.APPLYING, _S.APPLIED, _S.VERIFIED, _S.VERIFICATION_FAILED))
_IS_SETTLED = or_(
    export.c.state == _S.VERIFIED, and_(export.c.state == _S.VERIFICATION_FAILED, export.c.cleared_at.is_not(None))
)
# How a plan's canonical text mentions change orders, or the export that it takes back; it is silent without any.
_MENTIONED = ('"change_orders":[', '"undoes":"')


class Exported(Ledger):
    """Remembers what was exported."""

    def last_settled(self, jcco: int, job: str) -> ExportRecord | None:
        """Find the last export of a Vista job that was verified, or whose failed verification a person cleared."""
        with self._reading() as connection:
            found = exports_where(connection, and_(is_of_job(jcco, job), _IS_SETTLED))
        return found[0] if found else None

    def last_standing(self, jcco: int, job: str) -> ExportRecord | None:
        """Find the last settled export of a job that was not taken back, and takes nothing back itself."""
        with self._reading() as connection:
            settled = exports_where(connection, and_(is_of_job(jcco, job), _IS_SETTLED))
            undone = _taken_back_by(connection, reversed(settled))
        return next((one for one in settled if one.kind is not Kind.UNDO and one.id not in undone), None)

    def settled_jobs(self) -> tuple[ExportRecord, ...]:
        """List the last settled export of each job of each company, in the order in which they were opened."""
        with self._reading() as connection:
            found = exports_where(connection, _IS_SETTLED, newest_first=False)
        last = {(one.jcco, one.job): one for one in found}
        return tuple(one for one in found if last[one.jcco, one.job] is one)

    def past_lines(self, jcco: int, job: str) -> PastLines:
        """Tell what the settled exports of a job did to its lines."""
        with self._reading() as connection:
            settled = exports_where(connection, and_(is_of_job(jcco, job), _IS_SETTLED), newest_first=False)
            plans = [
                PastPlan(export_id=one.id, is_verified=one.state is _S.VERIFIED, plan=plan_of(connection, one))
                for one in settled
            ]
        return lines_left(plans)

    def exported_change_orders(self, jcco: int, job: str) -> dict[str, ExportedChangeOrder]:
        """Map the number of every change order that an export of ours wrote to a job, or may have, to what it was."""
        with self._reading() as connection:
            written = exports_where(connection, and_(is_of_job(jcco, job), _MAY_HAVE_WRITTEN), newest_first=False)
            plans = {one.id: plan_of(connection, one) for one in _mentioning(connection, written)}
            undone_by = _taken_back_by(connection, written)
        found: dict[str, ExportedChangeOrder] = {}
        for export_id, plan in plans.items():
            for order in plan.change_orders:
                exported = ExportedChangeOrder(export_id=export_id, order=order, undone_by=undone_by.get(export_id, ""))
                found.setdefault(order.aco, exported)
        return found

    def later_written(self, export_id: str) -> tuple[ExportRecord, ...]:
        """List the exports of the same job that were opened later and wrote, or may have, the oldest first.

        Raises:
            UnknownExport: if there is no export with this id.
        """
        with self._reading() as connection:
            this = export_of(connection, export_id)
            if this.job is None:
                return ()
            written = exports_where(connection, and_(is_of_job(this.jcco, this.job), _MAY_HAVE_WRITTEN))
        later = tuple(takewhile(lambda one: one.id != this.id, written))
        # One that wrote nothing itself is not in the list: then its time tells.
        return tuple(one for one in later if (one.created_at, one.id) > (this.created_at, this.id))[::-1]

    def undone_by(self, export_id: str) -> ExportRecord | None:
        """Find the export that took this one back, or may have, and was not itself taken back.

        Raises:
            UnknownExport: if there is no export with this id.
        """
        later = self.later_written(export_id)
        with self._reading() as connection:
            undoing = _taken_back_by(connection, later).get(export_id)
        return next((one for one in later if one.id == undoing), None)


def _taken_back_by(connection: Connection, oldest_first: Iterable[ExportRecord]) -> dict[str, str]:
    """Map each of these exports that was taken back to the one that did so. Only plans of undos are read."""
    undos = (one for one in oldest_first if one.kind is Kind.UNDO)
    return taken_back_by((one.id, plan_of(connection, one).undoes) for one in undos)


def _mentioning(connection: Connection, written: Iterable[ExportRecord]) -> list[ExportRecord]:
    """Keep the exports whose plans speak of change orders: a plan of many lines is not read for nothing."""
    wanted = {one.id: one for one in written}
    text = models.plan.c.canonical_text
    speaks = or_(*(text.contains(words, autoescape=True) for words in _MENTIONED))
    found = select(models.plan.c.export_id).where(models.plan.c.export_id.in_(wanted), speaks)
    speaking = set(connection.execute(found).scalars())
    return [one for one in wanted.values() if one.id in speaking]
