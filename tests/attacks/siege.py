"""A stack under attack: a real Prefect server with its worker, many small budgets, and an approver for each attack."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import State
from prefect.states import Scheduled
from pydantic import SecretStr

from connectors.journal.records import DecisionRecord, ExportRecord, Verdict
from jobcost.acceptance import ACCEPT, REJECT, Answer
from jobcost.lifecycle import ExportState
from tasks.runs import SETUP_DEPLOYMENT, WATCH_DEPLOYMENT, answer_run, start_run
from tasks.stored_answers import question_key
from tests.attacks.besieged import FIRST_PROJECT, LINES, PROJECTS, Besieged, until
from tests.attacks.crowd import Crowd
from tests.attacks.engine import ORDERS
from tests.flows.vista_looks import Rows, rows_of

SENDER = "priya.pm@example.com"
REASON = "The crane is missing."
_TRIES = 20


@dataclass(kw_only=True)
class Siege(Crowd):
    """What the attackers and the honest people have in common."""

    stack: Besieged
    client: SyncPrefectClient
    # The paths that exports went.
    walked: set[str] = field(default_factory=set)
    _projects: Iterator[int] = field(default_factory=lambda: iter(range(FIRST_PROJECT, FIRST_PROJECT + PROJECTS)))

    @property
    def orders(self) -> Path:
        return Path(self.stack.environment[ORDERS])

    @property
    def vista_file(self) -> Path:
        return self.stack.folder / "vista.sqlite3"

    def vista_rows(self) -> Rows:
        """Everything that Vista holds."""
        return rows_of(self.vista_file)

    @contextmanager
    def ordered(self, **orders: Any) -> Iterator[None]:
        """Let every process that begins meanwhile follow orders (tests.attacks.engine)."""
        self.orders.write_text(json.dumps(orders))
        try:
            yield
        finally:
            self.orders.unlink(missing_ok=True)

    def start(self, project: int | None = None, **parameters: Any) -> "Case":
        """Start a run that sends a budget; do not wait for it."""
        self.stack.rest_procore()
        project = project if project is not None else next(self._projects)
        named = {"project_id": str(project), "submitted_by": SENDER, **parameters}
        return Case(self, project, start_run(SETUP_DEPLOYMENT, named), self.vista_rows())

    def sent(self, project: int | None = None) -> "Case":
        """Send a budget and wait until the approver is asked."""
        case = self.start(project)
        case.wait_for_question(1)
        return case

    def run_deployment(self, name: str, **parameters: Any) -> State[Any]:
        """Run a deployment to its end."""
        self.stack.rest_procore()
        run = start_run(name, parameters)
        until(lambda: self.state(run).is_final(), lambda: f"{name} is {self.state(run)}")
        return self.state(run)

    def watch(self) -> None:
        """Let the scheduled watch over the acceptances run, now."""
        assert self.run_deployment(WATCH_DEPLOYMENT).is_completed()

    def state(self, run: UUID) -> State[Any]:
        state = self.client.read_flow_run(run).state
        assert state is not None
        return state

    def edit_journal(self, statement: str, *given: object) -> None:
        """Change the journal by hand, as somebody with its database may."""
        with closing(sqlite3.connect(self.journal_file, isolation_level=None)) as connection:
            assert connection.execute(statement, given).rowcount >= 1

    def problems(self) -> list[str]:
        return [str(problem) for problem in self.journal.audit().problems]


@dataclass
class Case:
    """One export and its flow run, and how Vista was before."""

    siege: Siege
    project: int
    run: UUID
    vista_before: Rows
    export_id: str = ""
    # When the run had ended before it was begun again.
    ended_at: datetime | None = None

    @contextmanager
    def ordered(self, **orders: Any) -> Iterator[None]:
        """Let the processes that carry this run meanwhile follow orders."""
        with self.siege.ordered(run=str(self.run), **orders):
            yield

    @property
    def export(self) -> ExportRecord:
        if not self.export_id:
            found = self.siege.journal.export_of_flow_run(str(self.run))
            assert found is not None, self.state()
            self.export_id = found.id
        return self.siege.journal.export(self.export_id)

    @property
    def decisions(self) -> tuple[DecisionRecord, ...]:
        return self.siege.journal.decisions(self.export.id)

    @property
    def refusals(self) -> list[str]:
        return [one.refusal for one in self.decisions if one.verdict is Verdict.REFUSED]

    def state(self) -> State[Any]:
        return self.siege.state(self.run)

    def retry(self) -> None:
        """Let the run begin again from the top, whatever became of it: "Retry" in the UI, `prefect flow-run retry`."""
        self.siege.stack.rest_procore()
        self.ended_at = self.state().timestamp
        self.force(Scheduled(message="Retried via CLI"))

    def key(self, ask: int, part: str = "response") -> str:
        """What Prefect calls an input of this run: the "response" to a question, or its "schema"."""
        return f"suspended-{question_key(self.export.id, ask)}-{part}"

    def inputs(self) -> dict[str, str]:
        """Everything that Prefect stores for the run, by its key."""
        stored = self.siege.client.filter_flow_run_input(self.run, "", limit=1000, exclude_keys=set())
        return {one.key: one.value for one in stored}

    def wait_for_question(self, ask: int) -> None:
        """Wait until the run is suspended with this question, and its form is there."""
        until(lambda: self._asks(ask), lambda: f"question {ask}: {self.state()} {self._said()}")

    def wait_for_rest(self) -> None:
        """Wait until the run asks somebody, or has ended."""
        until(lambda: self.state().is_paused() or self.state().is_final(), lambda: f"a rest: {self.state()}")

    def wait_for_end(self, name: str) -> None:
        """Wait until the run has ended, under this name.

        A worker may report a death seconds later a second time, and the run goes on nevertheless.
        """
        until(lambda: self._has_ended(name), lambda: f"{name}: {self.state()} {self._said()}")

    def answer(
        self,
        approver: str,
        decision: str = ACCEPT,
        *,
        plan_code: str | None = None,
        code: str | None = None,
        reason: str = "",
    ) -> None:
        """Resume the run through Prefect, as the dialog and the command line do; right, but for what is given."""
        self.siege.stack.rest_procore()
        code = self.siege.code(approver) if code is None else code
        self.siege.typed |= {code} if code.strip() else set()
        typed = Answer(
            decision=decision,
            approver=approver,
            plan_code=str(self.export.plan_code) if plan_code is None else plan_code,
            code=SecretStr(code),
            reason=reason,
        )
        answer_run(self.run, typed)

    def typed(self, approver: str, decision: str = ACCEPT, **other: Any) -> dict[str, Any]:
        """What the dialog would post for a right answer, but for what is given."""
        right = {
            "decision": decision,
            "plan_code": str(self.export.plan_code),
            "approver": approver,
            "code": self.siege.code(approver) if "code" not in other else "",
            "reason": REASON if decision == REJECT else "",
        }
        return right | other

    def resume(self, body: dict[str, Any]) -> httpx.Response:
        """Post to the server's API what the dialog would never post; a locked SQLite is no answer."""
        answers = (httpx.post(self._url("resume"), json=body, trust_env=False, timeout=60) for _ in range(_TRIES))
        return next(one for one in answers if one.status_code != httpx.codes.SERVICE_UNAVAILABLE)

    def post_input(self, key: str, value: Any) -> int:
        """Put an input beside the run, past the Resume dialog and its form; return the HTTP status."""
        text = value if isinstance(value, str) else json.dumps(value)
        body = {"key": key, "value": text, "sender": "prefect.flow-run.ceo@example.com"}
        return httpx.post(self._url("input"), json=body, trust_env=False, timeout=60).status_code

    def restamp_answer(self, moment: datetime) -> None:
        """Let Prefect's database say that this run's answer was stored at another moment."""
        changed = self.siege.stack.in_prefects_database(
            "UPDATE flow_run_input SET created = ? WHERE flow_run_id = ? AND key LIKE '%-response'",
            _stamp(moment),
            str(self.run),
        )
        assert changed == 1

    def move_in_time(self, apart: timedelta) -> Callable[[], None]:
        """Let Prefect's database say that all this run did until now, its answer too, happened at another time.

        Returns what takes it back.
        """
        states = [(state.id, state.timestamp) for state in self.siege.client.read_flow_run_states(self.run)]
        stored = self.siege.client.filter_flow_run_input(self.run, "", limit=1000, exclude_keys=set())
        inputs = [(one.id, one.created) for one in stored if one.created is not None]

        def move(by: timedelta) -> None:
            for table, column, rows in (("flow_run_state", "timestamp", states), ("flow_run_input", "created", inputs)):
                # The names are Prefect's own.
                statement = f"UPDATE {table} SET {column} = ? WHERE id = ?"
                for row, moment in rows:
                    self.siege.stack.in_prefects_database(statement, _stamp(moment + by), str(row))

        move(apart)
        return lambda: move(timedelta(0))

    def force(self, state: State[Any]) -> None:
        """Set the run's state as anybody may who reaches the API."""
        self.siege.client.set_flow_run_state(self.run, state, force=True)

    def assert_held(self, ask: int, *refusals: str) -> None:
        """Nothing happened but that the journal holds these refusals, and the next question waits to be decided."""
        self.wait_for_question(ask)
        self.assert_untouched()
        assert self.export.state is ExportState.AWAITING_ACCEPTANCE
        assert all(one.verdict is Verdict.REFUSED for one in self.decisions)
        assert len(self.decisions) == ask - 1
        latest = self.refusals[len(self.refusals) - len(refusals) :]
        for said, wanted in zip(latest, refusals, strict=True):
            assert wanted in said

    def assert_untouched(self) -> None:
        """Vista holds what it held before, and the journal is whole."""
        assert self.siege.vista_rows() == self.vista_before
        assert self.siege.problems() == []

    def assert_exported(self) -> None:
        """The right way is still open: exactly one acceptance, written once, verified."""
        self.wait_for_end("Verified")
        export = self.export
        assert export.state is ExportState.VERIFIED
        assert [one.verdict for one in self.decisions if one.verdict is not Verdict.REFUSED] == [Verdict.ACCEPT]
        before, after = self.vista_before, self.siege.vista_rows()
        assert len(after["bJCCD"]) == len(before["bJCCD"]) + LINES
        assert self.siege.problems() == []

    def _has_ended(self, name: str) -> bool:
        self._retry_again_if_lost()
        state = self.state()
        return state.is_final() and state.name == name and state.timestamp != self.ended_at

    def _retry_again_if_lost(self) -> None:
        """Retry once more where the worker's second report of the death came before anybody fetched the run."""
        states = sorted(self.siege.client.read_flow_run_states(self.run), key=lambda state: state.timestamp)
        if self.ended_at is not None and [state.name for state in states[-2:]] == ["Scheduled", "Crashed"]:
            self.force(Scheduled(message="Retried via CLI"))

    def _asks(self, ask: int) -> bool:
        found = self.siege.journal.export_of_flow_run(str(self.run))
        if found is None or found.ask != ask or not self.state().is_paused():
            return False
        return self.key(ask, "schema") in self.inputs()

    def _said(self) -> str:
        export = self.siege.journal.export_of_flow_run(str(self.run))
        return "" if export is None else f"{export.state} {export.ask} {self.siege.journal.decisions(export.id)}"

    def _url(self, what: str) -> str:
        return f"{self.siege.stack.prefect_api_url}/flow_runs/{self.run}/{what}"


def _stamp(moment: datetime) -> str:
    """Write a moment as Prefect does on SQLite."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
