"""Exports of the kind that takes an earlier one back.

The database refuses every kind that it does not know. PostgreSQL changes the rule; SQLite cannot, so its table is built
anew, as its documentation says, with every row as it is.

Revision ID: 0003
"""

from alembic import op
from sqlalchemy import text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OLD_RULE = "kind IN ('setup', 'update')"
NEW_RULE = "kind IN ('setup', 'update', 'undo')"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        build_export_anew()
        return
    op.execute("ALTER TABLE export DROP CONSTRAINT ck_export_kind")
    op.execute(f"ALTER TABLE export ADD CONSTRAINT ck_export_kind CHECK ({NEW_RULE})")


def build_export_anew() -> None:
    """Requires: foreign keys are not enforced on this connection, or dropping the table would empty it first."""
    connection = op.get_bind()
    stored = text("SELECT type, sql FROM sqlite_master WHERE tbl_name = 'export' AND sql IS NOT NULL")
    statements = connection.execute(stored).all()
    table = next(sql for kind, sql in statements if kind == "table")
    indexes = [sql for kind, sql in statements if kind == "index"]
    built = table.replace(OLD_RULE, NEW_RULE).replace("CREATE TABLE export", "CREATE TABLE export_anew", 1)
    if OLD_RULE not in table or "export_anew" not in built:
        raise RuntimeError(f"expected the table export with the rule {OLD_RULE!r}, found {table!r}")
    connection.exec_driver_sql(built)
    connection.exec_driver_sql("INSERT INTO export_anew SELECT * FROM export")
    connection.exec_driver_sql("DROP TABLE export")
    connection.exec_driver_sql("ALTER TABLE export_anew RENAME TO export")
    for sql in indexes:
        connection.exec_driver_sql(sql)
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if orphans:
        raise RuntimeError(f"expected every row to have its export, found {len(orphans)} without")


def downgrade() -> None:
    raise NotImplementedError("The journal is the only record of what was exported; it is never taken back.")
