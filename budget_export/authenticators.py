"""Hand a new authenticator secret over: as a QR code on the terminal, or as a URI for a program. Once, never again.

Nothing here is logged, and nothing of it is kept. Source of the URI: the key URI format that authenticator apps take.
"""

import sys
from io import StringIO

import pyotp
import segno
from pydantic import SecretStr

from budget_export.printing import say
from budget_export.proving import asked_code
from connectors.journal.records import PersonRecord
from tasks.systems import Systems, now

ISSUER = "Budget export"

# Fixed white on fixed black: a scanner reads it on dark and on light terminals.
_COLOURS = "\x1b[38;5;231;48;5;16m"
_PLAIN = "\x1b[0m"
_TRIES = 5


def otpauth_uri(email: str, secret: SecretStr) -> str:
    """Write the secret as authenticator apps take it: otpauth://totp/..."""
    return pyotp.TOTP(secret.get_secret_value()).provisioning_uri(name=email, issuer_name=ISSUER)


def qr_lines(uri: str) -> tuple[str, ...]:
    """Draw the URI as a QR code in half blocks, two rows of the code in each line."""
    drawn = StringIO()
    segno.make(uri, error="l", micro=False).terminal(drawn, compact=True, border=4)
    return tuple(drawn.getvalue().splitlines())


def show_authenticator(systems: Systems, person: PersonRecord, secret: SecretStr) -> None:
    """Show the QR code once, and let the person try their app."""
    name = person.facts.name if person.facts else person.email
    say(f"\nLet {name} scan this with an authenticator app (account {ISSUER}: {person.email}):\n")
    for line in qr_lines(otpauth_uri(person.email, secret)):
        sys.stdout.write(f"{_COLOURS}{line}{_PLAIN}\n")
    sys.stdout.flush()
    say("\nIt is shown this once and never again. Lost or not scanned: enrol with --new-authenticator.")
    _try_out(systems, person)


def _try_out(systems: Systems, person: PersonRecord) -> None:
    """Let the person type a first code, to see that the app works. It is not used up, and a wrong one costs nothing."""
    for _ in range(_TRIES):
        code = asked_code("Try it: the code that the app shows now (Enter skips)")
        if not code.get_secret_value().strip():
            return
        check = systems.journal.check_code(person.email, code, given_at=now())
        if check.step is not None:
            say("The app works. The code was not used up.")
            return
        say(
            f"{check.problem} Nothing is lost: look whether the app shows the account {ISSUER}, and whether the"
            " telephone sets its clock by itself; then try the next code."
        )
