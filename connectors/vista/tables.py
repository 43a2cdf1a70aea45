"""Vista's views as SQLAlchemy tables: only the columns this product reads or writes, each named.

These are the views (JCCH), never the tables beneath them (whose names begin with b): the login has rights on the
views alone, and triggers fire through them. `implicit_returning=False` keeps OUTPUT away, which SQL Server refuses
on a target with triggers (error 334). No primary keys: Vista declares none. Source: facts/vista.md 1.2, 1.3.
"""

from typing import Any

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table

from connectors.vista.amounts import Amount, Day

metadata = MetaData()

DOLLARS = Amount(12, 2)
HOURS = Amount(10, 2)
UNITS = Amount(12, 3)
PERCENT = Amount(6, 4)
UNIT_COST = Amount(16, 5)


def _view(name: str, *columns: Column[Any]) -> Table:
    return Table(name, metadata, *columns, implicit_returning=False)


def _whole(name: str) -> Column[int]:
    return Column(name, Integer)


def _text(name: str, length: int) -> Column[str]:
    return Column(name, String(length))


def _flag(name: str) -> Column[str]:
    return Column(name, String(1))


HQCO = _view("HQCO", _whole("HQCo"), _text("Name", 60), _whole("PhaseGroup"))

HQUM = _view("HQUM", _text("UM", 3), _text("Description", 30))

DDDTShared = _view("DDDTShared", _text("Datatype", 30), _text("InputMask", 30), _whole("InputLength"))

JCCO = _view("JCCO", _whole("JCCo"), _whole("ValidPhaseChars"), _flag("PostClosedJobs"), _flag("PostSoftClosedJobs"))

JCCT = _view(
    "JCCT",
    _whole("PhaseGroup"),
    _whole("CostType"),
    _text("Description", 30),
    _text("Abbreviation", 10),
    _flag("TrackHours"),
)

JCPM = _view("JCPM", _whole("PhaseGroup"), _text("Phase", 20), _text("Description", 60), Column("ProjMinPct", PERCENT))

JCPC = _view(
    "JCPC",
    _whole("PhaseGroup"),
    _text("Phase", 20),
    _whole("CostType"),
    _text("UM", 3),
    _flag("BillFlag"),
    _flag("ItemUnitFlag"),
    _flag("PhaseUnitFlag"),
)

JCCM = _view("JCCM", _whole("JCCo"), _text("Contract", 10), _text("Description", 60), _whole("ContractStatus"))

JCCI = _view(
    "JCCI",
    _whole("JCCo"),
    _text("Contract", 10),
    _text("Item", 16),
    _text("Description", 60),
    Column("StartMonth", Day),
    Column("OrigContractAmt", DOLLARS),
    Column("ContractAmt", DOLLARS),
)

JCJM = _view(
    "JCJM",
    _whole("JCCo"),
    _text("Job", 10),
    _text("Description", 60),
    _text("Contract", 10),
    _whole("JobStatus"),
    _flag("LockPhases"),
    _flag("AutoAddItemYN"),
)

JCJP = _view(
    "JCJP",
    _whole("JCCo"),
    _text("Job", 10),
    _whole("PhaseGroup"),
    _text("Phase", 20),
    _text("Description", 60),
    _text("Contract", 10),
    _text("Item", 16),
    Column("ProjMinPct", PERCENT),
    _flag("ActiveYN"),
)

JCCH = _view(
    "JCCH",
    _whole("JCCo"),
    _text("Job", 10),
    _whole("PhaseGroup"),
    _text("Phase", 20),
    _whole("CostType"),
    _text("UM", 3),
    _flag("BillFlag"),
    _flag("ItemUnitFlag"),
    _flag("PhaseUnitFlag"),
    _flag("BuyOutYN"),
    _flag("Plugged"),
    _flag("ActiveYN"),
    Column("OrigHours", HOURS),
    Column("OrigUnits", UNITS),
    Column("OrigCost", DOLLARS),
    _flag("SourceStatus"),
)

JCCD = _view(
    "JCCD",
    _whole("JCCo"),
    _text("Job", 10),
    _whole("PhaseGroup"),
    _text("Phase", 20),
    _whole("CostType"),
    Column("Mth", Day),
    _text("JCTransType", 2),
    Column("PostedDate", Day),
    _text("ACO", 10),
    _text("ACOItem", 10),
    _text("UM", 3),
    Column("EstHours", HOURS),
    Column("EstUnits", UNITS),
    Column("EstCost", DOLLARS),
    Column("ActualCost", DOLLARS),
)

JCCP = _view(
    "JCCP",
    _whole("JCCo"),
    _text("Job", 10),
    _whole("PhaseGroup"),
    _text("Phase", 20),
    _whole("CostType"),
    Column("OrigEstHours", HOURS),
    Column("OrigEstUnits", UNITS),
    Column("OrigEstCost", DOLLARS),
    Column("CurrEstCost", DOLLARS),
    Column("TotalCmtdCost", DOLLARS),
    Column("RemainCmtdCost", DOLLARS),
)

JCOH = _view(
    "JCOH",
    _whole("JCCo"),
    _text("Job", 10),
    _text("ACO", 10),
    _text("Contract", 10),
    Column("ApprovalDate", Day),
    _flag("IntExt"),
)

JCOI = _view(
    "JCOI",
    _whole("JCCo"),
    _text("Job", 10),
    _text("ACO", 10),
    _text("ACOItem", 10),
    _text("Contract", 10),
    _text("Item", 16),
    Column("ApprovedMonth", Day),
    Column("ContractUnits", UNITS),
    Column("ContUnitPrice", UNIT_COST),
    Column("ContractAmt", DOLLARS),
)

JCOD = _view(
    "JCOD",
    _whole("JCCo"),
    _text("Job", 10),
    _text("ACO", 10),
    _text("ACOItem", 10),
    _whole("PhaseGroup"),
    _text("Phase", 20),
    _whole("CostType"),
    Column("MonthAdded", Day),
    _text("UM", 3),
    Column("UnitCost", UNIT_COST),
    Column("EstHours", HOURS),
    Column("EstUnits", UNITS),
    Column("EstCost", DOLLARS),
)

HQMA = _view(
    "HQMA",
    _whole("AuditID"),
    _text("TableName", 30),
    _text("KeyString", 1000),
    _whole("Co"),
    _flag("RecType"),
    _text("FieldName", 30),
    Column("OldValue", String()),
    Column("NewValue", String()),
    Column("DateTime", DateTime()),
    _text("UserName", 128),
)
