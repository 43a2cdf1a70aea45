"""Turn the readings of a budget's lines into the lines of a plan."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from jobcost.budget import Budget, BudgetLineItem
from jobcost.config import ExportConfig
from jobcost.deletions import DeletedLine
from jobcost.estimate import Contract, CostHeader, Estimate, Job
from jobcost.formats import StoredCode
from jobcost.mapping import LineReading
from jobcost.money import ZERO_DOLLARS, ZERO_HOURS, ZERO_UNITS, dollars
from jobcost.phase_book import PhaseBook, PhaseOnJob, PhaseToAdd
from jobcost.plan import (
    Action,
    AddPhase,
    ChangePolicy,
    EstimateValues,
    JobImage,
    Kind,
    Plan,
    PlannedLine,
    SourceLine,
    UntouchedHeader,
)
from jobcost.rules.reading_rules import DESCRIPTION_LENGTH_MAX

# A phase as Vista stores it, and a cost type.
PlanKey = tuple[StoredCode, int]
# The readings of all budget lines that fall on one phase and cost type.
ReadingGroups = dict[PlanKey, list[LineReading]]


class PlanMaker:
    """Makes the plan of one job from grouped readings."""

    def __init__(self, kind: Kind, budget: Budget, estimate: Estimate, config: ExportConfig, book: PhaseBook) -> None:
        """Keep what every line of the plan depends on."""
        self._kind = kind
        self._budget = budget
        self._estimate = estimate
        self._policy = policy_in_force(kind, config)
        self._names_from_procore = config.mapping.phases.description == "procore"
        self._book = book
        self._headers = headers_by_key(estimate)

    def make(self, job: Job, contract: Contract, groups: ReadingGroups, deleted: Sequence[DeletedLine] = ()) -> Plan:
        """Plan every group; whatever else the job holds is planned to stay untouched, deleted lines included."""
        planned = {(phase.rstrip(" "), cost_type) for phase, cost_type in groups}
        return Plan(
            kind=self._kind,
            procore_company_id=self._budget.company_id,
            project_id=self._budget.project.id,
            project_name=self._budget.project.name,
            jcco=self._estimate.company.jcco,
            phase_group=self._estimate.company.phase_group,
            job=job.job,
            job_description=job.description,
            job_image=image_of(job, contract, self._estimate),
            add_phases=tuple(self._phases_to_add(groups)),
            lines=tuple(self._line(key, groups[key]) for key in sorted(groups)),
            untouched=tuple(untouched_by(planned, self._estimate)),
            change_policy=self._policy,
            deleted=tuple(line.zeroed for line in deleted if not line.keeps_because),
            changes_before=changes_on(self._estimate),
            # A setup was planned without them before updates were known; its digest stays.
            contract_amounts=() if self._kind is Kind.SETUP else contract_amounts_of(self._estimate),
        )

    def _line(self, key: PlanKey, readings: list[LineReading]) -> PlannedLine:
        phase, cost_type = key
        header = self._headers.get((phase.rstrip(" "), cost_type))
        defaults = self._book.defaults(phase, cost_type)
        before = values_of(header) if header else None
        after = _added_up(readings, before)
        item = self._item(phase)
        carried = next((reading for reading in readings if reading.unit_is_carried), readings[0])
        return PlannedLine(
            action=_action(before, after),
            phase=header.phase if header else phase,
            phase_description=self._description(phase, readings),
            cost_type=cost_type,
            um=header.um if header else carried.um,
            bill_flag=defaults.bill_flag if defaults else "C",
            item_unit_flag=defaults.item_unit_flag if defaults else "N",
            phase_unit_flag=defaults.phase_unit_flag if defaults else "N",
            before=before,
            after=after,
            sources=tuple(_source(reading.line) for reading in readings),
            item=item,
            posting_month=self._posting_month(item),
        )

    def _phases_to_add(self, groups: ReadingGroups) -> Iterator[AddPhase]:
        first_of: dict[StoredCode, list[LineReading]] = {}
        for phase, cost_type in sorted(groups):
            first_of.setdefault(phase, groups[phase, cost_type])
        for phase, readings in first_of.items():
            match readings[0].match:
                case PhaseToAdd(item=str(item), proj_min_pct=proj_min_pct):
                    description = self._description(phase, readings)
                    yield AddPhase(phase=phase, description=description, item=item, proj_min_pct=proj_min_pct)

    def _item(self, phase: StoredCode) -> str:
        match self._book.find(phase):
            case PhaseOnJob(existing):
                return existing.item
            case PhaseToAdd(item=str(item)):
                return item
            case _:
                return ""

    def _posting_month(self, item: str) -> str:
        row = self._book.item(item)
        return f"{row.start_month:%Y-%m}" if row is not None and row.start_month is not None else ""

    def _description(self, phase: StoredCode, readings: list[LineReading]) -> str:
        match self._book.find(phase):
            case PhaseOnJob(existing):
                return existing.description
            case PhaseToAdd(description=description):
                code = readings[0].line.cost_code
                if code is not None and self._names_from_procore:
                    return code.name.strip()[:DESCRIPTION_LENGTH_MAX].rstrip()
                return description
            case _:
                return ""


def policy_in_force(kind: Kind, config: ExportConfig) -> str:
    """Name what becomes of budget changes in this export; "" where none is concerned.

    A setup sends no change order: unless changes are folded in or left out for good, they wait for the first update.
    """
    policy = config.changes.policy
    waits = kind is Kind.SETUP and policy is ChangePolicy.CHANGE_ORDERS
    return "" if waits or kind is Kind.UNDO else policy.value


def image_of(job: Job, contract: Contract, estimate: Estimate) -> JobImage:
    """Keep the job's own facts that a plan relies on."""
    return JobImage(
        contract=contract.contract,
        job_status=job.job_status,
        lock_phases=job.lock_phases,
        auto_add_item=job.auto_add_item,
        contract_items=tuple(sorted((row.item, row.orig_contract_amt) for row in estimate.contract_items)),
    )


def changes_on(estimate: Estimate) -> tuple[tuple[str, int, Decimal], ...]:
    """List the change order detail on each line of the job, none of zero (Vista JCCD, JCTransType CO)."""
    rows = ((row.phase, row.cost_type, row.change_cost) for row in estimate.cost_headers if row.change_cost)
    return tuple(sorted(rows, key=lambda row: row[:2]))


def contract_amounts_of(estimate: Estimate) -> tuple[tuple[str, Decimal], ...]:
    """List the contract items with their amount including change orders (Vista JCCI.ContractAmt)."""
    return tuple(sorted((row.item, row.contract_amt) for row in estimate.contract_items))


def untouched_by(planned: set[tuple[str, int]], estimate: Estimate) -> Iterator[UntouchedHeader]:
    """Yield the job's rows that are not planned, ordered by phase and cost type."""
    for key, header in sorted(headers_by_key(estimate).items()):
        if key not in planned:
            yield UntouchedHeader(phase=header.phase, cost_type=header.cost_type, values=values_of(header))


def headers_by_key(estimate: Estimate) -> dict[tuple[str, int], CostHeader]:
    """Index the job's cost headers by phase without trailing blanks, as Vista compares it, and cost type."""
    return {(header.phase.rstrip(" "), header.cost_type): header for header in estimate.cost_headers}


def values_of(header: CostHeader) -> EstimateValues:
    """Return the Original Estimate that a cost header holds (Vista JCCH.OrigHours, OrigUnits, OrigCost)."""
    return EstimateValues(hours=header.orig_hours, units=header.orig_units, cost=header.orig_cost)


def _added_up(readings: list[LineReading], before: EstimateValues | None) -> EstimateValues:
    """Sum the lines. Units and hours that the budget does not carry stay what Vista has."""
    keeps_units = before is not None and not any(reading.unit_is_carried for reading in readings)
    keeps_hours = before is not None and not any(reading.hours_are_exported for reading in readings)
    return EstimateValues(
        hours=before.hours if before and keeps_hours else _sum((row.hours for row in readings), ZERO_HOURS),
        units=before.units if before and keeps_units else _sum((row.units for row in readings), ZERO_UNITS),
        cost=_sum((row.cost for row in readings), ZERO_DOLLARS),
    )


def _action(before: EstimateValues | None, after: EstimateValues) -> Action:
    if before is None:
        return Action.ADD_COST_TYPE
    return Action.UNCHANGED if before == after else Action.CHANGE_ESTIMATE


def _source(line: BudgetLineItem) -> SourceLine:
    return SourceLine(
        budget_line_item_id=line.id or 0,
        cost_code=line.cost_code.full_code if line.cost_code else "",
        cost_code_name=line.cost_code.name if line.cost_code else "",
        line_item_type=line.line_item_type.code if line.line_item_type else "",
        original_budget=dollars(line.original_budget_amount),
        budget_changes=dollars(line.budget_modifications),
    )


def _sum(values: Iterable[Decimal], zero: Decimal) -> Decimal:
    return sum(values, zero)
