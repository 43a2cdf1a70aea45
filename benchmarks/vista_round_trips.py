"""How many statements an export sends to Vista's SQL Server, and how often it calls the driver.

Counted at the driver, which is played (`tests/odbc_on_sqlite.py`): no SQL Server is needed, and no time is measured.
A call is a connection, a statement, the end of a transaction, or a question of SQLAlchemy's own at its first connection
to the server. The fewest for a write is one statement for each row, because a refusal must name its line. What the
driver makes of a call on the wire is counted there, on a real engine: `benchmarks.vista_on_sql_server`.

Run as `python -m benchmarks.vista_round_trips`.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.vista.sql import SqlVista
from jobcost.plan import EstimateValues, Plan
from sandbox.vista.build import build_vista
from tests.odbc_on_sqlite import ADDRESS, OdbcOnSqlite, plugged_in
from tests.odbc_script import kind_of
from tests.vista_plans import free_lines, permit_for, plan_of, values, with_masters_descriptions

SIZES = (10, 1_000, 10_000)
_JOB = "GEN-0001"
# Lines of each phase: a few cost types, as in a real budget.
_LINES_PER_PHASE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one act sent."""

    act: str
    lines: int
    writes: int
    reads: int
    calls: int

    @property
    def besides(self) -> int:
        """Calls that are no write of a row."""
        return self.calls - self.writes


def counted(lines: int) -> Iterator[Counted]:
    """Count a reading, a first export, the same once more, and an update of a tenth, for a job of so many lines."""
    with _played_vista(lines) as (server, url, vista):
        server.script.may_add_phase = 1
        with _count(server, "reading for a plan", lines) as reading:
            estimate = vista.read_estimate(_JOB)
        yield reading[0]
        wanted = {line: values(f"{number}.01") for number, line in enumerate(free_lines(estimate, lines), start=1)}
        plan = with_masters_descriptions(url, plan_of(estimate, wanted))
        yield _applied(server, vista, plan, "first export")
        yield _applied(server, vista, plan, "the same plan again")
        tenth = _changed(wanted, max(1, lines // 10))
        yield _applied(server, vista, plan_of(vista.read_estimate(_JOB), tenth), "update of a tenth")


def _applied(server: OdbcOnSqlite, vista: SqlVista, plan: Plan, act: str) -> Counted:
    with _count(server, act, len(plan.lines)) as result:
        vista.apply(plan, permit_for(plan))
    return result[0]


def _changed(wanted: Mapping[tuple[str, int], EstimateValues], count: int) -> dict[tuple[str, int], EstimateValues]:
    changed = {line: values("77.00") for line in list(wanted)[:count]}
    return {**wanted, **changed}


@contextmanager
def _played_vista(lines: int) -> Iterator[tuple[OdbcOnSqlite, str, SqlVista]]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        url = f"sqlite:///{Path(folder) / 'vista.db'}"
        build_vista(url, f"generated:{-(-lines // _LINES_PER_PHASE)}")
        server = plugged_in(url, patch)
        with SqlVista(ADDRESS, 1) as vista:
            yield server, url, vista


@contextmanager
def _count(server: OdbcOnSqlite, act: str, lines: int) -> Iterator[list[Counted]]:
    server.told.clear()
    before = server.round_trips
    result: list[Counted] = []
    yield result
    kinds = [kind_of(told) for told in server.told]
    writes = sum(kind.startswith(("insert ", "update ", "run ")) for kind in kinds)
    reads = sum(kind.startswith(("read ", "hold ", "ask ", "lock")) for kind in kinds)
    result.append(Counted(act=act, lines=lines, writes=writes, reads=reads, calls=server.round_trips - before))


def main() -> None:
    """Print one row for each act and size."""
    print(f"{'act':<22}{'lines':>8}{'rows written':>14}{'other statements':>18}{'calls':>13}{'besides rows':>14}")
    for size in SIZES:
        for one in counted(size):
            row = f"{one.act:<22}{one.lines:>8,}{one.writes:>14,}{one.reads:>18,}{one.calls:>13,}"
            print(f"{row}{one.besides:>14,}", flush=True)


if __name__ == "__main__":
    main()
