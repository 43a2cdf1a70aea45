"""Clocks moved by an hour: no old code counts, and nobody is blamed for a clock of ours."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.journal.codes import step_at
from jobcost.acceptance import EXCHANGED
from tests.attacks.siege import Case, Siege
from tests.nightly import at_night

HOUR = timedelta(hours=1)
WRONG = "One-time code: it is not the one your authenticator shows."
DISAGREE = "One-time code: the clocks of the Prefect server and the worker disagree"


@pytest.fixture(scope="module")
def case(siege: Siege) -> Case:
    return siege.sent()


def _code_at(siege: Siege, approver: str, moment: datetime) -> str:
    code = siege.phones[approver]._app.generate_otp(step_at(moment))
    siege.typed.add(code)
    return code


@pytest.mark.parametrize("apart", [HOUR, *at_night(-HOUR)])
def test_an_unused_code_of_another_hour_never_counts(siege: Siege, case: Case, apart: timedelta) -> None:
    """A code that somebody read over the approver's shoulder; or their phone is wrong by an hour."""
    ask = case.export.ask
    approver = siege.approver()

    case.answer(approver, code=_code_at(siege, approver, datetime.now(UTC) + apart))

    case.assert_held(ask + 1, WRONG)
    assert siege.wrong_codes(approver) == 1


def test_an_answer_of_a_server_an_hour_ahead_accepts_nothing_and_is_no_guess(siege: Siege, case: Case) -> None:
    ask = case.export.ask
    approver = siege.approver()
    with siege.stack.worker_held():
        case.answer(approver)
        take_back = case.move_in_time(HOUR)
    case.assert_held(ask + 1, DISAGREE)
    assert siege.wrong_codes(approver) == 0
    take_back()


def test_an_answer_that_seems_an_hour_old_accepts_nothing_with_a_code_of_now(siege: Siege, case: Case) -> None:
    """It reads like one that lay for an hour; what it came with was shown later."""
    ask = case.export.ask
    with siege.stack.worker_held():
        case.answer(siege.approver())
        take_back = case.move_in_time(-HOUR)
    case.assert_held(ask + 1, WRONG)
    take_back()


@pytest.mark.parametrize("apart", [HOUR, *at_night(-HOUR)])
def test_an_answer_stamped_otherwise_than_its_resume_is_refused_and_is_no_guess(
    siege: Siege, case: Case, apart: timedelta
) -> None:
    """Somebody with Prefect's database moves an answer to where an old code would count."""
    ask = case.export.ask
    approver = siege.approver()
    moment = datetime.now(UTC) + apart
    with siege.stack.worker_held():
        case.answer(approver, code=_code_at(siege, approver, moment))
        case.restamp_answer(moment)
    case.assert_held(ask + 1, EXCHANGED)
    assert siege.wrong_codes(approver) == 0


@pytest.mark.parametrize("is_right", [True, False])
def test_a_worker_an_hour_behind_accepts_nothing_and_blames_nobody(siege: Siege, case: Case, *, is_right: bool) -> None:
    ask = case.export.ask
    approver = siege.approver()
    with case.ordered(clock_apart=-3600):
        case.answer(approver, code=siege.code(approver) if is_right else siege.wrong_code(approver))
        case.assert_held(ask + 1, DISAGREE)
    assert siege.wrong_codes(approver) == 0


def test_after_all_these_attacks_the_right_answer_exports_the_budget(siege: Siege, case: Case) -> None:
    case.answer(siege.approver())
    case.assert_exported()


def test_what_a_worker_an_hour_ahead_wrote_shuts_its_export_until_that_hour_has_passed(siege: Siege) -> None:
    """The safe side: while the journal is ahead of the clock, no code proves when it was given."""
    case, approver = siege.sent(), siege.approver()
    with case.ordered(clock_apart=3600):
        case.answer(approver)
        case.assert_held(2, DISAGREE)

    case.answer(siege.approver())

    case.assert_held(3, f"{DISAGREE} (the journal's last entry is of")
    assert siege.wrong_codes(approver) == 0
