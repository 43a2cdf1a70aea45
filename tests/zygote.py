"""Flow runs whose processes begin at once: what they need is imported once, and a process is forked for each of them.

A work pool whose command is `Zygote.command` lets its worker start, for each run, a small program that asks here for a
process in its own environment, passes signals on to it, and ends as it ends: killed, if it was killed.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self

from prefect.context import refresh_global_settings_context

from demo.local_prefect import CHECKOUT

CLIENT = Path(__file__).with_name("zygote_client.py")
SOCKET = "ZYGOTE_SOCKET"
_WAITING_MAX = 64


class Zygote:
    """Forks processes that call `main()` of a module, which `python -m` could run as well."""

    # What a worker has to start for a run, in an environment that names the socket.
    command = f"{sys.executable} -S {CLIENT}"

    def __init__(self, module: str, environment: Mapping[str, str], folder: Path) -> None:
        self._log = (folder / "zygote.log").open("ab")
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(environment[SOCKET])
        listening.listen(_WAITING_MAX)
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.zygote", module, str(listening.fileno())],
            cwd=CHECKOUT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            pass_fds=[listening.fileno()],
        )
        listening.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Its input ends, so it ends.
        self._program.communicate()
        self._log.close()


def main() -> None:
    """Answer everybody who asks for a process, until the input ends."""
    module = import_module(sys.argv[1])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[2])) as listening:
        while listening.fileno() in select.select([listening.fileno(), 0], [], [])[0]:
            asking, _ = listening.accept()
            with asking:
                if os.fork() == 0:
                    listening.close()
                    _keep(asking, module.main)
                    return


def _keep(asking: socket.socket, life: Callable[[], None]) -> None:
    """Fork the process that was asked for, tell how it ends, and end it if nobody waits for it any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    text, streams, _, _ = socket.recv_fds(asking, 1 << 20, 2)
    child = os.fork()
    if child == 0:
        for number, stream in enumerate(streams, start=1):
            os.dup2(stream, number)
        asking.close()
        _live(json.loads(text), life)
        return
    asking.sendall(f"{child}\n".encode())
    ended = os.pidfd_open(child)
    if ended not in select.select([asking.fileno(), ended], [], [])[0]:
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    asking.sendall(f"{status}\n".encode())
    os._exit(0)


def _live(environment: dict[str, str], life: Callable[[], None]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(environment["PWD"])
    sys.argv = sys.argv[:1]
    refresh_global_settings_context()
    life()


if __name__ == "__main__":
    main()
