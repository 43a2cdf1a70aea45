"""Every statement this product sends to Vista, each with the step of the export it belongs to.

Those about change orders and the audit are in `change_statements.py`.

Values are always bound. On SQL Server the `..._LOCKED` reads hold update and range locks until the transaction ends;
on SQLite the whole file is locked by BEGIN IMMEDIATE, so the hint is not rendered there.
Source of the sequence: facts/vista.md 8.
"""

from sqlalchemy import (
    Select,
    Table,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from connectors.vista.amounts import Day, ExactSum
from connectors.vista.results import BATCH
from connectors.vista.tables import (
    HQCO,
    HQUM,
    JCCD,
    JCCH,
    JCCI,
    JCCM,
    JCCO,
    JCCP,
    JCCT,
    JCJM,
    JCJP,
    JCPC,
    JCPM,
    DDDTShared,
)

_LOCK_HINT = "WITH (UPDLOCK, HOLDLOCK)"


def of_job(view: Table) -> ColumnElement[bool]:
    """Keep the rows of one job in the company's phase group."""
    return and_(
        view.c.JCCo == bindparam("jcco"),
        view.c.Job == bindparam("job"),
        view.c.PhaseGroup == bindparam("phase_group"),
    )


def locked(statement: Select[*tuple[object, ...]], view: Table) -> Select[*tuple[object, ...]]:
    """Hold what is read until the transaction ends."""
    return statement.with_hint(view, _LOCK_HINT, "mssql")


# --- Step 1 and 2: company and formats. All visible companies, to tell row security from a wrong number.
COMPANIES = select(HQCO.c.HQCo, HQCO.c.Name, HQCO.c.PhaseGroup)
COMPANY_SETTINGS = select(JCCO.c.JCCo, JCCO.c.ValidPhaseChars, JCCO.c.PostSoftClosedJobs, JCCO.c.PostClosedJobs).where(
    JCCO.c.JCCo == bindparam("jcco")
)
MASKS = select(DDDTShared.c.Datatype, DDDTShared.c.InputMask, DDDTShared.c.InputLength).where(
    or_(*(DDDTShared.c.Datatype == name for name in ("bJob", "bPhase", "bContract", "bContractItem")))
)

# --- Step 3: job and contract.
JOB = select(
    JCJM.c.Job, JCJM.c.Description, JCJM.c.Contract, JCJM.c.JobStatus, JCJM.c.LockPhases, JCJM.c.AutoAddItemYN
).where(JCJM.c.JCCo == bindparam("jcco"), JCJM.c.Job == bindparam("job"))
CONTRACT = select(JCCM.c.Contract, JCCM.c.Description, JCCM.c.ContractStatus).where(
    JCCM.c.JCCo == bindparam("jcco"), JCCM.c.Contract == bindparam("contract")
)
CONTRACT_ITEMS = select(
    JCCI.c.Item, JCCI.c.Description, JCCI.c.StartMonth, JCCI.c.OrigContractAmt, JCCI.c.ContractAmt
).where(JCCI.c.JCCo == bindparam("jcco"), JCCI.c.Contract == bindparam("contract"))

# --- Step 4: masters of the phase group, and what the job holds.
COST_TYPES = select(JCCT.c.CostType, JCCT.c.Description, JCCT.c.Abbreviation, JCCT.c.TrackHours).where(
    JCCT.c.PhaseGroup == bindparam("phase_group")
)
UNIT_CODES = select(HQUM.c.UM)
MASTER_PHASES = select(JCPM.c.Phase, JCPM.c.Description, JCPM.c.ProjMinPct).where(
    JCPM.c.PhaseGroup == bindparam("phase_group")
)
MASTER_COST_TYPES = select(
    JCPC.c.Phase, JCPC.c.CostType, JCPC.c.UM, JCPC.c.BillFlag, JCPC.c.ItemUnitFlag, JCPC.c.PhaseUnitFlag
).where(JCPC.c.PhaseGroup == bindparam("phase_group"))
JOB_PHASES = select(JCJP.c.Phase, JCJP.c.Description, JCJP.c.Contract, JCJP.c.Item, JCJP.c.ActiveYN).where(of_job(JCJP))
COST_HEADERS = select(
    JCCH.c.Phase,
    JCCH.c.CostType,
    JCCH.c.UM,
    JCCH.c.ActiveYN,
    JCCH.c.SourceStatus,
    JCCH.c.OrigHours,
    JCCH.c.OrigUnits,
    JCCH.c.OrigCost,
).where(of_job(JCCH))
# Grouped by unit of measure, because only detail in the header's own unit counts towards its units.
ESTIMATE_DETAIL = (
    select(
        JCCD.c.Phase,
        JCCD.c.CostType,
        JCCD.c.UM,
        ExactSum(JCCD.c.EstHours).label("hours"),
        ExactSum(JCCD.c.EstUnits).label("units"),
        ExactSum(JCCD.c.EstCost).label("cost"),
        func.count().label("detail_count"),
    )
    .where(of_job(JCCD), JCCD.c.JCTransType == "OE")
    .group_by(JCCD.c.Phase, JCCD.c.CostType, JCCD.c.UM)
)
_IS_COMMITTED = or_(JCCP.c.TotalCmtdCost != 0, JCCP.c.RemainCmtdCost != 0)
PERIOD_TOTALS = (
    select(
        JCCP.c.Phase,
        JCCP.c.CostType,
        ExactSum(JCCP.c.OrigEstHours).label("hours"),
        ExactSum(JCCP.c.OrigEstUnits).label("units"),
        ExactSum(JCCP.c.OrigEstCost).label("cost"),
        ExactSum(JCCP.c.CurrEstCost).label("current_cost"),
        func.max(case((_IS_COMMITTED, literal_column("1")), else_=literal_column("0"))).label("is_committed"),
    )
    .where(of_job(JCCP))
    .group_by(JCCP.c.Phase, JCCP.c.CostType)
)
# Estimates and change orders posted before a day: what the job held at the end of the day before.
POSTED_BEFORE = (
    select(JCCD.c.Phase, JCCD.c.CostType, JCCD.c.JCTransType, ExactSum(JCCD.c.EstCost).label("cost"))
    .where(
        of_job(JCCD),
        or_(JCCD.c.JCTransType == "OE", JCCD.c.JCTransType == "CO"),
        JCCD.c.PostedDate < bindparam("before", type_=Day()),
    )
    .group_by(JCCD.c.Phase, JCCD.c.CostType, JCCD.c.JCTransType)
)
ACTUAL_COSTS = (
    select(JCCD.c.Phase, JCCD.c.CostType)
    .where(of_job(JCCD), JCCD.c.JCTransType != "OE", JCCD.c.JCTransType != "CO", JCCD.c.ActualCost != 0)
    .distinct()
)

# --- Step 7: session and lock, SQL Server only. The first SELECT reads a view on purpose: with autocommit off it is
# what starts the transaction that the lock belongs to (EXEC alone starts none).
# UNVERIFIED on a genuine SQL Server: that the driver's transaction is open when the procedure runs; @@TRANCOUNT is
# returned and checked for that reason.
XACT_ABORT = "SET XACT_ABORT ON"
APPLICATION_LOCK = text(
    "SET NOCOUNT ON; "
    "DECLARE @rc int, @jcco int; "
    "SELECT @jcco = [JCCo] FROM [JCCO] WHERE [JCCo] = :jcco; "
    "EXEC @rc = sp_getapplock @Resource = :resource, @LockMode = 'Exclusive', @LockOwner = 'Transaction', "
    "@LockTimeout = :wait_ms; "
    "SET NOCOUNT OFF; "
    "SELECT @rc AS return_code, @@TRANCOUNT AS open_transactions"
).execution_options(**BATCH)


def lock_timeout(wait_ms: int) -> str:
    """Limit every wait for a row lock. SET takes no bound value, hence the whole number written out."""
    return f"SET LOCK_TIMEOUT {int(wait_ms)}"


# --- Step 8: re-read what the plan was made from.
JOB_LOCKED = locked(JOB, JCJM)
JOB_PHASES_LOCKED = locked(JOB_PHASES, JCJP)
COST_HEADERS_LOCKED = locked(COST_HEADERS, JCCH)

# --- Step 9: a missing phase, by Vista's own procedure where the login may run it, else by our insert.
# One row whose answer is 1, 0, or NULL where there is no such procedure.
MAY_ADD_PHASE = text("SELECT HAS_PERMS_BY_NAME('dbo.bspJCADDPHASE', 'OBJECT', 'EXECUTE') AS may_run")
# A failure is a return code, not an error; the message is also filled on success. OUT is short for the longer keyword
# that no statement of ours contains.
ADD_PHASE_BY_PROCEDURE = text(
    "SET NOCOUNT ON; "
    "DECLARE @rc int, @message varchar(255); "
    "EXEC @rc = dbo.bspJCADDPHASE @jcco = :jcco, @job = :job, @PhaseGroup = :phase_group, @phase = :phase, "
    "@override = 'N', @item = :item, @msg = @message OUT; "
    "SET NOCOUNT OFF; "
    "SELECT @rc AS return_code, @message AS message"
).execution_options(**BATCH)
ADD_PHASE = insert(JCJP).values(
    JCCo=bindparam("jcco"),
    Job=bindparam("job"),
    PhaseGroup=bindparam("phase_group"),
    Phase=bindparam("phase"),
    Description=bindparam("description"),
    Contract=bindparam("contract"),
    Item=bindparam("item"),
    ProjMinPct=bindparam("proj_min_pct"),
    ActiveYN=bindparam("active"),
)

# What was added, as it stands then.
PHASES_WRITTEN = select(JCJP.c.Phase, JCJP.c.Description, JCJP.c.ProjMinPct, JCJP.c.ActiveYN).where(of_job(JCJP))

# --- Step 10: a new cost header; every column is given, because some sites bind no defaults.
ADD_COST_HEADER = insert(JCCH).values(
    JCCo=bindparam("jcco"),
    Job=bindparam("job"),
    PhaseGroup=bindparam("phase_group"),
    Phase=bindparam("phase"),
    CostType=bindparam("cost_type"),
    UM=bindparam("um"),
    BillFlag=bindparam("bill_flag"),
    ItemUnitFlag=bindparam("item_unit_flag"),
    PhaseUnitFlag=bindparam("phase_unit_flag"),
    BuyOutYN=bindparam("buy_out"),
    Plugged=bindparam("plugged"),
    ActiveYN=bindparam("active"),
    OrigHours=bindparam("new_hours"),
    OrigUnits=bindparam("new_units"),
    OrigCost=bindparam("new_cost"),
    SourceStatus=bindparam("source_status"),
)

# --- Step 11: a changed estimate, only where the old values still stand.
_OF_LINE = and_(of_job(JCCH), JCCH.c.Phase == bindparam("phase"), JCCH.c.CostType == bindparam("cost_type"))
CHANGE_ESTIMATE = (
    update(JCCH)
    .where(
        _OF_LINE,
        JCCH.c.OrigHours == bindparam("old_hours"),
        JCCH.c.OrigUnits == bindparam("old_units"),
        JCCH.c.OrigCost == bindparam("old_cost"),
    )
    .values(OrigHours=bindparam("new_hours"), OrigUnits=bindparam("new_units"), OrigCost=bindparam("new_cost"))
)
LINE_NOW = select(JCCH.c.OrigHours, JCCH.c.OrigUnits, JCCH.c.OrigCost).where(_OF_LINE)
