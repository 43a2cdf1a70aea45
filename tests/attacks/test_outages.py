"""The server restarted while an export waits, and the process killed between the answer and the journal."""

from datetime import UTC, datetime, timedelta

from connectors.journal.codes import step_at
from connectors.journal.records import Verdict
from jobcost.lifecycle import ExportState
from tests.attacks.siege import Siege

THREE_HOURS = timedelta(hours=3)


def test_killed_between_the_answer_and_the_journal_the_answer_counts_once_also_hours_later(siege: Siege) -> None:
    """The code is judged at the moment it was given; this one was given three hours before anybody reads it."""
    case, approver = siege.sent(), siege.approver()
    given_at = datetime.now(UTC) - THREE_HOURS
    code = siege.phones[approver]._app.generate_otp(step_at(given_at))
    with case.ordered(dies_at="before journal.record_acceptance"):
        with siege.stack.worker_held():
            case.answer(approver, code=code)
            case.move_in_time(-THREE_HOURS)
        case.wait_for_end("Crashed")
    case.assert_untouched()
    assert (case.export.state, case.decisions) == (ExportState.AWAITING_ACCEPTANCE, ())

    case.retry()

    case.assert_exported()
    (decision,) = case.decisions
    assert (decision.approver, decision.verdict) == (approver, Verdict.ACCEPT)
    assert decision.code_step == step_at(given_at)
    assert decision.given_at is not None
    assert abs(decision.given_at - given_at) < timedelta(seconds=30)
    siege.walked.add("crashed")


def test_a_server_restarted_while_an_export_waits_takes_the_answer_afterwards(siege: Siege) -> None:
    case = siege.sent()

    siege.stack.restart_server()

    assert case.state().is_paused()
    case.assert_untouched()
    case.answer(siege.approver())
    case.assert_exported()
