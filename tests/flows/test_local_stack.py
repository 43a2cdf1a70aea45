"""The local stack leaves nothing behind, however it ends."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from demo import processes
from demo.local_prefect import CHECKOUT
from demo.processes import Program, StackProblem
from demo.stack import LocalStack, Part
from tests.connectors.mails import MAIL, mailer_for
from tests.patient import patient_client

STARTS_A_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""
STARTS_A_PROGRAM = """
import os, sys, time
from pathlib import Path
from demo import processes
folder = Path(sys.argv[1])
sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
print(processes.start("sleeper", sleeper, os.environ, folder, folder / "log").process.pid, flush=True)
time.sleep(600)
"""
IGNORES_SIGTERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""


def start(folder: Path, command: list[str]) -> Program:
    return processes.start("program", command, os.environ, folder, folder / "program.log")


def is_running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    # What was killed stays in the table, as Z, until its parent looks.
    return status.rpartition(")")[2].split()[0] != "Z"


def is_reachable(url: str) -> bool:
    try:
        httpx.get(url, trust_env=False)
    except httpx.ConnectError:
        return False
    return True


def gone_soon(pid: int) -> bool:
    give_up_at = time.monotonic() + 30
    while is_running(pid) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    return not is_running(pid)


def said(program: Program) -> str:
    program.wait_until(lambda: program.log.read_text().endswith("\n"), 30)
    return program.log.read_text().strip()


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc (Linux)")


@needs_proc
def test_a_stopped_program_takes_its_children_with_it(tmp_path: Path) -> None:
    program = start(tmp_path, [sys.executable, "-c", STARTS_A_CHILD])
    child = int(said(program))
    program.stop()

    assert program.has_ended
    assert gone_soon(child)


def test_a_program_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    program = start(tmp_path, [sys.executable, "-c", IGNORES_SIGTERM])
    said(program)
    program.stop(seconds_max=0.2)

    assert program.process.returncode == -signal.SIGKILL


def test_a_program_starts_with_default_sigint_even_when_it_is_ignored_here(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import signal; print(signal.getsignal(signal.SIGINT).__name__, flush=True)"]
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        told = processes.run("program", command, os.environ, tmp_path, tmp_path / "program.log")
    finally:
        signal.signal(signal.SIGINT, before)

    assert told == "default_int_handler\n"


def test_a_program_that_ends_before_it_is_ready_is_named_with_its_last_words(tmp_path: Path) -> None:
    program = start(tmp_path, [sys.executable, "-c", "import sys; sys.exit('the port is taken')"])
    with pytest.raises(StackProblem, match="program ended with exit status 1") as problem:
        program.wait_until(lambda: False, 30)
    program.stop()

    assert "the port is taken" in str(problem.value)


@needs_proc
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children of a killed process")
def test_programs_end_when_the_one_who_started_them_is_killed(tmp_path: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTS_A_PROGRAM, str(tmp_path)], stdout=subprocess.PIPE)
    assert starter.stdout is not None
    with starter.stdout:
        pid = int(starter.stdout.readline())
        starter.kill()
        starter.wait()

    assert gone_soon(pid)


def test_the_sandbox_is_down_after_an_exception_inside_the_block(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path, parts=[Part.SANDBOX])
    with suppress(ZeroDivisionError), stack:
        assert is_reachable(stack.procore.api_url)
        raise ZeroDivisionError

    assert not is_reachable(stack.procore.api_url)


def test_the_mails_of_the_stack_are_kept_in_their_order_also_when_it_comes_up_again(tmp_path: Path) -> None:
    for subject in ("Please accept or reject", "Verified in Vista"):
        with LocalStack(tmp_path, parts=[Part.MAIL]) as stack:
            mailer_for(stack.environment["MAIL_SERVER"]).send(replace(MAIL, subject=subject))

    assert [(mail["Delivered-To"], mail["Subject"]) for mail in stack.mails()] == [
        ("ana@example.com", "Please accept or reject"),
        ("ana@example.com", "Verified in Vista"),
    ]


def test_a_mail_server_that_was_named_is_used_instead_of_the_sandbox(tmp_path: Path) -> None:
    named = {"MAIL_SERVER": "smtp://127.0.0.1:1", "MAIL_FROM": "x@example.com"}
    with LocalStack(tmp_path, parts=[Part.MAIL], extra_environment=named) as stack:
        assert stack.environment["MAIL_SERVER"] == "smtp://127.0.0.1:1"
        assert stack.environment["MAIL_FROM"] == "x@example.com"
        assert stack.mails() == ()
        assert not (tmp_path / "mails").exists()


def test_flows_with_a_schedule_run_in_tests_only_when_asked_to(stack: LocalStack) -> None:
    # Another test may have deployed as an operator does, whose schedules run.
    stack.deploy(CHECKOUT)
    with patient_client(stack.prefect_api_url) as client:
        deployed = client.post("/deployments/filter", json={}).json()
        planned = client.post("/flow_runs/filter", json={"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}})

    scheduled = ["every-five-minutes", "mondays-at-seven", "weekdays-at-seven", "weekdays-at-six"]
    assert sorted(row["name"] for row in deployed if row["schedules"]) == scheduled
    assert [row["name"] for row in deployed if row["schedules"] and not row["paused"]] == []
    assert [run["name"] for run in planned.json() if run["auto_scheduled"]] == []


def test_the_stack_runs_what_prefect_yaml_deploys_and_keeps_to_its_own_folder(stack: LocalStack) -> None:
    with patient_client(stack.prefect_api_url) as client:
        found = {
            (row["entrypoint"], row["work_pool_name"]) for row in client.post("/deployments/filter", json={}).json()
        }

    assert ("flows.budget_setup.budget_setup", "budget-export") in found
    assert Path(stack.environment["PREFECT_HOME"]).is_relative_to(stack.folder)
    assert (stack.folder / "prefect" / "prefect.db").is_file()
