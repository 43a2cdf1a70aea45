"""One-time codes at the command line: each counts once, wrong ones lock, and none of them is shown."""

import json
from datetime import timedelta

import pyotp
from pydantic import SecretStr

from tests.cli.desk import OPAL, ORSON, Desk
from tests.cli.office import CASEY, enrolled_casey, person, phone_of, request_casey
from tests.flows.workbench import ALEX, BLAKE


def test_a_lost_telephone_is_replaced_and_the_old_one_proves_nothing(office: Desk) -> None:
    old = enrolled_casey(office)
    office.as_person(OPAL, "approvers", "enrol", CASEY, "--new-authenticator", "--reason", "lost")
    new = phone_of(office.as_person(ORSON, "approvers", "confirm", CASEY, "--json").document["otpauth_uri"])
    checks = [
        office.bench.journal.check_code(CASEY, SecretStr(phone.code(office.at)), given_at=office.at)
        for phone in (old, new)
    ]
    assert [check.problem == "" for check in checks] == [False, True]


def test_five_wrong_codes_lock_an_operator_and_another_one_unlocks_him(office: Desk) -> None:
    wrong = office.bench.phones[OPAL].wrong_code(office.at)
    command = ("approvers", "enrol", CASEY, "--name", "Casey", "--by", OPAL, "--json", "--code")
    for _ in range(5):
        said = office.run(*command, wrong)
        assert (said.code, "it is not the one your authenticator shows" in said.document["message"]) == (3, True)

    said = office.run(*command, office.code(OPAL))
    assert (said.code, "locked until" in said.document["message"]) == (3, True)
    assert "locked until" in office.run("operators", "list").out

    himself = office.run("operators", "unlock", OPAL, "--by", OPAL, "--code", office.code(OPAL), "--json")
    assert himself.code == 3
    unlocked = office.as_person(ORSON, "operators", "unlock", OPAL, "--json")
    assert (unlocked.code, unlocked.document["person"]["locked_until"]) == (0, None)
    assert office.run(*command, office.code(OPAL)).code == 0
    assert office.bench.journal.person(CASEY) is not None


def test_a_code_counts_once(office: Desk) -> None:
    code = office.code(OPAL)
    first = office.run("approvers", "enrol", CASEY, "--name", "Casey", "--by", OPAL, "--code", code)
    office.at -= timedelta(minutes=1)
    again = office.run("approvers", "revoke", BLAKE, "--reason", "x", "--by", OPAL, "--code", code, "--json")
    assert (first.code, again.code, "was used before" in again.document["message"]) == (0, 3, True)
    assert person(office, BLAKE).is_active


def test_a_command_without_a_code_is_refused_and_is_no_guess(office: Desk) -> None:
    for _ in range(6):
        said = office.run("approvers", "revoke", ALEX, "--reason", "x", "--by", OPAL, "--json")
        assert (said.code, "One-time code: it is missing." in said.document["message"]) == (3, True)
    assert office.as_person(OPAL, "approvers", "revoke", ALEX, "--reason", "x").code == 0


def test_no_secret_and_no_code_is_in_what_commands_print_but_the_one_time_it_is_shown(office: Desk) -> None:
    request_casey(office)
    shown = office.as_person(ORSON, "approvers", "confirm", CASEY, "--json")
    secret = pyotp.parse_uri(shown.document["otpauth_uri"]).secret
    assert shown.out.count(secret) == 1
    assert secret not in shown.err
    wrong = office.bench.phones[OPAL].wrong_code(office.at)
    printed = [
        office.run("approvers", "revoke", CASEY, "--reason", "x", "--by", OPAL, "--code", wrong),
        office.run("approvers", "list", "--json"),
        office.run("approvers", "story", CASEY, "--json"),
        office.run("doctor", "--json"),
        office.run("audit", "--json"),
    ]
    told = json.dumps([(said.out, said.err) for said in printed])
    assert secret not in told
    assert wrong not in told
