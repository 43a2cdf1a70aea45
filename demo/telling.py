"""What the demo says: progress, the mails that people got, and what the audit proves."""

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from email.message import EmailMessage
from typing import Any

from demo.commands import Commands

_TOLD_SECONDS_MAX = 30.0


def say(text: str) -> None:
    """Print at once: progress is for people who wait."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def audited(commands: Commands, export_id: str) -> dict[str, Any]:
    """Audit the journal and tell the story of a verified export, once everybody was told of it.

    People are told after the journal knows, and may be told late: the story is returned all the same.

    Raises:
        CommandFailed: if the journal is not as it was recorded.
    """
    give_up_at = time.monotonic() + _TOLD_SECONDS_MAX
    while True:
        audit = commands.json("audit", export_id)
        notices = audit["story"]["notices"]
        is_told = any(one["kind"] == "verified" for one in notices) and all(one["delivered_at"] for one in notices)
        if is_told or time.monotonic() > give_up_at:
            return audit
        time.sleep(0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """A job's estimates by a plan, US dollars."""

    original_before: Decimal
    original_after: Decimal
    current_before: Decimal
    current_after: Decimal


def estimates(plan: dict[str, Any]) -> Estimates:
    """Add up a plan as the command line writes it; of a job without lines that only Vista has."""
    before = sum((Decimal(line["before"]["cost"]) for line in plan["lines"] if line["before"]), Decimal(0))
    after = sum((Decimal(line["after"]["cost"]) for line in plan["lines"]), Decimal(0))
    standing = sum((Decimal(amount) for _, _, amount in plan["changes_before"]), Decimal(0))
    added = sum(map(_amount, plan["change_orders"]), Decimal(0))
    return Estimates(
        original_before=before,
        original_after=after,
        current_before=before + standing,
        current_after=after + standing + added,
    )


def tell_update(shown: dict[str, Any]) -> None:
    """Say what an update would do: its change orders, what is not sent, and both estimates of the job."""
    say(f"\nThe update, plan {shown['export']['plan_code']}: internal change orders, each with a revenue of zero")
    for order in shown["plan"]["change_orders"]:
        say(f"  {order['aco']:<6} {order['title']:<20} {order['month'][:7]} {_amount(order):>+16,.2f}")
        for line in _lines(order):
            say(f"         {line['phase'].rstrip()} / {line['cost_type']:<22} {Decimal(line['cost']):>+16,.2f}")
    for finding in shown["findings"]:
        if finding["rule"] == "change-not-sent":
            say(f"  Not sent: {finding['where']}: {finding['found']}")
    found = estimates(shown["plan"])
    say(f"  Original Estimate {found.original_before:>16,.2f} now {found.original_after:>16,.2f} after it")
    say(f"  Current Estimate  {found.current_before:>16,.2f} now {found.current_after:>16,.2f} after it\n")


def _lines(order: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for item in order["items"] for line in item["lines"]]


def _amount(order: dict[str, Any]) -> Decimal:
    return sum((Decimal(line["cost"]) for line in _lines(order)), Decimal(0))


def tell_mails(mails: Iterable[EmailMessage]) -> None:
    """Say what was mailed to whom, a line each."""
    lines = [f"  {mail['To']}: {str(mail['Subject']).strip()}" for mail in mails]
    say(f"\n{len(lines)} mails were sent:")
    for line in lines:
        say(line)


def tell_audit(audit: dict[str, Any]) -> None:
    """Say in short who did what and when, by the journal, and what its chain proves."""
    story = audit["story"]
    say(f"\nWhat an auditor reads (budget-export audit {story['export_id']}):")
    for move in story["moves"]:
        state = move["to_state"].replace("_", " ")
        say(f"  {_moment(move['at'])}  {state}, by {move['actor']}")
    for answer in story["answers"]:
        proof = "with a one-time code" if answer["is_proven"] else "without proof"
        say(f"  Answer {answer['ask']}: {answer['verdict']}, by {answer['approver']}, {proof}; plan {answer['digest']}")
    say(f"  Read back from Vista: {Decimal(story['total_read_back']):,.2f} dollars in {len(story['lines'])} lines")
    number, _, seal = audit["head"].partition(":")
    say(f"  The journal's chain is unbroken: {number} links, the last one sealed {seal}")


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S} UTC"
