"""An export moves along the table only; a move that is not in it raises and changes nothing."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from jobcost.lifecycle import OPEN_STATES, TRANSITIONS, ExportState, IllegalTransition, checked_move
from tests.property.laws import CHEAP_LAW

wishes = st.lists(st.sampled_from(tuple(ExportState)), max_size=20)


def walked(desired: list[ExportState]) -> list[ExportState]:
    """Ask one export for each state in turn, as careless callers would; return where it has been."""
    been = [ExportState.PROPOSED]
    for state in desired:
        try:
            been.append(checked_move(been[-1], state))
        except IllegalTransition:
            continue
    return been


@CHEAP_LAW
@given(desired=wishes)
def test_every_step_of_every_walk_is_a_row_of_the_table(desired: list[ExportState]) -> None:
    been = walked(desired)
    assert all(after in TRANSITIONS[before] for before, after in pairwise(been))


@CHEAP_LAW
@given(desired=wishes)
def test_no_export_is_twice_in_one_state(desired: list[ExportState]) -> None:
    been = walked(desired)
    assert len(been) == len(set(been))


@CHEAP_LAW
@given(desired=wishes)
def test_nothing_is_written_without_acceptance_and_nothing_verified_without_writing(desired: list[ExportState]) -> None:
    been = walked(desired)
    if ExportState.APPLYING in been:
        assert been[: been.index(ExportState.APPLYING)][-2:] == [ExportState.AWAITING_ACCEPTANCE, ExportState.ACCEPTED]
    if ExportState.VERIFIED in been:
        assert been[-3:] == [ExportState.APPLYING, ExportState.APPLIED, ExportState.VERIFIED]


@CHEAP_LAW
@given(desired=wishes, after_the_end=wishes)
def test_an_ended_export_stays_as_it_ended(desired: list[ExportState], after_the_end: list[ExportState]) -> None:
    been = walked(desired)
    if been[-1] not in OPEN_STATES:
        assert walked(desired + after_the_end) == been
