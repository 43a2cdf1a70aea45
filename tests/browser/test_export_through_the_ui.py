"""The whole job as people do it in the Prefect UI: sent, reviewed, rejected, corrected, accepted by two, verified.

The pictures of the guides are taken on the way (`make screenshots`).
"""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from connectors.journal.records import ExportRecord, Verdict
from jobcost.lifecycle import ExportState
from tasks.runs import WATCH_DEPLOYMENT
from tests.browser.office import ALEX, BLAKE, CODE_FIELD, PRIYA, TOTAL, Office
from tests.browser.prefect_pages import Ui

FIELDS = (
    "Plan code\n",
    "Decision\n",
    "Reason, if you reject (Optional)\n",
    "Your e-mail address\n",
    "One-time code of your authenticator app",
)
# Above this sandbox's limit of ten million, so that two people must accept it.
CORRECTED_LINE, CORRECTED_TOTAL = "5015000.00", "10,799,933.10"
REASON = "The partnering allowance misses five million; see the quote of May 4."

# Each tells one long story with a new process for each answer; a machine with much else to do takes its time.
pytestmark = pytest.mark.timeout(900)


def test_a_budget_is_rejected_with_a_reason_corrected_accepted_by_two_and_verified(office: Office) -> None:
    export = office.send_by_form("send-form")
    office.open_run(export, "Suspended")
    office.look_for_resume("run-suspended")
    assert str(export.plan_code) in office.read(export, "review", TOTAL, "review")
    refuse_an_empty_answer(office)
    export = reject_after_a_wrong_answer(office)
    assert office.original_estimate() == Decimal("0.00")

    office.correct_line(2, CORRECTED_LINE)
    again = office.send_by_command()
    review = office.read(again, "review", CORRECTED_TOTAL, "review-resent")
    in_order(review, "was rejected before", REASON, "1 line differs from the rejected version", "Totals")
    inbox = office.read_inbox(again.id, "inbox")
    in_order(inbox, "1 budget waits", again.id, "+10,799,933.10", "Who may decide", ALEX)
    in_order(office.open_question(again, CORRECTED_TOTAL, "dialog-resent"), "before", REASON, "1 line differs", *FIELDS)
    two_people_accept(office)

    assert office.original_estimate() == Decimal("10799933.10")
    office.open_run(again, "Verified", "run-verified")
    assert f"{ALEX}, {BLAKE}" in office.read(again, "verification", "69 of 69", "verification")
    assert office.commands.json("verify", "1164I-001")["as_planned"] is True


def refuse_an_empty_answer(office: Office) -> None:
    export = office.journal.inbox()[0]
    in_order(office.open_question(export, TOTAL, "dialog"), "Difference", "Plan code", "Answer until", *FIELDS)
    posted = office.answer({})
    expect(office.page.get_by_text("'decision' is a required property")).to_be_visible()
    office.take_picture("empty-answer")
    assert (posted.http_status, posted.status) == (200, "REJECT")
    assert office.journal.decisions(export.id) == ()


def reject_after_a_wrong_answer(office: Office) -> ExportRecord:
    export = office.journal.inbox()[0]
    run = str(export.flow_run_id)
    office.open_question(export, TOTAL)
    guess = {"Plan code": "WRNG-CDE2", "Your e-mail address": ALEX, CODE_FIELD: office.phones[ALEX].wrong_code()}
    assert office.answer({"Decision": "Reject", **guess}, "wrong-answer").status == "ACCEPT"
    export = office.asked(run, ask=2)
    again = office.open_question(export, "did not count", "asked-again")
    in_order(again, "One-time code: it is not", "Plan code: it is not", "Reason: a reject needs one", "Difference")

    signed = office.signed(ALEX, export.plan_code)
    assert (
        office.answer({"Decision": "Reject", **signed, "Reason, if you reject": REASON}, "reject-dialog").status
        == "ACCEPT"
    )
    export = office.ended(run)
    office.open_run(export, "Rejected", "run-rejected")
    assert REASON in office.read(export, "reject", "Reason")
    assert [row.verdict for row in office.journal.decisions(export.id)] == [Verdict.REFUSED, Verdict.REJECT]
    assert (export.state, export.budget_returned_at is not None) == (ExportState.REJECTED, True)
    return export


def two_people_accept(office: Office) -> None:
    export = office.journal.inbox()[0]
    run = str(export.flow_run_id)
    office.answer({"Decision": "Accept", **office.signed(ALEX, export.plan_code)}, "accept-dialog")
    export = office.asked(run, ask=2)
    second = office.open_question(export, "accepted this plan already", "second-approver")
    in_order(second, "Difference", f"{ALEX} accepted this plan already", "second, different approver", *FIELDS)
    assert office.original_estimate() == Decimal("0.00")
    office.answer({"Decision": "Accept", **office.signed(BLAKE, export.plan_code)})
    assert office.ended(run).state is ExportState.VERIFIED
    assert [row.approver for row in office.journal.decisions(export.id)] == [ALEX, BLAKE]


def test_the_older_user_interface_refuses_the_sender_and_then_lets_an_approver_accept(office: Office) -> None:
    office.ui = Ui.V1
    office.enrol(PRIYA, "Priya Manager")
    export = office.send_by_form()
    run = str(export.flow_run_id)
    in_order(office.open_question(export, TOTAL, "dialog-v1"), "Difference", "Plan code", *FIELDS)
    office.answer({"Decision": "Accept", **office.signed(PRIYA, export.plan_code)})
    export = office.asked(run, ask=2)
    refusal = office.open_question(export, "did not count", "asked-again-v1")
    in_order(refusal, "did not count", "the sender of a budget cannot decide on it", "Difference")

    office.answer({"Decision": "Accept", **office.signed(ALEX, export.plan_code)}, "accept-dialog-v1")
    export = office.ended(run)
    office.open_run(export, "Verified")
    assert office.original_estimate() == Decimal("5799933.10")
    assert [row.verdict for row in office.journal.decisions(export.id)] == [Verdict.REFUSED, Verdict.ACCEPT]


def test_a_budget_is_taken_back_by_form_and_the_next_one_expires(office: Office) -> None:
    export = office.send_by_command()
    form = {"export_id": export.id, "retrieved_by": PRIYA, "reason": "Two lines are missing."}
    office.run_by_form("budget-retrieve/retrieve", form, "retrieve-form")
    export = office.ended(str(export.flow_run_id))
    assert export.state is ExportState.RETRIEVED
    office.open_run(export, "Cancelled")
    assert f"The budget was retrieved by {PRIYA}." in office.reason_of_state("run-retrieved")

    late = office.send_by_command()
    assert late.deadline_at is not None
    office.journal.expire_overdue(late.deadline_at)
    office.run_by_form(WATCH_DEPLOYMENT, {})
    assert office.ended(str(late.flow_run_id)).state is ExportState.EXPIRED
    office.open_run(late, "Cancelled")
    assert f"Export {late.id} is expired" in office.reason_of_state("run-expired")
    assert "nothing waits" in office.read_inbox("nothing waits", "inbox-empty")
    assert office.original_estimate() == Decimal("0.00")


def in_order(text: str, *wanted: str) -> None:
    """Check that texts stand on a page, each after the one before."""
    place = 0
    for one in wanted:
        found = text.find(one, place)
        assert found >= 0, f"expected {one!r} after {text[:place][-80:]!r}, found:\n{text}"
        place = found
