"""The statements about change orders and about the audit. Values are always bound; locks as `statements.py` says.

Source: facts/vista.md 1.3, 2.7. UNVERIFIED, here for the whole connector: whether a site gives ACO and ACOItem an input
mask (the facts know none, so both are written as planned, and told apart without their blanks); whether JCOH and JCOI
have a Description that must be given (it is not); and what Vista's own triggers on JCOH and JCOI refuse, and in which
words.
"""

from sqlalchemy import Table, and_, bindparam, func, insert, or_, select
from sqlalchemy.sql.elements import ColumnElement

from connectors.vista.amounts import ExactSum
from connectors.vista.statements import locked, of_job
from connectors.vista.tables import HQMA, JCCD, JCOD, JCOH, JCOI


def _of_job_alone(view: Table) -> ColumnElement[bool]:
    """Change orders and their items belong to a job, not to a phase group."""
    return and_(view.c.JCCo == bindparam("jcco"), view.c.Job == bindparam("job"))


# --- Step 4 and 8: the change orders of the job, and what they posted.
ORDERS = select(JCOH.c.ACO, JCOH.c.Contract, JCOH.c.ApprovalDate, JCOH.c.IntExt).where(_of_job_alone(JCOH))
ORDER_ITEMS = select(
    JCOI.c.ACO,
    JCOI.c.ACOItem,
    JCOI.c.Contract,
    JCOI.c.Item,
    JCOI.c.ApprovedMonth,
    JCOI.c.ContractUnits,
    JCOI.c.ContUnitPrice,
    JCOI.c.ContractAmt,
).where(_of_job_alone(JCOI))
ORDER_DETAIL = select(
    JCOD.c.ACO,
    JCOD.c.ACOItem,
    JCOD.c.Phase,
    JCOD.c.CostType,
    JCOD.c.MonthAdded,
    JCOD.c.UM,
    JCOD.c.UnitCost,
    JCOD.c.EstHours,
    JCOD.c.EstUnits,
    JCOD.c.EstCost,
).where(of_job(JCOD))
CHANGE_DETAIL = (
    select(
        JCCD.c.ACO,
        JCCD.c.ACOItem,
        JCCD.c.Phase,
        JCCD.c.CostType,
        JCCD.c.Mth,
        ExactSum(JCCD.c.EstHours).label("hours"),
        ExactSum(JCCD.c.EstUnits).label("units"),
        ExactSum(JCCD.c.EstCost).label("cost"),
        func.count().label("detail_count"),
    )
    .where(of_job(JCCD), JCCD.c.JCTransType == "CO")
    .group_by(JCCD.c.ACO, JCCD.c.ACOItem, JCCD.c.Phase, JCCD.c.CostType, JCCD.c.Mth)
)
ORDERS_LOCKED = locked(ORDERS, JCOH)
ORDER_ITEMS_LOCKED = locked(ORDER_ITEMS, JCOI)
ORDER_DETAIL_LOCKED = locked(ORDER_DETAIL, JCOD)

# --- After the changed estimates: a new change order, its items, their detail. Every column the facts name is given.
ADD_ORDER = insert(JCOH).values(
    JCCo=bindparam("jcco"),
    Job=bindparam("job"),
    ACO=bindparam("aco"),
    Contract=bindparam("contract"),
    ApprovalDate=bindparam("approval_date"),
    IntExt=bindparam("int_ext"),
)
ADD_ORDER_ITEM = insert(JCOI).values(
    JCCo=bindparam("jcco"),
    Job=bindparam("job"),
    ACO=bindparam("aco"),
    ACOItem=bindparam("aco_item"),
    Contract=bindparam("contract"),
    Item=bindparam("item"),
    ApprovedMonth=bindparam("month"),
    ContractUnits=bindparam("contract_units"),
    ContUnitPrice=bindparam("contract_unit_price"),
    ContractAmt=bindparam("contract_amt"),
)
ADD_ORDER_DETAIL = insert(JCOD).values(
    JCCo=bindparam("jcco"),
    Job=bindparam("job"),
    ACO=bindparam("aco"),
    ACOItem=bindparam("aco_item"),
    PhaseGroup=bindparam("phase_group"),
    Phase=bindparam("phase"),
    CostType=bindparam("cost_type"),
    MonthAdded=bindparam("month"),
    UM=bindparam("um"),
    UnitCost=bindparam("unit_cost"),
    EstHours=bindparam("hours"),
    EstUnits=bindparam("units"),
    EstCost=bindparam("cost"),
)

# --- Asked at any time: who changed the job. The text narrows the search; `audit.py` decides which rows are the job's.
AUDIT = (
    select(
        HQMA.c.TableName,
        HQMA.c.KeyString,
        HQMA.c.RecType,
        HQMA.c.FieldName,
        HQMA.c.OldValue,
        HQMA.c.NewValue,
        HQMA.c.DateTime,
        HQMA.c.UserName,
    )
    .where(
        HQMA.c.Co == bindparam("jcco"),
        or_(*(HQMA.c.TableName == name for name in ("bJCCH", "bJCOH", "bJCOI", "bJCOD"))),
        HQMA.c.DateTime >= bindparam("since"),
        HQMA.c.KeyString.like(bindparam("job_text"), escape="!"),
    )
    .order_by(HQMA.c.DateTime, HQMA.c.AuditID)
)
