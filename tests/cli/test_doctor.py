"""What the doctor says about people, notices, the sealed chain, mail and clocks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.journal.records import Deputy, NewNotice
from tasks.surroundings import _clock
from tests.cli.desk import OPAL, ORSON, OWNER, Desk
from tests.cli.test_auditing import change_by_hand
from tests.flows.workbench import ALEX, MONDAY, PRIYA
from tests.people import OLGA

Check = Callable[[str], dict[str, Any] | None]


@pytest.fixture
def check(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Check:
    """One check of the doctor's, by its name."""
    monkeypatch.setattr("tasks.surroundings.now", lambda: desk.at)

    def found(name: str) -> dict[str, Any] | None:
        checks = desk.run("doctor", "--json").document["checks"]
        return next((one for one in checks if one["name"] == name), None)

    return found


def test_before_anybody_can_enrol_the_doctor_says_who_begins(check: Check) -> None:
    operators = check("Operators")
    assert operators is not None
    assert operators["ok"] is None
    assert operators["way_out"].endswith(f"budget-export operators enrol {OWNER} --name NAME --by {OWNER}")


def test_an_owner_who_was_revoked_does_not_begin_again(desk: Desk, check: Check) -> None:
    desk.run("operators", "enrol", OWNER, "--name", "Olivia", "--by", OWNER)
    desk.bench.journal.revoke(OWNER, by=OLGA, reason="left", at=desk.at)
    operators = check("Operators")
    assert operators is not None
    assert "whom the journal does not know yet" in operators["way_out"]
    assert desk.run("operators", "enrol", OWNER, "--name", "Olivia", "--by", OWNER).code == 3


def test_two_operators_are_enough(desk: Desk, check: Check) -> None:
    desk.operator(OPAL)
    operators = check("Operators")
    assert operators is not None
    assert operators["ok"] is None
    desk.operator(ORSON)
    operators = check("Operators")
    assert operators is not None
    assert operators["ok"] is True


def test_the_owner_alone_is_enough(desk: Desk, check: Check) -> None:
    desk.run("operators", "enrol", OWNER, "--name", "Olivia", "--by", OWNER)
    operators = check("Operators")
    assert operators is not None
    assert (operators["ok"], operators["found"]) == (
        True,
        f"1 operators with an authenticator; the owner is {OWNER}, enrolled",
    )


def test_what_waits_to_be_confirmed_is_named(desk: Desk, check: Check) -> None:
    assert check("Enrolments") is None
    desk.operator(OPAL)
    desk.as_person(OPAL, "approvers", "enrol", "casey@example.com", "--name", "Casey")
    waiting = check("Enrolments")
    assert waiting is not None
    assert waiting["found"] == f"wait to be confirmed: casey@example.com (asked by {OPAL})"


def test_who_is_locked_is_named(desk: Desk, check: Check) -> None:
    assert check("Locked people") is None
    for _ in range(5):
        desk.bench.journal.count_wrong_code(ALEX, at=desk.at)
    locked = check("Locked people")
    assert locked is not None
    assert locked["found"] == f"{ALEX} until 10:31 UTC"
    desk.at += timedelta(hours=1)
    assert check("Locked people") is None


def test_an_approver_without_an_authenticator_is_named(desk: Desk, check: Check) -> None:
    assert check("Authenticators") is None
    change_by_hand(desk, "UPDATE person SET encrypted_secret = NULL WHERE email LIKE 'alex.%'")
    bare = check("Authenticators")
    assert bare is not None
    assert bare["found"] == f"none for {ALEX}"


def test_a_deputy_who_is_nobody_is_named(desk: Desk, check: Check) -> None:
    days = {"first_day": MONDAY.date(), "last_day": MONDAY.date()}
    desk.approver("casey@example.com", deputy=Deputy(email=ALEX, **days))
    assert check("Deputies") is None
    desk.approver("dana@example.com", deputy=Deputy(email="eve@example.com", **days))
    deputies = check("Deputies")
    assert deputies is not None
    assert deputies["found"] == "not enrolled: eve@example.com"


def test_a_notice_that_was_given_up_is_told_with_its_reason(desk: Desk, check: Check) -> None:
    assert check("Notices") is None
    journal = desk.bench.journal
    journal.add_notices([NewNotice(key="k", kind="receipt", export_id=None, recipient=PRIYA)], at=desk.at)
    assert check("Notices") is None
    journal.record_failure("k", problem="The mailbox does not exist.", at=desk.at, give_up=True)
    notices = check("Notices")
    assert notices is not None
    assert notices["found"] == f"1 not delivered: {PRIYA}: The mailbox does not exist."


def test_an_edited_journal_is_unsafe(desk: Desk, check: Check) -> None:
    desk.send()
    chain = check("Sealed chain")
    assert chain is not None
    assert chain["ok"] is True
    change_by_hand(desk, "UPDATE transition SET actor = 'mallory@example.com'")
    chain = check("Sealed chain")
    assert chain is not None
    assert (chain["ok"], "transition 1 of" in chain["found"]) == (False, True)


def test_without_a_mail_server_the_doctor_says_that_nobody_gets_a_mail(check: Check) -> None:
    mail = check("Mail")
    assert mail is not None
    assert (mail["ok"], mail["found"]) == (None, "no mail server is set: nobody gets a mail")


def test_a_mail_server_that_does_not_answer_is_told_without_its_password(
    desk: Desk, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_SERVER", "smtp://mailer:THISMUSTNOTSHOW@127.0.0.1:1")
    monkeypatch.setenv("MAIL_FROM", "budget-export@example.com")
    mail = check("Mail")
    assert mail is not None
    assert mail["ok"] is None
    assert "127.0.0.1:1" in mail["found"]
    assert "THISMUSTNOTSHOW" not in desk.run("doctor").out


@pytest.mark.parametrize(("seconds", "is_right"), [(0, True), (60, True), (61, False), (-61, False), (3600, False)])
def test_clocks_more_than_a_minute_apart_are_a_problem(seconds: int, *, is_right: bool) -> None:
    (clock,) = _clock(MONDAY + timedelta(seconds=seconds), MONDAY)
    assert (clock.ok, clock.found.startswith(f"{abs(seconds)} seconds apart")) == (is_right, True)


@pytest.mark.parametrize("name", ["VISTA_URL", "JOURNAL_URL"])
def test_an_address_in_another_tools_habit_is_refused_without_its_password(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    monkeypatch.setenv(name, "mssql+mssqlpython://vista.example.com;database=Viewpoint;user=me;password=S3cretPw")

    said = [desk.run("doctor"), desk.run("doctor", "--json")]

    assert all(name in str(one) for one in said)
    # A table breaks words at its edges.
    assert [one for one in (*map(str, said), caplog.text) if "S3c" in one or "etPw" in one] == []
