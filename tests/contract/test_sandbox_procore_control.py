"""Controls and command line of the sandbox Procore."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from sandbox.procore.limits import UNLIMITED
from sandbox.procore.running import RunningProcore, running_procore
from sandbox.procore.storage import load
from tests.contract.procore_caller import BUDGET, UNUSED_TLS, Caller


@pytest.fixture(scope="module")
def served() -> Iterator[RunningProcore]:
    with running_procore("public_works", UNLIMITED) as running:
        yield running


@pytest.fixture
def caller(served: RunningProcore) -> Iterator[Caller]:
    served.sandbox.reset()
    with Caller.logged_in(served) as caller:
        yield caller


def test_a_saved_state_comes_back_exactly(caller: Caller, tmp_path: Path) -> None:
    file = str(tmp_path / "world.json")
    caller.project.line("R-1").original_budget_amount = Decimal("1.10")
    kept = caller.procore.state
    assert caller.control("save", {"file": file}).status_code == 200
    caller.control("reset", {})
    assert caller.project.line("R-1").original_budget_amount == Decimal("247000.00")
    assert caller.control("load", {"file": file}).status_code == 200
    assert caller.procore.state == kept
    assert caller.procore.state is not kept


def test_the_state_can_be_looked_at(caller: Caller) -> None:
    state = httpx.get(f"{caller.procore.control_url}/sandbox/state", verify=UNUSED_TLS).json()
    assert state["projects"]["1164"]["origin_id"] == "1164I-001"


def test_a_line_is_edited_by_its_code_and_the_api_shows_it(caller: Caller) -> None:
    edits = [
        {"path": ["projects", 1164, "lines", "R-1", "original_budget_amount"], "value": "9.50"},
        {"path": ["projects", 1164, "locked"], "value": False},
        {"path": ["projects", 1164, "origin_id"], "value": None},
    ]
    assert caller.control("edit", {"edits": edits}).json() == {"edited": 3}
    assert caller.row("R-1")["original_budget_amount"] == "9.50"
    assert caller.get(BUDGET).json() == {"locked": False}
    assert caller.project.origin_id is None


def test_a_user_is_edited_by_position(caller: Caller) -> None:
    path = ["users", 1, "erp_integrated_accountant"]
    caller.control("edit", {"edits": [{"path": path, "value": False}]})
    assert not caller.procore.state.users[1].erp_integrated_accountant


@pytest.mark.parametrize(
    "path",
    [[], ["projects", 9, "locked"], ["projects", 1164, "nothing"], ["projects", 1164, "lines", "X", "uom"], ["users"]],
)
def test_an_edit_that_leads_nowhere_is_refused(caller: Caller, path: list[str | int]) -> None:
    assert caller.control("edit", {"edits": [{"path": path, "value": 1}]}).status_code == 400


def test_an_edit_that_does_not_fit_is_refused(caller: Caller) -> None:
    path = ["projects", 1164, "lines", "R-1", "original_budget_amount"]
    assert caller.control("edit", {"edits": [{"path": path, "value": "much"}]}).status_code == 400
    assert caller.project.line("R-1").original_budget_amount == Decimal("247000.00")


def test_a_reset_may_take_another_seed_but_only_a_known_one(caller: Caller) -> None:
    assert caller.control("reset", {"seed": "generated:3"}).json() == {"seed": "generated:3"}
    assert list(caller.procore.state.projects) == [7000]
    assert caller.control("reset", {"seed": "nothing"}).status_code == 400
    assert list(caller.procore.state.projects) == [7000]
    caller.procore.sandbox.reset("public_works")


def test_saving_needs_a_file(caller: Caller) -> None:
    assert caller.control("save", {}).status_code == 400


def test_loading_what_is_no_world_changes_nothing(caller: Caller, tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    file.write_text("{}x")
    assert caller.control("load", {"file": str(file)}).status_code == 400
    assert len(caller.project.lines) == 69


def test_time_passes_at_once(caller: Caller) -> None:
    caller.control("clock", {"seconds": 5400})
    assert caller.get(BUDGET).status_code == 401


def test_a_state_file_outlives_the_sandbox(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    with running_procore("public_works", UNLIMITED, state_file=file) as running:
        running.state.projects[1164].locked = False
    with running_procore("public_works", UNLIMITED, state_file=file) as running:
        assert not running.state.projects[1164].locked


def test_the_command_line_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    command = [sys.executable, "-m", "sandbox", "procore", "--seed", "generated:2", "--state", str(file), "--unlimited"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            urls = json.loads(process.stdout.readline())
            reached = httpx.get(f"{urls['control_url']}/sandbox/state", verify=UNUSED_TLS)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert sorted(urls) == ["api_url", "control_url", "login_url"]
    assert len(reached.json()["projects"]["7000"]["lines"]) == 2
    assert len(load(file).projects[7000].lines) == 2


def test_the_command_line_names_an_unknown_seed() -> None:
    command = [sys.executable, "-m", "sandbox", "procore", "--seed", "other"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "expected public_works, empty or generated:<lines>, found 'other'" in ended.stderr


def test_the_command_line_names_an_unknown_system() -> None:
    command = [sys.executable, "-m", "sandbox", "sage"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "expected one of procore, vista, mail, found sage" in ended.stderr
