"""How many calls an export makes to Procore, against the fewest with which its rules could be kept.

The fewest for one reading: one token, one call for each single thing (project, lock, view's columns) and for each list
(views, people, cost types, budget changes, budget modifications), and the full pages of the two lists that grow with
the budget (lines, cost codes). Ours adds Procore's own totals and a second look at the lock, to prove that all pages
show one moment.

The fewest for an export: two such readings, because the budget is read again before it is written; the people once for
each approver's answer; one token for each step that speaks to Procore, because each may run in a process of its own.
"""

from dataclasses import dataclass
from math import ceil
from pathlib import Path

from benchmarks.pipeline import export_once
from benchmarks.sandboxes import APPROVERS, PROJECT, Procore
from connectors.procore.access import PER_PAGE_MAX
from jobcost.plan import Kind
from sandbox.procore.limits import UNLIMITED
from sandbox.procore.running import running_procore
from tasks.systems import open_systems

_SINGLE_THINGS = 3
_SHORT_LISTS = 5
_GROWING_LISTS = 2
_READINGS = 2
# Proposing and applying, besides the answers.
_OTHER_STEPS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Calls made, tokens included, and the fewest possible."""

    made: int
    fewest: int

    @property
    def ratio(self) -> float:
        """1.0 is no call too many."""
        return self.made / self.fewest


def counted(lines: int, folder: Path) -> tuple[Counted, Counted]:
    """Count the calls of one reading and of a whole export."""
    with running_procore(f"generated:{lines}", UNLIMITED) as server:
        site = Procore(lines=lines, address=server.api_url, folder=folder).new_site("calls")
        with open_systems(settings=site.settings) as systems:
            systems.procore.read_budget(int(PROJECT))
        of_reading = len(server.requests)
        server.requests.clear()
        export_once(site.environment, Kind.SETUP)
        of_export = len(server.requests)
    return (
        Counted(made=of_reading, fewest=1 + fewest_without_token(lines)),
        Counted(made=of_export, fewest=_fewest_of_export(lines)),
    )


def fewest_without_token(lines: int) -> int:
    """The fewest calls of one reading; the generated budget has a cost code for each line.

    >>> fewest_without_token(10_000)
    18
    """
    return _SINGLE_THINGS + _SHORT_LISTS + _GROWING_LISTS * ceil(lines / PER_PAGE_MAX)


def _fewest_of_export(lines: int) -> int:
    tokens = _OTHER_STEPS + len(APPROVERS)
    return tokens + _READINGS * fewest_without_token(lines) + len(APPROVERS)
