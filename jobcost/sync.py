"""Which projects need an update export now: a pure decision about one project, asking for a fact only when it counts.

Rule: nothing is decided here that a person decides. Starting an update puts a plan before an approver, no more; and
what a person refused, or stopped, is not put before anybody again until it differs.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum

from jobcost.lifecycle import OPEN_STATES, ExportState
from jobcost.plan import Kind
from jobcost.undo_chains import taken_back_by

# Enough of a fingerprint to tell budgets apart in a key that a database must hold.
_KEY_DIGEST_LENGTH = 40
# Ends of an export that say nothing of its budget.
_ENDED_BY_NOBODY = frozenset({ExportState.EXPIRED, ExportState.STALE, ExportState.FAILED})


class Ask(Enum):
    """A fact that the decision needs next, in the order of what it costs."""

    # The digest of the budget's rows: one call.
    ROWS = "rows"
    # Locked or not: one call.
    LOCK = "lock"
    # The whole budget, planned against Vista without recording anything.
    OUTLOOK = "outlook"


class Why(StrEnum):
    """Why a project is skipped."""

    STOPPED = "stopped"
    VERIFICATION_FAILED = "verification_failed"
    OPEN = "open"
    NEVER_EXPORTED = "never_exported"
    NOT_LISTED = "not_listed"
    INACTIVE = "inactive"
    REFUSED = "refused"
    UNDONE = "undone"
    BLOCKED = "blocked"
    RELINKED = "relinked"
    UNLOCKED = "unlocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBudget:
    """One export of a project's budget, as far as the decision needs it."""

    export_id: str
    kind: Kind
    state: ExportState
    # Verified, or cleared by a person after its verification failed.
    is_settled: bool
    submitted_by: str
    # Vista job as stored; "" before one was assigned.
    job: str
    # Budget.fingerprint of what was sent, and Procore's id of the view it was read from; "" and 0 where not kept.
    fingerprint: str = ""
    view_id: int = 0
    # What was to become of budget changes then, and the Vista job the project was linked to; "" where not kept.
    policy: str = ""
    linked_to: str = ""
    # Approved changes were left for a later update: those of before the first export, for example.
    left_waiting: bool = False
    # Id of the export that this one took back; "" where it brought a budget.
    undoes: str = ""

    @property
    def is_open(self) -> bool:
        """The export has not ended."""
        return self.state in OPEN_STATES

    @property
    def writes_budget(self) -> bool:
        """The export brings Procore's budget to Vista, and does not take an earlier export back."""
        return self.kind is not Kind.UNDO


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What an update would do now, planned without recording anything."""

    is_blocked: bool
    # Vista holds exactly this already.
    is_empty: bool
    # Procore's id of the budget view that was read.
    view_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFacts:
    """What is known of one project. None stands for what was not asked yet."""

    company_id: int
    project_id: int
    name: str
    # The company's configuration stops it.
    is_stopped: bool
    # Procore lists it as linked to the ERP, and as active.
    is_listed: bool
    is_active: bool
    # The project's exports, the latest first, back to the last settled one that stands (`since_standing`).
    exports: tuple[SentBudget, ...]
    # Id of an export whose verification failed and which nobody has cleared; "" for none.
    uncleared_failure: str = ""
    # What is to become of budget changes now, and the Vista job that Procore's list links the project to.
    policy: str = ""
    linked_to: str = ""
    fingerprint: str | None = None
    is_locked: bool | None = None
    outlook: Outlook | None = None

    @property
    def base(self) -> SentBudget | None:
        """The last settled export that brought a budget: what the present budget is compared with."""
        return next((one for one in self.exports if one.is_settled and one.writes_budget), None)

    @property
    def view_id(self) -> int:
        """The budget view that was read last; 0 where no export kept it."""
        return next((one.view_id for one in self.exports if one.view_id), 0)

    @property
    def job(self) -> str:
        """The Vista job that was exported to, as stored; "" for none."""
        return next((one.job for one in self.exports if one.job), "")


@dataclass(frozen=True, slots=True)
class Start:
    """An update is to be put before an approver."""

    # E-mail address of who sent the budget last.
    submitted_by: str
    # The last settled export.
    since: str
    # Says what is started: whoever starts twice with one key starts once.
    key: str


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The budget is as it was exported."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing is started, though there is, or may be, something to export."""

    why: Why
    # The export that it is about, or the job that a project is linked to now; "" for none.
    about: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The project could not be looked at, or its update not be started."""

    words: str


Step = Start | Unchanged | Skip | Failed


def since_standing(exports: Sequence[SentBudget]) -> tuple[SentBudget, ...]:
    """Keep, of a project's exports from the latest back, those down to the settled one that nobody took back."""
    for number, one in enumerate(exports, start=1):
        if one.is_settled and one.writes_budget and undo_of(one, exports) is None:
            return tuple(exports[:number])
    return tuple(exports)


def undo_of(export: SentBudget, among: Sequence[SentBudget]) -> SentBudget | None:
    """Find the settled export that took this one back and was not itself taken back; the latest comes first."""
    undoing = taken_back_by((one.export_id, one.undoes) for one in reversed(among) if one.is_settled)
    return next((one for one in among if one.export_id == undoing.get(export.export_id)), None)


def next_step(facts: ProjectFacts) -> Start | Unchanged | Skip | Ask:
    """Decide what becomes of a project, or say which fact is needed for that. With all facts known it never asks."""
    base = facts.base
    if (obstacle := _obstacle(facts)) is not None:
        return obstacle
    if base is None:
        return Skip(Why.NEVER_EXPORTED)
    if facts.fingerprint is None:
        return Ask.ROWS if facts.view_id else Ask.OUTLOOK
    return _judged(facts, base) or _by_lock(facts) or Start(base.submitted_by, base.export_id, _key(facts, base))


def _obstacle(facts: ProjectFacts) -> Skip | None:
    """What stands in the way whatever the budget is: all of it is known without a call to Procore."""
    if facts.is_stopped:
        return Skip(Why.STOPPED)
    if facts.uncleared_failure:
        return Skip(Why.VERIFICATION_FAILED, facts.uncleared_failure)
    if (open_one := next((one for one in facts.exports if one.is_open), None)) is not None:
        return Skip(Why.OPEN, open_one.export_id)
    if facts.base is None:
        return None
    if not facts.is_listed:
        return Skip(Why.NOT_LISTED)
    return None if facts.is_active else Skip(Why.INACTIVE)


def _judged(facts: ProjectFacts, base: SentBudget) -> Unchanged | Skip | Ask | None:
    """What earlier exports of exactly this budget came to; None: it moved, and nobody has judged it yet."""
    same = [one for one in facts.exports if one.writes_budget and one.fingerprint == facts.fingerprint]
    if not same:
        return None if base.fingerprint else _by_outlook(facts, "")
    settled = next((one for one in same if one.is_settled), None)
    if settled is not None and (undo := undo_of(settled, facts.exports)) is not None:
        return Skip(Why.UNDONE, undo.export_id)
    # What was exported whole counts before what later attempts at the same came to.
    if any(_is_whole(one, facts) for one in same if one.is_settled or one.state is ExportState.UNCHANGED):
        return Unchanged()
    last = same[0]
    if last.state in {ExportState.REJECTED, ExportState.RETRIEVED} and last.policy == facts.policy:
        return Skip(Why.REFUSED, last.export_id)
    if last.is_settled or last.state not in _ENDED_BY_NOBODY:
        return _by_outlook(facts, last.export_id if last.state is ExportState.BLOCKED else "")
    # Nobody said no, and what should be exported still waits.
    return None


def _is_whole(sent: SentBudget, facts: ProjectFacts) -> bool:
    """The same rows mean the same export: nothing was left for later, and the terms are those of today."""
    return not sent.left_waiting and (sent.policy, sent.linked_to) == (facts.policy, facts.linked_to)


def _by_outlook(facts: ProjectFacts, blocked: str) -> Unchanged | Skip | Ask | None:
    """Where the rows alone cannot tell.

    The base kept no fingerprint, left changes waiting or was made under other terms, or what blocked may be put right.
    """
    if facts.outlook is None:
        return Ask.OUTLOOK
    if not facts.is_locked:
        # Blocked by that alone, perhaps; nobody is told more of a budget that is being edited.
        return None
    if facts.outlook.is_blocked:
        is_relinked = facts.base is not None and facts.linked_to != facts.base.linked_to != ""
        return Skip(Why.RELINKED, facts.linked_to) if is_relinked else Skip(Why.BLOCKED, blocked)
    return Unchanged() if facts.outlook.is_empty else None


def _by_lock(facts: ProjectFacts) -> Ask | Skip | None:
    if facts.is_locked is None:
        return Ask.LOCK
    return None if facts.is_locked else Skip(Why.UNLOCKED)


def _key(facts: ProjectFacts, base: SentBudget) -> str:
    """Name exactly this start: the project, its budget, the last settled export, and the last attempt since then.

    Without the attempt, an update that expired or failed could never be started again.
    """
    parts = (str(facts.fingerprint), base.export_id, facts.exports[0].export_id)
    digest = hashlib.sha256("|".join(parts).encode()).hexdigest()[:_KEY_DIGEST_LENGTH]
    return f"update-sync:{facts.company_id}:{facts.project_id}:{digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncLine:
    """What became of one project."""

    project_id: int
    name: str
    # As stored; "" where none is known.
    job: str
    step: Step
    # The flow run of the update that was started; "" for none.
    run: str = ""
    # It was started, failed, or is skipped for another reason than at the last sync: somebody should hear of it.
    is_news: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What became of every project of one sync."""

    lines: tuple[SyncLine, ...]
    # Projects that Procore lists as linked and that were never exported.
    never_exported: int = 0
    # Nothing was started or recorded.
    is_dry_run: bool = False

    def of(self, kind: type[Start] | type[Unchanged] | type[Skip] | type[Failed]) -> tuple[SyncLine, ...]:
        """List the projects of one kind of step."""
        return tuple(line for line in self.lines if isinstance(line.step, kind))
