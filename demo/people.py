"""The invented people of the demo, and their telephones. Real people's secrets are on their own telephones alone."""

import time
from dataclasses import dataclass, field

import pyotp

from budget_export.authenticators import qr_lines
from demo.commands import Commands

SENDER = "priya.pm@example.com"
APPROVER = "alex.approver@example.com"
# As demo/export.toml names him.
OWNER = "olivia.owner@example.com"

# Fixed white on fixed black: a scanner reads it on dark and on light terminals.
_COLOURS = "\x1b[38;5;231;48;5;16m"
_PLAIN = "\x1b[0m"
_LOOK_SECONDS = 0.5


@dataclass(slots=True)
class LastCode:
    """The code that somebody gave last; "" before the first."""

    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """The telephone of a person, with the authenticator app on it."""

    email: str
    # What the enrolment printed: otpauth://totp/...
    uri: str = field(repr=False)
    given: LastCode = field(default_factory=LastCode, repr=False)

    def code(self) -> str:
        """Return the one-time code that the app shows now."""
        app = pyotp.parse_uri(self.uri)
        if not isinstance(app, pyotp.TOTP):
            raise TypeError(f"expected codes by the clock for {self.email}, found {type(app).__name__}")
        return app.now()

    def fresh_code(self) -> str:
        """Return a code that this method did not give before, waiting for the app to show one: a code counts once."""
        while (code := self.code()) == self.given.code:
            time.sleep(_LOOK_SECONDS)
        self.given.code = code
        return code

    def picture(self) -> str:
        """Draw the QR code that any authenticator app takes, for a terminal."""
        return "\n".join(f"{_COLOURS}{line}{_PLAIN}" for line in qr_lines(self.uri))


def enrol_people(commands: Commands) -> tuple[Phone, Phone]:
    """Enrol the owner, who is the first operator and needs nobody for it; he enrols the approver. Return both phones.

    Raises:
        CommandFailed: if one of them is refused.
    """
    owner = _enrolled(commands, "operators", OWNER, "Olivia Owner")
    approver = _enrolled(commands, "approvers", APPROVER, "Alex Accountant", "--code", owner.code())
    return owner, approver


def _enrolled(commands: Commands, role: str, email: str, name: str, *proof: str) -> Phone:
    enrolled = commands.json(role, "enrol", email, "--name", name, "--by", OWNER, *proof)
    return Phone(email=email, uri=enrolled["otpauth_uri"])
