"""Flow runs that live, and let themselves be tidied up after: for tests of the watch without Prefect."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class CalmRuns:
    """Remembers what the watch did. Runs in `dead` have died; `lets_itself` is what tidying up says."""

    dead: set[str] = field(default_factory=set)
    lets_itself: bool = True
    # Of how many the process is gone.
    silent: int = 0
    tidied: list[tuple[str, str, int | None, str]] = field(default_factory=list)
    revived: list[str] = field(default_factory=list)

    def tidy_run(self, flow_run_id: str, export_id: str, ask: int | None, why: str) -> bool:
        self.tidied.append((flow_run_id, export_id, ask, why))
        return self.lets_itself

    def crash_silent(self, at: datetime) -> int:
        del at
        return self.silent

    def is_dead(self, flow_run_id: str) -> bool:
        return flow_run_id in self.dead

    def revive_run(self, flow_run_id: str) -> None:
        self.revived.append(flow_run_id)
