"""Commands of the operator for enrolling approvers."""

from decimal import Decimal
from typing import Annotated

import typer
from rich.markup import escape

from budget_export.options import AsJson, By
from budget_export.printing import console, print_json, table
from connectors.journal.records import ApproverRecord
from jobcost.money import DOLLARS_MAX, decimal_from, dollars, money_text
from tasks.systems import now, open_systems

app = typer.Typer(help="Enrol the people who may accept exports.", no_args_is_help=True, rich_markup_mode=None)

Mail = Annotated[str, typer.Argument(metavar="MAIL", help="The approver's e-mail address, as in Procore.")]


@app.command("enrol")
def enrol(
    mail: Mail,
    name: Annotated[str, typer.Option("--name", help="The person's name.")],
    by: By,
    limit: Annotated[
        str | None, typer.Option("--limit", metavar="DOLLARS", help="Largest change the person may accept.")
    ] = None,
    *,
    json: AsJson = False,
) -> None:
    """Enrol an approver, or change the name or limit of one."""
    if "@" not in mail:
        raise typer.BadParameter(f"expected an e-mail address such as ana.ruiz@example.com, found {mail!r}")
    amount = _dollars(limit) if limit is not None else None
    with open_systems() as systems:
        person = systems.journal.enrol(email=mail, name=name, amount_limit=amount, enrolled_by=by, at=now())
    _tell(person, "is enrolled", as_json=json)


@app.command("revoke")
def revoke(mail: Mail, by: By, *, json: AsJson = False) -> None:
    """Take an approver's authority away; earlier decisions stay recorded."""
    with open_systems() as systems:
        person = systems.journal.revoke(mail, by=by, at=now())
    _tell(person, "is no longer enrolled", as_json=json)


@app.command("list")
def list_all(*, json: AsJson = False) -> None:
    """List everybody who was ever enrolled."""
    with open_systems() as systems:
        people = systems.journal.approvers()
    if json:
        print_json({"approvers": people})
        return
    rows = [
        (
            person.email,
            person.name,
            "no limit" if person.amount_limit is None else money_text(person.amount_limit),
            "active" if person.active else "revoked",
            person.enrolled_by,
        )
        for person in people
    ]
    table("Approvers", ("E-mail", "Name", "Limit", "State", "Enrolled by"), rows, frozenset({"Limit"}))


def _dollars(text: str) -> Decimal:
    try:
        amount = dollars(decimal_from(text.replace(",", "")))
    except ValueError as problem:
        raise typer.BadParameter(f"--limit: {problem}") from None
    if not 0 <= amount <= DOLLARS_MAX:
        raise typer.BadParameter(f"--limit: expected 0 to {money_text(DOLLARS_MAX)} dollars, found {text!r}")
    return amount


def _tell(person: ApproverRecord, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"approver": person})
    else:
        console.print(f"{escape(person.name)} <{escape(person.email)}> {what}.", highlight=False)
