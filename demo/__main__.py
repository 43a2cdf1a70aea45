"""`make demo`: the main job on real input, from the project manager's sending to the verified job.

Every step goes through what a user has: the command line, the deployed flow, the Prefect UI. Nothing is called behind
their backs, and nothing is left running (unless asked for with --keep).
"""

import argparse
import select
import signal
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from demo.commands import CommandFailed, Commands
from demo.stack import LocalStack

PROJECT = "1164"
JOB = "1164I-001"
SENDER = "priya.pm@example.com"
APPROVER = "alex.approver@example.com"
OPERATOR = "operator@example.com"

_ENDED_BY_SIGNAL = 128 + signal.SIGTERM

# What the command line needs in another terminal.
_NAMES_FOR_PEOPLE = ("PROCORE_", "VISTA_", "JOURNAL_", "EXPORT_", "REPORTS_", "PREFECT_API_URL", "PREFECT_UI_URL")


def main() -> int:
    """Run the demo; 0 when the export was verified."""
    parser = argparse.ArgumentParser(prog="make demo", description="Export a real budget in a local sandbox.")
    parser.add_argument("--keep", action="store_true", help="leave everything up afterwards, to play with")
    keep = parser.parse_args().keep
    # Ended by its id, the demo takes everything down first, as with Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_ENDED_BY_SIGNAL))
    with tempfile.TemporaryDirectory(prefix="budget-export-demo-") as directory:
        say("Starting sandbox Procore, sandbox Vista, journal, Prefect server and worker ...")
        with LocalStack(Path(directory), tell=say) as stack:
            try:
                verified = export_public_works(Commands(stack.environment))
            except CommandFailed as problem:
                say(f"The demo stopped: {problem}")
                verified = False
            if keep:
                keep_up(stack)
    return 0 if verified else 1


def export_public_works(commands: Commands) -> bool:
    """Enrol an approver, send the budget, have it decided, and check the job."""
    commands.run("approvers", "enrol", APPROVER, "--name", "Alex Accountant", "--by", OPERATOR)
    say(f"Priya, the project manager, sends the budget of project {PROJECT} (contract 1164I, 69 lines) ...")
    sent = commands.json("setup", PROJECT, "--by", SENDER)
    export_id = sent["export"]["id"]
    commands.run("show", export_id)
    say(f"Waiting for the accounting approver: {sent['url']}")
    say("In the page's menu (⋮) choose Resume, and answer with this plan code: " + sent["export"]["plan_code"])
    decided = decide(commands, export_id, sent["export"]["plan_code"])
    if decided["export"]["state"] != "verified":
        say(f"The export ended as {decided['export']['state']}.")
        return False
    commands.run("verify", JOB)
    verification = commands.json("verify", JOB)["verification"]
    total = Decimal(verification["found_total"])
    say(f"VERIFIED project={PROJECT} job={JOB} lines={len(verification['lines'])} total={total:.2f}")
    return True


def decide(commands: Commands, export_id: str, plan_code: str) -> dict[str, Any]:
    """Let the person at the terminal decide in the UI or by a key; without a terminal accept by the command line."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        say(f"Press Enter to let {APPROVER} accept from here instead.")
        while not select.select([sys.stdin], [], [], 2.0)[0]:
            shown: dict[str, Any] = commands.json("show", export_id)
            if shown["export"]["ended_at"] is not None:
                return shown
        sys.stdin.readline()
    say(f"{APPROVER} accepts plan {plan_code} ...")
    return commands.json("accept", export_id, "--plan", plan_code, "--approver", APPROVER)


def keep_up(stack: LocalStack) -> None:
    """Leave everything running until the person presses Ctrl-C."""
    say(f"Prefect UI: {stack.ui_url}")
    say("For the command line in another terminal:")
    for name, value in sorted(stack.environment.items()):
        if name.startswith(_NAMES_FOR_PEOPLE):
            say(f"  export {name}='{value}'")
    say("Ctrl-C stops everything.")
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        say("Stopping ...")


def say(text: str) -> None:
    """Print at once: progress is for people who wait."""
    print(text, flush=True)  # noqa: T201 - the demo speaks on standard output


if __name__ == "__main__":
    sys.exit(main())
