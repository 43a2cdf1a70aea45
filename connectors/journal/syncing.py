"""What a sync needs of the journal: which projects were exported, of which budget, and what syncs did before."""

from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, and_, or_, select

from connectors.journal import models
from connectors.journal.ledger import Ledger
from connectors.journal.models import export
from connectors.journal.records import EvidenceRecord, ExportRecord
from connectors.journal.statements import exports_where, is_of_companies, is_of_job
from jobcost.lifecycle import ExportState

_FAILED = export.c.state == ExportState.VERIFICATION_FAILED
# Verified, or failed at that and looked into by a person: either way known to stop or to go on.
_WAS_WRITTEN = or_(export.c.state == ExportState.VERIFIED, _FAILED)


class Syncing(Ledger):
    """Answers questions about all exported projects of one company."""

    def exported_projects(self, procore_company_id: int, jcco: int) -> tuple[int, ...]:
        """List the projects that were exported to a Vista company, those whose verification failed included."""
        statement = (
            select(export.c.project_id).where(is_of_companies(procore_company_id, jcco), _WAS_WRITTEN).distinct()
        )
        with self._reading() as connection:
            return tuple(connection.execute(statement.order_by(export.c.project_id)).scalars())

    def exports_of_project(
        self, procore_company_id: int, jcco: int, project_id: int
    ) -> tuple[tuple[ExportRecord, EvidenceRecord | None], ...]:
        """List a project's exports, the latest first, each with what was last kept of the budget it is of."""
        of_project = and_(is_of_companies(procore_company_id, jcco), export.c.project_id == project_id)
        evidence = models.evidence
        kept = select(evidence).join(export, export.c.id == evidence.c.export_id).where(of_project)
        kept = kept.where(evidence.c.kind.in_(("budget", "budget-seen"))).order_by(evidence.c.position)
        with self._reading() as connection:
            records = exports_where(connection, of_project)
            # The last of several wins.
            budgets = {row["export_id"]: _record(row) for row in connection.execute(kept).mappings()}
        return tuple((one, budgets.get(one.id)) for one in records)

    def latest_evidence(self, kind: str, procore_company_id: int, jcco: int, project_id: int) -> EvidenceRecord | None:
        """Find the proof of a kind that was kept last with any export of a project."""
        return self._latest(kind, and_(is_of_companies(procore_company_id, jcco), export.c.project_id == project_id))

    def latest_evidence_of_job(self, kind: str, jcco: int, job: str) -> EvidenceRecord | None:
        """Find the proof of a kind that was kept last with any export to a job."""
        return self._latest(kind, is_of_job(jcco, job))

    def _latest(self, kind: str, of_exports: ColumnElement[bool]) -> EvidenceRecord | None:
        evidence = models.evidence
        statement = select(evidence).join(export, export.c.id == evidence.c.export_id)
        latest = (evidence.c.at.desc(), export.c.created_at.desc(), evidence.c.position.desc())
        statement = statement.where(of_exports, evidence.c.kind == kind).order_by(*latest).limit(1)
        with self._reading() as connection:
            row = connection.execute(statement).mappings().first()
        return None if row is None else _record(row)

    def evidence_of_kind(
        self, kind: str, procore_company_id: int, jcco: int, since: datetime
    ) -> tuple[tuple[ExportRecord, EvidenceRecord], ...]:
        """List the proofs of one kind that were kept with a company's exports since a moment, oldest first."""
        evidence = models.evidence
        statement = select(evidence).join(export, export.c.id == evidence.c.export_id)
        of_kind = and_(evidence.c.kind == kind, evidence.c.at >= since, is_of_companies(procore_company_id, jcco))
        statement = statement.where(of_kind).order_by(evidence.c.at, evidence.c.export_id, evidence.c.position)
        with self._reading() as connection:
            rows = [(row["export_id"], _record(row)) for row in connection.execute(statement).mappings()]
            subjects = {one.id: one for one in exports_where(connection, is_of_companies(procore_company_id, jcco))}
        return tuple((subjects[export_id], row) for export_id, row in rows)


def _record(row: RowMapping) -> EvidenceRecord:
    return EvidenceRecord(position=row["position"], kind=row["kind"], json_text=row["json_text"], at=row["at"])
