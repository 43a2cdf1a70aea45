"""Processes that may be killed: a new one for each life, quickly, because what they need is imported only once.

`python -m tests.flows.mortals MODULE` imports MODULE and forks a process for each order that it reads: that process
calls `MODULE.live` and ends. The one that forks has a single thread, as forking demands.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.local_prefect import CHECKOUT

KILLED = -9


class Mortals:
    """Gives lives to a module's `live` function, one after the other, each in a process of its own."""

    def __init__(self, module: str, environment: Mapping[str, str], log: Path) -> None:
        self._log = log.open("ab")
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.mortals", module],
            cwd=CHECKOUT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Its orders end, so it ends.
        self._parent.communicate()
        self._log.close()

    def live(self, environment: Mapping[str, str], **named: str) -> int:
        """Run `live(**named)` in a new process; return its exit status, or -9 if it was killed."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(json.dumps({"environment": dict(environment), "named": named}) + "\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())


def main() -> None:
    """Fork a process for each order."""
    module = import_module(sys.argv[1])
    # What a life prints goes to the log; the answers go where it cannot write.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    while line := sys.stdin.readline():
        child = os.fork()
        if child == 0:
            answers.close()
            order = json.loads(line)
            os.environ.update(order["environment"])
            module.live(**order["named"])
            return
        _, status = os.waitpid(child, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


if __name__ == "__main__":
    main()
