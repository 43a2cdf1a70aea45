"""What other people do in Vista while an export waits: each function is one person's saved form, one transaction.

A code may be as people write it ('SW-1') or as Vista stores it; the job is the only one there is, or the one named.
Amounts are US dollars, hours and units as Decimal or text.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal

from sqlalchemy.engine import make_url

from jobcost import money
from jobcost.formats import formatted
from sandbox.vista.build import NotASandbox, database_file
from sandbox.vista.seeds import ACCOUNTANT
from sandbox.vista.sql_server import SQL_SERVER

Amount = Decimal | int | str

_LINE = "JCCo = :jcco AND Job = :job AND PhaseGroup = :phase_group AND Phase = :phase AND CostType = :cost_type"


@contextmanager
def vista_session(url: str, user: str = ACCOUNTANT) -> Iterator[sqlite3.Connection]:
    """A Vista user's own connection in one transaction: committed at the end, rolled back by an error.

    Raises:
        NotASandbox: the URL is not of a SQLite file.
    """
    if make_url(url).get_backend_name() == SQL_SERVER:
        raise NotASandbox(
            f"Vista sandbox: people work in SQLite alone: expected sqlite:///FILE, found {make_url(url)!r}."
            " On a SQL Server change the views yourself, as whoever"
            " EXEC sp_set_session_context N'VPUserName', N'BUILDER\\accountant' names."
        )
    with closing(sqlite3.connect(database_file(url), isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN IMMEDIATE")
        try:
            with _logged_in(connection, user):
                yield connection
        except BaseException:
            # A Vista trigger's refusal has rolled back already.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def change_estimate(
    url: str,
    code: str,
    cost_type: int,
    *,
    cost: Amount | None = None,
    hours: Amount | None = None,
    units: Amount | None = None,
    job: str | None = None,
) -> None:
    """Change a line in the form JC Original Estimates. The form names all three amounts; what is not given stays.

    Raises:
        LookupError: the job has no such line.
    """
    with vista_session(url) as connection:
        line = _line(connection, code, cost_type, job)
        amounts = {
            "cost": None if cost is None else f"{money.dollars(cost):f}",
            "hours": None if hours is None else f"{money.hours(hours):f}",
            "units": None if units is None else f"{money.units(units):f}",
        }
        changed = connection.execute(
            "UPDATE JCCH SET OrigHours = coalesce(:hours, OrigHours), OrigUnits = coalesce(:units, OrigUnits),"
            f" OrigCost = coalesce(:cost, OrigCost) WHERE {_LINE}",
            line | amounts,
        )
        if changed.rowcount != 1:
            raise LookupError(f"Vista sandbox: job {line['job']} has no line {code} with cost type {cost_type}.")


def add_phase(url: str, code: str, description: str = "Added in Vista", *, job: str | None = None) -> None:
    """Add a phase in the form JC Job Phases, on the contract's first item."""
    with vista_session(url) as connection:
        connection.execute(
            "INSERT INTO JCJP (JCCo, Job, PhaseGroup, Phase, Description, Contract, Item)"
            " SELECT j.JCCo, j.Job, :phase_group, :phase, :description, j.Contract, MIN(i.Item)"
            " FROM JCJM AS j JOIN JCCI AS i ON i.JCCo = j.JCCo AND i.Contract = j.Contract"
            " WHERE j.JCCo = :jcco AND j.Job = :job",
            _line(connection, code, 0, job) | {"description": description},
        )


def add_estimate(url: str, code: str, cost_type: int, cost: Amount, *, um: str = "LS", job: str | None = None) -> None:
    """Add a line in the form JC Original Estimates; Vista adds the phase to the job if it is missing."""
    _add_header(url, code, cost_type, cost, um, "J", job)


def add_pm_row(url: str, code: str, cost_type: int, cost: Amount, *, status: str = "Y", job: str | None = None) -> None:
    """Add a line in Project Management: status Y waits for the next interface, N is not to be sent."""
    _add_header(url, code, cost_type, cost, "LS", status, job)


def interface_pm_rows(url: str, *, job: str | None = None) -> None:
    """Run the PM Interface: lines with status Y become live (I), and Vista posts their estimates."""
    with vista_session(url) as connection:
        connection.execute(
            "UPDATE JCCH SET SourceStatus = 'I', ActiveYN = 'Y',"
            " InterfaceDate = strftime('%Y-%m-%d 00:00:00.000000', 'now', 'localtime')"
            " WHERE SourceStatus = 'Y' AND JCCo = :jcco AND Job = :job",
            _job(connection, job),
        )


def set_job_status(url: str, status: int, *, job: str | None = None) -> None:
    """Set the contract's status, which Vista pushes to its jobs: 0 pending, 1 open, 2 soft-closed, 3 hard-closed."""
    with vista_session(url) as connection:
        connection.execute(
            "UPDATE bJCCM SET ContractStatus = :status WHERE JCCo = :jcco"
            " AND Contract = (SELECT j.Contract FROM JCJM AS j WHERE j.JCCo = :jcco AND j.Job = :job)",
            _job(connection, job) | {"status": status},
        )


def close_job(url: str, *, job: str | None = None) -> None:
    """Soft-close the job through its contract."""
    set_job_status(url, 2, job=job)


def lock_phases(url: str, *, job: str | None = None) -> None:
    """Lock the job's phases."""
    with vista_session(url) as connection:
        connection.execute("UPDATE bJCJM SET LockPhases = 'Y' WHERE JCCo = :jcco AND Job = :job", _job(connection, job))


def deactivate_phase(url: str, code: str, *, job: str | None = None) -> None:
    """Make a phase of the job inactive."""
    with vista_session(url) as connection:
        connection.execute(
            "UPDATE JCJP SET ActiveYN = 'N' WHERE JCCo = :jcco AND Job = :job AND Phase = :phase",
            _line(connection, code, 0, job),
        )


def post_actual_cost(
    url: str, code: str, cost_type: int, cost: Amount, *, month: str = "2026-02-01", job: str | None = None
) -> None:
    """Post an accounts payable invoice to a line, in a month given as its first day."""
    with vista_session(url) as connection:
        line = _line(connection, code, cost_type, job)
        line |= {"cost": f"{money.dollars(cost):f}", "month": f"{month} 00:00:00.000000"}
        connection.execute("INSERT INTO bspHQTCNextTrans (TableName, Co, Mth) VALUES ('bJCCD', :jcco, :month)", line)
        connection.execute(
            "INSERT INTO bJCCD (JCCo, Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate,"
            " JCTransType, Source, Description, ActualCost)"
            " SELECT :jcco, :month, t.LastTrans, :job, :phase_group, :phase, :cost_type, :month, :month,"
            " 'AP', 'AP Entry', 'Invoice', :cost FROM bHQTC AS t"
            " WHERE t.TableName = 'bJCCD' AND t.Co = :jcco AND t.Mth = :month",
            line,
        )


def approve_change_order(
    url: str,
    code: str,
    cost_type: int,
    cost: Amount,
    *,
    aco: str = "1",
    month: str = "2026-02-01",
    job: str | None = None,
) -> None:
    """Approve an internal change order with one line: raises the current estimate, not the original."""
    with vista_session(url) as connection:
        line = _line(connection, code, cost_type, job)
        line |= {"cost": f"{money.dollars(cost):f}", "month": f"{month} 00:00:00.000000", "aco": aco}
        connection.execute(
            "INSERT INTO JCOH (JCCo, Job, ACO, Contract, ApprovalDate, IntExt)"
            " SELECT JCCo, Job, :aco, Contract, :month, 'I' FROM JCJM WHERE JCCo = :jcco AND Job = :job",
            line,
        )
        connection.execute(
            "INSERT INTO JCOI (JCCo, Job, ACO, ACOItem, Contract, Item, ApprovedMonth)"
            " SELECT j.JCCo, j.Job, :aco, '1', j.Contract, MIN(i.Item), :month FROM JCJM AS j"
            " JOIN JCCI AS i ON i.JCCo = j.JCCo AND i.Contract = j.Contract WHERE j.JCCo = :jcco AND j.Job = :job",
            line,
        )
        connection.execute(
            "INSERT INTO JCOD (JCCo, Job, ACO, ACOItem, PhaseGroup, Phase, CostType, MonthAdded, UM, EstCost)"
            " VALUES (:jcco, :job, :aco, '1', :phase_group, :phase, :cost_type, :month, 'LS', :cost)",
            line,
        )


def post_commitment(
    url: str, code: str, cost_type: int, cost: Amount, *, month: str = "2026-02-01", job: str | None = None
) -> None:
    """Commit money on a line by a purchase order, all of it still open, in a month given as its first day."""
    with vista_session(url) as connection:
        line = _line(connection, code, cost_type, job)
        line |= {"cost": f"{money.dollars(cost):f}", "month": f"{month} 00:00:00.000000"}
        connection.execute("INSERT INTO bspHQTCNextTrans (TableName, Co, Mth) VALUES ('bJCCD', :jcco, :month)", line)
        connection.execute(
            "INSERT INTO bJCCD (JCCo, Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate,"
            " JCTransType, Source, Description, TotalCmtdCost, RemainCmtdCost)"
            " SELECT :jcco, :month, t.LastTrans, :job, :phase_group, :phase, :cost_type, :month, :month,"
            " 'PO', 'PO Entry', 'Purchase order', :cost, :cost FROM bHQTC AS t"
            " WHERE t.TableName = 'bJCCD' AND t.Co = :jcco AND t.Mth = :month",
            line,
        )


def take_out_change_order(url: str, aco: str, *, job: str | None = None) -> None:
    """Take a change order out by raw means, past Vista's triggers on it, as a script of an administrator does.

    UNVERIFIED what Vista itself would post for it; here the detail goes, and the period totals follow.

    Raises:
        LookupError: the job has no such change order.
    """
    with vista_session(url) as connection:
        order = _job(connection, job) | {"aco": aco}
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name = 'btJCODd'"
        for name, guard in connection.execute(query).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
            connection.execute("DELETE FROM JCOD WHERE JCCo = :jcco AND Job = :job AND ACO = :aco", order)
            connection.execute(guard)
        connection.execute("DELETE FROM bJCCD WHERE JCCo = :jcco AND Job = :job AND ACO = :aco", order)
        connection.execute("DELETE FROM JCOI WHERE JCCo = :jcco AND Job = :job AND ACO = :aco", order)
        taken = connection.execute("DELETE FROM JCOH WHERE JCCo = :jcco AND Job = :job AND ACO = :aco", order)
        if taken.rowcount != 1:
            raise LookupError(f"Vista sandbox: job {order['job']} has no change order {aco}.")


def set_audit(url: str, *, is_on: bool) -> None:
    """Let the companies audit cost types and change orders, or stop it, in the form JC Company Parameters."""
    with vista_session(url) as connection:
        connection.execute("UPDATE bJCCO SET AuditCostTypes = :flag, AuditChngOrders = :flag", {"flag": "NY"[is_on]})


def move_start_month(url: str, item: str, month: str) -> None:
    """Give a contract item another start month, its first day: Vista moves the item's original estimates there."""
    with vista_session(url) as connection:
        connection.execute("UPDATE bJCCI SET StartMonth = ? WHERE ltrim(Item) = ?", (f"{month} 00:00:00.000000", item))


def _add_header(url: str, code: str, cost_type: int, cost: Amount, um: str, status: str, job: str | None) -> None:
    with vista_session(url) as connection:
        connection.execute(
            "INSERT INTO JCCH (JCCo, Job, PhaseGroup, Phase, CostType, UM, BillFlag, OrigCost, SourceStatus)"
            " VALUES (:jcco, :job, :phase_group, :phase, :cost_type, :um, 'C', :cost, :status)",
            _line(connection, code, cost_type, job) | {"um": um, "cost": f"{money.dollars(cost):f}", "status": status},
        )


@contextmanager
def _logged_in(connection: sqlite3.Connection, user: str) -> Iterator[None]:
    """Be somebody else than the export until the transaction ends; an error takes it back with all the rest."""
    export_login = connection.execute("SELECT VPUserName FROM sandbox_login").fetchone()[0]
    connection.execute("UPDATE sandbox_login SET VPUserName = ?", (user,))
    yield
    connection.execute("UPDATE sandbox_login SET VPUserName = ?", (export_login,))


def _job(connection: sqlite3.Connection, job: str | None) -> dict[str, object]:
    row = connection.execute(
        "SELECT j.JCCo AS jcco, j.Job AS job, q.PhaseGroup AS phase_group FROM bJCJM AS j"
        " JOIN bHQCO AS q ON q.HQCo = j.JCCo WHERE j.Job = coalesce(?, j.Job) LIMIT 1",
        (job,),
    ).fetchone()
    if row is None:
        raise LookupError(f"Vista sandbox: there is no job {job or 'at all'}.")
    return dict(row)


def _line(connection: sqlite3.Connection, code: str, cost_type: int, job: str | None) -> dict[str, object]:
    mask = connection.execute("SELECT InputMask FROM DDDTShared WHERE Datatype = 'bPhase'").fetchone()[0]
    return _job(connection, job) | {"phase": formatted(mask, code), "cost_type": cost_type}
