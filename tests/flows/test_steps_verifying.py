"""After the commit the job is read back: every line to the cent, the totals, and what was not to be touched."""

import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from connectors.journal.records import Evidence
from connectors.vista.errors import VistaUnavailable
from jobcost.lifecycle import ExportState
from sandbox.vista import people
from tasks import publishing
from tests.flows.workbench import OPERATOR, Workbench

Act = Callable[[Workbench], object]


def test_every_line_is_kept_as_proof(bench: Workbench) -> None:
    export = bench.exported()

    results = bench.journal.line_results(export.id)

    assert [(row.phase, row.cost_type, row.ok) for row in results] == [
        ("1000-100", 1, True),
        ("1000-101", 2, True),
        ("1000-102", 3, True),
        ("1000-103", 4, True),
        ("1000-104", 5, True),
        ("1000-105", 1, True),
    ]
    assert all(row.expected == row.found for row in results)


def _change_cost(bench: Workbench) -> None:
    people.change_estimate(bench.vista_url, "1000-103", 4, cost="548.05")


def _change_units(bench: Workbench) -> None:
    people.change_estimate(bench.vista_url, "1000-103", 4, units="2")


def _move_between_lines(bench: Workbench) -> None:
    # The total stays as it was.
    people.change_estimate(bench.vista_url, "1000-103", 4, cost="547.04")
    people.change_estimate(bench.vista_url, "1000-104", 5, cost="686.05")


def _add_line(bench: Workbench) -> None:
    people.add_estimate(bench.vista_url, "1000-103", 1, "0.00")


def _delete_detail(bench: Workbench) -> None:
    bench.vista("UPDATE bJCCP SET OrigEstCost = '1.00' WHERE Phase = '1000-103'")


def _deactivate(bench: Workbench) -> None:
    bench.vista("UPDATE JCCH SET ActiveYN = 'N' WHERE Phase = '1000-103'")


def _raise_revenue(bench: Workbench) -> None:
    bench.vista("UPDATE bJCCI SET OrigContractAmt = '1.00'")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        pytest.param(_change_cost, "phase 1000-103 cost type 4", id="a cent"),
        pytest.param(_change_units, "phase 1000-103 cost type 4", id="units"),
        pytest.param(_move_between_lines, "phase 1000-103 cost type 4; phase 1000-104 cost type 5", id="same total"),
        pytest.param(_add_line, "phase 1000-103 cost type 1: a row nobody planned, 0.00", id="a row more"),
        pytest.param(_delete_detail, "phase 1000-103 cost type 4", id="period totals"),
        pytest.param(_deactivate, "phase 1000-103 cost type 4", id="an inactive line"),
        pytest.param(_raise_revenue, "contract item 1: revenue expected", id="revenue"),
    ],
)
def test_an_edit_between_commit_and_reading_back_fails_the_verification(bench: Workbench, edit: Act, said: str) -> None:
    bench.while_vista_is_written(lambda: edit(bench))

    export = bench.exported()

    assert export.state is ExportState.VERIFICATION_FAILED
    assert said in bench.reason(export)


def test_a_failed_verification_stops_the_job_until_a_person_has_cleared_it(bench: Workbench) -> None:
    bench.while_vista_is_written(lambda: _change_cost(bench))
    failed = bench.exported()

    stopped = bench.send()
    assert stopped.state is ExportState.BLOCKED
    assert bench.rules(stopped) == {"verification-not-cleared", "estimates-not-ours"}
    finding = next(row for row in bench.journal.findings(stopped.id) if row.rule == "verification-not-cleared")
    assert (finding.found, "budget-export clear EXPORT" in finding.way_out) == (f"export {failed.id}", True)

    bench.journal.clear(failed.id, by=OPERATOR, reason="Typed over by hand; taken out again.", at=bench.at)
    # The job has its first export: what follows is an update.
    assert bench.rules(bench.send()) == {"already-exported"}
    assert bench.carried(bench.update()).state is ExportState.VERIFIED
    assert bench.estimates()["1000-103"] == Decimal("548.04")


def test_a_vista_that_cannot_be_read_back_leaves_the_export_applied_and_is_read_later(bench: Workbench) -> None:
    applied = bench.apply(bench.accepted())
    vista, hidden = bench.folder / "vista.db", bench.folder / "hidden.db"
    vista.rename(hidden)

    with pytest.raises(VistaUnavailable):
        bench.verify(applied)
    hidden.rename(vista)

    assert bench.now(applied).state is ExportState.APPLIED
    assert bench.verify(applied)[0].state is ExportState.VERIFIED


def test_what_was_verified_stays_verified_whatever_happens_in_vista_later(bench: Workbench) -> None:
    export = bench.exported()
    _change_cost(bench)
    assert bench.verify(export) == (export, None)


def test_what_was_applied_before_there_were_change_orders_is_still_reported(bench: Workbench) -> None:
    applied = bench.apply(bench.accepted())
    (kept,) = [row for row in bench.journal.evidence(applied.id) if row.kind == "applied"]
    counts = json.loads(kept.json_text)
    del counts["change_orders_added"]
    bench.journal.record_evidence(applied.id, Evidence(kind="applied", json_text=json.dumps(counts)), at=bench.at)

    told = publishing._applied(bench.systems, applied)

    assert (told.cost_types_added, told.change_orders_added, told.was_already_applied) == (6, 0, False)
