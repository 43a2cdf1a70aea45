"""Comparisons of an exported job for tests: what matters stands in the test as a text table.

Amounts are written as "original" or "original + changes"; an empty cell means that there is no such line.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from jobcost.money import dollars
from jobcost.planned import ChangePolicy
from jobcost.reconciliation import Comparison
from jobcost.reconciliation_values import (
    Amounts,
    Key,
    OurChangeOrder,
    ProcoreLine,
    ProcoreSide,
    UnexportedChange,
    VerifiedSide,
    VistaSide,
)
from tests.core.tables import amount_text, rows

COLUMNS = frozenset({"phase", "type", "procore", "vista", "verified", "ours"})
VERIFIED_AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
CONCRETE: Key = ("03-310", 2)
STEEL: Key = ("05-120", 2)


def comparison(table: str, **changed: Any) -> Comparison:
    """Make a comparison of the lines in the table; a line is ours if it was verified, unless `ours` says no."""
    procore, vista, verified, ours = {}, {}, {}, set()
    for row in rows(table, COLUMNS):
        key = (row["phase"], int(row.get("type", "2")))
        if "procore" in row:
            procore[key] = procore_line(_amounts(row["procore"]))
        if "vista" in row:
            vista[key] = _in_cents(_amounts(row["vista"]))
        if "verified" in row:
            verified[key] = _in_cents(_amounts(row["verified"]))
            ours |= {key} if row.get("ours") != "no" else set()
    made = Comparison(
        jcco=1,
        job=" 1204-  ",
        project_id=600123,
        project_name="Harbor Office",
        policy=ChangePolicy.CHANGE_ORDERS,
        procore=ProcoreSide(lines=procore),
        vista=VistaSide(lines=vista, change_orders={}),
        verified=VerifiedSide(export_id="EX-1", at=VERIFIED_AT, lines=verified, ours=frozenset(ours)),
    )
    return replace(made, **changed)


def with_unexported(of: Comparison, amount: str, key: Key = CONCRETE, number: str = "007") -> Comparison:
    """Let an approved change wait for its export."""
    change = UnexportedChange(number=number, title="Deeper piles", amount=Decimal(amount))
    return replace(of, procore=replace(of.procore, unexported={key: (change,)}))


def with_exported(of: Comparison, amount: str, *, in_vista: str | None, key: Key = CONCRETE) -> Comparison:
    """Let change order BC-7 be exported with an amount, and stand in Vista with another, or not at all."""
    order = OurChangeOrder(
        aco="BC-7", export_id="EX-1", source=("budget_change", 7), amounts={key: Decimal(amount)}, is_undone=False
    )
    standing = {} if in_vista is None else {"BC-7": {key: Decimal(in_vista)}}
    return replace(
        of,
        verified=replace(of.verified, change_orders=(order,)),
        vista=replace(of.vista, change_orders=standing),
    )


def procore_line(exact: Amounts, name: str = "Concrete") -> ProcoreLine:
    """Make a budget line of one row."""
    return ProcoreLine(name=name, exact=exact, in_cents=_in_cents(exact))


def _in_cents(amounts: Amounts) -> Amounts:
    return Amounts(original=dollars(amounts.original), changes=dollars(amounts.changes))


def _amounts(cell: str) -> Amounts:
    original, _, changes = cell.partition(" + ")
    return Amounts(original=Decimal(amount_text(original)), changes=Decimal(amount_text(changes or "0.00")))
