"""Reading a job from Vista: what is read, what is said when it cannot be, and that a large job costs no more."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import event

from connectors.vista.errors import CompanyNotVisible, JobCodeDoesNotFit, VistaNotUnderstood, VistaUnavailable
from connectors.vista.sql import SqlVista
from jobcost.estimate import ContractItem, CostHeader, CostType, Estimate, MasterPhaseCostType
from tests.vista_plans import JOB, SW1, SW2, add_header, asked_of_sandbox, run_in_sandbox, sandbox_vista

DETAIL = (
    "INSERT INTO bJCCD (JCCo, Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate, JCTransType, "
    "Source, UM, PostedUM, EstCost, EstUnits, ActualCost) VALUES "
    "(1, '2026-01-01 00:00:00.000000', {number}, '1164I-001', 1, 'SW   -  1-   ', 3, '2026-01-05 00:00:00.000000', "
    "'2026-01-01 00:00:00.000000', '{kind}', '{source}', '{um}', '{um}', '{estimate}', '{units}', '{actual}')"
)


def _detail(
    kind: str, source: str, *, estimate: str = "0.00", um: str = "LS", units: str = "0.000", actual: str = "0.00"
) -> str:
    return DETAIL.format(number=900, kind=kind, source=source, um=um, estimate=estimate, units=units, actual=actual)


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = sandbox_vista(tmp_path)
    add_header(url, SW1, 3, "2400.00")
    add_header(url, SW2, 3, "15000.00")
    return url


@pytest.fixture
def vista(url: str) -> Iterator[SqlVista]:
    with SqlVista(url, 1) as vista:
        yield vista


def _read(url: str, jcco: int = 1, job: str = JOB) -> Estimate:
    with SqlVista(url, jcco) as vista:
        return vista.read_estimate(job)


def test_company_formats_contract_and_masters_are_read_in_vistas_words(url: str) -> None:
    run_in_sandbox(
        url,
        "DELETE FROM bJCPC",
        "INSERT INTO bJCPC (PhaseGroup, Phase, CostType, BillFlag, UM, ItemUnitFlag, PhaseUnitFlag) "
        "VALUES (1, 'SW   -  5-   ', 2, 'Y', 'LF', 'N', 'Y')",
    )
    estimate = _read(url)

    assert (estimate.company.name, estimate.company.phase_group) == ("Harbor Paving & Sewer", 1)
    assert (estimate.masks.job, estimate.masks.phase, estimate.masks.contract_item) == ("5L-3RN", "5L-3R-3RN", "16RN")
    assert estimate.contract is not None
    assert estimate.contract.contract_status == 1
    assert estimate.contract_items[1] == ContractItem(
        item="               2",
        description="Sewer work",
        start_month=date(2026, 1, 1),
        orig_contract_amt=Decimal("0.00"),
    )
    assert estimate.cost_types[0] == CostType(cost_type=1, description="Labor", abbreviation="L", track_hours=True)
    assert estimate.master_cost_types == (
        MasterPhaseCostType(
            phase="SW   -  5-   ", cost_type=2, um="LF", bill_flag="Y", item_unit_flag="N", phase_unit_flag="Y"
        ),
    )
    assert "SW   -  1-   " in {phase.phase for phase in estimate.master_phases}


def test_an_estimate_is_read_with_its_detail_and_period_totals(vista: SqlVista) -> None:
    assert vista.read_estimate(JOB).cost_headers[0] == CostHeader(
        phase=SW1,
        cost_type=3,
        um="LS",
        active=True,
        source_status="J",
        orig_hours=Decimal("0.00"),
        orig_units=Decimal("0.000"),
        orig_cost=Decimal("2400.00"),
        detail_hours=Decimal("0.00"),
        detail_units=Decimal("0.000"),
        detail_cost=Decimal("2400.00"),
        period_hours=Decimal("0.00"),
        period_units=Decimal("0.000"),
        period_cost=Decimal("2400.00"),
        detail_count=1,
        has_actual_cost=False,
        has_change_orders=False,
        period_current_cost=Decimal("2400.00"),
    )


def test_cents_are_added_up_exactly(url: str) -> None:
    """0.10 and 0.20 and 0.70 as floating point are not 1.00."""
    for number, cents in enumerate(("0.10", "0.20", "0.70", "-2400.00"), start=901):
        run_in_sandbox(url, _detail("OE", "JC OrigEst", estimate=cents).replace("900", str(number)))

    header = _read(url).cost_headers[0]

    assert str(header.detail_cost) == "1.00"
    assert str(header.period_cost) == "1.00"
    assert header.detail_count == 5


def test_only_detail_in_the_headers_own_unit_counts_towards_its_units(url: str) -> None:
    run_in_sandbox(url, _detail("OE", "JC OrigEst", um="LF", units="40.000", estimate="5.00"))

    header = _read(url).cost_headers[0]

    assert (header.detail_units, header.detail_cost) == (Decimal("0.000"), Decimal("2405.00"))


def test_drift_between_estimate_and_journal_is_seen(url: str) -> None:
    run_in_sandbox(
        url,
        "UPDATE bJCCD SET EstCost = '2350.00' WHERE Phase = 'SW   -  1-   '",
        "UPDATE bJCCP SET OrigEstCost = '14900.00' WHERE Phase = 'SW   -  2-   '",
    )

    detail, period = _read(url).cost_headers

    assert (detail.orig_cost, detail.detail_cost) == (Decimal("2400.00"), Decimal("2350.00"))
    assert (period.orig_cost, period.period_cost) == (Decimal("15000.00"), Decimal("14900.00"))
    assert (detail.agrees_with_detail, period.agrees_with_detail) == (False, False)


def test_actual_cost_is_seen_and_a_change_order_is_not_taken_for_it(url: str) -> None:
    run_in_sandbox(url, _detail("CO", "JC ChngOrd", estimate="10.00"))
    without = _read(url).cost_headers[0].has_actual_cost
    run_in_sandbox(url, _detail("AP", "AP Entry", actual="99.95").replace("900", "901"))

    assert (without, _read(url).cost_headers[0].has_actual_cost) == (False, True)


def test_a_change_order_is_seen(url: str) -> None:
    run_in_sandbox(
        url,
        "DROP TRIGGER IF EXISTS btJCODi",
        "INSERT INTO JCOD (JCCo, Job, ACO, ACOItem, PhaseGroup, Phase, CostType, MonthAdded, UM) VALUES "
        "(1, '1164I-001', '1', '1', 1, 'SW   -  1-   ', 3, '2026-01-01 00:00:00.000000', 'LS')",
    )

    assert [header.has_change_orders for header in _read(url).cost_headers] == [True, False]


def test_rows_of_project_management_are_read_as_such(url: str) -> None:
    add_header(url, SW1, 4, "500.00", status="Y")
    add_header(url, SW1, 5, "600.00", status="N")

    headers = _read(url).cost_headers

    assert [(header.cost_type, header.is_owned_by_pm, header.detail_count) for header in headers] == [
        (3, False, 1),
        (4, True, 0),
        (5, True, 0),
        (3, False, 1),
    ]


def test_another_phase_groups_rows_are_no_part_of_the_job(url: str) -> None:
    run_in_sandbox(
        url,
        "INSERT INTO bJCPM (PhaseGroup, Phase, Description) VALUES (2, 'X    -  1-   ', 'Other group')",
        "INSERT INTO bJCCT (PhaseGroup, CostType, Description) VALUES (2, 77, 'Other group')",
    )

    estimate = _read(url)

    assert "X    -  1-   " not in {phase.phase for phase in estimate.master_phases}
    assert [kind.cost_type for kind in estimate.cost_types] == [1, 2, 3, 4, 5]


def test_an_absent_job_is_none_and_not_an_error(tmp_path: Path) -> None:
    estimate = _read(sandbox_vista(tmp_path, "job_missing"))

    assert (estimate.job, estimate.contract, estimate.contract_items) == (None, None, ())


def test_a_job_code_is_formatted_with_vistas_mask_before_it_is_looked_up(url: str) -> None:
    job = _read(url, job="1164I-1").job

    assert job is None
    assert _read(url, job=" 1164I-001 ").job is not None


def test_a_job_code_that_does_not_fit_is_refused_with_the_format(url: str) -> None:
    with pytest.raises(JobCodeDoesNotFit, match=r"'1164I-0011': expected a code in Vista's job format 5L-3RN"):
        _read(url, job="1164I-0011")


def test_a_login_without_data_security_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(CompanyNotVisible, match=r"row security.*Phase Group for HQ Company 1 not found!.*bHQCo"):
        _read(sandbox_vista(tmp_path, "login_unsecured"))


def test_a_company_the_login_may_not_see_is_named_with_those_it_may(url: str) -> None:
    with pytest.raises(CompanyNotVisible, match="Company 2: expected the login to see it in HQCO, found only 1"):
        _read(url, jcco=2)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("DELETE FROM bJCCO", "Invalid Job Cost Company!"),
        ("UPDATE bHQCO SET PhaseGroup = NULL", "Phase Group for HQ Company 1 not found!"),
    ],
)
def test_a_company_without_settings_is_refused_in_vistas_words(url: str, damage: str, message: str) -> None:
    run_in_sandbox(url, damage)

    with pytest.raises(CompanyNotVisible, match=message):
        _read(url)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("DELETE FROM vDDDT WHERE Datatype = 'bPhase'", "Input mask of bPhase: expected a row in DDDTShared"),
        ("UPDATE vDDDT SET InputMask = '5X' WHERE Datatype = 'bJob'", "Data type bJob: Input mask '5X'"),
    ],
)
def test_a_mask_outside_vistas_grammar_stops_the_reading(url: str, damage: str, message: str) -> None:
    run_in_sandbox(url, damage)

    with pytest.raises(VistaNotUnderstood, match=message):
        _read(url)


def test_a_database_that_is_no_vista_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()

    with pytest.raises(VistaNotUnderstood, match="expected Vista's views, found: no such table: HQCO"):
        _read(f"sqlite:///{tmp_path / 'empty.db'}")


def test_a_missing_sandbox_file_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(VistaUnavailable, match="expected the sandbox's database file, found none"):
        _read(f"sqlite:///{tmp_path / 'nothing.db'}")

    assert list(tmp_path.iterdir()) == []


def test_a_job_of_any_size_takes_the_same_few_statements(vista: SqlVista) -> None:
    sent: list[str] = []
    event.listen(vista._engine, "before_cursor_execute", lambda *call: sent.append(call[2]))

    vista.read_estimate(JOB)

    assert len([text for text in sent if text.startswith("SELECT")]) == 19


def test_reading_changes_nothing(url: str) -> None:
    before = asked_of_sandbox(url, "SELECT count(*), sum(KeyID) FROM bJCCD")

    _read(url)

    assert asked_of_sandbox(url, "SELECT count(*), sum(KeyID) FROM bJCCD") == before
