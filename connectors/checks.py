"""The result of one check of the surroundings, as `budget-export doctor` prints it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was looked at, whether it is as it must be, what was seen, and the way out if it is not."""

    name: str
    # True: as it must be. False: an export would fail or be unsafe. None: works, but look at it.
    ok: bool | None
    found: str
    way_out: str = ""
