"""How long an approver waits: from the Resume click to the recorded decision, and on to "applying".

`python -m benchmarks.resume_time [ROUNDS]` sends the public works budget over and over to a real server with a process
worker, answers through Prefect's API as the Resume dialog does, and prints the median. All but the last answer reject,
so that the same job can be sent again; the last one accepts, and shows how long the acceptance takes to become
"applying". Seconds of this machine: compare nothing with them but another run of the same.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import pyotp
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import SecretStr

from benchmarks.pipeline import sleep_into_a_new_code
from benchmarks.sandboxes import APPROVERS, SENDER
from connectors.journal.journal import Journal, open_journal
from connectors.journal.records import Actor, EnrolmentFacts, ExportRecord, Role
from demo.stack import LocalStack
from jobcost.acceptance import ACCEPT, REJECT, Answer
from jobcost.lifecycle import ExportState
from tasks.runs import SETUP_DEPLOYMENT, answer_run, start_run

ROUNDS = 10
PROJECT = "1164"
APPROVER = APPROVERS[0]
_PAUSE_SECONDS = 0.1
_PATIENCE_SECONDS = 180.0


class NothingCameOfIt(Exception):
    """A round did not get to its end; its time means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """Seconds of one round."""

    # From the click to the decision in the journal.
    to_decision: float
    # From the click to "applying"; None where the budget was rejected.
    to_applying: float | None


def main() -> None:
    """Measure the rounds and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with (
        tempfile.TemporaryDirectory(prefix="budget-export-resume-") as directory,
        LocalStack(Path(directory), tell=print) as stack,
    ):
        waited = _measured(stack, rounds)
    decided = [one.to_decision for one in waited]
    print(f"\nResume click to recorded decision, median of {rounds}: {median(decided):.1f} s")
    print(f"  each: {' '.join(f'{seconds:.1f}' for seconds in decided)}")
    print(f"Resume click to applying, the last round: {waited[-1].to_applying:.1f} s")


def _measured(stack: LocalStack, rounds: int) -> list[Waited]:
    url, key = stack.environment["JOURNAL_URL"], stack.environment["JOURNAL_KEY"]
    with temporary_settings({PREFECT_API_URL: stack.prefect_api_url}), open_journal(url, key) as journal:
        phone = _enrolled(journal)
        waited = []
        for number in range(1, rounds + 1):
            is_last = number == rounds
            waited.append(_round(journal, phone, ACCEPT if is_last else REJECT, is_first=number == 1))
            print(f"round {number}: {waited[-1].to_decision:.1f} s")
        return waited


def _round(journal: Journal, phone: pyotp.TOTP, decision: str, *, is_first: bool) -> Waited:
    run = start_run(SETUP_DEPLOYMENT, {"project_id": PROJECT, "submitted_by": SENDER, "lock_budget": not is_first})
    waiting = _until(lambda: _in_state(journal, run, ExportState.AWAITING_ACCEPTANCE))
    _until(lambda: _is_suspended(run))
    sleep_into_a_new_code()
    clicked = datetime.now(UTC)
    reason = "Once more." if decision == REJECT else ""
    code = SecretStr(phone.now())
    answer = Answer(decision=decision, approver=APPROVER, plan_code=str(waiting.plan_code), reason=reason, code=code)
    answer_run(run, answer)
    _until(lambda: _has_ended(run))
    moves = {move.to_state: move.at for move in journal.transitions(waiting.id)}
    decided = moves[ExportState.ACCEPTED if decision == ACCEPT else ExportState.REJECTED]
    applying = moves.get(ExportState.APPLYING)
    return Waited(
        to_decision=(decided - clicked).total_seconds(),
        to_applying=(applying - clicked).total_seconds() if applying else None,
    )


def _enrolled(journal: Journal) -> pyotp.TOTP:
    at, facts = datetime.now(UTC), EnrolmentFacts(email=APPROVER, role=Role.APPROVER, name="Alex Accountant")
    journal.request_enrolment(facts, by=Actor(email="olga@example.com"), reason="for the benchmark", at=at)
    secret = journal.confirm_enrolment(APPROVER, by=Actor(email="omar@example.com"), at=at).secret
    if secret is None:
        raise NothingCameOfIt("expected a new secret, found none")
    return pyotp.TOTP(secret.get_secret_value())


def _in_state(journal: Journal, run: UUID, state: ExportState) -> ExportRecord | None:
    export = journal.export_of_flow_run(str(run))
    return export if export is not None and export.state is state else None


def _is_suspended(run: UUID) -> bool:
    state = _state(run)
    return state is not None and state.is_paused()


def _has_ended(run: UUID) -> bool:
    state = _state(run)
    return state is not None and state.is_final()


def _state(run: UUID) -> Any:
    with get_client(sync_client=True) as client:
        return client.read_flow_run(run).state


def _until(found: Callable[[], Any]) -> Any:
    began = time.monotonic()
    while time.monotonic() - began < _PATIENCE_SECONDS:
        if value := found():
            return value
        time.sleep(_PAUSE_SECONDS)
    raise NothingCameOfIt(f"nothing came of it in {_PATIENCE_SECONDS:.0f} seconds")


if __name__ == "__main__":
    main()
