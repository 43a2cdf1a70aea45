"""How people prove who they are on a terminal: with the one-time code of their authenticator app.

The code is typed without echo, travels as a SecretStr, and is printed nowhere.
"""

import getpass
import os
import socket
import sys

import typer
from pydantic import SecretStr


def given_code(option: str | None) -> SecretStr:
    """Return the code of the option, or ask for it on the terminal; blank where there is neither."""
    if option is not None:
        return SecretStr(option)
    return asked_code("One-time code of your authenticator app")


def asked_code(question: str) -> SecretStr:
    """Ask for a code without echo; blank where nobody can be asked."""
    if not sys.stdin.isatty():
        return SecretStr("")
    # The question goes beside the output, which may be a JSON document.
    return SecretStr(typer.prompt(question, default="", hide_input=True, show_default=False, err=True))


def os_account() -> str:
    """Name the account and machine a command runs on, as a witness in the journal."""
    try:
        account = getpass.getuser()
    except (OSError, KeyError):
        # A container's user may have a number and no name.
        account = f"user {os.getuid()}"
    return f"{account}@{socket.gethostname()}"
