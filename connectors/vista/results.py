"""Reads what SQL Server answers to its end, so that no error stays unread behind a count or a message.

One statement may have several answers there: each statement of a trigger without NOCOUNT tells a count, each PRINT and
each mild RAISERROR sends a message, and an error may come after them. A driver shows the first answer and keeps the
others until it is asked. So a write is read to its end, and a batch up to the rows that it selects.
"""

from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, event

# Set on a batch that ends in a SELECT: what comes before it, and has no rows, is passed over.
BATCH = {"vista_batch": True}
# Where the count of a write is kept for `row_count`: that of its only answer, or that there were several.
_COUNT = "vista_row_count"
_SEVERAL = -1


def read_to_the_end(engine: Engine) -> None:
    """Let every write and every batch of this engine be read as told above."""
    event.listen(engine, "after_cursor_execute", _read)


def row_count(connection: Connection, result: CursorResult[Any]) -> int:
    """Tell how many rows the write counted; -1 where triggers counted, too.

    Their counts come before the statement's own, or behind it, and nothing tells which is which.
    """
    counted = connection.info.pop(_COUNT, None)
    return result.rowcount if counted is None else int(counted)


def _read(connection: Connection, cursor: Any, _statement: str, _parameters: Any, context: Any, *_: Any) -> None:
    if context.isinsert or context.isupdate:
        connection.info[_COUNT] = cursor.rowcount
        while cursor.nextset():
            connection.info[_COUNT] = _SEVERAL
    elif context.execution_options.get("vista_batch"):
        while cursor.description is None and cursor.nextset():
            pass
