"""Writes the tables of `sql/tables.txt` as SQLite DDL that refuses what SQL Server's types refuse.

SQLite has no decimal, no length limits and no smalldatetime: each column becomes TEXT or INTEGER with CHECKs whose
names are SQL Server's own words. Source of the types: facts 1.1.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.vista.sqltext import expanded, source

# Vista type -> (digits, places) of its numeric.
NUMERICS = {
    "bDollar": (12, 2),
    "bHrs": (10, 2),
    "bUnits": (12, 3),
    "bUnitCost": (16, 5),
    "bPct": (6, 4),
    "bRate": (8, 6),
}
# Vista type -> characters.
TEXTS = {
    "bJob": 10,
    "bContract": 10,
    "bContractItem": 16,
    "bPhase": 20,
    "bUM": 3,
    "bYN": 1,
    "bDesc": 30,
    "bTransDesc": 60,
    "bSource": 10,
    "bACO": 10,
    "bACOItem": 10,
    "bPCO": 10,
    "bDept": 10,
    "bTaxCode": 10,
    "bInsCode": 10,
    "bVPUserName": 128,
}
# Vista type -> SQL Server type and its largest value.
INTEGERS = {
    "bCompany": ("tinyint", 255),
    "bGroup": ("tinyint", 255),
    "bJCCType": ("tinyint", 255),
    "tinyint": ("tinyint", 255),
    "smallint": ("smallint", 32767),
    "int": ("int", 2147483647),
}
DATES = frozenset({"bDate", "bMonth", "datetime"})
# The tables a connector writes by the view's name.
WRITTEN = ("JCJP", "JCCH", "JCOH", "JCOI", "JCOD")
# Tables whose amounts and dates are respelled when they arrive in another form.
RESPELLED = (*WRITTEN, "bJCCI")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a Vista table."""

    name: str
    vista_type: str
    may_be_null: bool
    default: str
    is_checked_flag: bool

    @property
    def width(self) -> int:
        """Characters of a text column; 0 for every other type."""
        sized = re.fullmatch(r"(?:var)?char\((\d+)\)", self.vista_type)
        return int(sized.group(1)) if sized else TEXTS.get(self.vista_type, 0)

    @property
    def spelling(self) -> str:
        """SQL for the one spelling in which Vista would give the value back; empty if any spelling is its own."""
        if self.vista_type in NUMERICS:
            places = NUMERICS[self.vista_type][1]
            return f"@t{places}(@n{places}(NEW.{self.name}))"
        return f"@date(NEW.{self.name})" if self.vista_type in DATES else ""


@dataclass(frozen=True, slots=True)
class Table:
    """One Vista table with its unique keys."""

    name: str
    has_key_id: bool
    unique_keys: tuple[str, ...]
    columns: tuple[Column, ...]


def tables() -> tuple[Table, ...]:
    """Read `sql/tables.txt`."""
    blocks = re.split(r"^table ", re.sub(r"^#.*\n", "", source("tables.txt"), flags=re.MULTILINE), flags=re.MULTILINE)
    return tuple(_table(block) for block in blocks[1:])


def table_statements() -> Iterator[str]:
    """DDL of every table, its unique indexes, and its plain view or read-only b-view."""
    for table in tables():
        yield expanded(_create_table(table))
        for number, key in enumerate(table.unique_keys):
            suffix = f"_{number + 1}" if number else ""
            yield f"CREATE UNIQUE INDEX bi{table.name.removeprefix('b')}{suffix} ON {table.name} ({key})"
        if table.name.startswith("b") and table.name not in {"bHQCO", "bJCJM"}:
            yield f"CREATE VIEW {table.name[1:]} AS SELECT * FROM {table.name}"
        if table.name in WRITTEN:
            yield f"CREATE VIEW b{table.name} AS SELECT * FROM {table.name}"


def spelling_statements() -> Iterator[str]:
    """Triggers that give an amount or a date the spelling a numeric or smalldatetime column would give back."""
    for table in (table for table in tables() if table.name in RESPELLED):
        spelled = [(column.name, column.spelling) for column in table.columns if column.spelling]
        differs = " OR ".join(f"NEW.{name} <> {spelling}" for name, spelling in spelled)
        # The columns as they stand, which another trigger may have changed already.
        settings = ", ".join(f"{name} = {spelling.replace('NEW.', '')}" for name, spelling in spelled)
        for event in ("INSERT", f"UPDATE OF {', '.join(name for name, _ in spelled)}"):
            yield expanded(
                f"CREATE TRIGGER type_{table.name}_{event[:6].lower()} AFTER {event} ON {table.name} WHEN {differs}\n"
                "BEGIN\n"
                "  UPDATE sandbox_state SET is_respelling = 1;\n"
                f"  UPDATE {table.name} SET {settings} WHERE KeyID = NEW.KeyID;\n"
                "  UPDATE sandbox_state SET is_respelling = 0;\n"
                "END"
            )


def _table(block: str) -> Table:
    heading, *lines = block.strip().splitlines()
    name_part, keys = heading.split(" : ")
    return Table(
        name=name_part.split()[0],
        has_key_id="nokeyid" not in name_part,
        unique_keys=tuple(key.strip() for key in keys.split(";")),
        columns=tuple(_column(line) for line in lines if line.strip()),
    )


def _column(line: str) -> Column:
    name, vista_type, *rest = line.split()
    default = rest[rest.index("default") + 1] if "default" in rest else ""
    return Column(name, vista_type, "null" in rest, default, "check" in rest)


def _create_table(table: Table) -> str:
    lines = [_column_ddl(column) for column in table.columns]
    if table.has_key_id:
        lines.append("KeyID INTEGER PRIMARY KEY AUTOINCREMENT")
    lines += [check for column in table.columns for check in _checks(table.name.removeprefix("b"), column)]
    return f"CREATE TABLE {table.name} (\n  " + ",\n  ".join(lines) + "\n)"


def _column_ddl(column: Column) -> str:
    if column.vista_type == "identity":
        return f"{column.name} INTEGER PRIMARY KEY AUTOINCREMENT"
    storage = "INTEGER" if column.vista_type in INTEGERS else "TEXT COLLATE RTRIM"
    null = "" if column.may_be_null else " NOT NULL"
    default = f" DEFAULT {column.default}" if column.default else ""
    return f"{column.name} {storage}{null}{default}"


def _checks(view: str, column: Column) -> Iterator[str]:
    name, vista_type = column.name, column.vista_type
    if vista_type in NUMERICS:
        digits, places = NUMERICS[vista_type]
        yield _check(f"Error converting data type varchar to numeric. (8114 {view}.{name})", _is_number(name))
        yield _check(
            f"Arithmetic overflow error converting numeric to data type numeric. (8115 {view}.{name})",
            f"abs(@n{places}({name})) < 1{'0' * digits}",
        )
    elif vista_type in INTEGERS:
        sql_type, largest = INTEGERS[vista_type]
        smallest = 0 if sql_type == "tinyint" else -largest - 1
        yield _check(
            f"Arithmetic overflow error for data type {sql_type}. (220 {view}.{name})",
            f"{name} IS NULL OR typeof({name}) = 'integer' AND {name} BETWEEN {smallest} AND {largest}",
        )
    elif vista_type in DATES:
        yield _check(
            f"Conversion failed when converting date and/or time from character string. (241 {view}.{name})",
            f"{name} IS NULL OR @date({name}) IS NOT NULL",
        )
    elif column.width:
        yield _check(
            f"String or binary data would be truncated in column '{name}'. (2628 {view}.{name})",
            f"length(rtrim({name})) <= {column.width}",
        )
    if column.is_checked_flag:
        words = f"The statement conflicted with the CHECK constraint. (547 {view}.{name})"
        yield _check(words, f"{name} IN ('Y', 'N')")


def _is_number(name: str) -> str:
    return f"{name} IS NULL OR {name} GLOB '*[0-9]*' AND {name} NOT GLOB '*[^-+0-9.]*'"


def _check(words: str, condition: str) -> str:
    return f'CONSTRAINT "{words}" CHECK ({condition})'
