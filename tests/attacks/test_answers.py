"""Answers that must not count, typed into a real run's dialog: the journal keeps each, and asks again."""

from datetime import UTC, datetime

import pytest

from connectors.journal.records import EnrolmentChange
from tests.attacks.siege import SENDER, Case, Siege
from tests.people import OLGA

BLANK = {"decision": "Accept", "plan_code": "", "approver": "", "code": "", "reason": ""}


@pytest.fixture(scope="module")
def case(siege: Siege) -> Case:
    """One export that all these attacks are made on, one after the other; the last test decides it rightly."""
    return siege.sent()


@pytest.fixture(scope="module")
def other(siege: Siege) -> Case:
    return siege.sent()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="no input at all"),
        pytest.param({"run_input": None}, id="nothing"),
        pytest.param({"run_input": {}}, id="an empty answer"),
        pytest.param({"run_input": {**BLANK, "decision": ""}}, id="the form's own defaults"),
        pytest.param({"run_input": {**BLANK, "decision": True}}, id="a yes that is no text"),
        pytest.param({"run_input": {"decision": "Accept"}}, id="a decision alone"),
        pytest.param({"run_input": {**BLANK, "accepted": True}}, id="a field of one's own"),
        pytest.param({"run_input": [BLANK]}, id="a list"),
    ],
)
def test_an_empty_answer_is_refused_by_the_server(case: Case, body: dict[str, object]) -> None:
    ask = case.export.ask

    answer = case.resume(body)

    assert (answer.status_code, answer.json().get("status")) in {(200, "REJECT"), (422, None)}
    case.assert_held(ask)


def test_an_answer_with_blank_fields_is_kept_and_asked_again(case: Case) -> None:
    """Prefect's server fills in templates: it reads this decision as "Accept"."""
    ask = case.export.ask

    yes = {"__prefect_kind": "jinja", "template": "Accept"}
    assert case.resume({"run_input": {**BLANK, "decision": yes}}).json()["status"] == "ACCEPT"

    case.assert_held(ask + 1, "Approver: your e-mail address is missing.")
    assert "choose Accept" not in case.refusals[-1]


def test_the_code_of_another_plan_is_refused(siege: Siege, case: Case, other: Case) -> None:
    ask = case.export.ask
    assert other.export.plan_code != case.export.plan_code

    case.answer(siege.approver(), plan_code=str(other.export.plan_code))

    case.assert_held(ask + 1, "Plan code: it is not the code of this plan")


def test_a_one_time_code_counts_once_on_this_export_and_on_every_other(siege: Siege, case: Case, other: Case) -> None:
    ask, ask_of_other = case.export.ask, other.export.ask
    approver = siege.approver()
    code = siege.code(approver)
    # Used up by an answer that was refused for another reason.
    case.answer(approver, plan_code="AAAA-AAAA", code=code)
    case.assert_held(ask + 1, "Plan code: it is not the code of this plan")

    case.answer(approver, code=code)
    other.answer(approver, code=code)

    for attacked, next_ask in ((case, ask + 2), (other, ask_of_other + 1)):
        attacked.assert_held(next_ask, "One-time code: it was used before")
    # An old code is no guess.
    assert siege.wrong_codes(approver) == 0


def test_a_revoked_approver_decides_nothing_although_the_code_is_right(siege: Siege, case: Case) -> None:
    ask = case.export.ask
    approver = siege.approver()
    siege.journal.revoke(approver, by=OLGA, reason="left the company", at=datetime.now(UTC))

    case.answer(approver)

    case.assert_held(ask + 1, "Approver: expected an enrolled approver")


def test_the_sender_decides_nothing_although_enrolled_as_an_approver(siege: Siege, case: Case) -> None:
    ask = case.export.ask

    case.answer(siege.approver(SENDER))

    case.assert_held(ask + 1, "Approver: the sender of a budget cannot decide on it")


def test_five_wrong_codes_lock_and_then_the_right_one_counts_no_more(siege: Siege, other: Case) -> None:
    ask = other.export.ask
    approver, operator = siege.approver(), siege.operator("uma.operator@example.com")
    for number in range(1, 6):
        other.answer(approver, code=siege.wrong_code(approver))
        other.assert_held(ask + number, "One-time code: it is not the one your authenticator shows.")

    other.answer(approver)

    other.assert_held(ask + 6, "One-time code: you are locked until")
    story = siege.journal.enrolment_story(approver)
    assert [entry.change for entry in story][2:] == [EnrolmentChange.LOCKED]
    siege.watch()
    told = [one.recipient for one in siege.journal.notices() if one.kind == "locked"]
    assert operator in told
    siege.walked.add("locked")


def test_after_all_these_attacks_the_right_answer_exports_the_budget(siege: Siege, case: Case, other: Case) -> None:
    case.answer(siege.approver())
    case.assert_exported()
    assert other.state().is_paused()
    siege.walked |= {"refused", "accepted"}
