"""How the demo has an export decided: by the person at the terminal, in the UI or by a key, or by itself."""

import select
import sys
from collections.abc import Iterable
from typing import Any

from demo.commands import CommandFailed, Commands
from demo.people import Phone
from demo.telling import say

LOOK_SECONDS = 2.0
_SHOW_CODE = "c"


def decide(commands: Commands, sent: dict[str, Any], alex: Phone) -> dict[str, Any]:
    """Have an export that was sent decided; without a terminal accept it by the command line. Return how it ended."""
    export_id, plan_code = sent["export"]["id"], sent["export"]["plan_code"]
    say(f"Waiting for the accounting approver: {sent['url']}")
    say(f"In the page's menu (⋮) choose Resume. Answer as {alex.email}, with this plan code: {plan_code}")
    if not is_at_terminal():
        return _accept(commands, export_id, plan_code, alex)
    say(f"Enter: Alex accepts from here.   {_SHOW_CODE} + Enter: show the code that Alex's app shows now.")
    say("(Only a sandbox can do that: a real secret is on the approver's telephone and nowhere else in clear.)")
    while True:
        shown: dict[str, Any] = commands.json("show", export_id)
        if shown["export"]["ended_at"] is not None:
            return shown
        line = typed_within(LOOK_SECONDS)
        if line is not None and line.strip() == _SHOW_CODE:
            show_codes((alex,))
        elif line is not None and not line.strip():
            try:
                return _accept(commands, export_id, plan_code, alex)
            except CommandFailed as problem:
                # The same code was used in the UI a moment ago, for example: the export still waits.
                say(str(problem))


def _accept(commands: Commands, export_id: str, plan_code: str, alex: Phone) -> dict[str, Any]:
    say(f"{alex.email} accepts plan {plan_code} ...")
    answer = ("--plan", plan_code, "--approver", alex.email, "--code", alex.fresh_code())
    return commands.json("accept", export_id, *answer)


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
