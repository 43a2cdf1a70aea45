"""Who changed a job, from Vista's audit: the job's own rows, in order, and none where the company keeps no audit."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.vista.gateway import AuditEntry
from connectors.vista.sql import SqlVista
from sandbox.vista import people
from tests.vista_plans import JOB, SW1, job_with_one_estimate, run_in_sandbox

# Vista's audit knows no time zone.
LONG_AGO = datetime.fromisoformat("2000-01-01")
ACCOUNTANT = "BUILDER\\accountant"
ROW = (
    "INSERT INTO bHQMA (TableName, KeyString, Co, RecType, FieldName, OldValue, NewValue, DateTime, UserName)"
    " VALUES ('{table}', '{key}', {company}, 'C', 'OrigCost', '1.00', '2.00', '2001-03-01 08:00:00.000000', 'somebody')"
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = job_with_one_estimate(tmp_path)
    run_in_sandbox(url, "DELETE FROM bHQMA")
    return url


def _audit(url: str, job: str = JOB, since: datetime = LONG_AGO) -> tuple[AuditEntry, ...]:
    with SqlVista(url, 1) as vista:
        return vista.read_audit(job, since)


def _row(url: str, key: str, *, table: str = "bJCCH", company: int = 1) -> None:
    run_in_sandbox(url, ROW.format(table=table, key=key, company=company))


def test_a_changed_estimate_tells_who_and_what(url: str) -> None:
    people.change_estimate(url, "SW-1", 3, cost="41200")

    (entry,) = _audit(url)

    assert (entry.table, entry.kind, entry.field, entry.old_value, entry.new_value, entry.user) == (
        "bJCCH",
        "C",
        "OrigCost",
        "40000.00",
        "41200.00",
        ACCOUNTANT,
    )
    assert SW1.strip() in entry.key_text
    assert entry.at.tzinfo is None


def test_change_orders_are_told_where_the_company_audits_them(url: str) -> None:
    people.approve_change_order(url, "SW-1", 3, "1", aco="1")
    without = _audit(url)
    people.set_audit(url, is_on=True)
    people.approve_change_order(url, "SW-1", 3, "2", aco="2")

    told = [(entry.table, entry.kind, entry.user) for entry in _audit(url)]

    assert without == ()
    assert told == [("bJCOH", "A", ACCOUNTANT), ("bJCOI", "A", ACCOUNTANT), ("bJCOD", "A", ACCOUNTANT)]


def test_a_company_without_audit_tells_nothing(url: str) -> None:
    people.set_audit(url, is_on=False)

    people.change_estimate(url, "SW-1", 3, cost="41200")

    assert _audit(url) == ()


def test_only_what_happened_since_is_told_oldest_first(url: str) -> None:
    _row(url, "JCCo: 1 Job: 1164I-001 Phase: A")
    people.change_estimate(url, "SW-1", 3, cost="41200", hours="8")

    since = datetime.fromisoformat("2001-03-01T08:00:01")

    assert [entry.field for entry in _audit(url)] == ["OrigCost", "OrigHours", "OrigCost"]
    assert [entry.field for entry in _audit(url, since=since)] == ["OrigHours", "OrigCost"]


@pytest.mark.parametrize(
    "key",
    [
        "JCCo: 1 Job: 1164I-001 Phase: SW   -  1-   ",
        "Co#:1/Job:1164I-001/Phase:SW",
        "1,1164I-001,1,SW   -  1-",
        "1-1164I-001",
        "Job: 1164I-001",
    ],
)
def test_however_vista_spells_the_key_the_jobs_row_is_found(url: str, key: str) -> None:
    _row(url, key)

    assert [entry.key_text for entry in _audit(url)] == [key]


@pytest.mark.parametrize("key", ["Job: 1164I-0011", "Job: 1164I-001-2", "Job: 21164I-001", "Job: 1164i-001"])
def test_another_job_whose_code_only_looks_like_it_is_left_out(url: str, key: str) -> None:
    _row(url, key)

    assert _audit(url) == ()


def test_other_companies_and_other_tables_are_left_out(url: str) -> None:
    _row(url, "Job: 1164I-001", company=2)
    _row(url, "Job: 1164I-001", table="bJCJM")

    assert _audit(url) == ()


@pytest.mark.parametrize("code", ["A_B", "A%B", "A[B", "A!B"])
def test_a_code_with_pattern_letters_means_itself(url: str, code: str) -> None:
    _row(url, f"Job: {code} Phase: 1")
    _row(url, "Job: AXB Phase: 1")

    assert [entry.key_text for entry in _audit(url, code)] == [f"Job: {code} Phase: 1"]


def test_no_job_has_no_audit(url: str) -> None:
    _row(url, "Job:  Phase: 1")

    assert _audit(url, "  ") == ()


def test_a_moment_with_a_time_zone_is_refused_instead_of_misread(url: str) -> None:
    with pytest.raises(ValueError, match="expected a moment of Vista's own clock without a time zone"):
        _audit(url, since=datetime(2026, 1, 1, tzinfo=UTC))
