"""An update tells of what happened to its lines since the exports before it: by hand in Vista, and by an undo."""

from decimal import Decimal

from jobcost.findings import Severity
from jobcost.lifecycle import ExportState
from sandbox.procore import people
from sandbox.vista import people as vista_people
from tests.flows.workbench import Workbench

WARNING = Severity.WARNING


def test_a_line_that_was_corrected_in_vista_is_not_put_back_without_a_word(bench: Workbench) -> None:
    first = bench.exported()
    vista_people.change_estimate(bench.vista_url, "1000-103", 4, cost="700.00")

    export = bench.update()

    (finding,) = bench.journal.findings(export.id)
    assert (export.state, finding.rule) == (ExportState.AWAITING_ACCEPTANCE, "moved-in-vista")
    assert finding.expected == f"548.04, as verified by {first.id}"
    assert finding.found == "700.00 now; Procore did not change"
    assert finding.expected in bench.review(export)


def test_a_kept_line_that_could_not_be_set_to_zero_is_offered_once_it_can(bench: Workbench) -> None:
    bench.exported()
    people.delete_a_line(bench.procore.state, "1000-103")
    vista_people.deactivate_phase(bench.vista_url, "1000-103")
    people.correct_original(bench.procore.state, "1000-105", "600.00")
    first = bench.carried(bench.update())
    assert (first.state, bench.journal.plan(first.id).deleted) == (ExportState.VERIFIED, ())
    bench.vista("UPDATE JCJP SET ActiveYN = 'Y' WHERE Phase LIKE '1000-103%'")

    second = bench.update()

    assert (second.state, bench.rules(second, WARNING)) == (ExportState.AWAITING_ACCEPTANCE, {"deleted-in-procore"})
    assert [line.phase for line in bench.journal.plan(second.id).deleted] == ["1000-103"]


def test_a_zeroed_line_that_vista_people_fill_again_is_theirs(bench: Workbench) -> None:
    bench.exported()
    people.delete_a_line(bench.procore.state, "1000-103")
    zeroed = bench.verify(bench.apply(bench.accept_zeroing(bench.update())))[0]
    vista_people.change_estimate(bench.vista_url, "1000-103", 4, cost="500.00")

    export = bench.update()

    (finding,) = bench.journal.findings(export.id)
    assert (export.state, bench.journal.plan(export.id).deleted) == (ExportState.UNCHANGED, ())
    assert finding.found.startswith("still in Vista with 500.00; it cannot be set to zero")
    assert f"{zeroed.id} left it with 0.00" in finding.found


def test_a_line_that_is_mapped_to_another_phase_was_not_deleted_in_procore(bench: Workbench) -> None:
    bench.exported()
    bench.configure(mapping={"phases": {"codes": {"1000-103": "1000-104"}, "description": "vista"}})

    export = bench.update()

    (finding,) = (one for one in bench.journal.findings(export.id) if one.rule == "deleted-in-procore")
    assert finding.what == "No budget line falls on it any more."
    assert finding.found == "still in Vista with 548.04; 1000-103 / E falls on another line now"


def test_what_an_undo_took_back_is_not_exported_again_without_a_word(bench: Workbench) -> None:
    bench.exported()
    people.correct_original(bench.procore.state, "1000-105", "600.00")
    update = bench.carried(bench.update())
    undo = bench.carried(bench.undo(update))
    people.correct_original(bench.procore.state, "1000-103", "550.00")

    again = bench.update()

    (finding,) = bench.journal.findings(again.id)
    assert (finding.rule, finding.where) == ("taken-back-before", "Phase 1000-105 cost type 1")
    assert finding.found == f"{update.id}, taken back by {undo.id}; this export writes 600.00"
    assert bench.carried(again).state is ExportState.VERIFIED
    people.correct_original(bench.procore.state, "1000-105", "610.00")
    assert bench.rules(bench.update(), WARNING) == set()


def test_after_the_first_export_was_taken_back_an_update_warns_of_every_line(bench: Workbench) -> None:
    bench.carried(bench.undo(bench.exported()))

    export = bench.update()

    warned = [one.where for one in bench.journal.findings(export.id) if one.rule == "taken-back-before"]
    assert len(warned) == len(bench.journal.plan(export.id).changes) == 6
    assert bench.journal.plan(export.id).total_before == Decimal("0.00")
