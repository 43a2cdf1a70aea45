"""Looking into a workbench's Vista past the connector: what stands there, to be compared."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

Rows = dict[str, list[tuple[Any, ...]]]


class VistaLooks:
    """What a test sees in Vista's tables."""

    folder: Path

    def vista_rows(self) -> Rows:
        """Everything in every table of Vista, to be compared."""
        return rows_of(self.folder / "vista.db")

    def vista(self, query: str) -> list[tuple[Any, ...]]:
        """Ask Vista's database directly, or change it as no form of Vista does."""
        with closing(sqlite3.connect(self.folder / "vista.db", isolation_level=None)) as connection:
            return connection.execute(query).fetchall()

    def estimates(self) -> dict[str, Decimal]:
        """Phase -> Original Estimate, all cost types together (Vista bJCCH.OrigCost)."""
        found: dict[str, Decimal] = {}
        for phase, cost in self.vista("SELECT Phase, OrigCost FROM bJCCH ORDER BY Phase, CostType"):
            found[phase.rstrip()] = found.get(phase.rstrip(), Decimal(0)) + Decimal(cost)
        return found

    def change_orders(self) -> dict[str, Decimal]:
        """Number -> what the change order adds to the Current Estimate (Vista JCOD.EstCost)."""
        rows = self.vista("SELECT ltrim(ACO), EstCost FROM JCOD ORDER BY ACO, ACOItem, Phase, CostType")
        found: dict[str, Decimal] = {}
        for aco, cost in rows:
            found[aco.strip()] = found.get(aco.strip(), Decimal(0)) + Decimal(cost)
        return found

    def detail_count(self) -> int:
        """Number of Original Estimate detail rows: one for each line that was ever posted."""
        count: int = self.vista("SELECT count(*) FROM bJCCD WHERE JCTransType = 'OE'")[0][0]
        return count


def rows_of(file: Path) -> Rows:
    """Read every table of a SQLite file."""
    with closing(sqlite3.connect(file)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid').fetchall() for name in names}
