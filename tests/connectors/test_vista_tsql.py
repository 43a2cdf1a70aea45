"""Every statement that SQL Server would get parses as T-SQL, as both drivers are handed it."""

import re
from pathlib import Path

import pytest
from sqlfluff.core import FluffConfig, Linter

GOLDEN = Path(__file__).parent / "golden"


def _statements(name: str) -> dict[str, str]:
    """The reviewed statements by their names, values written as T-SQL's own variables."""
    parts = re.findall(r"^-- (\w+)\n(.+?;)$", (GOLDEN / name).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    # The parser takes this column of sys.sql_modules for a word of its own; SQL Server does not.
    parts = [(title, re.sub(r"\bdefinition\b", "[definition]", text)) for title, text in parts]
    return {
        title: re.sub(r"%\((\w+)\)s|(?<!:):(\w+)|\?", lambda found: f"@{found[1] or found[2] or 'value'}", text)
        for title, text in parts
    }


@pytest.mark.parametrize("name", ["vista_mssql.sql", "vista_mssql_pyodbc.sql", "vista_mssql_mssqlpython.sql"])
def test_every_statement_parses_as_t_sql(name: str) -> None:
    linter, statements = Linter(config=FluffConfig(overrides={"dialect": "tsql"})), _statements(name)

    assert len(statements) > 40
    parsed = {title: linter.parse_string(text) for title, text in statements.items()}
    assert {title: one.violations for title, one in parsed.items() if one.violations} == {}


def test_a_statement_of_another_dialect_does_not_parse() -> None:
    linter = Linter(config=FluffConfig(overrides={"dialect": "tsql"}))
    assert linter.parse_string("INSERT INTO JCCH (Job) VALUES ('1') ON CONFLICT DO NOTHING;").violations
