"""For tests on a real engine, where VISTA_TEST_URL names one: what stands there, and others who write."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from connectors.vista.engine import make_engine
from connectors.vista.sql import SqlVista
from tests.vista_plans import JCCO, JOB

# Statements of a Vista user, behind the connector's back.
TYPE_OVER = (
    "UPDATE JCCH SET OrigCost = :cost WHERE JCCo = 1 AND Job = :job AND Phase = :phase AND CostType = :cost_type"
)
TAKE_A_NUMBER = "UPDATE bHQTC SET LastTrans = LastTrans + 1 WHERE TableName = 'bJCCD' AND Co = 1"

Line = tuple[str, int]
Lines = tuple[Line, Line, Line]


def held(url: str, *wanted: Line) -> list[str]:
    with SqlVista(url, JCCO) as vista:
        found = {(one.phase, one.cost_type): f"{one.orig_cost}" for one in vista.read_estimate(JOB).cost_headers}
    return [found.get(line, "nothing") for line in wanted]


@contextmanager
def vista_user(url: str) -> Iterator[Connection]:
    """Somebody else's session, in a transaction that ends with the block."""
    engine = make_engine(url, login_timeout_seconds=15, lock_timeout_seconds=20, timeout_seconds=60)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def typed_over(connection: Connection, line: Line, cost: str) -> None:
    values = {"cost": cost, "job": JOB, "phase": line[0], "cost_type": line[1]}
    connection.execute(text(TYPE_OVER), values)


@contextmanager
def at(point: str, happening: Callable[[], None]) -> Iterator[Callable[[str], None]]:
    """Let something happen at a named point of an export, which must have come there when the block ends.

    An export that never logged in ends like one that was cut off before its commit: nothing was written.
    """
    reached: list[str] = []

    def checkpoint(name: str) -> None:
        reached.append(name)
        if name == point:
            happening()

    yield checkpoint
    assert point in reached, f"expected the export to come to {point}, found that it passed {reached}"
