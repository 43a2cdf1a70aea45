"""What keeps the local Vista from harming a SQL Server, or from being half built there: asked without a server."""

import re
from collections.abc import Sequence
from typing import cast

import pytest
from sqlalchemy import Connection

from sandbox.vista.database import NotASandbox
from sandbox.vista.schema import tables
from sandbox.vista.sql_server import (
    SqlServerVista,
    base_name,
    drop_everything,
    made,
    right_batches,
    view_names,
)


class _Answer(list[tuple[str, str]]):
    def __init__(self, rows: Sequence[tuple[str, str]], number: int) -> None:
        super().__init__(rows)
        self._number = number

    def scalar_one(self) -> int:
        return self._number


class _Played:
    """A connection to a database of which only the names of its objects and one number of rows are known."""

    def __init__(self, found: Sequence[tuple[str, str]] = (), *, rows_kept: int = 0) -> None:
        self._found = found
        self._rows = 0
        self._rows_kept = rows_kept
        self.dropped: list[str] = []

    def exec_driver_sql(self, statement: str, parameters: Sequence[Sequence[object]] | None = None) -> _Answer:
        if parameters is not None:
            self._rows += min(len(parameters), self._rows_kept)
        self.dropped += re.findall(r"^DROP \w+ dbo\.\w+", statement)
        return _Answer(self._found if "sys.objects" in statement else (), self._rows)


def _connection(played: _Played) -> Connection:
    return cast(Connection, played)


@pytest.mark.parametrize(
    ("found", "named"),
    [
        pytest.param([("exports", "U ")], "exports", id="a table of somebody else's"),
        pytest.param([("report_of_mine", "V ")], "report_of_mine", id="a view of somebody else's"),
        pytest.param([("sandbox_login", "V "), ("bJCCH", "U "), ("exports", "U ")], "exports", id="beside a sandbox"),
        pytest.param(
            [("bJCCH", "U "), ("JCCH", "V "), ("bspJCADDPHASE", "P ")], "bjcch, bspjcaddphase, jcch", id="Vista"
        ),
    ],
)
def test_a_database_that_no_sandbox_made_is_refused_and_nothing_is_dropped(
    found: list[tuple[str, str]], named: str
) -> None:
    played = _Played(found)
    with pytest.raises(NotASandbox, match=f"already holds {named}, which no sandbox made"):
        drop_everything(_connection(played))
    assert played.dropped == []


def test_a_sandbox_is_emptied_procedures_first_and_tables_last() -> None:
    found = [("bJCCH", "U "), ("JCCH", "V "), ("bspJCADDPHASE", "P "), ("sandbox_login", "V ")]
    played = _Played(found)
    drop_everything(_connection(played))
    assert played.dropped == [
        "DROP PROCEDURE dbo.bspJCADDPHASE",
        "DROP VIEW dbo.JCCH",
        "DROP VIEW dbo.sandbox_login",
        "DROP TABLE dbo.bJCCH",
    ]


def test_a_sandbox_whose_names_come_back_in_small_letters_is_emptied_too() -> None:
    played = _Played([("bjcch", "U "), ("sandbox_login", "V ")])
    drop_everything(_connection(played))
    assert played.dropped == ["DROP VIEW dbo.sandbox_login", "DROP TABLE dbo.bJCCH"]


def test_an_empty_database_is_taken_as_it_is() -> None:
    played = _Played()
    drop_everything(_connection(played))
    assert played.dropped == []


def test_rows_that_a_driver_lost_without_an_error_are_noticed() -> None:
    vista = SqlServerVista(_connection(_Played(rows_kept=1)))
    with pytest.raises(RuntimeError, match="2 rows were given to bJCPM, 1 arrived"):
        vista.insert("bJCPM", "PhaseGroup, Phase", [(1, "G"), (1, "R")])


def test_rows_that_all_arrived_are_accepted() -> None:
    SqlServerVista(_connection(_Played(rows_kept=2))).insert("bJCPM", "PhaseGroup, Phase", [(1, "G"), (1, "R")])


def _granted(*, is_microsofts: bool) -> dict[str, str]:
    """What is granted to whom: the object -> its rights."""
    grants = [re.fullmatch(r"GRANT (.+) ON (?:TYPE::)?dbo\.(\w+) TO public", batch) for batch in _rights(is_microsofts)]
    assert all(grants)
    return {found[2]: found[1] for found in grants if found}


def _rights(is_microsofts: bool) -> list[str]:
    return list(right_batches(is_microsofts=is_microsofts))


@pytest.mark.parametrize("is_microsofts", [True, False])
def test_nobody_but_the_owner_may_touch_the_tables_beneath(is_microsofts: bool) -> None:
    beneath = {base_name(table) for table in tables()}
    assert {"bJCCH", "bJCJP", "bJCCD", "vDDDU"} < beneath
    assert _granted(is_microsofts=is_microsofts).keys() & beneath == set()


@pytest.mark.parametrize("is_microsofts", [True, False])
def test_everybody_may_call_vistas_procedures_and_none_of_the_sandboxs_own(is_microsofts: bool) -> None:
    granted = _granted(is_microsofts=is_microsofts)
    called = {name for name in made("PROCEDURE") if name in granted}
    assert called == {"bspHQTCNextTrans", "bspJCVPHASE", "bspJCADDPHASE", "bspJCADDCOSTTYPE"}
    assert {granted[name] for name in called} == {"EXECUTE"}


def test_everybody_may_use_every_view_but_nobody_may_say_who_is_logged_in() -> None:
    granted = _granted(is_microsofts=True)
    assert {name for name in view_names() if granted[name] == "SELECT, INSERT, UPDATE, DELETE"} == {
        name for name in view_names() if name != "sandbox_login"
    }
    assert granted["sandbox_login"] == "SELECT"


def test_a_table_type_is_granted_where_its_user_is_asked_for_it() -> None:
    assert _granted(is_microsofts=True)["sandbox_detail"] == "EXECUTE"
    assert "sandbox_detail" not in _granted(is_microsofts=False)
