"""A difference between the systems is mailed when it is first seen, not every week; and again if it returns."""

from dataclasses import replace

import pytest

from jobcost.reconciliation_results import Reconciliation
from sandbox.procore import people as managers
from sandbox.vista import people as accountants
from tasks.steps.noting import note_differences
from tasks.steps.reconcile import exported_jobs, reconcile_job
from tasks.steps.reconcile_news import RECONCILED, due_of_differences, keep_differences
from tests.flows.post import OPERATOR, Post, post
from tests.flows.syncs import exported_long_ago
from tests.flows.workbench import MONDAY, PRIYA
from tests.people import enrolled_operator

__all__ = ["post"]

CODE, TYPE = "1000-101", 2


@pytest.fixture
def office(post: Post) -> Post:
    """An exported job, an operator, and an empty mail box."""
    enrolled_operator(post.bench.journal, OPERATOR)
    post.bench.exported()
    post.round()
    post.taken()
    return post


def reconciled(office: Post) -> Reconciliation:
    """Reconcile as the scheduled flow does, and let the mails go out."""
    systems = office.bench.systems
    (record,) = exported_jobs(systems)
    made = reconcile_job(systems, record)
    keep_differences(systems, made, (OPERATOR, record.submitted_by), MONDAY)
    note_differences(systems, MONDAY)
    office.deliver()
    return made


def typed_over(office: Post, cost: str) -> None:
    accountants.change_estimate(office.bench.vista_url, CODE, TYPE, cost=cost)


def kept(office: Post) -> int:
    """How often something was kept of a reconciliation."""
    (record,) = exported_jobs(office.bench.systems)
    return sum(row.kind == RECONCILED for row in office.bench.journal.evidence(record.id))


def test_systems_that_agree_are_told_to_nobody_and_leave_nothing_behind(office: Post) -> None:
    reconciled(office)
    assert office.taken() == []
    assert kept(office) == 0


def test_a_new_difference_is_mailed_once_to_the_operators_and_the_sender(office: Post) -> None:
    typed_over(office, "300.00")
    reconciled(office)
    assert [recipient for recipient, _ in office.taken()] == [OPERATOR, PRIYA]
    for _ in range(3):
        reconciled(office)
    office.round()
    assert office.taken() == []
    assert kept(office) == 1


def test_the_mail_says_what_happened(office: Post) -> None:
    typed_over(office, "300.00")
    reconciled(office)
    text = office.server.mails[0].part("plain")
    assert "1000-101 / 2: Original Estimate in Vista: 274.02 verified, now 300.00" in " ".join(text.split())


def test_another_difference_is_mailed_without_the_one_that_is_known(office: Post) -> None:
    typed_over(office, "300.00")
    reconciled(office)
    office.taken()
    managers.correct_original(office.bench.procore.state, "1000-102", "500.00")
    reconciled(office)
    text = " ".join(office.server.mails[0].part("plain").split())
    assert "1000-102 / 3" in text
    assert "1000-101 / 2" not in text
    assert "Differences in all: 2" in text


def test_a_difference_whose_amount_moves_on_is_another_one(office: Post) -> None:
    typed_over(office, "300.00")
    reconciled(office)
    office.taken()
    typed_over(office, "310.00")
    reconciled(office)
    assert len(office.taken()) == 2


def test_a_difference_that_goes_away_and_comes_back_is_mailed_again(office: Post) -> None:
    typed_over(office, "300.00")
    reconciled(office)
    office.taken()
    typed_over(office, "274.02")
    reconciled(office)
    assert office.taken() == []
    typed_over(office, "300.00")
    reconciled(office)
    assert [recipient for recipient, _ in office.taken()] == [OPERATOR, PRIYA]


def test_a_difference_in_flight_is_not_new_when_the_export_ends_without_it(office: Post) -> None:
    typed_over(office, "300.00")
    reconciled(office)
    office.taken()
    first = office.bench.journal.history(1, "GEN  -0001")[0]
    office.bench.journal.open_export(
        export_id="EX-OPEN",
        kind=first.kind,
        procore_company_id=first.procore_company_id,
        project_id=first.project_id,
        jcco=first.jcco,
        submitted_by=first.submitted_by,
        flow_run_id=None,
        at=MONDAY,
    )
    reconciled(office)
    office.bench.journal.retrieve("EX-OPEN", actor=PRIYA, reason="a slip", at=MONDAY)
    reconciled(office)
    assert office.recipients("differ") == []


def test_a_reconciliation_that_dies_before_it_tells_is_told_about_by_the_watch(office: Post) -> None:
    typed_over(office, "300.00")
    systems = office.bench.systems
    (record,) = exported_jobs(systems)
    keep_differences(systems, reconcile_job(systems, record), (OPERATOR,), MONDAY)
    assert office.taken() == []
    office.round()
    assert office.recipients("differ") == [OPERATOR]


def test_two_reconciliations_at_once_tell_once(office: Post) -> None:
    typed_over(office, "300.00")
    systems = office.bench.systems
    (record,) = exported_jobs(systems)
    made = reconcile_job(systems, record)
    keep_differences(systems, made, (OPERATOR,), MONDAY)
    assert keep_differences(systems, made, (OPERATOR,), MONDAY) == 0
    assert len({notice.key for notice in due_of_differences(systems, MONDAY)}) == 1


def test_a_project_that_was_exported_to_two_jobs_is_told_of_each_once(office: Post) -> None:
    systems = office.bench.systems
    typed_over(office, "300.00")
    (record,) = exported_jobs(systems)
    first = reconcile_job(systems, record)
    exported_long_ago(office.bench.journal, office.bench.procore.state, [record.project_id], name="EX-OTHER")
    second = replace(first, job=f"GEN-{record.project_id}", export_id=f"EX-OTHER-{record.project_id}")
    told = [keep_differences(systems, made, (OPERATOR,), MONDAY) for made in (first, second, first, second)]
    assert told == [1, 1, 0, 0]
