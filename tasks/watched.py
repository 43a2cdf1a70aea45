"""How runs are watched for signs of life, and how a run that waits for a person takes itself off the watch.

Prefect's flow runs say every so often that they live ("heartbeat"). The server's automation (tasks/prefect_set_up.py)
marks a run as crashed when the next beat does not come in time. A run that waits holds no process and gives no sign.

Only beats set that clock. States do not: Prefect chains the events of states, and where it lost one (below) it holds
back all later ones of the run for fifteen minutes (measured, Prefect 3.8.8), then takes them for news. A "Running" of
then would set the clock on a run that waits now, and crash it. What dies before its first beat, or while the server is
down, is found by the scheduled watch (tasks.tidying.crash_silent).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect import runtime
from prefect.events import emit_event
from prefect.exceptions import Pause

# The tag of our deployments in prefect.yaml; their runs inherit it, and only those are watched.
TAG = "budget-export"
TAG_RESOURCE = {"prefect.resource.id": f"prefect.tag.{TAG}", "prefect.resource.role": "tag"}

HEARTBEAT = "prefect.flow-run.heartbeat"
# A beat may be late, or lost with a restart of the server: only the fourth in a row that is missing means something.
BEATS_MISSED = 4
WAITS = "prefect.flow-run.waits-for-a-person"
# A server on SQLite drops an event when its database stays locked for a fifth of a second (measured, Prefect 3.8.8:
# four attempts, then its dead letter queue), and a run's suspending is when it writes most. One of these arrives.
_TIMES_SAID = 5


@contextmanager
def off_the_watch_when_suspended() -> Iterator[None]:
    """Say that the run waits, when what is inside suspends it.

    The server's own "Suspended" is not enough. The heart beats on until the process has left, so the last beat may come
    after "Suspended"; and with the worker's clock ahead of the server's, every beat of the last moments seems to. The
    server would then wait for a next beat, and crash a run that is well. This event comes after "Suspended", from the
    clock that stamps the beats.
    """
    try:
        yield
    except Pause:
        resource = {"prefect.resource.id": f"prefect.flow-run.{runtime.flow_run.id}"}
        for _ in range(_TIMES_SAID):
            emit_event(event=WAITS, resource=resource, related=[TAG_RESOURCE])
        raise
