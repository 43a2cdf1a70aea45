"""Read a person and their authority as typed on the command line. What makes no sense is a wrong call."""

from datetime import date
from decimal import Decimal

import typer

from connectors.journal.records import Deputy
from jobcost.config import is_address
from jobcost.money import DOLLARS_MAX, decimal_from, dollars, money_text

# Vista JCCo is a tinyint (facts/vista.md 1.1).
_COMPANY_MAX = 255
_COMPANIES = {str(number): number for number in range(1, _COMPANY_MAX + 1)}


def read_mail(text: str) -> str:
    """Read an e-mail address."""
    if not is_address(text.strip()):
        raise typer.BadParameter(f"expected an e-mail address such as ana.ruiz@example.com, found {text!r}")
    return text.strip()


def read_limit(text: str) -> Decimal | None:
    """Read the largest change a person may accept, US dollars; None for "none", which is no limit."""
    if text.strip().lower() == "none":
        return None
    try:
        amount = dollars(decimal_from(text.replace(",", "")))
    except ValueError as problem:
        raise typer.BadParameter(f"--limit: {problem}") from None
    if not 0 <= amount <= DOLLARS_MAX:
        raise typer.BadParameter(f"--limit: expected 0 to {money_text(DOLLARS_MAX)} dollars, found {text!r}")
    return amount


def read_companies(texts: list[str]) -> tuple[int, ...]:
    """Read the Vista companies a person decides for; none for "all", which is every one."""
    if [text.strip().lower() for text in texts] == ["all"]:
        return ()
    unknown = [text for text in texts if text.strip() not in _COMPANIES]
    if unknown:
        raise typer.BadParameter(
            f"--company: expected numbers of Vista companies, 1 to {_COMPANY_MAX}, or all, found {', '.join(unknown)}"
        )
    return tuple(sorted({_COMPANIES[text.strip()] for text in texts}))


def read_deputy(mail: str | None, first: str | None, last: str | None) -> Deputy | None:
    """Read who decides in a person's place and on which days, both included; None for "none", which is nobody."""
    if mail is not None and mail.strip().lower() == "none" and (first, last) == (None, None):
        return None
    if mail is None or first is None or last is None:
        raise typer.BadParameter("--deputy MAIL, --from DAY and --until DAY belong together; --deputy none ends it")
    try:
        first_day, last_day = date.fromisoformat(first.strip()), date.fromisoformat(last.strip())
    except ValueError:
        raise typer.BadParameter(f"expected days such as 2026-11-23, found {first!r} and {last!r}") from None
    if last_day < first_day:
        raise typer.BadParameter(f"--until: expected a day from {first_day} on, found {last_day}")
    return Deputy(email=read_mail(mail), first_day=first_day, last_day=last_day)
