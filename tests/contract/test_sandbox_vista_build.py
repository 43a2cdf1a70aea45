"""The local Vista is built from its command line or from Python, any number of times, and only over itself."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.vista.build import NotASandbox, build_vista
from sandbox.vista.cli import main
from sandbox.vista.variants import VARIANTS

_ARGUMENTS = {"valid_phase_chars": ":9", "phase_inactive": ":R-1", "phase_missing": ":R-1"}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'vista.db'}"


def _asked(url: str, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return connection.execute(query).fetchall()


def test_public_works_holds_the_69_base_bid_items_as_vista_formats_them(url: str) -> None:
    build_vista(url)
    assert _asked(url, "SELECT count(*) FROM JCPM") == [(73,)]
    query = "SELECT Phase, Description FROM JCPM WHERE Phase IN ('SW   -  1-', 'R    -12A-') ORDER BY Phase"
    assert _asked(url, query) == [
        ("R    -12A-   ", "6-INCH WIDE PRECAST GRANITE CURB"),
        ("SW   -  1-   ", "TRAFFIC ROUTING FOR SEWER WORK"),
    ]


def test_public_works_starts_as_an_open_job_without_estimates(url: str) -> None:
    build_vista(url)
    assert _asked(url, "SELECT Job, Contract, JobStatus, LockPhases, AutoAddItemYN FROM JCJM") == [
        ("1164I-001", "1164I     ", 1, "N", "N")
    ]
    assert _asked(url, "SELECT (SELECT count(*) FROM JCJP), (SELECT count(*) FROM JCCH)") == [(0, 0)]
    assert _asked(url, "SELECT Item, StartMonth FROM JCCI") == [
        ("               1", "2026-01-01 00:00:00.000000"),
        ("               2", "2026-01-01 00:00:00.000000"),
    ]


def test_generated_holds_as_many_phases_as_asked_for(url: str) -> None:
    build_vista(url, "generated:901")
    assert _asked(url, "SELECT count(*), MIN(Phase), MAX(Phase) FROM JCPM") == [(901, "1000-100", "1001-100")]
    assert _asked(url, "SELECT Job FROM JCJM") == [("GEN  -0001",)]


def test_building_again_leaves_nothing_of_before(url: str) -> None:
    build_vista(url, variants=("estimates_already_there", "job_soft_closed"))
    build_vista(url)
    assert _asked(url, "SELECT JobStatus, (SELECT count(*) FROM JCCH) FROM JCJM") == [(1, 0)]


def test_a_file_that_is_no_sandbox_is_left_alone(url: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("CREATE TABLE exports (id)")
    with pytest.raises(NotASandbox, match="exports"):
        build_vista(url)
    assert _asked(url, "SELECT name FROM sqlite_master") == [("exports",)]


@pytest.mark.parametrize("other", ["sqlite://", "sqlite:///:memory:", "postgresql://localhost/vista"])
def test_only_a_sqlite_file_is_built(other: str) -> None:
    with pytest.raises(NotASandbox, match="sqlite:///FILE"):
        build_vista(other)


@pytest.mark.parametrize("variant", ["job_shut", "phase_inactive", "job_pending:1"])
def test_an_unknown_or_incomplete_variant_builds_nothing(url: str, variant: str) -> None:
    with pytest.raises(ValueError, match=variant.partition(":")[0]):
        build_vista(url, variants=(variant,))
    assert not Path(url.removeprefix("sqlite:///")).exists()


@pytest.mark.parametrize("seed", ["somewhere", "generated:0", "generated:", "public_works:2"])
def test_an_unknown_seed_is_refused(url: str, seed: str) -> None:
    with pytest.raises(ValueError, match="unknown seed"):
        build_vista(url, seed)


@pytest.mark.parametrize("seed", ["public_works", "generated:5"])
@pytest.mark.parametrize("name", [name for name in VARIANTS if name not in {"phase_inactive", "phase_missing"}])
def test_every_variant_fits_both_seeds(url: str, seed: str, name: str) -> None:
    assert build_vista(url, seed, (name + _ARGUMENTS.get(name, ""),)).seed == seed


@pytest.mark.parametrize(
    ("variant", "query", "expected"),
    [
        ("job_missing", "SELECT count(*) FROM JCJM", 0),
        ("contract_closed", "SELECT ContractStatus * 10 + (SELECT JobStatus FROM JCJM) FROM JCCM", 31),
        ("phase_missing:R-1", "SELECT count(*) FROM JCPM WHERE Phase = 'R    -  1-'", 0),
        ("phase_inactive:SW-1", "SELECT count(*) FROM JCJP WHERE Phase = 'SW   -  1-' AND ActiveYN = 'N'", 1),
        ("cost_type_inactive", "SELECT CostType FROM JCCH WHERE ActiveYN = 'N'", 5),
        ("cost_type_inactive:R-2:1", "SELECT CostType FROM JCCH WHERE Phase = 'R    -  2-' AND ActiveYN = 'N'", 1),
        ("estimates_already_there", "SELECT group_concat(OrigCost) FROM JCCH", "2400.00,15000.00,1040.00"),
        ("drifted_detail", "SELECT group_concat(EstCost) FROM JCCD", "2350.00,15000.00,1040.00"),
        ("drifted_detail", "SELECT group_concat(OrigEstCost) FROM JCCP", "2350.00,14900.00,1040.00"),
        ("pm_rows", "SELECT group_concat(SourceStatus) FROM JCCH", "Y,N"),
        ("trigger_disabled", "SELECT count(*) FROM sqlite_master WHERE name = 'btJCCHi'", 0),
        ("login_unsecured", "SELECT count(*) FROM HQCO", 0),
    ],
)
def test_a_variant_puts_in_place_what_it_is_named_for(url: str, variant: str, query: str, expected: object) -> None:
    build_vista(url, variants=(variant,))
    assert _asked(url, query) == [(expected,)]


def test_a_job_is_filled_before_it_is_closed(url: str) -> None:
    build_vista(url, variants=("job_hard_closed", "phases_locked", "estimates_already_there"))
    assert _asked(url, "SELECT JobStatus, (SELECT count(*) FROM JCCH) FROM JCJM") == [(3, 3)]


def test_the_triggers_a_doctor_looks_for_are_there_under_vistas_names(url: str) -> None:
    build_vista(url)
    found = {name for (name,) in _asked(url, "SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    assert {"btJCCHi", "btJCCHu", "btJCCHd", "btJCJPi", "btJCJPu", "btJCCDi", "btJCCPi", "btJCCIu", "btJCODi"} <= found


def test_the_command_line_prints_one_json_line(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--url", url, "--variant", "job_pending", "--variant", "phase_missing:R-1"])
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "service": "vista",
        "url": url,
        "seed": "public_works",
        "variants": ["job_pending", "phase_missing:R-1"],
        "jcco": 1,
        "job": "1164I-001",
        "contract": "1164I",
        "phases": 69,
    }


def test_the_sandbox_command_builds_a_vista(url: str) -> None:
    command = [sys.executable, "-m", "sandbox", "vista", "--url", url, "--seed", "generated:3"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout)["phases"] == 3
