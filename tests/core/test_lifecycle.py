"""The life of an export is the picture in docs/lifecycle.md, and nothing else is possible."""

import re
from pathlib import Path

import pytest

from jobcost.lifecycle import OPEN_STATES, TRANSITIONS, ExportState, IllegalTransition, checked_move

PAGE = (Path(__file__).parents[2] / "docs" / "lifecycle.md").read_text(encoding="utf-8")
ARROWS = frozenset(re.findall(r"^ +(\S+) --> (\S+)$", PAGE, flags=re.MULTILINE))

LEGAL = sorted((before, after) for before, following in TRANSITIONS.items() for after in following)
ILLEGAL = sorted({(before, after) for before in ExportState for after in ExportState} - set(LEGAL))


def test_the_picture_shows_exactly_the_moves_of_the_table() -> None:
    between_states = {(before, after) for before, after in ARROWS if "[*]" not in (before, after)}
    assert between_states == {(before.value, after.value) for before, after in LEGAL}


def test_the_picture_shows_where_an_export_begins_and_ends() -> None:
    begins = {after for before, after in ARROWS if before == "[*]"}
    ends = {before for before, after in ARROWS if after == "[*]"}
    assert begins == {"proposed"}
    assert ends == {state.value for state in ExportState} - {state.value for state in OPEN_STATES}


def test_the_page_explains_every_state_once() -> None:
    assert sorted(re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE)) == sorted(ExportState)


def test_the_table_speaks_of_every_state() -> None:
    assert set(TRANSITIONS) == set(ExportState)


def test_the_open_states_are_those_that_an_export_still_leaves() -> None:
    assert sorted(OPEN_STATES) == ["accepted", "applied", "applying", "awaiting_acceptance", "proposed"]


@pytest.mark.parametrize(("existing", "desired"), LEGAL)
def test_a_move_of_the_table_is_made(existing: ExportState, desired: ExportState) -> None:
    assert checked_move(existing, desired) is desired


@pytest.mark.parametrize(("existing", "desired"), ILLEGAL)
def test_any_other_move_is_refused_naming_both_states(existing: ExportState, desired: ExportState) -> None:
    before = {state: frozenset(following) for state, following in TRANSITIONS.items()}
    with pytest.raises(IllegalTransition) as refused:
        checked_move(existing, desired)
    assert str(refused.value).startswith(f"An export that is {existing} cannot become {desired}; possible from here: ")
    assert before == TRANSITIONS


def test_a_refusal_names_the_ways_that_are_open() -> None:
    with pytest.raises(IllegalTransition, match=r"possible from here: applying, stale\.$"):
        checked_move(ExportState.ACCEPTED, ExportState.VERIFIED)
    with pytest.raises(IllegalTransition, match=r"possible from here: nothing: it has ended\.$"):
        checked_move(ExportState.VERIFIED, ExportState.APPLYING)
