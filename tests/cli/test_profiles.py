"""The command line in an installation with several companies: people who decide need not name them."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from budget_export.app import main
from tests.cli.desk import Said
from tests.flows.two_companies import PAIRS, Twins, procores, twins, vistas
from tests.flows.workbench import ALEX, MONDAY, PRIYA

__all__ = ["procores", "twins", "vistas"]


class Counter:
    """A terminal in front of both companies."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def run(self, *arguments: str) -> Said:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        said = self._capsys.readouterr()
        code = left.value.code
        return Said(code if isinstance(code, int) else int(code is not None), said.out, said.err)


@pytest.fixture
def counter(twins: Twins, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    del twins
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
    for module in ("budget_export.looking", "budget_export.sending", "tasks.telling_people"):
        monkeypatch.setattr(f"{module}.now", lambda: MONDAY + timedelta(minutes=30))
    with temporary_settings({PREFECT_API_URL: nobody}):
        yield Counter(capsys)


def test_the_inbox_shows_what_waits_in_all_companies(counter: Counter, twins: Twins) -> None:
    sent = [twins.send(profile).id for profile in PAIRS]
    document = counter.run("inbox", "--json").document
    assert [one["id"] for one in document["inbox"]] == sent
    assert all(ALEX in document["may_decide"][export] for export in sent)
    south = counter.run("inbox", "--profile", "south", "--json").document
    assert [one["id"] for one in south["inbox"]] == sent[1:]


def test_the_inbox_shows_the_rest_when_one_company_is_broken(counter: Counter, twins: Twins) -> None:
    sent = [twins.send(profile).id for profile in PAIRS]
    twins.write_profile("north", VISTA_COMPANY="none")
    said = counter.run("inbox")
    assert (said.code, sent[1] in said.out, sent[0] in said.out) == (5, True, False)
    assert "Profile north" in said.err


def test_an_export_is_shown_and_retrieved_without_naming_its_companies(counter: Counter, twins: Twins) -> None:
    south = twins.send("south", run=str(uuid4()))
    assert counter.run("show", south.id, "--json").document["export"]["jcco"] == 2
    assert counter.run("retrieve", south.id, "--by", PRIYA).code == 0
    assert twins.journal.export(south.id).state == "retrieved"


def test_naming_other_companies_is_refused(counter: Counter, twins: Twins) -> None:
    south = twins.send("south")
    for command in (
        ("show", south.id),
        ("retrieve", south.id, "--by", PRIYA),
        ("undo", south.id, "--by", PRIYA),
        ("clear", south.id, "--by", PRIYA, "--reason", "r"),
        ("accept", south.id, "--plan", str(south.plan_code), "--approver", ALEX, "--code", "000000"),
        ("reject", south.id, "--reason", "r", "--approver", ALEX, "--code", "000000"),
    ):
        said = counter.run(*command, "--profile", "north")
        assert (said.code, "The export belongs to other companies" in " ".join(said.err.split())) == (3, True), command
    assert twins.journal.export(south.id) == south


def test_a_profile_that_is_misspelt_or_missing_is_told_with_those_there_are(counter: Counter, twins: Twins) -> None:
    del twins
    for how in (("--profile", "nord"), ()):
        said = counter.run("plan", "7000", "--by", PRIYA, *how)
        assert (said.code, "expected one of north, south" in " ".join(said.err.split())) == (2, True)
    assert counter.run("setup", "7000", "--by", PRIYA, "--profile", "nord", "--no-wait").code == 2


def test_reconcile_compares_all_companies_and_says_which_could_not_be(counter: Counter, twins: Twins) -> None:
    done = {profile: twins.exported(profile).id for profile in PAIRS}
    said = counter.run("reconcile", "--all", "--json")
    assert said.code == 0
    assert [one["reconciliation"]["export_id"] for one in said.document["jobs"]] == list(done.values())
    named = counter.run("reconcile", "GEN-0001", "--profile", "south", "--json").document
    assert [one["reconciliation"]["export_id"] for one in named["jobs"]] == [done["south"]]

    twins.write_profile("north", VISTA_COMPANY="none")
    said = counter.run("reconcile", "--all")
    assert (said.code, "Profile north: SettingsProblem" in said.out, "1 of 1 job agrees" in said.out) == (2, True, True)


def test_the_doctor_examines_every_profile(counter: Counter, twins: Twins) -> None:
    checks = counter.run("doctor", "--json").document["checks"]
    names = [check["name"] for check in checks]
    assert {name for name in names if name.endswith(": Settings")} == {"north: Settings", "south: Settings"}
    assert {name.partition(": ")[0] for name in names if ": " in name} == {"north", "south"}
    assert names.count("Journal") == 1
    assert "Profiles" not in names

    twins.write_profile("twin", like="south")
    twins.write_profile("north", VISTA_COMPANY="none")
    (twins.folder / "profiles" / "Ost.env").touch()
    checks = counter.run("doctor", "--json").document["checks"]
    assert [check["ok"] for check in checks if check["name"] == "north: Settings"] == [False]
    found = [check["found"] for check in checks if check["name"] == "Profiles"]
    assert found == ["Procore company 9090 with Vista company 2 is south and twin", "not read: Ost.env"]


def test_the_doctor_finds_owners_that_differ(counter: Counter, twins: Twins) -> None:
    config = twins.folder / "other.toml"
    config.write_text('[people]\nowner = "mallory@example.com"\n', encoding="utf-8")
    twins.write_profile("south", EXPORT_CONFIG=str(config))
    checks = counter.run("doctor", "--json").document["checks"]
    (owner,) = [check for check in checks if check["name"] == "Owner"]
    assert (owner["ok"], owner["found"]) == (False, "north: olivia.owner@example.com; south: mallory@example.com")


def test_people_are_those_of_all_companies(counter: Counter, twins: Twins) -> None:
    del twins
    assert ALEX in counter.run("approvers", "list").out
    assert counter.run("audit").code == 0
