"""The commands of what comes after the first export: update, undo, and the choice about deleted lines."""

import pytest

from jobcost.acceptance import KEEP, SET_TO_ZERO, Answer
from jobcost.lifecycle import ExportState
from sandbox.procore import people
from tasks.forms import AcceptanceForm, typed_into
from tests.cli.desk import Desk
from tests.flows.workbench import ALEX, PRIYA

RUN = "0b8f0c5e-7a4e-4b39-9f0e-2f5c0f6e9a11"


@pytest.fixture
def exported(desk: Desk) -> Desk:
    """A desk whose budget was exported, and then lost a line."""
    assert desk.exported().state is ExportState.VERIFIED
    people.delete_a_line(desk.bench.procore.state, "1000-103")
    return desk


def test_planning_an_update_shows_what_it_would_do_and_records_nothing(exported: Desk) -> None:
    said = exported.run("plan", "7000", "--by", PRIYA, "--update", "--json")
    assert (said.code, said.document["blocked"]) == (0, False)
    assert [(line["phase"], line["action"]) for line in said.document["plan"]["deleted"]] == [
        ("1000-103", "set_to_zero")
    ]
    assert exported.bench.journal.open_exports() == ()
    # Without the option it would be a second setup.
    assert exported.run("plan", "7000", "--by", PRIYA).code == 3


@pytest.mark.parametrize(("option", "choice"), [((), KEEP), (("--set-deleted-to-zero",), SET_TO_ZERO)])
def test_only_the_option_consents_to_set_deleted_lines_to_zero(
    exported: Desk, monkeypatch: pytest.MonkeyPatch, option: tuple[str, ...], choice: str
) -> None:
    typed: list[dict[str, str]] = []

    def answered(_run: object, answer: Answer, form: type[AcceptanceForm]) -> None:
        typed.append(typed_into(form, answer))

    monkeypatch.setattr("tasks.runs.answer_run", answered)
    export = exported.bench.update(run=RUN, at=exported.at)
    accept = ("accept", export.id, "--plan", export.plan_code or "", "--approver", ALEX)

    said = exported.run(*accept, *option, "--code", "135790", "--no-wait")

    assert (said.code, [one["deleted_lines"] for one in typed]) == (0, [choice])


def test_where_nothing_was_deleted_the_option_is_a_slip(desk: Desk) -> None:
    export = desk.send(run=RUN)
    said = desk.run(
        *("accept", export.id, "--plan", export.plan_code or "", "--approver", ALEX, "--set-deleted-to-zero", "--json")
    )
    assert said.code == 2
    assert "has no deleted lines" in said.document["message"]


@pytest.mark.parametrize("command", ["update", "undo"])
def test_without_prefect_nothing_is_opened(exported: Desk, command: str) -> None:
    subject = "7000" if command == "update" else exported.bench.journal.history(1, "GEN  -0001")[0].id
    said = exported.run(command, subject, "--by", PRIYA, "--json")
    assert (said.code, said.document["error"]) == (5, "RunNotAnswered")
    assert exported.bench.journal.open_exports() == ()


def test_what_is_not_in_vista_cannot_be_undone(desk: Desk) -> None:
    export = desk.send()
    said = desk.run("undo", export.id, "--by", PRIYA, "--json")
    assert (said.code, said.document["error"]) == (3, "NotUndoable")


def test_an_interrupted_export_is_continued_by_the_command_of_its_kind(exported: Desk) -> None:
    bench = exported.bench
    export = bench.update(run=None, at=exported.at)
    accept = ("accept", export.id, "--plan", export.plan_code or "", "--approver", ALEX, "--json")
    assert f"budget-export update 7000 --by MAIL --continue {export.id}" in exported.run(*accept).document["message"]
