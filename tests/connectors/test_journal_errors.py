"""Messages: complete, and able to travel from one process to another."""

import pickle

import pytest

from connectors.journal.errors import ExportMoved, JournalError, OpenExportExists, UnknownExport
from connectors.journal.records import ExportRecord
from jobcost.lifecycle import OPEN_STATES, ExportState
from jobcost.plan import Kind
from tests.connectors.exports import MONDAY, SENDER


def _record(state: ExportState) -> ExportRecord:
    return ExportRecord(
        id="EX-1",
        kind=Kind.SETUP,
        procore_company_id=8089,
        project_id=1204,
        project_name="",
        jcco=1,
        job=None,
        state=state,
        submitted_by=SENDER,
        flow_run_id=None,
        plan_digest=None,
        plan_code=None,
        ask=1,
        deadline_at=None,
        created_at=MONDAY,
        updated_at=MONDAY,
        ended_at=None,
        budget_returned_at=None,
        cleared_at=None,
        cleared_by=None,
        clear_reason=None,
    )


ERRORS: tuple[JournalError, ...] = (
    UnknownExport("EX-1"),
    ExportMoved("EX-1", expected=frozenset({ExportState.ACCEPTED}), found=ExportState.STALE),
    OpenExportExists(_record(ExportState.ACCEPTED)),
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_arrives_whole_in_another_process(error: JournalError) -> None:
    arrived = pickle.loads(pickle.dumps(error))  # noqa: S301 - just pickled here
    assert type(arrived) is type(error)
    assert (str(arrived), arrived.__dict__) == (str(error), error.__dict__)


def test_a_moved_export_is_told_with_what_was_expected_and_found() -> None:
    error = ExportMoved(
        "EX-1", expected=frozenset({ExportState.PROPOSED, ExportState.ACCEPTED}), found=ExportState.STALE
    )
    assert str(error) == (
        "Export EX-1: The export has moved. Expected accepted or proposed; found stale."
        " Read the export again: its transitions say who moved it, when and why."
    )


@pytest.mark.parametrize("state", sorted(OPEN_STATES))
def test_an_open_export_names_its_way_out(state: ExportState) -> None:
    way_out = OpenExportExists(_record(state)).way_out
    assert "EX-1" in way_out
    assert any(word in way_out for word in ("Decide", "retrieve", "Continue"))
