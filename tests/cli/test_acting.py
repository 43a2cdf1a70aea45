"""Commands that do something, as far as they go without Prefect; and how the command line fails."""

from datetime import timedelta
from decimal import Decimal

import pytest

from jobcost.acceptance import Answer
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from sandbox.vista import people
from tests.cli.desk import OPAL, Desk
from tests.flows.workbench import ALEX, OPERATOR, PRIYA
from tests.people import OLGA

RUN = "5d0a4c1e-3b1f-4c39-9d55-0d6f7f4e9a10"


def test_a_failed_verification_is_cleared_once_with_a_reason(desk: Desk) -> None:
    bench = desk.bench
    bench.while_vista_is_written(lambda: people.change_estimate(bench.vista_url, "1000-103", 4, cost="1.00"))
    failed = desk.exported()
    assert failed.state is ExportState.VERIFICATION_FAILED
    arguments = ("clear", failed.id, "--by", OPERATOR, "--reason", "Typed over by hand.")

    cleared = desk.run(*arguments)
    assert (cleared.code, cleared.out) == (0, f"{failed.id} was cleared by {OPERATOR}.\n")

    again = desk.run(*arguments, "--json")
    assert (again.code, again.document["error"]) == (3, "NotClearable")


def test_a_clearing_without_a_reason_is_refused(desk: Desk) -> None:
    said = desk.run("clear", desk.send().id, "--by", OPERATOR, "--reason", "  ", "--json")
    assert (said.code, said.document["error"]) == (3, "ReasonMissing")


@pytest.mark.parametrize("run", [None, RUN])
def test_a_budget_is_retrieved_with_or_without_its_run(desk: Desk, run: str | None) -> None:
    export = desk.send(run=run)

    said = desk.run("retrieve", export.id, "--by", PRIYA, "--reason", "Sent too early.", "--json")

    assert (said.code, said.document["reason"]) == (0, "Sent too early.")
    assert said.document["export"]["state"] == "retrieved"
    assert desk.bench.project.locked
    # Prefect is out of reach, which is told beside the document.
    assert ("could not be ended" in said.err) is (run is not None)


def test_a_decided_budget_is_not_retrieved_and_the_sender_reads_who_decided(desk: Desk) -> None:
    export = desk.exported()
    said = desk.run("retrieve", export.id, "--by", PRIYA, "--json")
    assert (said.code, said.document["error"]) == (3, "NotRetrieved")
    told = f"{ALEX} accepted it on 2026-11-23 10:01 UTC, it is verified since"
    assert told in said.document["message"]


def test_a_budget_that_the_first_of_two_accepted_is_not_retrieved_and_the_sender_reads_who_did(desk: Desk) -> None:
    desk.bench.configure(limits={"two_approvers_above": Decimal(1)})
    export = desk.answer(desk.send())
    said = desk.run("retrieve", export.id, "--by", PRIYA, "--json")
    assert (said.code, said.document["error"]) == (3, "NotRetrieved")
    assert f"found {ALEX} accepted it on 2026-11-23 10:01 UTC" in said.document["message"]
    assert desk.bench.now(export).state is ExportState.AWAITING_ACCEPTANCE


def test_whoever_may_not_retrieve_lets_nothing_expire(desk: Desk) -> None:
    export = desk.bench.send(at=desk.at - timedelta(days=8), run=None)
    assert desk.run("retrieve", export.id, "--by", "eve@example.com").code == 3
    assert desk.bench.now(export).state is ExportState.AWAITING_ACCEPTANCE


def test_retrieving_one_budget_lets_no_other_one_expire(desk: Desk) -> None:
    other = desk.bench.send(at=desk.at - timedelta(days=8), run=None)
    record = desk.bench.journal.open_export(
        export_id="EX-7",
        kind=Kind.SETUP,
        procore_company_id=8089,
        project_id=7,
        jcco=1,
        submitted_by=PRIYA,
        flow_run_id=None,
        at=desk.at,
    )
    assert desk.run("retrieve", record.id, "--by", PRIYA).code == 0
    assert desk.bench.now(other).state is ExportState.AWAITING_ACCEPTANCE


def test_an_expired_budget_cannot_be_retrieved_any_more(desk: Desk) -> None:
    export = desk.bench.send(at=desk.at - timedelta(days=8))
    said = desk.run("retrieve", export.id, "--by", PRIYA, "--json")
    assert (said.code, "it is expired since" in said.document["message"]) == (3, True)


def test_an_operator_retrieves_a_budget_and_the_journal_says_who(desk: Desk) -> None:
    desk.operator(OPAL)
    export = desk.send(run=None)

    said = desk.run("retrieve", export.id, "--by", " Opal.Operator@Example.com ", "--json")

    assert (said.code, said.document["export"]["state"]) == (0, "retrieved")
    assert desk.bench.journal.transitions(export.id)[-1].actor == "Opal.Operator@Example.com"


@pytest.mark.parametrize("somebody", [ALEX, "eve@example.com", " "])
def test_nobody_else_retrieves_a_budget(desk: Desk, somebody: str) -> None:
    export = desk.send(run=None)

    said = desk.run("retrieve", export.id, "--by", somebody, "--json")

    assert (said.code, said.document["error"]) == (3, "NotRetrieved")
    assert f"by its sender {PRIYA}, or by an enrolled operator" in said.document["message"]
    assert desk.bench.now(export) == export


def test_a_revoked_operator_retrieves_nothing(desk: Desk) -> None:
    desk.operator(OPAL)
    desk.bench.journal.revoke(OPAL, by=OLGA, reason="left", at=desk.at)
    export = desk.send(run=None)
    assert desk.run("retrieve", export.id, "--by", OPAL).code == 3


def test_an_export_that_waits_for_nobody_takes_no_answer(desk: Desk) -> None:
    export = desk.exported()
    said = desk.run("accept", export.id, "--plan", export.plan_code or "", "--approver", ALEX, "--json")
    assert (said.code, said.document["error"]) == (3, "ExportMoved")


def test_an_export_without_a_run_names_the_way_to_give_it_one(desk: Desk) -> None:
    export = desk.send(run=None)
    said = desk.run("accept", export.id, "--plan", export.plan_code or "", "--approver", ALEX, "--json")
    assert said.code == 5
    assert f"budget-export setup 7000 --by MAIL --continue {export.id}" in said.document["message"]


def test_an_answer_that_prefect_cannot_take_decides_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.runs._TRIES", 1)
    monkeypatch.setattr("tasks.runs._PAUSE_SECONDS", 0.0)
    export = desk.send(run=RUN)

    said = desk.run("accept", export.id, "--plan", export.plan_code or "", "--approver", ALEX, "--json")

    assert (said.code, said.document["error"]) == (5, "RunNotAnswered")
    assert desk.bench.now(export) == export


@pytest.mark.parametrize("command", ["accept", "reject"])
def test_an_answer_carries_its_one_time_code_and_shows_it_nowhere(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    given: list[Answer] = []
    monkeypatch.setattr("tasks.runs.answer_run", lambda _run, answer, _form: given.append(answer))
    export = desk.send(run=RUN)
    more = ("--plan", export.plan_code or "") if command == "accept" else ("--reason", "Wrong.")

    said = desk.run(command, export.id, *more, "--approver", ALEX, "--code", "135790", "--no-wait")

    assert (said.code, "135790" in said.out + said.err) == (0, False)
    (answer,) = given
    assert (answer.approver, answer.plan_code) == (ALEX, export.plan_code)
    assert answer.code.get_secret_value() == "135790"
    assert "135790" not in repr(answer)


@pytest.mark.parametrize("as_json", [False, True])
def test_sending_without_prefect_says_so_and_opens_nothing(desk: Desk, *, as_json: bool) -> None:
    said = desk.run("setup", "7000", "--by", PRIYA, *(["--json"] if as_json else []))

    told = said.document["message"] if as_json else " ".join(said.err.split())
    assert said.code == 5
    assert "cannot be reached" in told
    assert "prefect server start" in told
    assert desk.bench.journal.open_exports() == ()


@pytest.mark.parametrize("command", ["setup", "plan"])
@pytest.mark.parametrize("as_json", [False, True])
def test_a_file_is_never_taken_for_a_budget(desk: Desk, command: str, *, as_json: bool) -> None:
    said = desk.run(command, "budget.csv", "--by", PRIYA, *(["--json"] if as_json else []))

    told = said.document["message"] if as_json else " ".join(said.err.split())
    assert (said.code, "there is no file import here" in told) == (3, True)


def test_the_doctor_finds_everything_but_prefect_in_order(desk: Desk) -> None:
    said = desk.run("doctor", "--json")

    failing = [check["name"] for check in said.document["checks"] if check["ok"] is False]
    assert (said.code, said.document["healthy"], failing) == (5, False, ["Prefect"])
    people_told = desk.run("doctor")
    assert people_told.code == 5
    assert "PREFECT_API_URL" in people_told.out


@pytest.mark.parametrize("command", [("doctor",), ("inbox",), ("plan", "7000", "--by", PRIYA)])
def test_missing_settings_are_named_all_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.delenv("VISTA_URL")
    monkeypatch.setenv("PROCORE_COMPANY_ID", "many")

    said = desk.run(*command, "--json")

    assert said.code == 5
    for name in ("VISTA_URL: missing", "PROCORE_COMPANY_ID: "):
        assert name in said.out


def test_a_wrong_secret_is_told_without_showing_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCORE_CLIENT_SECRET", "secret-THISMUSTNOTSHOW")

    said = desk.run("plan", "7000", "--by", PRIYA, "--json")

    assert (said.code, said.document["error"]) == (5, "LoginRefused")
    assert "THISMUSTNOTSHOW" not in said.out + said.err


@pytest.mark.parametrize(
    "arguments", [("show",), ("nonsense",), ("plan", "7000"), ("inbox", "--all"), ("approvers", "enrol")]
)
def test_a_wrong_call_says_what_is_wrong(desk: Desk, arguments: tuple[str, ...]) -> None:
    for_people = desk.run(*arguments)
    assert (for_people.code, for_people.out, "Usage: " in for_people.err) == (2, "", True)
    for_programs = desk.run(*arguments, "--json")
    assert (for_programs.code, for_programs.document["exit_code"]) == (2, 2)


def test_help_is_no_error(desk: Desk) -> None:
    assert desk.run("--help").code == 0
    assert desk.run("plan", "--help", "--json").code == 0
