"""Programs that the local stack starts: each in a session of its own, each with a log, each ended by its own id."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LOG_LINES_SHOWN = 25

# A background job of a script inherits SIGINT ignored, and a Prefect worker that ignores SIGINT never stops on SIGTERM
# (it forwards SIGTERM to itself as SIGINT). So every program starts with the default, whatever we inherited.
# On Linux the kernel also ends it when we are killed without a chance to clean up (prctl 1 is PR_SET_PDEATHSIG).
_LAUNCHER = """
import ctypes, os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("whoever started this has gone")
os.execv(sys.argv[2], sys.argv[2:])
"""


class StackProblem(Exception):
    """A part of the local stack did not start; the message says which, how it ended, and where its log is."""


@dataclass(frozen=True, slots=True)
class Program:
    """A running program of the stack."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def has_ended(self) -> bool:
        """It is not running any more."""
        return self.process.poll() is not None

    def wait_until(self, is_ready: Callable[[], bool], seconds_max: float) -> None:
        """Wait until the program is ready.

        Raises:
            StackProblem: if it ends first, or is not ready in time.
        """
        give_up_at = time.monotonic() + seconds_max
        while not is_ready():
            if self.has_ended:
                raise StackProblem(f"{self.name} ended with exit status {self.process.returncode}. {self.last_words()}")
            if time.monotonic() > give_up_at:
                raise StackProblem(f"{self.name} was not ready within {seconds_max:.0f} seconds. {self.last_words()}")
            time.sleep(0.05)

    def last_words(self) -> str:
        """Return the end of its log, with the log's place."""
        lines = self.log.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:]
        return "\n".join([f"The end of {self.log}:", *lines])

    def stop(self, seconds_max: float = 15.0) -> None:
        """Ask it to end, insist when it does not, and leave none of its own children behind."""
        try:
            if not self.has_ended:
                self.process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(seconds_max)
        finally:
            # Its session holds nothing but itself and what it started. Also reached on a second Ctrl-C.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def start(name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path) -> Program:
    """Start a program in a folder; what it says goes to its log."""
    folder.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own programs, no shell, nothing typed by anyone
            [sys.executable, "-c", _LAUNCHER, str(os.getpid()), *command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Program(name=name, process=process, log=log)


def run(name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path) -> str:
    """Run a program to its end and return what it said.

    Raises:
        StackProblem: if it fails.
    """
    already_said = log.stat().st_size if log.exists() else 0
    program = start(name, command, environment, folder, log)
    try:
        status = program.process.wait()
    finally:
        program.stop()
    if status != 0:
        raise StackProblem(f"{name} ended with exit status {status}. {program.last_words()}")
    return log.read_bytes()[already_said:].decode(errors="replace")
