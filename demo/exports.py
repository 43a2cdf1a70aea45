"""What the demo does: the first export of a real budget, its change orders as an update, and a look for differences."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from demo.commands import Commands
from demo.deciding import decide, is_at_terminal
from demo.people import SENDER, Phone
from demo.stack import LocalStack
from demo.telling import estimates, say, tell_update
from jobcost.lifecycle import ExportState
from sandbox.vista import people as vista_people

PROJECT = "1164"
JOB = "1164I-001"

# What somebody types over an estimate in Vista, between two exports: a line, its cost type, and the amount.
_SIDEWALK, _SUBCONTRACT, _TYPED_OVER = "R-9", 3, Decimal("111000.00")
# How `budget-export reconcile` says that it found differences.
_DIFFERENCES = 1


class DemoStopped(Exception):
    """Something ended otherwise than the demo shows it; the text says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What the exports of the demo left behind."""

    first_id: str
    # The job's Current Estimate after the update, US dollars.
    current: Decimal


def export_and_update(stack: LocalStack, commands: Commands, alex: Phone) -> Exported:
    """Export the budget, then its change orders, then nothing.

    Raises:
        CommandFailed: if a command refuses.
        DemoStopped: if something ended otherwise than it should, because a person decided otherwise, for example.
    """
    first_id = _first_export(commands, alex)
    current = _update(stack, commands, alex)
    _nothing_to_do(commands)
    return Exported(first_id=first_id, current=current)


def _first_export(commands: Commands, alex: Phone) -> str:
    say(f"Priya, the project manager, sends the budget of project {PROJECT} (contract 1164I, 69 lines) ...")
    sent = commands.json("setup", PROJECT, "--by", SENDER)
    commands.run("show", sent["export"]["id"])
    if is_at_terminal():
        say("\nOne-time codes come from Alex's telephone. Yours may be it: scan this with any authenticator app.\n")
        say(f"{alex.picture()}\n")
    _require(decide(commands, sent, alex), ExportState.VERIFIED)
    commands.run("verify", JOB)
    return str(sent["export"]["id"])


def _update(stack: LocalStack, commands: Commands, alex: Phone) -> Decimal:
    say("\nLater two change orders of the contract are approved in Procore, as budget changes:")
    for change in approve_later_changes(stack.procore.control_url):
        say(f"  {change['number']}: {change['title']}")
    say("Priya sends what changed ...")
    sent = commands.json("update", PROJECT, "--by", SENDER)
    shown = commands.json("show", sent["export"]["id"])
    tell_update(shown)
    _require(decide(commands, sent, alex), ExportState.VERIFIED)
    say(f"{sent['export']['id']} is verified: both change orders were read back from Vista, line by line.")
    return estimates(shown["plan"]).current_after


def _nothing_to_do(commands: Commands) -> None:
    say("\nPriya sends once more, although nothing changed ...")
    again = commands.json("update", PROJECT, "--by", SENDER)
    _require(again, ExportState.UNCHANGED)
    say(f"{again['export']['id']} is unchanged: nothing to do. Nobody is asked, nothing is written.")


def find_drift(stack: LocalStack, commands: Commands) -> None:
    """Let somebody change a line in Vista, and find it.

    Raises:
        CommandFailed: if the systems could not be compared.
        DemoStopped: if the change was not found.
    """
    say(f"\nAn accountant types {_TYPED_OVER:,.2f} over the estimate of the sidewalk, {_SIDEWALK}, in Vista.")
    vista_people.change_estimate(stack.vista_url, _SIDEWALK, _SUBCONTRACT, cost=_TYPED_OVER)
    say("Do the two systems still agree?")
    if commands.run("reconcile", JOB, may_end_with=_DIFFERENCES) != _DIFFERENCES:
        raise DemoStopped("expected the line that was changed in Vista to be found, found no difference")


def approve_later_changes(control_url: str) -> list[dict[str, Any]]:
    """Let the project manager approve the change orders of the published contract, as budget changes in Procore."""
    answer = httpx.post(f"{control_url}/sandbox/later_changes", json={}, timeout=30, trust_env=False)
    made: list[dict[str, Any]] = answer.raise_for_status().json()
    return made


def _require(ended: dict[str, Any], expected: ExportState) -> None:
    state = ended["export"]["state"]
    if state != expected:
        raise DemoStopped(f"The export ended as {state}.")
