"""The Prefect server's log without what people typed: of a statement that failed, SQLAlchemy prints the values too.

The second of two answers to one question fails on a unique key, and the server writes that down with everything that it
was given; a one-time code would stand there. Named to the server as PREFECT_LOGGING_HANDLERS_CONSOLE_CLASS; Prefect
imports it while it is being imported itself, so nothing else of ours may be needed here.
"""

import logging
import re

from prefect.logging.handlers import PrefectConsoleHandler

HANDLER_VARIABLE = "PREFECT_LOGGING_HANDLERS_CONSOLE_CLASS"

# Values are printed with repr, so they are always one line.
_VALUES = re.compile(r"\[parameters: .*")


class DiscreetHandler(PrefectConsoleHandler):
    """Prefect's own console handler, but the values of a failed statement are left out."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text that Prefect would print, without the values."""
        return _VALUES.sub("[parameters: left out, they may hold an answer]", super().format(record))


HANDLER = f"{DiscreetHandler.__module__}.{DiscreetHandler.__qualname__}"
