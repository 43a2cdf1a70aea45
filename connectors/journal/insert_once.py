"""One row at most: two writers may try, one of them adds it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Add a row unless one of its key is there already; tell whether it was added."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(**row).on_conflict_do_nothing()
    # SQLAlchemy forgets how many rows were added unless it is asked not to.
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount == 1
