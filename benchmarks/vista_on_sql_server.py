"""What an export costs on a real engine: `VISTA_TEST_URL=... python -m benchmarks.vista_on_sql_server [LINES ...]`.

The database is built anew as a sandbox's Vista. For each number of lines: statements; exchanges on the wire, counted
there (what the driver adds, such as preparing and unpreparing, is among them); how much of `apply` passes under the
application lock; and rows per second, as a ratio to the same statements sent in one loop by hand in the same run.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, event

from connectors.vista.engine import make_engine
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan
from sandbox.vista.build import build_vista
from tests.cut_wire import Wire, wired
from tests.vista_plans import free_lines, permit_for, plan_of, values, with_masters_descriptions

SIZES = (10, 1_000)
_Result = TypeVar("_Result")
_JOB = "GEN-0001"
# Lines of each phase: a few cost types, as in a real budget.
_LINES_PER_PHASE = 4
_WRITES = ("INSERT INTO", "UPDATE", "EXEC @rc = dbo.bspJCADDPHASE")


@dataclass(slots=True)
class _Sent:
    """What one act sent to the driver, and when: seconds, statement, parameters."""

    all: list[tuple[float, str, Any]] = field(default_factory=list)
    locked_at: float = 0.0
    committed_at: float = 0.0

    def add(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        """Write one down; SQLAlchemy calls this."""
        self.all.append((time.perf_counter(), statement, parameters))

    @property
    def writes(self) -> list[tuple[float, str, Any]]:
        return [one for one in self.all if any(word in one[1] for word in _WRITES)]


def main(arguments: Sequence[str]) -> None:
    """Print one row for each size."""
    url = os.environ.get("VISTA_TEST_URL")
    if not url:
        sys.exit("VISTA_TEST_URL is not set. Expected the address of an empty database on a SQL Server.")
    print(
        f"{'lines':>7}{'statements':>12}{'rows':>8}{'exchanges: plan':>17}{'export':>9}"
        f"{'under the lock':>16}{'rows per second, by hand = 1':>30}"
    )
    for lines in [int(one) for one in arguments] or SIZES:
        print(_measured(url, lines), flush=True)


def _measured(url: str, lines: int) -> str:
    seed = f"generated:{-(-lines // _LINES_PER_PHASE)}"
    with tempfile.TemporaryDirectory() as folder:
        twin = f"sqlite:///{Path(folder) / 'vista.db'}"
        build_vista(twin, seed)
        build_vista(url, seed)
        with wired(url) as (wire, through), SqlVista(through, 1, lock_timeout_seconds=60) as vista:
            plan, reading = _exchanged(wire, lambda: _plan(vista, twin, lines))
            began = time.perf_counter()
            with _listened() as sent:
                _, writing = _exchanged(wire, lambda: vista.apply(plan, permit_for(plan)))
            took = time.perf_counter() - began
        build_vista(url, seed)
    writes = sent.writes
    # Neither loop counts its first write, which pays what a session needs once, nor its last.
    ratio = _by_hand(url, writes) / (writes[-1][0] - writes[1][0])
    share = (sent.committed_at - sent.locked_at) / took
    counts = f"{lines:>7,}{len(sent.all):>12,}{len(writes):>8,}{reading:>17,}{writing:>9,}"
    return f"{counts}{share:>16.0%}{ratio:>30.2f}"


def _plan(vista: SqlVista, twin: str, lines: int) -> Plan:
    estimate = vista.read_estimate(_JOB)
    wanted = {line: values(f"{number}.01") for number, line in enumerate(free_lines(estimate, lines), start=1)}
    return with_masters_descriptions(twin, plan_of(estimate, wanted))


@contextmanager
def _listened() -> Iterator[_Sent]:
    """Write down what is sent to any database inside the block."""
    sent = _Sent()

    def after(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "sp_getapplock" in statement:
            sent.locked_at = time.perf_counter()

    def ended(_connection: Any) -> None:
        sent.committed_at = time.perf_counter()

    listeners = (("before_cursor_execute", sent.add), ("after_cursor_execute", after), ("commit", ended))
    for happening, listener in listeners:
        event.listen(Engine, happening, listener)
    try:
        yield sent
    finally:
        for happening, listener in listeners:
            event.remove(Engine, happening, listener)


def _exchanged(wire: Wire, act: Callable[[], _Result]) -> tuple[_Result, int]:
    before = wire.exchanges
    return act(), wire.exchanges - before


def _by_hand(url: str, writes: list[tuple[float, str, Any]]) -> float:
    """Seconds of the same writes but the first and the last, in one loop on the driver alone."""
    engine = make_engine(url, login_timeout_seconds=15, lock_timeout_seconds=60, timeout_seconds=120)
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            _send(driver, *writes[0][1:])
            began = time.perf_counter()
            for _, statement, parameters in writes[1:-1]:
                _send(driver, statement, parameters)
            took = time.perf_counter() - began
            driver.rollback()
    finally:
        engine.dispose()
    return took


def _send(driver: Any, statement: str, parameters: Any) -> None:
    cursor = driver.cursor()
    cursor.execute(statement, parameters)
    cursor.close()


if __name__ == "__main__":
    main(sys.argv[1:])
