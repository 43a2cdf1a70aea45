"""A line of the report: a ratio of two things done side by side, its aim, and what it was made of."""

import os
import platform
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version


class Untrue(Exception):
    """The figures would not mean what they say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table."""

    what: str
    ratio: float
    # None where nobody set one.
    aim: float | None
    raw: str

    def __str__(self) -> str:
        """Say it in one line."""
        verdict = "" if self.aim is None or self.ratio <= self.aim else "   ABOVE THE AIM"
        aim = "none" if self.aim is None else f"{self.aim:.2f}"
        return f"{self.what:<62} {self.ratio:>6.2f}  {aim:>5}   {self.raw}{verdict}"


def machine() -> str:
    """Say when and on what the figures were taken."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in ("prefect", "sqlalchemy", "httpx", "pydantic"))
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, {memory_gib:.0f} GiB,"
        f" load {os.getloadavg()[0]:.1f} at the start\n"
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {versions}"
    )


def listed(ratios: Sequence[float]) -> str:
    """Write the ratios of all repetitions."""
    return " ".join(f"{ratio:.2f}" for ratio in ratios)


def progress(text: str) -> None:
    """Say how far it is, beside the report."""
    print(text, file=sys.stderr, flush=True)
