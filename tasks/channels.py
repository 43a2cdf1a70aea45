"""Tell a channel (Slack, Teams, any webhook) through Prefect's notification blocks.

A block is named by its slug, "<type>/<name>", and was made in the Prefect UI under Blocks. Its address holds a secret:
no message repeats it.
"""

import re
from functools import partial
from typing import Any

import httpx
from prefect.blocks.abstract import NotificationBlock, NotificationError
from prefect.blocks.core import Block, UnknownBlockType
from prefect.exceptions import ObjectNotFound, PrefectException

_WORDS_MAX = 300
_ADDRESS = re.compile(r"\S*(?:://|/\S*/)\S*")
# Blocks are foreign code: they check what they hold, and fail, with errors of every kind.
_FAILURES_OF_A_BLOCK = (
    *(httpx.HTTPError, httpx.InvalidURL, PrefectException, UnknownBlockType, NotificationError),
    *(OSError, ValueError, TypeError, LookupError, AttributeError, ImportError, RuntimeError),
)
_SLUG = re.compile(r"[a-z0-9-]+/[a-z0-9-]+")
_CORRECT_NAME = "Make the block in the Prefect UI (Blocks), or correct its name in the configuration."
_SEE_SERVER = "It is tried again when the server answers; check PREFECT_API_URL."
_SEE_BLOCK = "Look at the block in the Prefect UI (Blocks); the notice is tried again later."


class ChannelNotTold(Exception):
    """A channel did not take a message, or nobody can tell whether it did."""

    # As for MailNotSent: each of these can be put right without changing the message, so it is worth another attempt.
    is_temporary = True

    def __init__(self, what: str, *, where: str, expected: str, found: str, way_out: str = _SEE_BLOCK) -> None:
        """Keep the facts apart."""
        super().__init__(what)
        self.what, self.where, self.expected, self.found, self.way_out = what, where, expected, found, way_out

    def __str__(self) -> str:
        """Say them in one line."""
        return f"{self.where}: {self.what} Expected {self.expected}; found {self.found}. {self.way_out}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way from one process to another."""
        return (partial(ChannelNotTold, **self.__dict__), ())


def tell_channel(block: str, subject: str, text: str) -> None:
    """Send a message through a notification block.

    Run with a real Prefect server and a web service on the same machine that took the message, refused it, and was
    down: `custom-webhook`, and `slack-webhook` with that service's address. Of `ms-teams-webhook` only a wrong address
    was run.
    UNVERIFIED: what Slack and Teams themselves make of a message.

    Args:
        block: "<type>/<name>", for example "slack-webhook/budget-approvals".
        subject: one line.
        text: plain text; what it becomes is the service's choice.

    Raises:
        ChannelNotTold: if there is no such block, it cannot notify, or its service did not take the message.
    """
    if not _SLUG.fullmatch(block):
        where = f"Channel {block[:_WORDS_MAX]!r}"
        expected = "the type and the name of a block, such as slack-webhook/budget-approvals"
        raise ChannelNotTold(
            "This names no block.", where=where, expected=expected, found="something else", way_out=_CORRECT_NAME
        )
    where = f"Channel {block}"
    # Raised outside the handlers: Prefect's errors quote what the block holds, and must not be chained.
    loaded = _loaded(block, where)
    failure = loaded if isinstance(loaded, ChannelNotTold) else _failure_of_telling(loaded, subject, text, where)
    if failure is not None:
        raise failure


def _loaded(block: str, where: str) -> NotificationBlock | ChannelNotTold:
    """Fetch the block from the Prefect server, or say why it cannot be used."""
    # Prefect's own function chooses between waiting and not by the flow around it; here it is always waited for.
    load: Any = Block.load
    try:
        found = load(block, _sync=True)
    except _FAILURES_OF_A_BLOCK as problem:
        return _why_not_loaded(problem, where)
    if isinstance(found, NotificationBlock):
        return found
    expected = "a notification block, such as slack-webhook, ms-teams-webhook or custom-webhook"
    kind = f"a block of the type {block.partition('/')[0]}"
    return ChannelNotTold(
        "This block cannot notify anybody.", where=where, expected=expected, found=kind, way_out=_CORRECT_NAME
    )


def _why_not_loaded(problem: Exception, where: str) -> ChannelNotTold:
    tell = partial(ChannelNotTold, where=where)
    if isinstance(problem, httpx.HTTPError):
        found = f"status {problem.response.status_code}" if isinstance(problem, httpx.HTTPStatusError) else "no answer"
        return tell("The Prefect server could not be asked.", expected="its answer", found=found, way_out=_SEE_SERVER)
    if isinstance(problem.__cause__, ObjectNotFound):
        expected = "a block of this name on the Prefect server"
        return tell("There is no such block.", expected=expected, found="none", way_out=_CORRECT_NAME)
    if isinstance(problem, UnknownBlockType):
        expected = "a type of block that is installed here"
        return tell("This type of block is not known.", expected=expected, found="another", way_out=_CORRECT_NAME)
    expected = "an address and options that the block takes"
    return tell("What the block holds is of no use.", expected=expected, found=type(problem).__name__)


def _failure_of_telling(block: NotificationBlock, subject: str, text: str, where: str) -> ChannelNotTold | None:
    """Send the message; return what went wrong, without the service's address."""
    notify: Any = block.notify
    try:
        with block.raise_on_failure():
            notify(text, " ".join(subject.split()), _sync=True)
    except httpx.HTTPStatusError as problem:
        what, expected = "The service refused the message.", "status 2xx"
        found = f"status {problem.response.status_code}"
    except NotificationError as problem:
        what, expected, found = "The service refused the message.", "that it takes it", _without_addresses(problem.log)
    except httpx.HTTPError as problem:
        what, expected, found = "The service could not be reached.", "its answer", type(problem).__name__
    except _FAILURES_OF_A_BLOCK as problem:
        what, expected, found = "The block failed.", "a message sent", type(problem).__name__
    else:
        return None
    return ChannelNotTold(what, where=where, expected=expected, found=found)


def _without_addresses(words: str) -> str:
    """Bring a block's words to one short line without what looks like an address: it is the channel's secret."""
    return " ".join(_ADDRESS.sub("(address)", words).split())[:_WORDS_MAX] or "no words"
