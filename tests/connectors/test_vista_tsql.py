"""Every statement that SQL Server would get parses as T-SQL, as both drivers are handed it."""

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

GOLDEN = Path(__file__).parent / "golden"


def _statements(name: str) -> dict[str, str]:
    """The reviewed statements by their names, values written as T-SQL's own variables."""
    parts = re.findall(r"^-- (\w+)\n(.+?;)$", (GOLDEN / name).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return {
        title: re.sub(r"%\((\w+)\)s|(?<!:):(\w+)|\?", lambda found: f"@{found[1] or found[2] or 'value'}", text)
        for title, text in parts
    }


@pytest.mark.parametrize("name", ["vista_mssql.sql", "vista_mssql_pyodbc.sql", "vista_mssql_mssqlpython.sql"])
def test_every_statement_parses_as_t_sql(name: str) -> None:
    statements = _statements(name)

    assert len(statements) > 40
    parsed = {title: [tree for tree in sqlglot.parse(text, read="tsql") if tree] for title, text in statements.items()}
    # What sqlglot does not understand it keeps as a command, whatever it says.
    assert [title for title, trees in parsed.items() if not trees or any(map(_is_command, trees))] == []


def _is_command(tree: exp.Expr) -> bool:
    return isinstance(tree, exp.Command)


@pytest.mark.parametrize("title", ["ADD_PHASE", "ADD_COST_HEADER", "ADD_ORDER", "ADD_ORDER_ITEM", "ADD_ORDER_DETAIL"])
def test_an_insert_is_one_row_into_one_view_and_returns_nothing(title: str) -> None:
    (tree,) = [tree for tree in sqlglot.parse(_statements("vista_mssql.sql")[title], read="tsql") if tree is not None]

    assert isinstance(tree, exp.Insert)
    assert tree.args.get("returning") is None
    values = tree.find(exp.Values)
    assert values is not None
    assert len(values.expressions) == 1


def test_a_change_is_one_update_with_its_old_values_and_returns_nothing() -> None:
    (tree,) = [
        tree
        for tree in sqlglot.parse(_statements("vista_mssql.sql")["CHANGE_ESTIMATE"], read="tsql")
        if tree is not None
    ]

    assert isinstance(tree, exp.Update)
    assert tree.args.get("returning") is None
    conditions = {column.name for column in tree.args["where"].find_all(exp.Column)}
    assert conditions >= {"OrigHours", "OrigUnits", "OrigCost"}
