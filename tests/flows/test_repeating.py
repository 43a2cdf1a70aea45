"""Which failures of a step Prefect repeats by itself: only those in which a system was out of reach."""

import asyncio

import pytest
from prefect.states import exception_to_failed_state

from connectors.journal.errors import JournalBusy
from connectors.procore.errors import AccessDenied, ProcoreUnreachable
from connectors.vista.errors import LoginRefused, VistaRefused, VistaUnavailable
from tasks import export_tasks

JOURNAL_BUSY = JournalBusy(
    "Another process holds the journal's file.",
    where="Journal",
    expected="a free file",
    found="a lock",
    way_out="Wait.",
)


def is_repeated(error: Exception) -> bool:
    state = asyncio.run(exception_to_failed_state(error))
    return export_tasks._is_out_of_reach(None, None, state)  # type: ignore[arg-type]  # it looks at the state alone


@pytest.mark.parametrize(
    "error", [VistaUnavailable("no connection"), ProcoreUnreachable("GET", "/rest", "timed out"), JOURNAL_BUSY]
)
def test_a_system_out_of_reach_is_tried_again(error: Exception) -> None:
    assert is_repeated(error) is True


@pytest.mark.parametrize(
    "error",
    [
        VistaRefused("Phase 1", "Invalid Job", "Ask."),
        # Tried again and again, a wrong password locks the login.
        LoginRefused("Login failed for user 'budget_export'.", "Check the password."),
        AccessDenied("GET", "/rest", 403, "no"),
        ValueError("a defect"),
    ],
)
def test_what_needs_a_person_is_not_tried_again(error: Exception) -> None:
    assert is_repeated(error) is False


def test_only_steps_after_the_plan_are_repeated() -> None:
    steps = (export_tasks.propose_export, export_tasks.decide_export, export_tasks.apply_export)
    retries = [step.retries for step in (*steps, export_tasks.verify_export, export_tasks.give_budget_back)]
    assert retries == [0, 2, 2, 2, 2]
