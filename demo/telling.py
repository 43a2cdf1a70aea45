"""What the demo says: progress, the mails that people got, and what the audit proves."""

import sys
import time
from collections.abc import Iterable
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
