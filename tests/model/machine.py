"""Random sequences of acts, each followed by a look at everything: what hypothesis draws, and how often."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sandbox.procore.faults import KINDS
from tests.model.acts import Cast
from tests.model.beginnings import STARTS, office_of
from tests.model.model import FOLD, OFF, ORDERS
from tests.model.office import ALEX, CODES, PRIYA
from tests.model.seam import ANSWERING, SENDING, SYNCING, WRITING, Mishap
from tests.model.story import BAD_ANSWERS


@dataclass(frozen=True)
class Act:
    """One act, with its details."""

    name: str
    details: dict[str, Any]


def _act(name: str, **details: st.SearchStrategy[Any]) -> st.SearchStrategy[Act]:
    return st.builds(Act, st.just(name), st.fixed_dictionaries(details))


def _often_none(mishaps: tuple[Mishap, ...]) -> st.SearchStrategy[Mishap | None]:
    return st.one_of(st.none(), st.sampled_from(mishaps))


# Few and simple, so that a value comes back now and then.
_AMOUNTS = st.sampled_from([Decimal(text) for text in ("100.00", "0.00", "-75.25", "1234.56", "100.01")])
_MOVES = st.sampled_from([Decimal(text) for text in ("10.00", "-10.00", "70.05")])
_LINES = st.sampled_from(tuple(CODES))
_WHICH = st.integers(0, 5)
_LATEST_OFTEN = st.sampled_from([0, 0, 0, 1, 2])
_STATUSES = st.sampled_from(["approved", "approved", "void", "draft", "under_review"])
_NUMBERS = st.sampled_from(["7", "8", "BC-1", "BC-2", "BC-3", "BC-1R"])
# Faults that change the budget under its reader have a table of their own; here each strikes a call.
_FAULTS = st.sampled_from([kind for kind in KINDS if not kind.startswith("row_")])
_CHANGED = st.dictionaries(_LINES, _MOVES, min_size=1, max_size=2)

# Each with its weight.
_ACTS: tuple[tuple[int, st.SearchStrategy[Act]], ...] = (
    (3, _act("project_manager_makes_a_change", amounts=_CHANGED, is_approved=st.sampled_from([True, True, False]))),
    (3, _act("project_manager_writes_a_line", code=_LINES, amount=_AMOUNTS)),
    (2, _act("project_manager_deletes_a_line", which=_WHICH)),
    (1, _act("project_manager_locks")),
    (2, _act("project_manager_moves_a_change", which=_LATEST_OFTEN, status=_STATUSES)),
    (1, _act("project_manager_edits_a_change", which=_LATEST_OFTEN, amount=_MOVES)),
    (1, _act("project_manager_deletes_a_change", which=_LATEST_OFTEN)),
    (1, _act("project_manager_replaces_a_change", which=_LATEST_OFTEN)),
    (
        2,
        _act(
            "project_manager_sends",
            is_usual=st.sampled_from([True, True, True, False]),
            sender=st.sampled_from([PRIYA, PRIYA, ALEX]),
            lock=st.booleans(),
            mishap=_often_none(SENDING),
        ),
    ),
    (
        3,
        _act(
            "project_manager_takes_an_export_back", which=st.sampled_from([0, 0, 1, 1, 2]), mishap=_often_none(SENDING)
        ),
    ),
    (1, _act("project_manager_retrieves")),
    (2, _act("approver_accepts", zero=st.booleans(), mishap=_often_none(ANSWERING))),
    (1, _act("approver_rejects", mishap=_often_none(ANSWERING))),
    (2, _act("somebody_answers_as_must_not_count", how=st.sampled_from(BAD_ANSWERS))),
    (5, _act("worker_goes_on", zero=st.booleans(), mishap=_often_none(WRITING))),
    (3, _act("vista_moves_between_two_attempts", mishap=st.sampled_from(WRITING), code=_LINES, amount=_AMOUNTS)),
    (4, _act("an_update_goes_all_the_way", zero=st.booleans(), mishap=_often_none(WRITING))),
    (2, _act("the_last_export_is_taken_back", mishap=_often_none(WRITING))),
    (1, _act("operator_clears_a_failed_verification")),
    (2, _act("vista_user_writes_an_estimate", code=_LINES, amount=_AMOUNTS)),
    (1, _act("vista_user_posts_a_cost", which=_WHICH)),
    (2, _act("vista_user_posts_a_change_order", which=_WHICH, amount=_MOVES, number=_NUMBERS)),
    (1, _act("vista_administrator_takes_a_change_order_out", which=_WHICH)),
    (1, _act("vista_user_opens_or_closes_the_job", status=st.sampled_from([0, 2, 3]))),
    (1, _act("vista_user_switches_a_phase", which=_WHICH)),
    (1, _act("vista_user_moves_the_start_month", month=st.sampled_from(["2026-01", "2026-02", "2027-06"]))),
    (2, _act("schedule_syncs", mishap=_often_none(SYNCING))),
    (1, _act("a_week_passes", is_watched=st.booleans())),
    (1, _act("procore_breaks_for_the_next_calls", kind=_FAULTS, count=st.integers(1, 6))),
)
ACTS = st.sampled_from([act for weight, act in _ACTS for _ in range(weight)]).flatmap(lambda act: act)


class Project(RuleBasedStateMachine):
    """One project, whose budget changes become change orders."""

    policy: ClassVar[str] = ORDERS
    # Sequences that were begun in this process.
    told: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.office, self._beginnings = office_of(self.policy)
        self._is_told_right = False

    @initialize(start=st.sampled_from(STARTS))
    def begin(self, start: str) -> None:
        type(self).told += 1
        self.story = self._beginnings[start].story_in(self.office)

    @rule(act=ACTS)
    def happens(self, act: Act) -> None:
        self._is_told_right = False
        getattr(Cast(self.story), act.name)(**act.details)

    @invariant()
    def agrees(self) -> None:
        self.story.agree()
        self._is_told_right = True
        self.office.later()

    def teardown(self) -> None:
        if self._is_told_right:
            self.story.end()
        self.office.close_eyes()


class FoldingProject(Project):
    """One project, whose budget changes are folded into the original estimates."""

    policy = FOLD


class ProjectWithoutChanges(Project):
    """One project, whose budget changes are not exported."""

    policy = OFF
