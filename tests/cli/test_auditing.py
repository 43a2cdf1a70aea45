"""The audit at the command line: the whole chain, one export's story, and a key."""

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connectors.journal.vault import Vault
from tests.cli.desk import OPAL, Desk
from tests.flows.workbench import ALEX, PRIYA
from tests.people import OLGA, OMAR


def change_by_hand(desk: Desk, statement: str) -> None:
    with closing(sqlite3.connect(desk.bench.folder / "journal.db")) as connection, connection:
        assert connection.execute(statement).rowcount > 0


def test_an_untouched_journal_is_unbroken_and_names_what_to_note(desk: Desk) -> None:
    desk.exported()
    number, seal = desk.bench.journal.head()

    said = desk.run("audit")

    assert said.code == 0
    assert said.out == (
        f"The journal is as it was recorded: {number} links, unbroken.\n"
        f"Note this for the next audit: --anchor {number}:{seal}\n"
    )
    document = desk.run("audit", "--json").document
    assert document == {"links": number, "head": f"{number}:{seal}", "unbroken": True, "problems": []}


@pytest.mark.parametrize("as_json", [False, True])
def test_a_row_that_was_edited_by_hand_is_named(desk: Desk, *, as_json: bool) -> None:
    export = desk.exported()
    change_by_hand(desk, "UPDATE decision SET approver = 'mallory@example.com'")

    said = desk.run("audit", *(["--json"] if as_json else []))

    assert said.code == 4
    if as_json:
        assert said.document["unbroken"] is False
        assert {problem["kind"] for problem in said.document["problems"]} >= {"decision"}
    else:
        assert f"✗ decision 1 of {export.id}" in said.out
        assert "The journal is not as it was recorded" in said.out


def test_an_anchor_tells_whether_the_chains_end_was_cut_off(desk: Desk) -> None:
    desk.send()
    number, seal = desk.bench.journal.head()
    assert desk.run("audit", "--anchor", f"{number}:{seal}").code == 0

    other = f"{number}:{'0' * 64}"
    assert desk.run("audit", "--anchor", other).code == 4
    assert desk.run("audit", "--anchor", f"{number + 1}:{seal}").code == 4


@pytest.mark.parametrize("anchor", ["", "12", "12:", "x:" + "0" * 64, "12:" + "g" * 64, "12:" + "0" * 63])
def test_what_is_no_anchor_is_a_wrong_call(desk: Desk, anchor: str) -> None:
    said = desk.run("audit", "--anchor", anchor, "--json")
    assert (said.code, "--anchor: expected a link's number" in said.document["message"]) == (2, True)


def test_the_story_of_an_export_says_who_decided_with_what_proof_and_what_was_read_back(desk: Desk) -> None:
    export = desk.exported()

    story = desk.run("audit", export.id, "--json").document["story"]

    assert (story["export_id"], story["submitted_by"], story["state"]) == (export.id, PRIYA, "verified")
    assert (story["plan_digest"], story["total_after"], story["total_read_back"]) == (
        export.plan_digest,
        "2877.21",
        "2877.21",
    )
    assert [(row["verdict"], row["approver"], row["is_proven"]) for row in story["answers"]] == [("accept", ALEX, True)]
    assert [(row["email"], row["enrolled_by"]) for row in story["enrolments"]] == [(ALEX, [OLGA.email, OMAR.email])]
    assert [row["is_right"] for row in story["lines"]] == [True] * 6
    assert [row["to_state"] for row in story["moves"]][-1] == "verified"
    # All but the four of Alex's and Blake's enrolments.
    assert story["link_numbers"] == list(range(5, desk.bench.journal.head()[0] + 1))
    assert story["problems"] == []


def test_an_enrolment_is_told_as_it_was_when_the_person_decided(desk: Desk) -> None:
    desk.operator(OPAL)
    export = desk.exported()
    desk.as_person(OPAL, "approvers", "revoke", ALEX, "--reason", "moved on")

    story = desk.run("audit", export.id, "--json").document["story"]

    assert [row["email"] for row in story["enrolments"]] == [ALEX]
    assert story["enrolments"][0]["name"] == "Alex Accountant"


def test_the_story_is_written_for_the_auditor(desk: Desk, tmp_path: Path) -> None:
    export = desk.exported()
    table, page = tmp_path / "story.csv", tmp_path / "story.html"

    said = desk.run("audit", export.id, "--csv", str(table), "--html", str(page))

    assert said.code == 0
    for told in (
        "Proven: the journal's chain of",
        export.id,
        ALEX,
        PRIYA,
        f"The story is in {table}.",
        f"The story is in {page}.",
    ):
        assert told in said.out
    with table.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    assert len(rows) > 1 + 6
    assert export.id in page.read_text("utf-8")


def test_the_story_of_an_export_whose_plan_was_edited_is_told_without_it(desk: Desk) -> None:
    export = desk.exported()
    change_by_hand(desk, "UPDATE plan SET canonical_text = replace(canonical_text, '548.04', '948.04')")

    said = desk.run("audit", export.id, "--json")

    assert said.code == 4
    assert said.document["story"]["lines"] == []
    assert any("plan" in problem for problem in said.document["story"]["problems"])


def test_an_unknown_export_has_no_story(desk: Desk) -> None:
    said = desk.run("audit", "EX-20261123-AAAAAA", "--json")
    assert (said.code, said.document["error"]) == (3, "UnknownExport")


@pytest.mark.parametrize("option", ["--csv", "--html"])
def test_a_file_is_written_of_one_export_only(desk: Desk, tmp_path: Path, option: str) -> None:
    said = desk.run("audit", option, str(tmp_path / "story"), "--json")
    assert (said.code, "name it: audit EXPORT" in said.document["message"]) == (2, True)


def test_a_file_that_cannot_be_written_is_told_plainly(desk: Desk, tmp_path: Path) -> None:
    export = desk.send()
    said = desk.run("audit", export.id, "--html", str(tmp_path / "nowhere" / "story.html"), "--json")
    assert (said.code, "cannot be written: No such file or directory" in said.document["message"]) == (2, True)


def test_a_journal_read_with_another_key_is_not_taken_for_an_edited_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.send()
    monkeypatch.setenv("JOURNAL_KEY", desk.run("new-key", "--json").document["journal_key"])
    said = desk.run("audit")
    assert said.code == 4
    assert "JOURNAL_KEY" in said.out


def test_a_new_key_is_a_key_and_comes_with_how_to_keep_it(desk: Desk) -> None:
    said = desk.run("new-key")
    key, _, keeping = said.out.partition("\n")
    assert Vault(key).decrypt(ALEX, Vault(key).encrypt(ALEX, "secret")) == "secret"
    assert "JOURNAL_KEY" in keeping
    assert desk.run("new-key", "--json").document["journal_key"] != key
