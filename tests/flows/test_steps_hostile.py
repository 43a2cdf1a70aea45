"""Attempts to get a false word into the journal: two workers at once, and people who are not who they seem."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from connectors.journal.errors import JournalError
from connectors.vista.errors import VistaRefused, VistaUnavailable
from jobcost.budget import Budget
from jobcost.findings import Severity
from jobcost.lifecycle import ExportState, IllegalTransition
from sandbox.procore import people
from tests.flows.interference import ProcoreWith
from tests.flows.workbench import ALEX, BLAKE, MONDAY, Workbench


class ProcoreReadBy(ProcoreWith):
    """Procore, where somebody does something once, just before our next reading of the budget."""

    def __init__(self, bench: Workbench, happens: Callable[[], object]) -> None:
        super().__init__(bench.systems.procore, bench.systems.procore.read_users)
        self._read_budget, self._meant = bench.systems.procore.read_budget, [happens]
        self.read_budget = self._after_what_happens

    def _after_what_happens(self, project_id: int) -> Budget:
        while self._meant:
            self._meant.pop()()
        return self._read_budget(project_id)


def _before_the_budget_is_read(bench: Workbench, happens: Callable[[Workbench], object]) -> Workbench:
    """Another worker, who does something just before this one reads the budget."""
    other = replace(bench)
    bench.systems = replace(bench.systems, procore=ProcoreReadBy(bench, lambda: happens(other)))
    return other


def _dies_after_the_commit(bench: Workbench) -> None:
    export = bench.journal.open_exports()[0]
    with pytest.raises(KeyboardInterrupt), bench.breaking_at("after_commit", KeyboardInterrupt()):
        bench.apply(export)


def test_what_a_faster_worker_wrote_is_not_taken_for_a_move_by_a_slower_one(bench: Workbench) -> None:
    export = bench.accepted()
    _before_the_budget_is_read(bench, _dies_after_the_commit)

    with pytest.raises(
        IllegalTransition, match="applying cannot become stale for what was found while it was accepted"
    ):
        bench.apply(export)

    # Not stale, "nothing was written": the next run finds what was written, and verifies it.
    assert bench.now(export).state is ExportState.APPLYING
    assert bench.verify(bench.apply(export))[0].state is ExportState.VERIFIED
    assert bench.detail_count() == 6


def _takes_over_and_dies_after_the_commit(bench: Workbench) -> None:
    export = bench.journal.open_exports()[0]
    bench.answer(bench.send(run="second run", continue_export=export.id))
    _dies_after_the_commit(bench)
    raise VistaUnavailable("the line is down")


def test_a_run_whose_reading_fails_late_does_not_end_the_export_that_another_run_is_writing(bench: Workbench) -> None:
    _before_the_budget_is_read(bench, _takes_over_and_dies_after_the_commit)

    with pytest.raises(VistaUnavailable):
        bench.send(run="first run")

    export = bench.journal.open_exports()[0]
    assert (export.state, bench.detail_count()) == (ExportState.APPLYING, 6)
    assert bench.verify(bench.apply(export))[0].state is ExportState.VERIFIED


REFUSED = VistaRefused("Estimates of job GEN  -0001", "The SELECT permission was denied", "Grant it.")


def test_a_refusal_after_an_interruption_does_not_say_that_nothing_was_written(bench: Workbench) -> None:
    export = bench.accepted()
    _dies_after_the_commit(bench)

    with bench.breaking_at("after_lock", REFUSED):
        ended = bench.apply(export)

    assert (ended.state, bench.detail_count()) == (ExportState.VERIFICATION_FAILED, 6)
    assert bench.reason(ended).startswith("An earlier attempt was interrupted, and the job is not as it was before it.")
    assert "othing was written" not in bench.reason(ended)


def test_a_refusal_after_an_interruption_that_wrote_nothing_is_a_failure(bench: Workbench) -> None:
    export = bench.accepted()
    with pytest.raises(KeyboardInterrupt), bench.breaking_at("before_commit", KeyboardInterrupt()):
        bench.apply(export)

    with bench.breaking_at("after_lock", REFUSED):
        ended = bench.apply(export)

    assert (ended.state, bench.detail_count()) == (ExportState.FAILED, 0)


@pytest.mark.parametrize("blanks", ["", "   ", "\u00a0"])
def test_a_sender_without_an_address_is_nobody_although_the_directory_has_such_contacts(
    bench: Workbench, blanks: str
) -> None:
    next(user for user in bench.procore.state.users if user.email_address == BLAKE).email_address = ""

    export = bench.send(sender=blanks)

    assert (export.state, bench.rules(export)) == (ExportState.BLOCKED, {"sender-unknown"})


# The same letters, encoded in two ways: e with an accent, and e followed by the accent; full-width letters.
@pytest.mark.parametrize(
    "spelling", ["Rene\u0301@example.com", " REN\u00c9@EXAMPLE.COM ", "\uff32en\u00e9@example.com"]
)
def test_the_sender_in_another_encoding_is_the_same_person(bench: Workbench, spelling: str) -> None:
    person = next(user for user in bench.procore.state.users if user.email_address == BLAKE)
    person.email_address = "ren\u00e9@example.com"
    bench.enrol(spelling)

    asked = bench.answer(bench.send(sender="ren\u00e9@example.com"), approver=spelling)

    assert asked.state is ExportState.AWAITING_ACCEPTANCE
    assert bench.refusal(asked) == "Approver: the sender of a budget cannot decide on it; ask another approver."


@pytest.mark.parametrize("approver", ["\ud800@example.com", "alex\x00@example.com", "x" * 100_000])
def test_an_approver_that_no_database_can_spell_is_refused_and_asked_again(bench: Workbench, approver: str) -> None:
    asked = bench.answer(bench.send(), approver=approver)

    assert (asked.state, asked.ask) == (ExportState.AWAITING_ACCEPTANCE, 2)
    assert bench.refusal(asked).startswith("Approver: expected an enrolled approver's e-mail address")


def test_a_rejected_budget_that_was_exported_meanwhile_is_not_unlocked_any_more(bench: Workbench) -> None:
    rejected = bench.reject(bench.send(), "Labour is missing.")
    # The run died before it gave the budget back; the project manager unlocked, corrected and locked it by hand.
    tuesday = MONDAY + timedelta(days=1)
    second = bench.send(at=tuesday)
    assert bench.verify(bench.apply(bench.answer(second, at=tuesday)))[0].state is ExportState.VERIFIED

    returned = bench.give_back(rejected)

    assert (returned.budget_returned_at is not None, bench.project.locked) == (True, True)


def test_an_export_of_another_project_is_not_continued(bench: Workbench) -> None:
    export = bench.send(run="first run")

    with pytest.raises(JournalError, match="Expected an export of project 1164; found one of project 7000"):
        bench.send(project="1164", run="second run", continue_export=export.id)

    assert bench.now(export).flow_run_id == "first run"


def _copy_row(bench: Workbench, table: str, **other: str) -> None:
    """Put a second row beside the only one of a table, with other values in some columns."""
    columns = [row[1] for row in bench.vista(f"PRAGMA table_info({table})") if row[1] != "KeyID"]
    values = ", ".join(f"'{other[name]}'" if name in other else name for name in columns)
    # The names are the sandbox's own.
    bench.vista(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} LIMIT 1")


def test_a_budget_exported_to_one_job_and_then_linked_to_another_is_told(bench: Workbench) -> None:
    first = bench.exported()
    _copy_row(bench, "bJCJM", Job="GEN  -0002")
    bench.project.origin_code = "GEN-0002"

    second = bench.send()

    assert (second.state, second.job) == (ExportState.AWAITING_ACCEPTANCE, "GEN  -0002")
    assert bench.rules(second, Severity.WARNING) == {"budget-in-another-job"}
    assert f"{first.id} to job GEN" in bench.review(second)


def test_a_second_project_linked_to_an_exported_job_is_told_whose_job_it_is(bench: Workbench) -> None:
    bench.exported()
    other = replace(bench.project, id=7001)
    bench.procore.state.projects[7001] = other

    blocked = bench.send(project="7001")

    assert blocked.state is ExportState.BLOCKED
    assert bench.rules(blocked) == {"already-exported", "job-of-another-project"}


def test_once_the_first_export_was_taken_back_another_project_may_budget_the_job(bench: Workbench) -> None:
    first = bench.exported()
    assert bench.carried(bench.undo(first)).state is ExportState.VERIFIED
    bench.procore.state.projects[7001] = replace(bench.project, id=7001)

    assert bench.rules(bench.update(project="7001")) == {"never-exported"}
    second = bench.send(project="7001")

    assert (second.state, bench.rules(second)) == (ExportState.AWAITING_ACCEPTANCE, set())
    assert bench.carried(second).state is ExportState.VERIFIED
    assert bench.rules(bench.update()) == {"job-of-another-project"}


def test_once_an_update_was_taken_back_the_job_still_belongs_to_its_project(bench: Workbench) -> None:
    bench.exported()
    people.correct_original(bench.procore.state, "1000-103", "600.00")
    assert bench.carried(bench.undo(bench.carried(bench.update()))).state is ExportState.VERIFIED
    bench.procore.state.projects[7001] = replace(bench.project, id=7001)

    assert bench.rules(bench.send(project="7001")) == {"already-exported", "job-of-another-project"}


def _shift(bench: Workbench) -> None:
    """Move five million from one line to another: together they change nothing."""
    bench.project.line("1000-101").original_budget_amount = Decimal("5000000.00")
    bench.project.line("1000-102").original_budget_amount = Decimal("-5000000.00")


def test_millions_moved_between_lines_need_two_approvers_though_they_add_up_to_little(bench: Workbench) -> None:
    bench.configure(limits={"two_approvers_above": Decimal(100_000)})
    _shift(bench)

    asked = bench.answer(bench.send())

    assert (asked.state, asked.ask, bench.refusal(asked)) == (ExportState.AWAITING_ACCEPTANCE, 2, "")
    assert bench.answer(asked, approver=BLAKE).state is ExportState.ACCEPTED


def test_millions_moved_between_lines_are_above_a_small_limit(bench: Workbench) -> None:
    bench.enrol(ALEX, limit=Decimal(100_000))
    _shift(bench)

    asked = bench.answer(bench.send())

    assert asked.state is ExportState.AWAITING_ACCEPTANCE
    assert bench.refusal(asked).startswith("Approver: the change of 5,002,192.16 is above your limit of 100,000.00")
