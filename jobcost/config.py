"""The company's own choices: how Procore codes become Vista codes, what is allowed, who must accept.

Loaded from the file that EXPORT_CONFIG names and validated as a whole; see docs/configuration.md.
Nothing here reads a file or a clock.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints

from jobcost.money import DOLLARS_MAX, dollars

# Vista JCCT.CostType: tinyint, 1-255 by its trigger (facts/vista.md 1.1).
CostTypeNumber = Annotated[int, Field(ge=1, le=255, strict=True)]
# Vista bUM varchar(3).
UnitCode = Annotated[str, StringConstraints(min_length=1, max_length=3)]
# A Vista job or phase as people write it. A blank one would drop its lines without a word.
VistaCode = Annotated[str, StringConstraints(min_length=1)]


def _told_apart(codes: Any) -> Any:
    """Refuse names that differ in blanks around them only: the last one would win without a word."""
    names = [name.strip() for name in codes if isinstance(name, str)] if isinstance(codes, dict) else []
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"named twice, apart from blanks around it: {', '.join(map(repr, twice))}")
    return codes


_ToldApart = BeforeValidator(_told_apart)

LUMP_SUM = "LS"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Phases(_Section):
    """Procore cost code to Vista phase."""

    # Cost codes whose Vista phase is written otherwise; every other code is its own phase.
    codes: Annotated[dict[str, VistaCode], _ToldApart] = {}
    # Whose text a new job phase gets. Texts of existing phases are never overwritten.
    description: Literal["vista", "procore"] = "vista"


class CostTypes(_Section):
    """Procore cost type to Vista cost type."""

    # Cost type codes with their Vista number; every other code is the number itself or Vista's abbreviation.
    codes: Annotated[dict[str, CostTypeNumber], _ToldApart] = {}


class Units(_Section):
    """Procore unit of measure to Vista U/M, with its quantity."""

    # False exports every line as lump sum, whatever the budget view shows.
    carry: StrictBool = True
    codes: Annotated[dict[str, UnitCode], _ToldApart] = {}
    # What to do with a unit that Vista does not know.
    unknown: Literal["refuse", "lump_sum"] = "refuse"


class Hours(_Section):
    """Which Procore cost types carry hours; Vista keeps them only where the cost type tracks hours."""

    cost_types: frozenset[str] = frozenset()


class Mapping(_Section):
    """Every translation from Procore's words to Vista's."""

    # Procore project id to Vista job, for projects whose ERP link is not the job number.
    jobs: Annotated[dict[str, VistaCode], _ToldApart] = {}
    phases: Phases = Phases()
    cost_types: CostTypes = CostTypes()
    units: Units = Units()
    hours: Hours = Hours()


class Limits(_Section):
    """What an export may do without asking further."""

    # Currency of the job cost company; Vista's own estimate has no currency.
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")] = "USD"
    # A change of the job's estimate (Plan.largest_move) above this many dollars needs two different approvers; absent:
    # one always suffices.
    two_approvers_above: Annotated[Decimal, Field(ge=0, le=DOLLARS_MAX)] | None = None
    # Jobs on which the company agreed that an export also moves the contract amount (Vista JCJM.AutoAddItemYN).
    revenue_consent_jobs: frozenset[str] = frozenset()


class Acceptance(_Section):
    """How the approver is asked."""

    # Hours until an unanswered export expires. It never accepts by itself.
    deadline_hours: int = Field(default=120, ge=1, le=24 * 90, strict=True)
    # True: an approver must also have Procore's accounting approver flag, where Procore reports it.
    require_procore_flag: StrictBool = True


class BudgetView(_Section):
    """Names of the budget view's columns, as Procore shows them; absent where the view has none."""

    quantity_column: str | None = None
    unit_of_measure_column: str | None = None
    hours_column: str | None = None


class ExportConfig(_Section):
    """The whole configuration file."""

    budget_view: BudgetView = BudgetView()
    mapping: Mapping = Mapping()
    limits: Limits = Limits()
    acceptance: Acceptance = Acceptance()

    def needs_two_approvers(self, difference: Decimal) -> bool:
        """Tell whether a change of this many dollars, up or down, needs a second approver."""
        threshold = self.limits.two_approvers_above
        return threshold is not None and abs(dollars(difference)) > dollars(threshold)
