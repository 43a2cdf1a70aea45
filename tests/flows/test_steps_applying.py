"""Writing to Vista: once, all of it or nothing, whatever breaks on the way."""

from decimal import Decimal
from pathlib import Path

import pytest

from connectors.vista.errors import OutcomeUnknown, VistaUnavailable
from jobcost.lifecycle import ExportState, IllegalTransition
from sandbox.vista import people
from tests.flows.workbench import SMALL_TOTAL, Workbench

SITE_RULE = (
    "CREATE TRIGGER mtrSiteRule BEFORE INSERT ON JCCH WHEN NEW.Phase = '1000-103'"
    " BEGIN SELECT RAISE(ROLLBACK, 'Site rule: no equipment on this job - cannot insert Cost Header!'); END"
)


class Killed(BaseException):
    """The process ends here."""


def test_applying_again_after_the_end_changes_nothing(bench: Workbench) -> None:
    export = bench.exported()
    before = bench.vista_rows()

    assert bench.apply(export) == export
    assert bench.verify(export) == (export, None)
    assert bench.vista_rows() == before


@pytest.mark.parametrize(
    "state", [ExportState.AWAITING_ACCEPTANCE, ExportState.BLOCKED, ExportState.REJECTED, ExportState.RETRIEVED]
)
def test_only_an_accepted_export_is_applied(bench: Workbench, state: ExportState) -> None:
    bench.project.locked = state is not ExportState.BLOCKED
    export = bench.send()
    if state is ExportState.REJECTED:
        export = bench.reject(export, "Not yet.")
    if state is ExportState.RETRIEVED:
        export = bench.journal.retrieve(export.id, actor="priya", reason="Not yet.", at=bench.at)
    before = bench.vista_rows()

    applied = bench.apply(export)

    assert (applied.state, bench.vista_rows()) == (state, before)


def test_a_line_that_a_trigger_refuses_takes_everything_back_and_is_named(bench: Workbench) -> None:
    export = bench.accepted()
    bench.vista(SITE_RULE)
    before = bench.vista_rows()

    failed = bench.apply(export)

    assert failed.state is ExportState.FAILED
    assert bench.reason(failed).startswith("Phase 1000-103 cost type 4: expected Vista to take it")
    assert "Site rule: no equipment on this job" in bench.reason(failed)
    assert "Nothing was written." in bench.reason(failed)
    assert bench.vista_rows() == before
    # Once the site has put its rule right, the budget is sent again.
    bench.vista("DROP TRIGGER mtrSiteRule")
    assert bench.exported().state is ExportState.VERIFIED


@pytest.mark.parametrize("point", ["before_lock", "after_lock", "after_phases", "after_half_of_lines", "before_commit"])
def test_a_vista_lost_while_writing_leaves_nothing_and_the_export_goes_on_later(bench: Workbench, point: str) -> None:
    export = bench.accepted()
    before = bench.vista_rows()

    with bench.breaking_at(point, VistaUnavailable("the line is down")), pytest.raises(VistaUnavailable):
        bench.apply(export)

    assert (bench.now(export).state, bench.vista_rows()) == (ExportState.APPLYING, before)
    assert bench.verify(bench.apply(export))[0].state is ExportState.VERIFIED
    assert bench.detail_count() == 6


@pytest.mark.parametrize("point", ["after_lock", "after_half_of_lines", "before_commit", "after_commit"])
def test_a_process_that_ends_while_writing_writes_once_all_the_same(bench: Workbench, point: str) -> None:
    export = bench.accepted()

    with bench.breaking_at(point, Killed()), pytest.raises(Killed):
        bench.apply(export)

    assert bench.now(export).state is ExportState.APPLYING
    applied = bench.apply(export)
    said = "Vista held the plan already." if point == "after_commit" else "Written in one transaction."
    assert (applied.state, bench.reason(applied)) == (ExportState.APPLIED, said)
    assert bench.verify(applied)[0].state is ExportState.VERIFIED
    assert bench.detail_count() == 6
    assert sum(bench.estimates().values()) == SMALL_TOTAL


def test_an_interrupted_export_is_not_sent_again_while_nobody_knows_its_end(bench: Workbench) -> None:
    export = bench.accepted()
    with bench.breaking_at("after_commit", Killed()), pytest.raises(Killed):
        bench.apply(export)

    continued = bench.send(run="tuesday", continue_export=export.id)

    assert continued.state is ExportState.APPLYING
    assert bench.verify(bench.apply(continued))[0].state is ExportState.VERIFIED


@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
def test_where_the_job_moved_after_an_interruption_nobody_claims_to_know(bench: Workbench, point: str) -> None:
    export = bench.accepted()
    with bench.breaking_at(point, Killed()), pytest.raises(Killed):
        bench.apply(export)
    people.add_estimate(bench.vista_url, "1000-103", 1, "15.00")
    before = bench.vista_rows()

    ended = bench.apply(export)

    assert (ended.state, bench.vista_rows()) == (ExportState.VERIFICATION_FAILED, before)
    assert "the job holds neither the plan nor what was before" in bench.reason(ended)
    assert "Phase 1000-103 cost type 1" in bench.reason(ended)
    assert "othing was written" not in bench.reason(ended)
    assert "verification-not-cleared" in bench.rules(bench.send())


def test_a_vista_out_of_reach_before_the_first_attempt_is_told_with_nothing_written(bench: Workbench) -> None:
    export = bench.accepted()
    file = Path(bench.vista_url.removeprefix("sqlite:///"))
    file.rename(file.with_suffix(".gone"))
    with pytest.raises(VistaUnavailable, match=r"found none\. Nothing was written\. "):
        bench.apply(export)
    assert bench.now(export).state is ExportState.ACCEPTED


def test_that_nothing_was_written_is_said_of_the_first_attempt_alone(bench: Workbench) -> None:
    """Where an earlier attempt was interrupted it may have written; and whoever only reads has no say in it."""
    out_of_reach = VistaUnavailable("the line is down.")
    export = bench.accepted()
    with bench.breaking_at("after_lock", out_of_reach), pytest.raises(VistaUnavailable) as first:
        bench.apply(export)
    assert str(first.value) == "the line is down. Nothing was written. Run it again."

    with bench.breaking_at("after_commit", Killed()), pytest.raises(Killed):
        bench.apply(export)
    with bench.breaking_at("after_lock", out_of_reach), pytest.raises(VistaUnavailable) as second:
        bench.apply(export)
    assert str(second.value) == (
        "the line is down. This attempt wrote nothing; what an earlier one wrote, if anything, is seen when"
        " Vista answers. Run it again."
    )

    applied = bench.apply(export)
    file = Path(bench.vista_url.removeprefix("sqlite:///"))
    file.rename(file.with_suffix(".gone"))
    with pytest.raises(VistaUnavailable) as reading:
        bench.verify(applied)
    assert "othing was written" not in str(reading.value)


def test_an_unknown_outcome_is_found_out_by_running_again(bench: Workbench) -> None:
    export = bench.accepted()

    with (
        bench.breaking_at("after_commit", OutcomeUnknown("GEN  -0001", "nothing")),
        pytest.raises(OutcomeUnknown, match="Do not type the budget in by hand"),
    ):
        bench.apply(export)

    assert bench.verify(bench.apply(export))[0].state is ExportState.VERIFIED
    assert bench.detail_count() == 6


def test_of_two_workers_with_one_accepted_export_one_writes(bench: Workbench) -> None:
    export = bench.accepted()
    # The other worker does the whole work just after ours has looked for the last time.
    bench.while_vista_is_read(lambda: bench.verify(bench.apply(export)))

    with pytest.raises(IllegalTransition):
        bench.apply(export)

    assert bench.now(export).state is ExportState.VERIFIED
    assert (bench.detail_count(), bench.estimates()["1000-103"]) == (6, Decimal("548.04"))


def test_phases_the_job_lacks_are_added_with_the_contracts_item(bench: Workbench) -> None:
    bench.exported()
    rows = bench.vista("SELECT Phase, ltrim(Item), ActiveYN FROM JCJP ORDER BY Phase")
    assert rows == [(f"1000-10{n}", "1", "Y") for n in range(6)]


def test_hours_of_labour_arrive_with_the_money(bench: Workbench) -> None:
    bench.configure(mapping={"hours": {"cost_types": {"L"}}})
    bench.exported()
    rows = bench.vista("SELECT Phase, OrigHours, UM FROM JCCH WHERE CostType = 1 ORDER BY Phase")
    assert [(phase, Decimal(hours), um) for phase, hours, um in rows] == [
        ("1000-100", Decimal(1), "LS"),
        ("1000-105", Decimal(6), "LS"),
    ]
