"""`make demo`: a real budget from the project manager's sending to the verified job, and what happens to it later.

Every step goes through what a user has: the command line, the deployed flow, the Prefect UI. Nothing is called behind
their backs, and nothing is left running (unless asked for with --keep).
"""

import argparse
import signal
import sys
import tempfile
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

from demo.commands import CommandFailed, Commands
from demo.deciding import LOOK_SECONDS, is_at_terminal, show_codes, typed_within
from demo.exports import JOB, PROJECT, DemoStopped, export_and_update, find_drift
from demo.local_prefect import ServerSetUp
from demo.people import Phone, enrol_people
from demo.stack import LocalStack
from demo.telling import audited, say, tell_audit, tell_mails

_ENDED_BY_SIGNAL = 128 + signal.SIGTERM

# What the command line needs in another terminal.
_NAMES_FOR_PEOPLE = (
    *("PROCORE_", "VISTA_", "JOURNAL_", "EXPORT_", "MAIL_", "REPORTS_"),
    *("PREFECT_API_URL", "PREFECT_API_AUTH_STRING", "PREFECT_UI_URL"),
)


def main() -> int:
    """Run the demo; 0 when the export was verified and everything after it went as shown."""
    parser = argparse.ArgumentParser(prog="make demo", description="Export a real budget in a local sandbox.")
    parser.add_argument("--keep", action="store_true", help="leave everything up afterwards, to play with")
    keep = parser.parse_args().keep
    # Ended by its id, the demo takes everything down first, as with Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_ENDED_BY_SIGNAL))
    phones: list[Phone] = []

    def enrol(stack: LocalStack) -> None:
        phones.extend(enrol_people(Commands(stack.environment)))

    say("Starting sandboxes of Procore, Vista and mail, journal, Prefect server and worker ...")
    with tempfile.TemporaryDirectory(prefix="budget-export-demo-") as directory, ExitStack() as running:
        went_well = False
        try:
            stack = LocalStack(Path(directory), set_up=ServerSetUp(schedules=True), tell=say)
            stack.meanwhile = enrol
            running.enter_context(stack)
            go_through(stack, Commands(stack.environment), phones[-1])
            went_well = True
        except (CommandFailed, DemoStopped) as problem:
            say(f"The demo stopped: {problem}")
        if keep and phones:
            keep_up(stack, phones)
    return 0 if went_well else 1


def go_through(stack: LocalStack, commands: Commands, alex: Phone) -> None:
    """Export, tell what people and auditors are told, and find a difference; the last line is for programs.

    Raises:
        CommandFailed: if a command refuses.
        DemoStopped: if something ended otherwise than the demo shows it.
    """
    exported = export_and_update(stack, commands, alex)
    audit = audited(commands, exported.first_id)
    tell_mails(stack.mails())
    tell_audit(audit)
    find_drift(stack, commands)
    story = audit["story"]
    total = Decimal(story["total_read_back"])
    say(f"\nFirst export and update were verified: Original Estimate {total:,.2f}, Current {exported.current:,.2f}.")
    say(f"VERIFIED project={PROJECT} job={JOB} lines={len(story['lines'])} total={total:.2f}")


def keep_up(stack: LocalStack, phones: list[Phone]) -> None:
    """Leave everything running until the person presses Ctrl-C."""
    say(f"Prefect UI: {stack.ui_url}")
    say("For the command line in another terminal:")
    for name, value in sorted(stack.environment.items()):
        if name.startswith(_NAMES_FOR_PEOPLE):
            say(f"  export {name}='{value}'")
    say("Ctrl-C stops everything." + (" Enter shows everybody's one-time codes." if is_at_terminal() else ""))
    try:
        while True:
            if typed_within(LOOK_SECONDS) is not None:
                show_codes(phones)
    except KeyboardInterrupt:
        say("Stopping ...")


if __name__ == "__main__":
    sys.exit(main())
