"""The company's own choices: how Procore codes become Vista codes, what is allowed, who must accept.

Loaded from the file that EXPORT_CONFIG names and validated as a whole; see docs/configuration.md.
Nothing here reads a clock, or a file other than the machine's own table of time zones.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from jobcost.money import DOLLARS_MAX, dollars
from jobcost.planned import ChangePolicy

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


def is_address(text: str) -> bool:
    """Tell whether a text could be an e-mail address: one "@" with something on both sides, and no blanks."""
    name, _, place = text.partition("@")
    return bool(name and place) and "@" not in place and not any(sign.isspace() for sign in text)


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError(f'expected an e-mail address, with one "@" and no blanks, found {text!r}')
    return text


EmailAddress = Annotated[str, AfterValidator(_address)]


def _time_zone(name: str) -> str:
    # "localtime" is another zone on another machine; the zones under "right/" count leap seconds, and no clock does.
    is_everywhere_the_same = name != "localtime" and not name.startswith("right/")
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        is_everywhere_the_same = False
    if not is_everywhere_the_same:
        raise ValueError(f"expected the name of a time zone, such as America/Chicago, found {name!r}")
    return name


def _day(value: Any) -> Any:
    """Refuse numbers and moments: 20261225 would be read as a count of seconds, and a moment has a time zone."""
    if isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError(f"expected a day, such as 2026-12-25, found {value!r}")


Day = Annotated[date, BeforeValidator(_day)]


def _each_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if twice := sorted({str(value) for value in values if values.count(value) > 1}):
        raise ValueError(f"named twice: {', '.join(twice)}")
    return values


_EachOnce = AfterValidator(_each_once)
# A Prefect notification block as "<type>/<name>"; Prefect makes both of small letters, digits and dashes.
BlockName = Annotated[str, StringConstraints(pattern="^[a-z0-9-]+/[a-z0-9-]+$")]
# Half a year: longer than anything waits, whose 90 working days are 126 days and some holidays.
_HOURS_MAX = 24 * 180
_HoursBefore = Annotated[int, Field(ge=1, le=_HOURS_MAX, strict=True)]

LUMP_SUM = "LS"
# Room for at least five digits of a change's number.
ChangeOrderPrefix = Annotated[str, StringConstraints(pattern="^[A-Z0-9][A-Z0-9-]{0,4}$")]


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
    # A change of an estimate on whose line costs are booked already: told to the approver, or refused.
    change_after_costs: Literal["warn", "block"] = "warn"
    # Jobs on which the company agreed that an export also moves the contract amount (Vista JCJM.AutoAddItemYN).
    revenue_consent_jobs: frozenset[str] = frozenset()


class Changes(_Section):
    """What becomes of budget changes after the first export."""

    # change_orders: each approved change becomes an internal change order in Vista. fold_into_original: the Original
    # Estimate is the revised budget. off: only original amounts are exported.
    policy: ChangePolicy = ChangePolicy.CHANGE_ORDERS
    # What a change order's number begins with; the rest is Procore's number of the change. Vista bACO varchar(10).
    prefix: ChangeOrderPrefix = "BC-"
    modification_prefix: ChangeOrderPrefix = "BM-"

    @model_validator(mode="after")
    def _prefixes_differ(self) -> Self:
        if self.prefix.startswith(self.modification_prefix) or self.modification_prefix.startswith(self.prefix):
            raise ValueError("expected two prefixes of which neither begins with the other")
        return self


class People(_Section):
    """Who stands above the operators."""

    # May enrol alone, and is the first operator; "": nobody, every enrolment needs two operators.
    owner: EmailAddress | Literal[""] = ""


class Acceptance(_Section):
    """How the approver is asked, and until when."""

    # Working days after sending until an unanswered export expires (jobcost.deadline). It never accepts by itself.
    deadline_working_days: int = Field(default=5, ge=1, le=90, strict=True)
    # IANA name of the zone whose clock and calendar count for deadlines, holidays and deputyships.
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    # Days that are no working days, besides Saturdays and Sundays.
    holidays: frozenset[Day] = frozenset()
    # Hours before the deadline at which those who may decide are reminded.
    remind_hours_before: Annotated[tuple[_HoursBefore, ...], _EachOnce] = (24,)
    # Hours before the deadline at which the deputies and `escalate_to` are told; 0 never.
    escalate_hours_before: int = Field(default=8, ge=0, le=_HOURS_MAX, strict=True)
    # A group to tell besides the deputies. Being told gives nobody the right to decide.
    escalate_to: Annotated[tuple[EmailAddress, ...], _EachOnce] = ()
    # True: an approver must also have Procore's accounting approver flag, where Procore reports it.
    require_procore_flag: StrictBool = True

    @model_validator(mode="before")
    @classmethod
    def _tell_of_the_new_name(cls, given: Any) -> Any:
        """Refuse the old name with the way out. Were it left to the rule for unknown names, nobody would know it."""
        if not isinstance(given, dict) or "deadline_hours" not in given:
            return given
        way_out = "is counted in working days now: write deadline_working_days = 5 for what was deadline_hours = 120"
        renamed = PydanticCustomError("renamed", way_out)
        problem = InitErrorDetails(type=renamed, loc=("deadline_hours",), input=given["deadline_hours"])
        raise ValidationError.from_exception_data(cls.__name__, [problem])


class Notifications(_Section):
    """Who is told besides the people concerned, who always get their mails."""

    # Prefect notification blocks, Slack or Teams for example, as "<type>/<name>".
    blocks: Annotated[tuple[BlockName, ...], _EachOnce] = ()
    # One mail a day to each approver with everything that waits for them.
    digest: StrictBool = True


class BudgetView(_Section):
    """Names of the budget view's columns, as Procore shows them; absent where the view has none."""

    quantity_column: str | None = None
    unit_of_measure_column: str | None = None
    hours_column: str | None = None


# A Procore project's number, as in its address.
ProjectNumber = Annotated[int, Field(ge=1, strict=True)]
ResourceName = Annotated[str, StringConstraints(min_length=1)]


class Sync(_Section):
    """The scheduled look for budgets that moved."""

    # Procore projects whose budgets the sync leaves alone; people may still send them.
    stopped_projects: Annotated[tuple[ProjectNumber, ...], _EachOnce] = ()
    # Names of the resources whose webhook deliveries start a sync of their project; none: no delivery does.
    # UNVERIFIED: which names Procore gives to budgets and their changes; GET /rest/v1.0/webhooks/resources lists them.
    webhook_resources: Annotated[tuple[ResourceName, ...], _EachOnce] = ()


# A trigger's name and the first 16 digits of its text's hash, as `budget-export doctor` prints them.
KnownTrigger = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\S+ [0-9a-f]{16}$")]


class Vista(_Section):
    """What the company knows of its own Vista."""

    # Triggers whose text somebody has looked at; doctor warns of every other one on the tables that an export fills.
    known_triggers: Annotated[tuple[KnownTrigger, ...], _EachOnce] = ()


class ExportConfig(_Section):
    """The whole configuration file."""

    budget_view: BudgetView = BudgetView()
    mapping: Mapping = Mapping()
    limits: Limits = Limits()
    changes: Changes = Changes()
    people: People = People()
    acceptance: Acceptance = Acceptance()
    notifications: Notifications = Notifications()
    sync: Sync = Sync()
    vista: Vista = Vista()

    def needs_two_approvers(self, difference: Decimal) -> bool:
        """Tell whether a change of this many dollars, up or down, needs a second approver."""
        threshold = self.limits.two_approvers_above
        return threshold is not None and abs(dollars(difference)) > dollars(threshold)
