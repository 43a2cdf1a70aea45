"""Runs a sandbox Procore in a thread of this process, on a free port of 127.0.0.1."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import uvicorn

from sandbox.procore.app import make_app
from sandbox.procore.clock import Clock
from sandbox.procore.faults import Faults
from sandbox.procore.limits import DOCUMENTED, Limits
from sandbox.procore.sandbox import RequestSeen, Sandbox
from sandbox.procore.world import World

START_SECONDS_MAX = 20.0
STOP_SECONDS_MAX = 20.0


@dataclass(frozen=True, slots=True)
class RunningProcore:
    """A sandbox that is being served. All three addresses are one server; controls are under /sandbox there."""

    sandbox: Sandbox
    login_url: str
    api_url: str
    control_url: str

    @property
    def state(self) -> World:
        """The world, to look at and to change."""
        return self.sandbox.world

    @property
    def faults(self) -> Faults:
        """The faults to switch on."""
        return self.sandbox.faults

    @property
    def requests(self) -> list[RequestSeen]:
        """Every request so far, controls left out."""
        return self.sandbox.requests

    @property
    def clock(self) -> Clock:
        """The sandbox's time, to move forward."""
        return self.sandbox.clock


@contextmanager
def running_procore(
    seed: str = "public_works", limits: Limits = DOCUMENTED, *, port: int = 0, state_file: Path | None = None
) -> Iterator[RunningProcore]:
    """Serve a sandbox until the block ends; with a state file, its world is kept there at the end.

    Raises:
        ValueError: for an unknown seed or an unreadable state file.
        OSError: when the port is taken.
        RuntimeError: when the server does not start or stop in time.
    """
    sandbox = Sandbox(seed=seed, limits=limits, state_file=state_file)
    # With its protocol named: only then does asyncio switch off Nagle's delay, 40 ms for each call.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    # h11 by name: faults that drop a connection need to know whose connection it is.
    config = uvicorn.Config(make_app(sandbox), http="h11", ws="none", lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox-procore", daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield RunningProcore(sandbox, login_url=url, api_url=url, control_url=url)
    finally:
        sandbox.faults.stopping = True
        server.should_exit = True
        thread.join(STOP_SECONDS_MAX)
        listener.close()
        sandbox.save()
        if thread.is_alive():
            raise RuntimeError(
                f"the sandbox Procore did not stop; expected it to end within {STOP_SECONDS_MAX:g} seconds"
            )


def _wait_until_started(server: uvicorn.Server, thread: Thread) -> None:
    end = time.monotonic() + START_SECONDS_MAX
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise RuntimeError(
                f"the sandbox Procore did not start; expected it to serve within {START_SECONDS_MAX:g} seconds"
            )
        time.sleep(0.005)
