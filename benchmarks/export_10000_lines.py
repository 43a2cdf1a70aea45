"""What exports, syncs and comparisons cost, as ratios measured in one run: `make bench`.

Seconds say more about a machine than about a program, so each figure is a ratio of two things done side by side. None
is asserted; aims stand beside them. What is no matter of speed is asserted: that the plain script and our export leave
the same in Vista, that an unchanged budget writes nothing and one changed line one row, that a sync meets no refusal of
Procore's, and that a comparison changes nothing.
"""

import hashlib
import json
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figures import Figure, Untrue, listed, machine, progress
from benchmarks.month_end import of_month_end
from benchmarks.procore_calls import counted
from benchmarks.sandboxes import Procore, Site, procore_of
from benchmarks.sweep import of_sweep
from demo.local_prefect import CHECKOUT
from demo.stack import LocalStack, Part
from jobcost.lifecycle import ExportState

LINES = 10_000
FEW_LINES = 10
REPETITIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Seconds of one repetition, side by side."""

    ours: float
    plain: float
    # The unchanged budget once more, and then an update of one changed line.
    again: float
    one_line: float
    # The transaction in Vista alone, of the export and of that update.
    transaction: float
    transaction_of_one_line: float


def main() -> None:
    """Measure everything and print the table."""
    print(machine())
    with tempfile.TemporaryDirectory(prefix="budget-export-bench-") as directory:
        folder = Path(directory)
        (folder / "many").mkdir()
        (folder / "few").mkdir()
        figures: list[Figure] = []
        with procore_of(LINES, folder / "many") as many, procore_of(FEW_LINES, folder / "few") as few:
            figures += of_export(many)
            figures += of_calls(folder)
            figures += of_prefect(folder, few, many)
        figures += of_sweep(folder)
        figures += of_month_end(folder)
    print(f"\n{'':<62} {'ratio':>6}  {'aim':>5}   medians")
    for figure in figures:
        print(figure)


def of_export(procore: Procore) -> list[Figure]:
    """Our export against the plain script; and against the first export what follows it."""
    rounds = [_round(procore, number) for number in range(REPETITIONS)]
    line = f"one changed line of {LINES:,}"
    return [
        _figure(f"Export of {LINES:,} lines / plain script", 3.0, rounds, "ours", "plain"),
        _figure("Unchanged budget again / first export (no write to Vista)", 0.3, rounds, "again", "ours"),
        _figure(f"Update of {line} / first export (one row written)", 0.35, rounds, "one_line", "ours"),
        _figure(f"Vista's transaction, {line} / all", 0.35, rounds, "transaction_of_one_line", "transaction"),
    ]


def _figure(what: str, aim: float, rounds: Sequence[Round], name: str, against: str) -> Figure:
    seconds, others = ([getattr(one, field) for one in rounds] for field in (name, against))
    ratios = [one / other for one, other in zip(seconds, others, strict=True)]
    raw = f"{median(seconds):.1f} s / {median(others):.1f} s, ratios {listed(ratios)}"
    return Figure(what=what, ratio=median(ratios), aim=aim, raw=raw)


def _round(procore: Procore, number: int) -> Round:
    our_site, plain_site = (procore.new_site(f"{name}-{number}") for name in ("ours", "plain"))
    # Whoever comes second finds warmer disks, so they take turns.
    if number % 2:
        plain = _plain(plain_site)
        ours = _exported(our_site)
    else:
        ours = _exported(our_site)
        plain = _plain(plain_site)
    _require_same(our_site, plain_site)
    again = _again(our_site)
    one_line = _one_line(procore, our_site)
    made = Round(
        ours=_seconds(ours),
        plain=plain,
        again=again,
        one_line=_seconds(one_line),
        transaction=ours["transaction_seconds"],
        transaction_of_one_line=one_line["transaction_seconds"],
    )
    progress(", ".join(f"{name} {seconds:.1f} s" for name, seconds in asdict(made).items()))
    return made


def of_calls(folder: Path) -> list[Figure]:
    """Calls to Procore against the fewest possible."""
    names = ("Procore calls of one reading / fewest", "Procore calls of one export / fewest")
    return [
        Figure(what=name, ratio=calls.ratio, aim=1.2, raw=f"{calls.made} / {calls.fewest} calls")
        for name, calls in zip(names, counted(LINES, folder), strict=True)
    ]


def of_prefect(folder: Path, few: Procore, many: Procore) -> list[Figure]:
    """Prefect's added time against an empty flow, for few lines and for many."""
    sites = [
        {"lines": procore.lines, "environment": procore.new_site(f"prefect-{repetition}").environment}
        for repetition in range(REPETITIONS)
        for procore in (few, many)
    ]
    with LocalStack(folder / "stack", parts={Part.SERVER, Part.DEPLOYMENTS}) as stack:
        (folder / "sites.json").write_text(json.dumps(sites), encoding="utf-8")
        stack.environment["PYTHONPATH"] = str(CHECKOUT)
        files = (str(folder / "sites.json"), str(folder / "seconds.json"))
        stack.run_program("prefect time", sys.executable, "-m", "benchmarks.prefect_time", *files)
    measured: list[dict[str, Any]] = json.loads((folder / "seconds.json").read_text(encoding="utf-8"))
    return [_prefect_figure(lines, [one for one in measured if one["lines"] == lines]) for lines in (FEW_LINES, LINES)]


def _prefect_figure(lines: int, measured: list[dict[str, Any]]) -> Figure:
    ratios = [one["prefect_seconds"] / one["empty_seconds"] for one in measured]
    added, empty, own, wall = (
        median(one[name] for one in measured)
        for name in ("prefect_seconds", "empty_seconds", "own_seconds", "wall_seconds")
    )
    return Figure(
        what=f"Prefect's time of an engine run, {lines:,} lines / empty flow",
        ratio=median(ratios),
        aim=1.5,
        raw=f"{added:.2f} s / {empty:.2f} s, ratios {listed(ratios)}"
        f" ({measured[0]['count']} engine runs: {wall:.1f} s, {own:.1f} s of it ours)",
    )


def _plain(site: Site) -> float:
    return float(site.run("benchmarks.plain_script")["seconds"])


def _exported(site: Site, *arguments: str, expected: ExportState = ExportState.VERIFIED) -> dict[str, Any]:
    timed: dict[str, Any] = site.run("benchmarks.pipeline", *(arguments or ("setup",)))
    if timed["state"] != expected:
        raise Untrue(f"the export: expected {expected}, found {timed['state']}")
    return timed


def _seconds(timed: dict[str, Any]) -> float:
    return float(sum(timed["seconds"].values()))


def _again(site: Site) -> float:
    """Export the unchanged budget once more; not a byte of Vista's file may change."""
    before = hashlib.sha256(site.vista_file.read_bytes()).hexdigest()
    seconds = _seconds(_exported(site, "update", expected=ExportState.UNCHANGED))
    if hashlib.sha256(site.vista_file.read_bytes()).hexdigest() != before:
        raise Untrue("the unchanged budget: expected no write to Vista, found its file changed")
    return seconds


def _one_line(procore: Procore, site: Site) -> dict[str, Any]:
    """Export the budget once more with one line changed; exactly one row may be written."""
    procore.raise_first_line()
    before = _rows(site)
    timed = _exported(site, "update", "--new-code")
    moved = {table: len(rows - before[table]) for table, rows in _rows(site).items()}
    # The changed estimate, and what Vista's own trigger posts for it.
    if moved != {"JCCH": 1, "JCCD": 1, "JCJP": 0, "JCOH": 0}:
        raise Untrue(f"one changed line: expected one estimate to be written and posted, found {moved}")
    return timed


def _rows(site: Site) -> dict[str, set[tuple[Any, ...]]]:
    """Every row of what an export may write, and of what Vista posts for it."""
    with closing(sqlite3.connect(site.vista_file)) as connection:
        return {
            table: set(connection.execute(f"SELECT * FROM {table}"))  # noqa: S608 - four names of our own
            for table in ("JCCH", "JCCD", "JCJP", "JCOH")
        }


def _require_same(one: Site, other: Site) -> None:
    if _estimates(one) != _estimates(other):
        raise Untrue(
            "Vista after our export and after the plain script: expected the same estimates, found different ones"
        )


def _estimates(site: Site) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(site.vista_file)) as connection:
        return connection.execute(
            "SELECT h.Phase, h.CostType, h.UM, h.OrigHours, h.OrigUnits, h.OrigCost, p.Item, count(d.CostTrans)"
            " FROM JCCH AS h JOIN JCJP AS p ON p.Phase = h.Phase"
            " JOIN JCCD AS d ON d.Phase = h.Phase AND d.CostType = h.CostType GROUP BY h.Phase, h.CostType"
            " ORDER BY h.Phase, h.CostType"
        ).fetchall()


if __name__ == "__main__":
    main()
