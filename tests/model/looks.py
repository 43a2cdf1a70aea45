"""Reading Vista's tables past every connector: what the job holds, and whether Vista's own figures agree with it."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from tests.model.values import NOTHING, Amounts, Job, Key, Order


def held_by(vista: sqlite3.Connection) -> Job:
    """Read everything of the job that anybody writes."""
    originals = {(phase.rstrip(), kind): Decimal(cost) for phase, kind, cost in _rows(vista, "JCCH", "OrigCost")}
    postings = Counter((phase.rstrip(), kind) for phase, kind, _ in _detail(vista, "OE", "EstCost"))
    costs: Amounts = {}
    for phase, kind, cost in _detail(vista, "AP", "ActualCost"):
        _add(costs, (phase.rstrip(), kind), cost)
    active = vista.execute("SELECT Phase, ActiveYN FROM JCJP").fetchall()
    ((job_status,),) = vista.execute("SELECT JobStatus FROM bJCJM").fetchall()
    ((start_month,),) = vista.execute("SELECT StartMonth FROM bJCCI WHERE ltrim(Item) = '1'").fetchall()
    return Job(
        originals=originals,
        postings=postings,
        orders=_orders(vista),
        costs=costs,
        phases={phase.rstrip(): flag == "Y" for phase, flag in active},
        interfaced=frozenset(
            (phase.rstrip(), kind) for phase, kind, status in _rows(vista, "JCCH", "SourceStatus") if status == "I"
        ),
        is_open=job_status == 1,
        start_month=start_month[:7],
    )


def _orders(vista: sqlite3.Connection) -> dict[str, Order]:
    amounts: dict[str, Amounts] = {}
    months: dict[str, str] = {}
    query = "SELECT ltrim(ACO), Phase, CostType, EstCost, MonthAdded FROM JCOD"
    for aco, phase, kind, cost, month in vista.execute(query).fetchall():
        _add(amounts.setdefault(aco.strip(), {}), (phase.rstrip(), kind), cost)
        months[aco.strip()] = month[:7]
    days = vista.execute("SELECT ltrim(ACO), ApprovalDate FROM JCOH").fetchall()
    return {
        aco.strip(): Order(date.fromisoformat(day[:10]), months.get(aco.strip(), ""), amounts.get(aco.strip(), {}))
        for aco, day in days
    }


def figures_that_disagree(vista: sqlite3.Connection) -> Iterator[str]:
    """Name what Vista's headers, detail, period totals, change orders and contract disagree about."""
    job = held_by(vista)
    original: Amounts = {}
    for phase, kind, cost in _detail(vista, "OE", "EstCost"):
        _add(original, (phase.rstrip(), kind), cost)
    changes: Amounts = {}
    posted: Counter[tuple[str, Key]] = Counter()
    for phase, kind, cost, aco in vista.execute(
        "SELECT Phase, CostType, EstCost, ltrim(ACO) FROM bJCCD WHERE JCTransType = 'CO'"
    ).fetchall():
        _add(changes, (phase.rstrip(), kind), cost)
        posted[aco.strip(), (phase.rstrip(), kind)] += 1
    wanted = Counter((aco, key) for aco, order in job.orders.items() for key in order.amounts)
    if posted != wanted:
        yield f"change order detail (JCCD): expected {wanted}, found {posted}"
    periods: dict[str, Amounts] = {"OrigEstCost": {}, "CurrEstCost": {}}
    for column, sums in periods.items():
        for phase, kind, cost in _rows(vista, "bJCCP", column):
            _add(sums, (phase.rstrip(), kind), cost)
    for key, amount in job.originals.items():
        added = job.changes.get(key, NOTHING)
        figures = {
            "detail": original.get(key, NOTHING),
            "period totals": periods["OrigEstCost"].get(key, NOTHING),
            "current estimate less change orders": periods["CurrEstCost"].get(key, NOTHING) - added,
            "original with change order detail, less change orders": amount + changes.get(key, NOTHING) - added,
        }
        yield from (
            f"{key}, {name}: expected {amount}, found {sum_}" for name, sum_ in figures.items() if sum_ != amount
        )
    revenue = vista.execute("SELECT coalesce(OrigContractAmt, 0), coalesce(ContractAmt, 0) FROM bJCCI").fetchall()
    if any(Decimal(amount) for row in revenue for amount in row):
        yield f"contract amounts: expected none, found {revenue}"
    external = vista.execute("SELECT ACO FROM JCOH WHERE IntExt <> 'I'").fetchall()
    yield from (f"change order {aco}: expected an internal one" for (aco,) in external)


def _rows(vista: sqlite3.Connection, table: str, column: str) -> list[tuple[str, int, str]]:
    return vista.execute(f"SELECT Phase, CostType, {column} FROM {table}").fetchall()


def _detail(vista: sqlite3.Connection, kind: str, column: str) -> list[tuple[str, int, str]]:
    return vista.execute(f"SELECT Phase, CostType, {column} FROM bJCCD WHERE JCTransType = ?", (kind,)).fetchall()


def _add(sums: Amounts, key: Key, amount: str) -> None:
    sums[key] = sums.get(key, NOTHING) + Decimal(amount)
