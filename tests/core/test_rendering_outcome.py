from datetime import UTC, datetime, timedelta, timezone

import pytest

from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from jobcost.rendering.outcome import outcome_sentence, rejected_markdown, stale_markdown
from jobcost.rendering.wording import moment_text
from tests.core.golden_files import golden

NOTHING_WRITTEN = {
    ExportState.PROPOSED,
    ExportState.BLOCKED,
    ExportState.REJECTED,
    ExportState.RETRIEVED,
    ExportState.EXPIRED,
    ExportState.FAILED,
}


def sentence(state: ExportState, detail: str = "") -> str:
    return outcome_sentence(state, project="River Street Drainage", job="1164I-", detail=detail)


def test_every_state_is_told_in_one_sentence_an_accountant_understands() -> None:
    made = "".join(f"{state}: {sentence(state)}\n" for state in ExportState)
    assert made == golden("outcomes.txt", made)


@pytest.mark.parametrize("state", sorted(NOTHING_WRITTEN))
def test_an_export_that_ended_without_writing_says_that_nothing_was_written(state: ExportState) -> None:
    assert "nothing was written to Vista" in sentence(state)


def test_the_reason_follows_the_sentence() -> None:
    assert sentence(ExportState.REJECTED, "the pipe is\ntoo cheap") == (
        "The budget of River Street Drainage for Vista job 1164I- was rejected and goes back to Procore's Budget tool"
        " to be corrected; nothing was written to Vista: the pipe is too cheap"
    )


def test_a_project_without_a_job_is_told_without_one() -> None:
    assert outcome_sentence(ExportState.FAILED, project="{job}", job=None) == (
        "The budget of {job} could not be exported; nothing was written to Vista."
    )


PIPE_MOVED = (
    "Phase 0260-   - cost type 2: moved in Vista: planned against 300,000.00 (900.000 units, 0.00 hours),"
    " now 301,000.00 (900.000 units, 0.00 hours)"
)


def test_a_stale_export_names_everything_that_moved() -> None:
    made = stale_markdown(
        (
            PIPE_MOVED,
            "Phase 0210-   - cost type 1: new in Procore with 10.00",
        ),
        export_id="EX-20260814-7Q4KM2",
    )
    assert made == golden("stale.md", made)


def test_the_sender_of_a_rejected_budget_reads_who_why_and_what_to_do() -> None:
    made = rejected_markdown(
        export_id="EX-20260814-7Q4KM2",
        project="River Street Drainage",
        approver="ana@contractor.example",
        reason="The pipe is too cheap.\n<b>See</b> the quote of 12 March.",
        budget_is_returned=True,
    )
    assert made == golden("rejected.md", made)


def test_a_budget_that_is_still_locked_is_not_called_open() -> None:
    text = rejected_markdown(export_id="EX-1", project="P", approver="a@b", reason="no", budget_is_returned=False)
    assert "still locked in Procore" in text


def test_a_rejected_undo_says_nothing_of_the_budget_in_procore_but_that_it_was_not_touched() -> None:
    text = rejected_markdown(
        export_id="EX-1", project="P", approver="a@b", reason="no", budget_is_returned=True, kind=Kind.UNDO
    )
    assert "The budget in Procore was not touched." in text
    assert "open for editing" not in text


def test_a_moment_is_told_with_its_time_zone() -> None:
    mountain = timezone(timedelta(hours=-6), "MDT")
    assert moment_text(datetime(2026, 8, 14, 17, 5, tzinfo=UTC)) == "2026-08-14 17:05 UTC"
    assert moment_text(datetime(2026, 8, 14, 11, 5, tzinfo=mountain)) == "2026-08-14 11:05 MDT"


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one with a time zone, found none"):
        moment_text(datetime.fromisoformat("2026-08-14T17:05"))
