"""What a connector relies on when it writes to the local Vista: row counts, rollback, identity, exact sums."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool

from sandbox.vista.build import build_vista

_INSERT = text(
    "INSERT INTO JCCH (JCCo, Job, PhaseGroup, Phase, CostType, UM, BillFlag, OrigCost)"
    " VALUES (1, '1164I-001', 1, :phase, 3, 'LS', 'C', :cost)"
)
_CHANGE = text(
    "UPDATE JCCH SET OrigHours = '0.00', OrigUnits = '0.000', OrigCost = :new"
    " WHERE JCCo = 1 AND Job = '1164I-001' AND PhaseGroup = 1 AND Phase = 'R    -  1-   ' AND CostType = 3"
    " AND OrigCost = :old"
)
_COST = st.decimals(min_value=Decimal("-4999999999.99"), max_value=Decimal("4999999999.99"), places=2)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path / 'vista.db'}"
    build_vista(url, variants=("site_trigger",))
    engine = create_engine(url, poolclass=NullPool)
    yield engine
    engine.dispose()


def test_a_new_line_counts_as_one_row_whatever_the_triggers_write(engine: Engine) -> None:
    with engine.begin() as connection:
        added = connection.execute(_INSERT, {"phase": "R    -  1-   ", "cost": "247000.00"})
        assert (added.rowcount, added.lastrowid) == (1, 1)


def test_a_change_counts_one_row_if_the_old_values_hold_and_none_if_they_moved(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(_INSERT, {"phase": "R    -  1-   ", "cost": "247000.00"})
        assert connection.execute(_CHANGE, {"old": "247000.00", "new": "250000.00"}).rowcount == 1
        assert connection.execute(_CHANGE, {"old": "247000.00", "new": "260000.00"}).rowcount == 0


def test_a_refusal_leaves_no_transaction_behind(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(_INSERT, {"phase": "R    -  1-   ", "cost": "1.00"})
        with pytest.raises(IntegrityError, match="not on file"):
            connection.execute(_INSERT, {"phase": "NOWHERE", "cost": "1.00"})
        driver = connection.connection.driver_connection
        assert driver is not None
        assert driver.in_transaction is False
        connection.rollback()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM JCCH")).scalar_one() == 0


def test_an_overflow_ends_the_statement_and_not_the_transaction(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(_INSERT, {"phase": "R    -  1-   ", "cost": "1.00"})
        with pytest.raises(IntegrityError, match="Arithmetic overflow"):
            connection.execute(_INSERT, {"phase": "R    -  2-   ", "cost": "10000000000.00"})
        connection.commit()
        assert connection.execute(text("SELECT count(*) FROM JCCH")).scalar_one() == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(costs=st.lists(_COST, min_size=2, max_size=6))
def test_header_detail_and_totals_hold_the_same_cents_after_any_changes(engine: Engine, costs: list[Decimal]) -> None:
    with engine.connect() as connection:
        connection.execute(_INSERT, {"phase": "R    -  1-   ", "cost": f"{costs[0]:f}"})
        for old, new in pairwise(costs):
            assert connection.execute(_CHANGE, {"old": f"{old + 0:f}", "new": f"{new:f}"}).rowcount == 1
        details = connection.execute(text("SELECT EstCost FROM JCCD")).scalars().all()
        totals = connection.execute(text("SELECT OrigEstCost, CurrEstCost FROM JCCP")).one()
        connection.rollback()
    assert sum(Decimal(cost) for cost in details) == costs[-1]
    assert (Decimal(totals.OrigEstCost), Decimal(totals.CurrEstCost)) == (costs[-1], costs[-1])
