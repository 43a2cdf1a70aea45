"""What is known of the local Vista in T-SQL without a SQL Server: it has all that SQLite's has, and nothing else.

Both are written by hand. Names are compared both ways, and so are the words of every refusal.
"""

import re
from collections.abc import Iterator
from importlib import resources
from typing import cast

import pytest
import sqlalchemy
from sqlfluff.core import FluffConfig, Linter

from sandbox.vista import sql_server
from sandbox.vista.build import _behaviour, _schema
from sandbox.vista.schema import Table, tables

# Procedures that SQLite has once for each trigger that calls them.
_CALLER = re.compile(r"_(JCCH|JCJP|JCCD|JCOD)$")
# Not said by SQLite's: refusals that it has no place for (a procedure's argument @item, an ActiveYN that its CHECK
# refuses first, a counter that cannot be had), and sources of detail, which stand where refusals stand.
_ONLY_T_SQL = {" not set up!", "ActiveYN must be (Y) or (N)", "Unable to get next available trans#"}
_SOURCES = {"JC OrigEst", "PM Intface"}


def _t_sql() -> dict[str, str]:
    files = resources.files("sandbox.vista").joinpath("tsql").iterdir()
    return {file.name: file.read_text(encoding="utf-8") for file in files}


def _batches() -> Iterator[str]:
    for name in _t_sql():
        yield from sql_server.batches(name)


def _made_by_sqlite(kind: str) -> set[str]:
    text = "\n".join((*_schema(), *_behaviour()))
    return set(re.findall(rf"^CREATE {kind} (\w+)", text, re.MULTILINE))


def _code(batch: str) -> str:
    return re.sub(r"--.*", "", batch)


def _triggers() -> dict[str, str]:
    matches = ((re.search(r"CREATE TRIGGER dbo\.(\w+)", batch), batch) for batch in _batches())
    return {found[1]: _code(batch) for found, batch in matches if found}


def test_every_trigger_of_vista_is_there_and_no_other() -> None:
    # A trigger of Vista's that SQLite needs in parts is btJCCHu, btJCCHu_keys, ...
    on_sqlite = {name.partition("_")[0] for name in _made_by_sqlite("TRIGGER") if name.startswith("bt")}
    assert set(sql_server.made("TRIGGER")) == on_sqlite
    assert len(on_sqlite) == 21


def test_every_procedure_of_vista_is_there_and_no_other() -> None:
    on_sqlite = {_CALLER.sub("", name) for name in _made_by_sqlite("VIEW") if name.startswith("bsp")}
    assert {name for name in sql_server.made("PROCEDURE") if name.startswith("bsp")} == on_sqlite
    assert on_sqlite == {"bspHQTCNextTrans", "bspJCVPHASE", "bspJCADDPHASE", "bspJCADDCOSTTYPE"}


def test_every_view_of_vista_is_there_and_no_other() -> None:
    views = {name for name in _made_by_sqlite("VIEW") if not name.startswith(("bsp", "sandbox_", "b"))}
    written = {"JCJP", "JCCH", "JCOH", "JCOI", "JCOD"}  # SQLite's tables have the names of these views
    assert {name for name in sql_server.view_names() if not name.startswith("sandbox_")} == views | written


def test_every_table_and_unique_key_comes_from_the_one_list() -> None:
    batches = "\n".join(sql_server.table_batches())
    for table in tables():
        name = sql_server.base_name(table)
        assert f"CREATE TABLE dbo.{name} (" in batches
        for key in table.unique_keys:
            assert re.search(rf"CREATE UNIQUE (NON)?CLUSTERED INDEX \w+ ON dbo\.{name} \({key}\)", batches)
        assert (f"ON dbo.{name} (KeyID)" in batches) is table.has_key_id
    assert batches.count("CREATE TABLE") == len(tables()) == 24


def test_a_cost_header_has_vistas_types_defaults_and_checks() -> None:
    (ddl,) = (batch for batch in sql_server.table_batches() if batch.startswith("CREATE TABLE dbo.bJCCH ("))
    lines = [line.strip().rstrip(",") for line in ddl.splitlines()]
    for line in (
        "[Phase] varchar(20) COLLATE Latin1_General_BIN2 NOT NULL",
        "[CostType] dbo.bJCCType NOT NULL",
        "[OrigCost] dbo.bDollar NOT NULL CONSTRAINT DF_bJCCH_OrigCost DEFAULT 0.00",
        "[OrigUnits] dbo.bUnits NOT NULL CONSTRAINT DF_bJCCH_OrigUnits DEFAULT 0.000",
        "[InterfaceDate] dbo.bDate NULL",
        "[Notes] varchar(max) COLLATE Latin1_General_BIN2 NULL",
        "KeyID bigint IDENTITY(1,1) NOT NULL",
    ):
        assert line in lines
    assert any(line.endswith("CHECK ([Plugged] IN ('Y', 'N'))") for line in lines)


def test_amounts_numbers_and_days_have_vistas_own_types() -> None:
    assert set(sql_server.type_batches()) == {
        "CREATE TYPE dbo.bDollar FROM numeric(12,2) NULL",
        "CREATE TYPE dbo.bUnits FROM numeric(12,3) NULL",
        "CREATE TYPE dbo.bHrs FROM numeric(10,2) NULL",
        "CREATE TYPE dbo.bUnitCost FROM numeric(16,5) NULL",
        "CREATE TYPE dbo.bPct FROM numeric(6,4) NULL",
        "CREATE TYPE dbo.bRate FROM numeric(8,6) NULL",
        "CREATE TYPE dbo.bCompany FROM tinyint NULL",
        "CREATE TYPE dbo.bGroup FROM tinyint NULL",
        "CREATE TYPE dbo.bJCCType FROM tinyint NULL",
        "CREATE TYPE dbo.bDate FROM smalldatetime NULL",
        "CREATE TYPE dbo.bMonth FROM smalldatetime NULL",
    }


def _sqlite_refusals() -> set[str]:
    text = "\n".join(_behaviour())
    return {refusal.replace("''", "'") for refusal in re.findall(r"RAISE\(ROLLBACK, '((?:[^']|'')*)'\)", text)}


def _words(refusal: str) -> list[str]:
    """The fixed words of a refusal: what stands between the values, and the suffixes of the calling triggers apart."""
    parts = re.split(r"<[a-z ]+>|(?= - (?:cannot|Could))", refusal)
    return [part for part in parts if part.strip()]


def _t_sql_words() -> set[str]:
    """Every text that a refusal of the T-SQL is put together from."""
    code = "\n".join(_code(batch) for batch in _batches())
    said = re.findall(
        r"(?:THEN|RAISERROR\(|@(?:msg|err) =)\s*(?:CONCAT\()?((?:[^;]|;(?!\s*$))*?)(?:;$|\bWHEN\b|\bEND\b)",
        code,
        re.MULTILINE,
    )
    return {
        text.replace("''", "'") for piece in said for text in re.findall(r"'((?:[^']|'')*)'", piece) if len(text) > 9
    }


def test_every_refusal_of_sqlites_is_said_in_t_sql_too() -> None:
    code = "\n".join(_code(batch) for batch in _batches())
    refusals = _sqlite_refusals()
    assert len(refusals) > 60
    missing = {words for refusal in refusals for words in _words(refusal) if words.strip() not in code}
    assert missing == set()


def test_no_refusal_is_said_in_t_sql_alone() -> None:
    on_sqlite = "\n".join(_sqlite_refusals())
    said = _t_sql_words()
    assert len(said) > 50
    assert {words for words in said if words.strip() not in on_sqlite} - _SOURCES == _ONLY_T_SQL


def test_every_trigger_has_vistas_shape() -> None:
    triggers = _triggers()
    assert len(triggers) == 23  # with the customer's two
    for name, code in triggers.items():
        assert re.search(rf"CREATE TRIGGER dbo\.{name} ON dbo\.\w+ AFTER (INSERT|UPDATE|DELETE) AS", code)
        if name.startswith("bt"):
            assert re.search(r"AS\s+BEGIN\s+DECLARE @rows int = @@ROWCOUNT", code), name


def test_every_refusal_is_an_error_that_ends_the_transaction() -> None:
    # Severity 10 and below is a message that the client does not even see.
    refusing = {name: code.count("RAISERROR(") for name, code in _triggers().items() if "RAISERROR(" in code}
    ended = {
        name: len(re.findall(r"RAISERROR\(.*, 11, -1\);\s+ROLLBACK TRANSACTION;", code))
        for name, code in _triggers().items()
        if name in refusing
    }
    assert ended == refusing
    assert set(refusing.values()) == {1}
    # These have nothing to refuse: what they do was asked for by another trigger or a deletion that went through.
    assert _triggers().keys() - refusing.keys() == {
        "btJCCDu",
        "btJCCDd",
        "btJCJPd",
        "mtrJCCH_touched_i",
        "mtrJCCH_touched_u",
    }


@pytest.mark.parametrize("trigger", ["btJCCHi", "btJCCHu", "btJCCPu"])
def test_masters_and_keys_are_counted_against_the_rows_of_the_statement(trigger: str) -> None:
    code = " ".join(_triggers()[trigger].split())
    assert re.search(r"IF \(SELECT COUNT\(\*\) FROM inserted AS i JOIN [^()]*\) (<>|=) @rows ", code)


def test_a_new_header_posts_its_detail_whatever_its_amounts() -> None:
    code = " ".join(_triggers()["btJCCHi"].split())
    posted = re.findall(r"INSERT INTO dbo\.bJCCD \(.*?;", code)
    assert len(posted) == 1
    assert posted[0].endswith("FROM dbo.sandbox_posting AS s WHERE s.KeyID = @key;")


def test_nothing_counts_for_the_caller_and_nothing_is_merged() -> None:
    for batch in _batches():
        code = _code(batch)
        assert not re.search(r"\b(MERGE|CURSOR|NOCOUNT OFF)\b|\bOUTPUT (inserted|deleted)\b", code)
        if re.search(r"CREATE (TRIGGER|PROCEDURE)", code):
            assert "SET NOCOUNT ON;" in code


def _inserts() -> Iterator[tuple[str, list[str]]]:
    code = "\n".join(_code(batch) for batch in _batches())
    for name, columns in re.findall(r"INSERT INTO dbo\.(\w+) \(([^)]*)\)", code):
        yield name, [column.strip() for column in columns.split(",")]


def test_every_insert_names_columns_that_are_there_and_all_that_must_be_given() -> None:
    known: dict[str, Table] = {sql_server.base_name(table): table for table in tables()}
    found = list(_inserts())
    assert len(found) > 15
    for name, columns in found:
        there = {column.name for column in known[name].columns}
        needed = {
            column.name
            for column in known[name].columns
            if not (column.may_be_null or column.default or column.vista_type == "identity")
        }
        assert set(columns) <= there
        assert needed <= set(columns)


def test_every_name_is_spelled_as_a_case_sensitive_database_wants_it() -> None:
    columns = {column.name for table in tables() for column in table.columns} | {"KeyID"}
    objects = {sql_server.base_name(table) for table in tables()} | {*sql_server.view_names()}
    objects |= {name for kind in ("PROCEDURE", "TYPE", "TRIGGER") for name in sql_server.made(kind)}
    known = {name.lower(): name for name in objects}
    for batch in _batches():
        code = re.sub(r"'[^']*'", "''", _code(batch))
        variables = set(re.findall(r"(?<!@)@\w+", code))
        assert len({name.lower() for name in variables}) == len(variables)
        assert {name for name in re.findall(r"dbo\.(\w+)", code) if known.get(name.lower(), name) != name} == set()
        in_small = {name.lower() for name in columns}
        assert {name for name in re.findall(r"\b\w\.(\w+)", code) if name.lower() in in_small} <= columns


def _parser() -> Linter:
    return Linter(config=FluffConfig(overrides={"dialect": "tsql"}))


def test_every_batch_parses_as_t_sql() -> None:
    linter = _parser()
    batches = [*_batches(), *sql_server.type_batches(), *sql_server.table_batches(), *sql_server.right_batches()]
    wrong = {batch[:80]: parsed.violations for batch in batches if (parsed := linter.parse_string(batch)).violations}
    assert wrong == {}


def test_the_parser_refuses_what_is_no_t_sql() -> None:
    linter = _parser()
    broken = _triggers()["btJCCPu"].replace("IF @rows = 0 RETURN;", "IF @rows = 0 RETURNS IF WHEN;")
    assert linter.parse_string(broken).violations


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("mssql+pyodbc://me:s3cret@server/sandbox", "ODBC Driver 18 for SQL Server"),
        (
            "mssql+pyodbc://me:s3cret@server/sandbox?driver=ODBC+Driver+17+for+SQL+Server",
            "ODBC Driver 17 for SQL Server",
        ),
        (
            "mssql+pyodbc://me:s3cret@server/sandbox?DRIVER=ODBC+Driver+17+for+SQL+Server",
            "ODBC Driver 17 for SQL Server",
        ),
        ("mssql+mssqlpython://me:s3cret@server/sandbox", None),
    ],
)
def test_an_address_that_names_no_driver_gets_microsofts_newest_where_pyodbc_needs_one(
    url: str, driver: str | None
) -> None:
    told = {name.lower(): value for name, value in sql_server.address(url).query.items()}
    assert told.get("driver") == driver


def test_who_made_the_server_is_asked_in_a_type_that_every_driver_reads() -> None:
    """SERVERPROPERTY answers sql_variant, which pyodbc does not read from every server."""
    asked: list[str] = []

    class Connection:
        def exec_driver_sql(self, statement: str) -> "Connection":
            asked.append(statement)
            return self

        def scalar_one(self) -> None:
            return None

    assert sql_server.is_microsofts(cast("sqlalchemy.Connection", Connection()))
    assert asked == ["SELECT CAST(SERVERPROPERTY('Babelfish') AS varchar(128))"]
