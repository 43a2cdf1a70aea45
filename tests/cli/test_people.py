"""Enrolling approvers and operators at the command line: two operators, or the owner alone."""

from decimal import Decimal

import pytest

from connectors.journal.records import EnrolmentChange
from tests.cli.desk import OPAL, ORSON, OWNER, Desk
from tests.cli.office import CASEY, enrolled_casey, person, phone_of, request_casey
from tests.flows.workbench import ALEX, BLAKE, PRIYA
from tests.people import OLGA


def test_an_approver_needs_two_operators(office: Desk) -> None:
    asked = office.as_person(OPAL, "approvers", "enrol", "Casey.Site@Example.com", "--name", "Casey [Site]")
    assert asked.out == f"Casey [Site] <{CASEY}> waits for a second operator to confirm.\n"
    assert office.run("approvers", "list", "--json").document["approvers"][-1]["active"] is False

    confirmed = office.as_person(ORSON, "approvers", "confirm", CASEY, "--json")

    assert (confirmed.code, confirmed.document["in_force"]) == (0, True)
    listed = office.run("approvers", "list", "--json").document["approvers"]
    casey = next(one for one in listed if one["email"] == CASEY)
    assert (casey["name"], casey["states"], casey["enrolled_by"]) == ("Casey [Site]", ["active"], [OPAL, ORSON])


def test_who_asked_for_an_enrolment_cannot_confirm_it(office: Desk) -> None:
    request_casey(office)
    said = office.as_person(OPAL, "approvers", "confirm", CASEY, "--json")
    assert (said.code, said.document["error"]) == (3, "ChangeRefused")
    assert "you asked for this enrolment; a different operator must confirm it" in said.document["message"]
    assert person(office, CASEY).facts is None


def test_the_person_cannot_confirm_or_extend_himself(office: Desk) -> None:
    enrolled_casey(office, "--limit", "1,000")
    said = office.as_person(CASEY, "approvers", "enrol", CASEY, "--limit", "none", "--json")
    assert said.code == 3
    assert "Operator: expected an enrolled operator's e-mail address." in said.document["message"]
    assert "Operator: nobody enrols himself; ask another operator." in said.document["message"]


def test_a_budget_sent_in_an_operators_name_disqualifies_him_from_nothing(office: Desk) -> None:
    office.send(sender=OPAL)
    request_casey(office)
    assert office.as_person(ORSON, "approvers", "confirm", CASEY, "--json").code == 0


def test_an_approver_never_decides_on_a_budget_of_an_operator_who_enrolled_them(office: Desk) -> None:
    office.operator(PRIYA)
    request_casey(office)
    said = office.as_person(PRIYA, "approvers", "confirm", CASEY, "--json")
    office.bench.phones[CASEY] = phone_of(said.document["otpauth_uri"])
    export = office.answer(office.send(sender=PRIYA), approver=CASEY)
    assert "the sender of this budget enrolled you" in office.bench.refusal(export)


def test_what_a_revoked_operator_asked_for_is_not_confirmed(office: Desk) -> None:
    office.operator("third.operator@example.com")
    request_casey(office)
    office.bench.journal.revoke(OPAL, by=OLGA, reason="hacked", at=office.at)
    said = office.as_person(ORSON, "approvers", "confirm", CASEY, "--json")
    assert (said.code, said.document["error"]) == (3, "ChangeRefused")
    assert f"Operator: {OPAL}, who asked for this enrolment, is no operator any more" in said.document["message"]
    assert person(office, CASEY).facts is None
    again = office.as_person("third.operator@example.com", "approvers", "enrol", CASEY, "--name", "Casey")
    assert again.code == 0
    assert office.as_person(ORSON, "approvers", "confirm", CASEY).code == 0


def test_the_owner_enrols_himself_once_without_a_code_and_then_others_alone(desk: Desk) -> None:
    first = desk.run("operators", "enrol", OWNER, "--name", "Olivia Owner", "--by", OWNER, "--json")
    assert (first.code, first.document["in_force"]) == (0, True)
    desk.bench.phones[OWNER] = phone_of(first.document["otpauth_uri"])
    story = desk.bench.journal.enrolment_story(OWNER)
    assert [(row.change, row.actor, row.code_step) for row in story] == [
        (EnrolmentChange.REQUESTED, OWNER, None),
        (EnrolmentChange.CONFIRMED, OWNER, None),
    ]

    again = desk.run("operators", "enrol", OWNER, "--name", "Somebody Else", "--by", OWNER, "--json")
    assert (again.code, "nobody enrols himself" in again.document["message"]) == (3, True)

    alone = desk.as_person(OWNER, "approvers", "enrol", CASEY, "--name", "Casey", "--json")
    assert (alone.code, alone.document["in_force"]) == (0, True)
    assert phone_of(alone.document["otpauth_uri"]).code(desk.at)


def test_somebody_else_than_the_owner_is_never_the_first_operator(desk: Desk) -> None:
    said = desk.run("operators", "enrol", OPAL, "--name", "Opal", "--by", OPAL, "--code", "123456", "--json")
    assert (said.code, desk.bench.journal.person(OPAL)) == (3, None)


def test_the_owner_needs_his_code_once_he_is_enrolled(desk: Desk) -> None:
    desk.run("operators", "enrol", OWNER, "--name", "Olivia Owner", "--by", OWNER, "--json")
    said = desk.run("approvers", "enrol", CASEY, "--name", "Casey", "--by", OWNER, "--json")
    assert (said.code, "One-time code: it is missing." in said.document["message"]) == (3, True)


def test_a_change_keeps_what_is_not_given(office: Desk) -> None:
    enrolled_casey(office, "--limit", "25,000.50", "--company", "2", "--company", "1")
    days = ("--from", "2026-12-21", "--until", "2027-01-03")
    changed = office.as_person(OPAL, "approvers", "enrol", CASEY, "--deputy", ALEX, *days, "--json")
    assert changed.document["person"]["pending"] == {
        "email": CASEY,
        "role": "approver",
        "name": "Casey [Site]",
        "companies": [1, 2],
        "amount_limit": "25000.50",
        "deputy": {"email": ALEX, "first_day": "2026-12-21", "last_day": "2027-01-03"},
    }
    confirmed = office.as_person(ORSON, "approvers", "confirm", CASEY, "--json")
    # The telephone stays the one that was enrolled.
    assert (confirmed.code, confirmed.document["otpauth_uri"]) == (0, None)

    freed = ("--limit", "none", "--company", "all", "--deputy", "none")
    office.as_person(OPAL, "approvers", "enrol", CASEY, *freed)
    office.as_person(ORSON, "approvers", "confirm", CASEY)
    facts = person(office, CASEY).facts
    assert facts is not None
    assert (facts.amount_limit, facts.companies, facts.deputy) == (None, (), None)


def test_a_limit_is_exact_to_the_cent(office: Desk) -> None:
    enrolled_casey(office, "--limit", "25,000.50")
    facts = person(office, CASEY).facts
    assert facts is not None
    assert facts.amount_limit == Decimal("25000.50")


def test_a_revoked_approver_decides_nothing_and_comes_back_by_two_operators_only(office: Desk) -> None:
    enrolled_casey(office)
    revoked = office.as_person(OPAL, "approvers", "revoke", CASEY, "--reason", "moved on", "--json")
    assert (revoked.code, revoked.document["in_force"]) == (0, False)
    assert "revoked" in office.run("approvers", "list").out

    office.as_person(OPAL, "approvers", "enrol", CASEY, "--name", "Casey")
    casey = person(office, CASEY)
    assert (casey.is_active, casey.pending_by) == (False, OPAL)


def test_a_revocation_says_why(office: Desk) -> None:
    said = office.as_person(OPAL, "approvers", "revoke", ALEX, "--reason", "  ", "--json")
    assert (said.code, "Reason: it is missing" in said.document["message"]) == (3, True)


@pytest.mark.parametrize("wish", [("revoke", "--reason", "gone"), ("unlock",), ("confirm",)])
def test_nobody_is_no_case(office: Desk, wish: tuple[str, ...]) -> None:
    said = office.as_person(OPAL, "approvers", wish[0], "eve@example.com", *wish[1:], "--json")
    assert (said.code, "Person: " in said.document["message"]) == (3, True)


def test_nobody_is_approver_and_operator(office: Desk) -> None:
    said = office.as_person(OPAL, "operators", "enrol", ALEX, "--name", "Alex", "--json")
    assert said.code == 3
    assert "Person: enrolled as approver, not as operator: nobody is both." in said.document["message"]


def test_an_enrolment_is_confirmed_as_what_it_was_asked_for(office: Desk) -> None:
    request_casey(office)
    said = office.as_person(ORSON, "operators", "confirm", CASEY, "--json")
    assert (said.code, "enrolled as approver" in said.document["message"]) == (3, True)


def test_the_second_operator_sees_what_he_confirms(office: Desk) -> None:
    request_casey(office, "--limit", "25,000.50", "--company", "1")
    said = office.as_person(ORSON, "approvers", "confirm", CASEY)
    assert said.out.index(f"{OPAL} asked for") < said.out.index("is enrolled")
    assert "25,000.50" in said.out


def test_the_story_tells_who_did_what_from_which_account(office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "opal")
    monkeypatch.setattr("socket.gethostname", lambda: "desk-7")
    enrolled_casey(office, "--reason", "new in accounting")
    office.as_person(OPAL, "approvers", "revoke", CASEY, "--reason", "moved on")

    said = office.run("approvers", "story", CASEY)
    for told in ("requested", "confirmed", "revoked", "opal@desk-7", "new in accounting", "moved on", OPAL, ORSON):
        assert told in said.out
    rows = office.run("approvers", "story", "Casey.Site@Example.com", "--json").document["story"]
    assert [row["change"] for row in rows] == ["requested", "confirmed", "revoked"]


def test_the_story_of_nobody_is_a_wrong_call(desk: Desk) -> None:
    said = desk.run("approvers", "story", "eve@example.com", "--json")
    assert (said.code, "nobody of the address" in said.document["message"]) == (2, True)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--limit", "a lot"), "expected a decimal number, found 'a lot'"),
        (("--limit", "-1"), "expected 0 to 9,999,999,999.99 dollars, found '-1'"),
        (("--limit", "1e20"), "expected 0 to 9,999,999,999.99 dollars, found '1e20'"),
        (("--limit", "NaN"), "expected a finite decimal number, found 'NaN'"),
        (("--company", "0"), "expected numbers of Vista companies, 1 to 255, or all, found 0"),
        (("--company", "1", "--company", "all"), "or all, found all"),
        (("--company", "²"), "or all, found ²"),
        (("--deputy", ALEX), "belong together"),
        (("--until", "2026-12-01"), "belong together"),
        (("--deputy", "none", "--from", "2026-12-01"), "belong together"),
        (("--deputy", ALEX, "--from", "1.12.", "--until", "2026-12-24"), "expected days such as 2026-11-23"),
        (("--deputy", ALEX, "--from", "2026-12-24", "--until", "2026-12-23"), "expected a day from 2026-12-24 on"),
        (("--deputy", "alex", "--from", "2026-12-23", "--until", "2026-12-23"), "expected an e-mail address"),
    ],
)
def test_an_authority_that_makes_no_sense_is_a_wrong_call(office: Desk, options: tuple[str, ...], told: str) -> None:
    said = office.as_person(OPAL, "approvers", "enrol", CASEY, "--name", "Casey", *options, "--json")
    assert (said.code, told in said.document["message"]) == (2, True), said.out
    assert office.bench.journal.person(CASEY) is None


def test_what_is_no_address_is_a_wrong_call(office: Desk) -> None:
    said = office.as_person(OPAL, "approvers", "enrol", "casey", "--name", "Casey", "--json")
    assert (said.code, "ana.ruiz@example.com, found 'casey'" in said.document["message"]) == (2, True)


def test_an_enrolment_without_a_name_is_refused(office: Desk) -> None:
    said = office.as_person(OPAL, "approvers", "enrol", CASEY, "--json")
    assert (said.code, "Name: it is missing." in said.document["message"]) == (3, True)


def test_the_lists_show_each_role_alone(office: Desk) -> None:
    operators = office.run("operators", "list", "--json").document["operators"]
    approvers = office.run("approvers", "list", "--json").document["approvers"]
    assert [one["email"] for one in operators] == [OPAL, ORSON]
    assert [one["email"] for one in approvers] == [ALEX, BLAKE]
    assert "no limit" in office.run("approvers", "list").out
