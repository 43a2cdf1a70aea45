"""One row of Vista's fidelity table, and how it is performed: through SQL on the views, in one transaction.

The table is written once for every database. Where SQL differs, its statements hold words like @month(Mth), which each
database's desk puts in its own way: SQLite's here, SQL Server's in `vista_desk_sql_server.py`.
"""

import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

# Phases of the public works job as Vista stores them (mask 5L-3R-3RN).
G1, G2, R1, R2 = "G    -  1-   ", "G    -  2-   ", "R    -  1-   ", "R    -  2-   "
SW42, SW43 = "SW   - 42-   ", "SW   - 43-   "
# Contract items as the mask 16RN stores them.
ITEM1, ITEM2, ITEM9 = f"{1:>16}", f"{2:>16}", f"{9:>16}"
JANUARY = "2026-01-01 00:00:00.000000"
# Statements name these as :G1, :ITEM1, ...
NAMES = {"G1": G1, "G2": G2, "R1": R1, "ITEM1": ITEM1, "ITEM2": ITEM2, "ITEM9": ITEM9, "JANUARY": JANUARY}

Words = Mapping[str, Callable[..., str]]
# A word whose arguments hold no word any more.
_WORD = re.compile(r"@(\w+)\(((?:[^()@]|\([^()@]*\))*)\)")
_SQLITE_WORDS: Words = {
    "month": lambda day: f"substr({day}, 1, 7)",
    "sum": lambda amount: f"SUM({amount})",
    "list": lambda value: f"group_concat({value})",
    "text": lambda first, second: f"{first} || {second}",
    "today": lambda: "date('now', 'localtime') || ' 00:00:00.000000'",
    "work_as": lambda login: f"UPDATE sandbox_login SET VPUserName = '{login}'",
    "foreign_keys": lambda view: f"(SELECT count(*) FROM pragma_foreign_key_list('{view}'))",
    "unique_index": lambda view: f"(SELECT group_concat(name) FROM pragma_index_list('{view}') WHERE \"unique\")",
    "columns": lambda view, name: f"(SELECT count(*) FROM pragma_table_info('b{view}') WHERE name = '{name}')",
}


@dataclass(frozen=True, slots=True)
class VistaFidelity:
    """One behaviour of Vista, done and seen on the sandbox."""

    id: str
    # Section of facts/vista.md.
    source: str
    # What is done and what follows, in words.
    said: str
    # Statements, one transaction.
    done: tuple[str, ...]
    # The query asked afterwards, and its rows.
    asked: str = "SELECT 1"
    seen: tuple[tuple[object, ...], ...] = ((1,),)
    # Vista's refusal, in full; empty if everything is accepted.
    refused: str = ""
    variants: tuple[str, ...] = ()


def header(phase: str = G1, cost_type: int = 3, **columns: str) -> str:
    """A statement that adds a cost header with 100.00 on it; columns by name change or add to it."""
    values = {
        "JCCo": "1",
        "Job": "'1164I-001'",
        "PhaseGroup": "1",
        "Phase": f"'{phase}'",
        "CostType": str(cost_type),
        "UM": "'LS'",
        "BillFlag": "'C'",
        "OrigCost": "'100.00'",
    } | {name: value if value == "NULL" else f"'{value}'" for name, value in columns.items()}
    return _insert("JCCH", values)


def change(settings: str, phase: str = G1) -> str:
    """A statement that changes one cost header."""
    return " ".join(("UPDATE JCCH SET", settings, "WHERE JCCo = 1 AND Job = '1164I-001' AND Phase =", f"'{phase}'"))


def job_phase(phase: str = G1, contract: str = "1164I", item: str = ITEM1, phase_group: int = 1, **columns: str) -> str:
    """A statement that adds a phase to the job directly."""
    values = {"JCCo": "1", "Job": "'1164I-001'", "PhaseGroup": str(phase_group)}
    texts = {"Phase": phase, "Contract": contract, "Item": item} | columns
    return _insert("JCJP", values | {name: f"'{value}'" for name, value in texts.items()})


def performed(file: Path, row: VistaFidelity) -> tuple[str, tuple[tuple[object, ...], ...]]:
    """Do what the row says; return the refusal, if any, and what is seen afterwards."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        refusal = ""
        try:
            for statement in row.done:
                connection.execute(in_words(statement, _SQLITE_WORDS), NAMES)
        except sqlite3.IntegrityError as refused:
            refusal = str(refused)
        seen = tuple(connection.execute(in_words(row.asked, _SQLITE_WORDS), NAMES))
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return refusal, seen


def in_words(statement: str, words: Words) -> str:
    """A statement with its words put in a database's own way, the innermost first.

    >>> in_words("SELECT @list(@text(ACO, ACOItem))", _SQLITE_WORDS)
    'SELECT group_concat(ACO || ACOItem)'
    """
    while found := _WORD.search(statement):
        # The commas between arguments, not those inside one.
        arguments = [argument.strip() for argument in re.split(r",(?![^(]*\))", found[2])] if found[2] else []
        statement = statement[: found.start()] + words[found[1]](*arguments) + statement[found.end() :]
    return statement


def _insert(view: str, values: dict[str, str]) -> str:
    return " ".join(("INSERT INTO", view, f"({', '.join(values)})", "VALUES", f"({', '.join(values.values())})"))
