"""Where the contract of `VistaGateway` is checked: a sandbox, or a copy of a Vista that somebody marked as one."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from connectors.vista.engine import connected, make_engine
from sandbox.vista.build import NotASandbox, build_vista
from tests.vista_plans import JCCO, JOB

# A production database looks exactly like its copy, and the suite writes estimates into it: somebody has to say so.
MARKER = "dbo.budget_export_test_copy"
_ASKED = text(f"SELECT OBJECT_ID('{MARKER}', 'U') AS marker")
_HOW_TO_MARK = (
    f"If it is a copy of a Vista that tests may write to, and never in production: CREATE TABLE {MARKER} (copy int); "
    f"GRANT SELECT ON {MARKER} TO public. Then name an open job in VISTA_TEST_JOB. See docs/sql-server.md."
)


@dataclass(frozen=True)
class Place:
    url: str
    jcco: int
    job: str


def place_on_sql_server(url: str, environment: Mapping[str, str]) -> Place:
    """Build a sandbox's Vista anew; where that is refused, take the named job of a marked copy. Else skip, saying why.

    Args:
        url: address of the database.
        environment: VISTA_TEST_JCCO and VISTA_TEST_JOB for a copy.
    """
    try:
        build_vista(url)
    except NotASandbox as other:
        job = environment.get("VISTA_TEST_JOB")
        if not job or not _is_marked(url):
            pytest.skip(f"VISTA_TEST_URL: {other} {_HOW_TO_MARK}")
        return Place(url, int(environment.get("VISTA_TEST_JCCO", JCCO)), job)
    return Place(url, JCCO, JOB)


def _is_marked(url: str) -> bool:
    engine = make_engine(url, login_timeout_seconds=15, lock_timeout_seconds=20, timeout_seconds=60)
    try:
        with connected(engine) as connection:
            return connection.execute(_ASKED).scalar_one() is not None
    finally:
        engine.dispose()
