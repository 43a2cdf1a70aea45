"""`make demo`: the main job on real input, from the project manager's sending to the verified job.

Every step goes through what a user has: the command line, the deployed flow, the Prefect UI. Nothing is called behind
their backs, and nothing is left running (unless asked for with --keep).
"""

import argparse
import select
import signal
import sys
import tempfile
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from demo.commands import CommandFailed, Commands
from demo.local_prefect import ServerSetUp
from demo.people import SENDER, Phone, enrol_people
from demo.stack import LocalStack
from demo.telling import audited, say, tell_audit, tell_mails

PROJECT = "1164"
JOB = "1164I-001"

_ENDED_BY_SIGNAL = 128 + signal.SIGTERM
_LOOK_SECONDS = 2.0
_SHOW_CODE = "c"

# What the command line needs in another terminal.
_NAMES_FOR_PEOPLE = (
    *("PROCORE_", "VISTA_", "JOURNAL_", "EXPORT_", "MAIL_", "REPORTS_"),
    *("PREFECT_API_URL", "PREFECT_API_AUTH_STRING", "PREFECT_UI_URL"),
)


def main() -> int:
    """Run the demo; 0 when the export was verified."""
    parser = argparse.ArgumentParser(prog="make demo", description="Export a real budget in a local sandbox.")
    parser.add_argument("--keep", action="store_true", help="leave everything up afterwards, to play with")
    keep = parser.parse_args().keep
    # Ended by its id, the demo takes everything down first, as with Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_ENDED_BY_SIGNAL))
    with tempfile.TemporaryDirectory(prefix="budget-export-demo-") as directory:
        say("Starting sandboxes of Procore, Vista and mail, journal, Prefect server and worker ...")
        with LocalStack(Path(directory), set_up=ServerSetUp(schedules=True), tell=say) as stack:
            commands = Commands(stack.environment)
            phones: tuple[Phone, ...] = ()
            try:
                phones = enrol_people(commands)
                verified = export_public_works(stack, commands, phones[-1])
            except CommandFailed as problem:
                say(f"The demo stopped: {problem}")
                verified = False
            if keep:
                keep_up(stack, phones)
    return 0 if verified else 1


def export_public_works(stack: LocalStack, commands: Commands, alex: Phone) -> bool:
    """Send the budget, have it decided, check the job, and say what people and auditors are told."""
    say(f"Priya, the project manager, sends the budget of project {PROJECT} (contract 1164I, 69 lines) ...")
    sent = commands.json("setup", PROJECT, "--by", SENDER)
    export_id, plan_code = sent["export"]["id"], sent["export"]["plan_code"]
    commands.run("show", export_id)
    if is_at_terminal():
        say("\nOne-time codes come from Alex's telephone. Yours may be it: scan this with any authenticator app.\n")
        say(f"{alex.picture()}\n")
    say(f"Waiting for the accounting approver: {sent['url']}")
    say(f"In the page's menu (⋮) choose Resume. Answer as {alex.email}, with this plan code: {plan_code}")
    decided = decide(commands, export_id, plan_code, alex)
    if decided["export"]["state"] != "verified":
        say(f"The export ended as {decided['export']['state']}.")
        return False
    commands.run("verify", JOB)
    verification = commands.json("verify", JOB)["verification"]
    audit = audited(commands, export_id)
    tell_mails(stack.mails())
    tell_audit(audit)
    total = Decimal(verification["found_total"])
    say(f"VERIFIED project={PROJECT} job={JOB} lines={len(verification['lines'])} total={total:.2f}")
    return True


def decide(commands: Commands, export_id: str, plan_code: str, alex: Phone) -> dict[str, Any]:
    """Let the person at the terminal decide in the UI or by a key; without a terminal accept by the command line."""
    if not is_at_terminal():
        return accept(commands, export_id, plan_code, alex)
    say(f"Enter: Alex accepts from here.   {_SHOW_CODE} + Enter: show the code that Alex's app shows now.")
    say("(Only a sandbox can do that: a real secret is on the approver's telephone and nowhere else in clear.)")
    while True:
        shown: dict[str, Any] = commands.json("show", export_id)
        if shown["export"]["ended_at"] is not None:
            return shown
        line = typed_within(_LOOK_SECONDS)
        if line is not None and line.strip() == _SHOW_CODE:
            show_codes((alex,))
        elif line is not None and not line.strip():
            try:
                return accept(commands, export_id, plan_code, alex)
            except CommandFailed as problem:
                # The same code was used in the UI a moment ago, for example: the export still waits.
                say(str(problem))


def accept(commands: Commands, export_id: str, plan_code: str, alex: Phone) -> dict[str, Any]:
    """Accept by the command line, in Alex's name.

    Raises:
        CommandFailed: if the answer was not taken.
    """
    say(f"{alex.email} accepts plan {plan_code} ...")
    answer = ("--plan", plan_code, "--approver", alex.email, "--code", alex.code())
    return commands.json("accept", export_id, *answer)


def keep_up(stack: LocalStack, phones: tuple[Phone, ...]) -> None:
    """Leave everything running until the person presses Ctrl-C."""
    say(f"Prefect UI: {stack.ui_url}")
    say("For the command line in another terminal:")
    for name, value in sorted(stack.environment.items()):
        if name.startswith(_NAMES_FOR_PEOPLE):
            say(f"  export {name}='{value}'")
    say("Ctrl-C stops everything." + (" Enter shows everybody's one-time codes." if is_at_terminal() else ""))
    try:
        while True:
            if typed_within(_LOOK_SECONDS) is not None:
                show_codes(phones)
    except KeyboardInterrupt:
        say("Stopping ...")


def is_at_terminal() -> bool:
    """Tell whether a person is there to read and to type."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def typed_within(seconds: float) -> str | None:
    """Wait so long for a line at the terminal; None when nothing was typed, or nobody is there."""
    listened_to = [sys.stdin] if is_at_terminal() else []
    if not select.select(listened_to, [], [], seconds)[0]:
        return None
    return sys.stdin.readline()


def show_codes(phones: Iterable[Phone]) -> None:
    """Say the code that each app shows now. Each counts once."""
    for phone in phones:
        say(f"{phone.email}: {phone.code()}")


if __name__ == "__main__":
    sys.exit(main())
