"""What was accepted is written as it was accepted, or not at all: somebody changes a system in between."""

from collections.abc import Callable

import httpx
import pytest

from connectors.journal.records import Verdict
from jobcost.lifecycle import ExportState
from sandbox.vista import people
from tests.attacks.siege import Case, Siege


def _change_procore(siege: Siege, case: Case) -> None:
    edit = {"path": ["projects", case.project, "lines", "1000-101", "original_budget_amount"], "value": "999999.00"}
    url = f"{siege.stack.procore.control_url}/sandbox/edit"
    httpx.post(url, json={"edits": [edit]}, trust_env=False).raise_for_status()


def _change_vista(siege: Siege, case: Case) -> None:
    people.add_phase(siege.stack.vista_url, "1000-101", job=str(case.export.job))
    people.add_estimate(siege.stack.vista_url, "1000-101", 1, "77.00", job=str(case.export.job))


@pytest.mark.parametrize("change", [_change_procore, _change_vista])
def test_a_plan_changed_after_its_acceptance_is_stale_and_nothing_is_written(
    siege: Siege, change: Callable[[Siege, Case], None]
) -> None:
    case = siege.sent()
    with case.ordered(dies_at="after journal.record_acceptance"):
        case.answer(siege.approver())
        case.wait_for_end("Crashed")
    assert [one.verdict for one in case.decisions] == [Verdict.ACCEPT]
    change(siege, case)
    case.vista_before = siege.vista_rows()

    case.retry()

    case.wait_for_end("Stale")
    case.assert_untouched()
    assert case.export.state is ExportState.STALE
    assert "Nothing was written." in siege.journal.transitions(case.export.id)[-1].reason
    # The acceptance is dropped with the plan: the budget is sent anew, and asked about anew.
    again = siege.start(case.project)
    again.wait_for_rest()
    assert again.export.id != case.export.id
    assert again.decisions == ()
    again.assert_untouched()
