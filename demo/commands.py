"""Call the installed `budget-export` command as a user would, in the demo's environment."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class CommandFailed(Exception):
    """A command ended with an exit code other than 0; its own message is the text."""


class Commands:
    """The command line, in one environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Keep the environment that every command gets."""
        self._environment = dict(environment)
        self._program = Path(sys.executable).with_name("budget-export")

    def run(self, *arguments: str, may_end_with: int = 0) -> int:
        """Run a command, let it print, and return its exit code.

        Raises:
            CommandFailed: if its exit code is neither 0 nor the one that it may end with.
        """
        return self._call(arguments, capture=False, may_end_with=may_end_with).returncode

    def json(self, *arguments: str) -> dict[str, Any]:
        """Run a command with --json and return what it printed. Progress still shows on standard error.

        Raises:
            CommandFailed: if its exit code is not 0.
        """
        document: dict[str, Any] = json.loads(self._call((*arguments, "--json"), capture=True).stdout)
        return document

    def _call(
        self, arguments: tuple[str, ...], *, capture: bool, may_end_with: int = 0
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(  # noqa: S603 - our own command with our own arguments
            [str(self._program), *arguments],
            env=self._environment,
            stdout=subprocess.PIPE if capture else None,
            text=True,
            check=False,
        )
        if done.returncode not in {0, may_end_with}:
            said = f" {done.stdout.strip()}" if done.stdout else ""
            raise CommandFailed(f"budget-export {_told(arguments)} ended with exit code {done.returncode}.{said}")
        return done


def _told(arguments: tuple[str, ...]) -> str:
    """Write a command as people read it; a one-time code in it is nobody's business."""
    before = ("", *arguments)
    return " ".join("******" if left == "--code" else word for left, word in zip(before, arguments, strict=False))
