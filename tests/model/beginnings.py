"""The moments in a project's life that sequences start from: told once by the same story, then copied."""

import copy
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from jobcost.acceptance import ACCEPT
from jobcost.plan import Kind
from sandbox.procore import people
from sandbox.vista.people import change_estimate
from tests.model.model import Model
from tests.model.office import CODES, PRIYA, Office, Snapshot
from tests.model.seam import Mishap, died
from tests.model.story import Story

STARTS = ("exported", "updated", "accepted", "failed", "new")
# As they follow from each other.
_TOLD = ("new", "exported", "updated", "accepted", "failed")


@dataclass(frozen=True)
class Beginning:
    """A moment to start from, as the real thing and as the model have it."""

    snapshot: Snapshot
    model: Model
    runs: int

    def story_in(self, office: Office) -> Story:
        """Go back to it."""
        office.go_back_to(self.snapshot)
        return Story(office, copy.deepcopy(self.model), self.runs)


@cache
def office_of(policy: str) -> tuple[Office, dict[str, Beginning]]:
    """Build everything once for a process, and tell the beginnings."""
    folder = Path(tempfile.mkdtemp(prefix="model-"))
    office = Office(folder / "office", policy)
    story, beginnings = Story(office, Model(policy)), {}
    for name in _TOLD:
        _tell(story, name)
        story.agree()
        beginnings[name] = Beginning(office.keep(folder / name), copy.deepcopy(story.model), story.runs)
    return office, beginnings


def _tell(story: Story, name: str) -> None:
    """Tell what leads from the beginning before to this one."""
    world, budget = story.office.sandbox.world, story.office.project
    if name == "exported":
        story.carry(story.send(Kind.SETUP, PRIYA))
        _interface_from_pm(story, "1000-104.O")
    elif name == "updated":
        people.make_change(world, "First", {"1000-103.E": "70.00", "1000-104.O": "-20.00"})
        people.correct_original(world, "1000-105.L", "5.00")
        people.make_change(world, "Not yet", {"1000-101.M": "33.00"}, status="draft")
        story.carry(story.send(Kind.UPDATE, PRIYA))
    elif name == "accepted":
        people.set_status(world, max(change.number for change in budget.changes.values()), "approved")
        people.delete_a_line(world, "1000-102.S")
        people.correct_original(world, "1000-100.L", "41.00")
        export = story.send(Kind.UPDATE, PRIYA)
        story.office.later()
        story.answer(export, ACCEPT)
    elif name == "failed":
        export = story.model.exports[-1]
        story.go_on(export, Mishap("after vista.apply", died))
        change_estimate(story.office.vista_url, *CODES["1000-101.M"], cost="77.00")
        story.model.job.post_original(CODES["1000-101.M"], Decimal("77.00"))
        story.go_on(export)
    story.office.later()


def _interface_from_pm(story: Story, code: str) -> None:
    """Let a line be one that Vista's Project Management sent over."""
    phase, kind = key = CODES[code]
    story.office.in_vista("UPDATE JCCH SET SourceStatus = 'I' WHERE rtrim(Phase) = ? AND CostType = ?", phase, kind)
    job = story.model.job
    job.interfaced |= {key}
    job.post_original(key, job.originals[key])
