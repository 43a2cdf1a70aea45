"""The local Vista on a SQL Server does what Vista does, row by row of the same fidelity table as on SQLite.

Runs when VISTA_TEST_URL names an empty database or one that a sandbox built; it is built anew. One run at a time.
"""

import os
import re
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from sandbox.vista.build import NotASandbox, build_vista
from tests.contract.fidelity_vista import FIDELITY
from tests.contract.fidelity_vista_sql_server import SQL_SERVER_ALONE
from tests.contract.vista_desk import VistaFidelity
from tests.contract.vista_desk_sql_server import expected, performed, refusal_pattern
from tests.contract.vista_place import NOT_SET

pytestmark = pytest.mark.sqlserver


def _variants(row: VistaFidelity) -> tuple[str, ...]:
    return row.variants


# Rows of the same variants after one another, so that the database is built once for them.
_ROWS = sorted((*FIDELITY, *SQL_SERVER_ALONE), key=_variants)


@pytest.fixture(scope="module")
def built() -> Iterator[Callable[[tuple[str, ...]], Engine]]:
    """The database with the variants asked for, built anew whenever they are others than before."""
    url = os.environ.get("VISTA_TEST_URL")
    if not url:
        pytest.skip(NOT_SET)
    engine = create_engine(url, poolclass=NullPool, supports_comments=False)
    standing: list[tuple[str, ...]] = []

    def database_with(variants: tuple[str, ...]) -> Engine:
        if [variants] != standing:
            try:
                build_vista(url, variants=variants)
            except NotASandbox as other:
                pytest.skip(f"VISTA_TEST_URL: {other}")
            standing[:] = [variants]
        return engine

    yield database_with
    engine.dispose()


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row.id)
def test_the_sandbox_does_what_vista_does(built: Callable[[tuple[str, ...]], Engine], row: VistaFidelity) -> None:
    engine = built(row.variants)
    refusal, seen = performed(engine, row)
    if row.refused:
        assert re.search(refusal_pattern(row.refused), refusal), f"{row.source}: {row.said}: {refusal}"
    else:
        assert refusal == "", f"{row.source}: {row.said}"
    with engine.connect() as connection:
        assert seen == expected(connection, row), f"{row.source}: {row.said}"
