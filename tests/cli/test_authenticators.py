"""Handing an authenticator secret over on a terminal: the QR code, the first code, and the prompt without echo."""

import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self

import pyotp
import pytest
import segno
from pydantic import SecretStr

from connectors.journal.vault import Vault
from tests.cli.desk import OPAL, OWNER, Desk
from tests.flows.workbench import ALEX
from tests.keys import JOURNAL_KEY

ENROL_OWNER = ("operators", "enrol", OWNER, "--name", "Olivia Owner", "--by", OWNER)
PRINTED_LINE = re.compile("\x1b\\[38;5;231;48;5;16m([^\x1b]*)\x1b\\[0m")
# White is printed, black is left out: upper and lower row of a line.
ROWS_OF = {"█": (0, 0), "▀": (0, 1), "▄": (1, 0), " ": (1, 1)}
BORDER = 4

_PATIENCE_SECONDS = 60


def printed_code(out: str) -> list[list[int]]:
    """What a scanner sees: 1 for black; without the white border."""
    lines = PRINTED_LINE.findall(out)
    rows = [[ROWS_OF[sign][half] for sign in line] for line in lines for half in (0, 1)]
    size = len(rows[0]) - 2 * BORDER
    border = [*rows[:BORDER], *rows[BORDER + size :]]
    assert all(not any(row) for row in border[: 2 * BORDER])
    return [row[BORDER : BORDER + size] for row in rows[BORDER : BORDER + size]]


def stored_secret(desk: Desk, email: str) -> str:
    with desk.bench.journal._reading() as connection:
        query = "SELECT encrypted_secret FROM person WHERE email = ?"
        stored: str = connection.exec_driver_sql(query, (email,)).scalar_one()
    return Vault(JOURNAL_KEY).decrypt(email, stored)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], str]]:
    """What the person types when asked for a first code; nothing when the list is empty."""
    answers: list[Callable[[], str]] = []

    def asked(_question: str) -> SecretStr:
        return SecretStr(answers.pop(0)() if answers else "")

    monkeypatch.setattr("budget_export.authenticators.asked_code", asked)
    return answers


def test_the_printed_code_is_the_one_an_authenticator_app_takes(desk: Desk) -> None:
    said = desk.run(*ENROL_OWNER)

    secret = stored_secret(desk, OWNER)
    uri = f"otpauth://totp/Budget%20export:olivia.owner%40example.com?secret={secret}&issuer=Budget%20export"
    expected = [list(row) for row in segno.make(uri, error="l", micro=False).matrix]
    assert printed_code(said.out) == expected
    assert "It is shown this once and never again." in said.out
    # For eyes there is the picture alone.
    assert secret not in said.out + said.err


def test_a_first_code_shows_that_the_app_works_and_is_not_used_up(desk: Desk, typed: list[Callable[[], str]]) -> None:
    def shown() -> str:
        return pyotp.TOTP(stored_secret(desk, OWNER)).at(desk.at)

    typed.extend([lambda: "not this", shown, shown])

    said = desk.run(*ENROL_OWNER)

    told = " ".join(said.out.split())
    assert "it is not the one your authenticator shows. Nothing is lost: look whether the app shows" in told
    assert said.out.endswith("The app works. The code was not used up.\n")
    # The third answer was not asked for, and the code still counts.
    assert len(typed) == 1
    assert desk.bench.journal.check_code(OWNER, SecretStr(shown()), given_at=desk.at).problem == ""


def test_wrong_first_codes_lock_nobody(desk: Desk, typed: list[Callable[[], str]]) -> None:
    typed.extend([lambda: "000"] * 9)
    said = desk.run(*ENROL_OWNER)
    person = desk.bench.journal.person(OWNER)
    assert person is not None
    assert (said.code, person.is_active, person.locked_until) == (0, True, None)
    assert desk.run("operators", "list", "--json").document["operators"][0]["states"] == ["active"]


class Terminal:
    """A command on a real terminal: what it shows, and what somebody types."""

    def __init__(self, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        program = "import sys; from budget_export.app import main; main()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "PREFECT_API_URL": "http://127.0.0.1:9/api", "TERM": "xterm-256color", "COLUMNS": "150"},
            start_new_session=True,
        )
        os.close(theirs)
        self.screen = ""

    def wait_for(self, text: str) -> None:
        """Read until a text is on the screen."""
        while text not in self.screen:
            ready, _, _ = select.select([self._ours], [], [], _PATIENCE_SECONDS)
            assert ready, f"{text!r} never came; the screen shows {self.screen!r}"
            self.screen += os.read(self._ours, 65536).decode()

    def type_hidden(self, text: str) -> None:
        """Type once the terminal shows no more what is typed; what comes before that is thrown away by it."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while termios.tcgetattr(self._ours)[3] & termios.ECHO:
            assert time.monotonic() < deadline, "the terminal went on showing what is typed"
            time.sleep(0.01)
        os.write(self._ours, f"{text}\n".encode())

    def ended(self) -> int:
        """Read what is left, and return the exit code."""
        # The other side is closed when the command has left.
        with suppress(OSError):
            while more := os.read(self._ours, 65536):
                self.screen += more.decode()
        return self._process.wait(_PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(_PATIENCE_SECONDS)
        os.close(self._ours)


def test_on_a_terminal_the_code_is_asked_for_and_not_shown(desk: Desk) -> None:
    with Terminal(*ENROL_OWNER) as terminal:
        terminal.wait_for("Try it")
        assert len(printed_code(terminal.screen.replace("\r", ""))) >= 21
        code = pyotp.TOTP(stored_secret(desk, OWNER)).now()
        terminal.type_hidden(code)
        terminal.wait_for("The app works.")
        assert terminal.ended() == 0
    assert code not in terminal.screen


def test_an_operators_code_is_typed_without_echo(desk: Desk) -> None:
    phone = desk.operator(OPAL)
    with Terminal("approvers", "revoke", ALEX, "--reason", "moved on", "--by", OPAL) as terminal:
        terminal.wait_for("One-time code of your authenticator app")
        wrong = phone.wrong_code()
        terminal.type_hidden(wrong)
        terminal.wait_for("it is not the one your authenticator shows")
        assert terminal.ended() == 3
    assert wrong not in terminal.screen
