"""Commands about people: approvers, who may accept, and operators, who enrol them.

An enrolment takes two different operators, or the configured owner. The rules are judged in `tasks.steps.enrol`.
"""

from typing import Annotated

import typer

from budget_export.authenticators import otpauth_uri, show_authenticator
from budget_export.authority import read_companies, read_deputy, read_limit, read_mail
from budget_export.options import AsJson, By, Code, PersonMail
from budget_export.printing import print_json, say, table
from budget_export.proving import given_code, os_account
from budget_export.roll import (
    COLUMNS,
    REQUEST_COLUMNS,
    STORY_COLUMNS,
    Entry,
    entries_of,
    request_row,
    roll_row,
    story_row,
)
from connectors.journal.records import Enrolled, PersonRecord, Role
from tasks.profiles import first_profile
from tasks.steps.enrol import Changes, Claim, Request, confirm, enrol, needs_code, revoke, unlock
from tasks.systems import Systems, now, open_systems

approvers = typer.Typer(help="The people who may accept exports.", no_args_is_help=True, rich_markup_mode=None)
operators = typer.Typer(
    help="The people who enrol approvers and operators.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str | None, typer.Option("--name", help="The person's name; needed the first time.")]
NewAuthenticator = Annotated[
    bool, typer.Option("--new-authenticator", help="Draw a new authenticator secret: the telephone was lost.")
]
Why = Annotated[str, typer.Option("--reason", help="Why, for the journal.")]
MustSayWhy = Annotated[str, typer.Option("--reason", help="Why, for the journal. Needed.")]


@approvers.command("enrol")
def enrol_approver(  # noqa: PLR0913 - each is an option of the command
    mail: PersonMail,
    by: By,
    name: Name = None,
    limit: Annotated[
        str | None, typer.Option("--limit", metavar="DOLLARS", help="Largest change they may accept; none: any.")
    ] = None,
    company: Annotated[
        list[str] | None,
        typer.Option("--company", metavar="N", help="A Vista company they decide for; all: every one."),
    ] = None,
    deputy: Annotated[
        str | None, typer.Option("--deputy", metavar="MAIL", help="Who decides in their place; none: nobody.")
    ] = None,
    first_day: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day: 2026-11-23.")] = None,
    last_day: Annotated[str | None, typer.Option("--until", metavar="DAY", help="Last day, included.")] = None,
    *,
    new_authenticator: NewAuthenticator = False,
    reason: Why = "",
    code: Code = None,
    json: AsJson = False,
) -> None:
    """Enrol an approver, or change one: what is not given stays. A second operator confirms it."""
    changes: Changes = {}
    if name is not None:
        changes["name"] = name.strip()
    if limit is not None:
        changes["amount_limit"] = read_limit(limit)
    if company:
        changes["companies"] = read_companies(company)
    if (deputy, first_day, last_day) != (None, None, None):
        changes["deputy"] = read_deputy(deputy, first_day, last_day)
    request = Request(
        email=read_mail(mail), role=Role.APPROVER, changes=changes, new_authenticator=new_authenticator, reason=reason
    )
    _enrol(request, by, code, as_json=json)


@operators.command("enrol")
def enrol_operator(
    mail: PersonMail,
    by: By,
    name: Name = None,
    *,
    new_authenticator: NewAuthenticator = False,
    reason: Why = "",
    code: Code = None,
    json: AsJson = False,
) -> None:
    """Enrol an operator, or change one. The configured owner enrols himself first, alone and without a code."""
    changes: Changes = {} if name is None else {"name": name.strip()}
    request = Request(
        email=read_mail(mail), role=Role.OPERATOR, changes=changes, new_authenticator=new_authenticator, reason=reason
    )
    _enrol(request, by, code, as_json=json)


@approvers.command("confirm")
def confirm_approver(mail: PersonMail, by: By, *, code: Code = None, json: AsJson = False) -> None:
    """Confirm, as a second operator, what was asked for. The approver should be there to scan the QR code."""
    _confirm(mail, Role.APPROVER, by, code, as_json=json)


@operators.command("confirm")
def confirm_operator(mail: PersonMail, by: By, *, code: Code = None, json: AsJson = False) -> None:
    """Confirm, as a second operator, what was asked for. The new operator should be there to scan the QR code."""
    _confirm(mail, Role.OPERATOR, by, code, as_json=json)


@approvers.command("revoke")
def revoke_approver(mail: PersonMail, by: By, reason: MustSayWhy, *, code: Code = None, json: AsJson = False) -> None:
    """Take an approver's authority away at once; earlier decisions stay recorded."""
    _revoke(mail, Role.APPROVER, by, reason, code, as_json=json)


@operators.command("revoke")
def revoke_operator(mail: PersonMail, by: By, reason: MustSayWhy, *, code: Code = None, json: AsJson = False) -> None:
    """Take an operator's authority away at once; what they did before stays recorded."""
    _revoke(mail, Role.OPERATOR, by, reason, code, as_json=json)


@approvers.command("unlock")
def unlock_approver(mail: PersonMail, by: By, *, code: Code = None, json: AsJson = False) -> None:
    """Let an approver who gave five wrong codes answer again at once."""
    _unlock(mail, Role.APPROVER, by, code, as_json=json)


@operators.command("unlock")
def unlock_operator(mail: PersonMail, by: By, *, code: Code = None, json: AsJson = False) -> None:
    """Let an operator who gave five wrong codes act again at once."""
    _unlock(mail, Role.OPERATOR, by, code, as_json=json)


@approvers.command("list")
def list_approvers(*, json: AsJson = False) -> None:
    """List everybody who was ever enrolled as an approver, or asked for."""
    _list(Role.APPROVER, as_json=json)


@operators.command("list")
def list_operators(*, json: AsJson = False) -> None:
    """List everybody who was ever enrolled as an operator, or asked for."""
    _list(Role.OPERATOR, as_json=json)


@approvers.command("story")
@operators.command("story")
def story(mail: PersonMail, *, json: AsJson = False) -> None:
    """Tell everything that happened to a person's enrolment: who, when, what."""
    with open_systems(first_profile()) as systems:
        person, rows = systems.journal.person(mail), systems.journal.enrolment_story(mail)
    if person is None:
        raise typer.BadParameter(f"nobody of the address {mail!r} was ever enrolled or asked for")
    if json:
        print_json({"person": person, "story": rows})
    else:
        table(f"Enrolment of {person.email}", STORY_COLUMNS, [story_row(row) for row in rows])


def _enrol(request: Request, by: str, code: str | None, *, as_json: bool) -> None:
    with open_systems(first_profile()) as systems:
        is_proof_needed = needs_code(systems, request.email, request.role, by)
        claim = _claim(by, code if code is not None or is_proof_needed else "")
        enrolled = enrol(systems, request, claim, now())
        what = "is enrolled" if enrolled.person.pending is None else "waits for a second operator to confirm"
        _tell(systems, enrolled, what, as_json=as_json)


def _confirm(mail: str, role: Role, by: str, code: str | None, *, as_json: bool) -> None:
    with open_systems(first_profile()) as systems:
        person = systems.journal.person(mail)
        pending = person.pending if person else None
        if person is not None and pending is not None and not as_json:
            # Shown before the code is asked for: the code is the signature under it.
            asked = f"{person.pending_by} asked for"
            table(asked, REQUEST_COLUMNS, [request_row(pending, new_authenticator=person.pending_new_authenticator)])
        enrolled = confirm(systems, mail, role, _claim(by, code), now(), seen=pending)
        _tell(systems, enrolled, "is enrolled", as_json=as_json)


def _revoke(mail: str, role: Role, by: str, reason: str, code: str | None, *, as_json: bool) -> None:
    claim = _claim(by, code)
    with open_systems(first_profile()) as systems:
        person = revoke(systems, mail, role, reason, claim, now())
        _tell(systems, Enrolled(person=person, secret=None), "is no longer enrolled", as_json=as_json)


def _unlock(mail: str, role: Role, by: str, code: str | None, *, as_json: bool) -> None:
    claim = _claim(by, code)
    with open_systems(first_profile()) as systems:
        person = unlock(systems, mail, role, claim, now())
        _tell(systems, Enrolled(person=person, secret=None), "may answer again", as_json=as_json)


def _list(role: Role, *, as_json: bool) -> None:
    with open_systems(first_profile()) as systems:
        entries = entries_of(systems, role, now())
    if as_json:
        print_json({f"{role}s": [entry.document() for entry in entries]})
    else:
        table(f"{role.capitalize()}s", COLUMNS[role], [roll_row(entry) for entry in entries], frozenset({"Limit"}))


def _claim(by: str, code: str | None) -> Claim:
    return Claim(email=by.strip(), code=given_code(code), os_account=os_account())


def _tell(systems: Systems, enrolled: Enrolled, what: str, *, as_json: bool) -> None:
    person, secret = enrolled.person, enrolled.secret
    if as_json:
        uri = None if secret is None else otpauth_uri(person.email, secret)
        print_json({"person": person, "in_force": person.is_active, "otpauth_uri": uri})
        return
    say(f"{_name(systems, person)} <{person.email}> {what}.")
    if secret is not None:
        show_authenticator(systems, person, secret)


def _name(systems: Systems, person: PersonRecord) -> str:
    return Entry.of(systems, person, now()).facts.name
