"""Find a phase the way Vista does: on the job, then in the phase master, whole first and then by its valid part.

Source: facts/vista.md 2.8 (bspJCVPHASE, bspJCADDPHASE). Vista's own check is void for a direct insert into JCJP (2.5),
so this one is the only guard.
"""

from dataclasses import dataclass
from decimal import Decimal

from jobcost.estimate import ContractItem, Estimate, JobPhase, MasterPhase, MasterPhaseCostType
from jobcost.formats import StoredCode, valid_part


@dataclass(frozen=True, slots=True)
class PhaseOnJob:
    """The job has this phase already."""

    phase: JobPhase


@dataclass(frozen=True, slots=True)
class PhaseToAdd:
    """The phase master allows the phase; the job does not have it yet."""

    description: str
    proj_min_pct: Decimal
    # None when the contract has no item to hang the phase on.
    item: str | None


@dataclass(frozen=True, slots=True)
class PhaseLocked:
    """The job's phases are locked, and it does not have this one."""


@dataclass(frozen=True, slots=True)
class PhaseNotOnFile:
    """Neither the job nor the phase master knows the phase or its valid part."""


PhaseMatch = PhaseOnJob | PhaseToAdd | PhaseLocked | PhaseNotOnFile


class PhaseBook:
    """The phases of one job and its phase group, looked up as Vista looks them up."""

    def __init__(self, estimate: Estimate) -> None:
        """Index the job's phases, the phase master and its cost type defaults."""
        self._chars = estimate.company.valid_phase_chars
        self._locked = estimate.job is not None and estimate.job.lock_phases
        # Vista takes the first in binary order; later entries must not replace it.
        job_phases = sorted(estimate.job_phases, key=lambda phase: phase.phase, reverse=True)
        masters = sorted(estimate.master_phases, key=lambda phase: phase.phase, reverse=True)
        self._on_job = {_trimmed(phase.phase): phase for phase in job_phases}
        self._on_job_by_part = {self._part(phase.phase): phase for phase in job_phases}
        self._master = {_trimmed(phase.phase): phase for phase in masters}
        self._master_by_part = {self._part(phase.phase): phase for phase in masters}
        self._items = {_trimmed(item.item): item for item in estimate.contract_items}
        self._first_item = min((item.item for item in estimate.contract_items), default=None)
        defaults = sorted(estimate.master_cost_types, key=lambda row: row.phase, reverse=True)
        self._defaults = {(_trimmed(row.phase), row.cost_type): row for row in defaults}
        self._defaults_by_part = {(self._part(row.phase), row.cost_type): row for row in defaults}

    def find(self, phase: StoredCode) -> PhaseMatch:
        """Tell what Vista would make of a formatted phase on this job."""
        if on_job := self._on_job.get(_trimmed(phase)):
            return PhaseOnJob(on_job)
        if self._locked:
            return PhaseLocked()
        similar_on_job = self._on_job_by_part.get(self._part(phase)) if self._chars else None
        master = self._master_of(phase)
        if master is None and similar_on_job is None:
            return PhaseNotOnFile()
        item = similar_on_job.item if similar_on_job else self._first_item
        if master is not None:
            return PhaseToAdd(master.description, master.proj_min_pct, item)
        return PhaseToAdd(similar_on_job.description if similar_on_job else "", Decimal(0), item)

    def item(self, item: str) -> ContractItem | None:
        """Return a contract item by its stored number."""
        return self._items.get(_trimmed(item))

    def defaults(self, phase: StoredCode, cost_type: int) -> MasterPhaseCostType | None:
        """Return the phase master's defaults for a cost type of this phase, by whole phase or valid part."""
        exact = self._defaults.get((_trimmed(phase), cost_type))
        if exact is None and self._chars:
            return self._defaults_by_part.get((self._part(phase), cost_type))
        return exact

    def _master_of(self, phase: StoredCode) -> MasterPhase | None:
        exact = self._master.get(_trimmed(phase))
        if exact is None and self._chars:
            return self._master_by_part.get(self._part(phase))
        return exact

    def _part(self, phase: str) -> str:
        return valid_part(phase, self._chars)


def _trimmed(code: str) -> str:
    # Vista's equality ignores trailing blanks and nothing else (facts/vista.md 3).
    return code.rstrip(" ")
