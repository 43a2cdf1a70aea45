"""The journal's first tables.

Revision ID: 0001
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATES = (
    "proposed",
    "blocked",
    "unchanged",
    "awaiting_acceptance",
    "rejected",
    "retrieved",
    "expired",
    "stale",
    "accepted",
    "applying",
    "failed",
    "applied",
    "verified",
    "verification_failed",
)
IS_OPEN = "state IN ('accepted', 'applied', 'applying', 'awaiting_acceptance', 'proposed')"


def decimal() -> sa.types.TypeEngine[Any]:
    return sa.Numeric().with_variant(sa.Text(), "sqlite")


def moment() -> sa.types.TypeEngine[Any]:
    return sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def word(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def export_id() -> sa.Column[Any]:
    return sa.Column("export_id", sa.String(32), sa.ForeignKey("export.id"), primary_key=True)


def position() -> sa.Column[Any]:
    return sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False)


def text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def upgrade() -> None:
    create_export()
    create_plan()
    create_decision()
    create_proof()
    create_approver()


def create_export() -> None:
    op.create_table(
        "export",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", word("kind", "setup", "update"), nullable=False),
        sa.Column("procore_company_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        text("project_name"),
        sa.Column("jcco", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(32)),
        sa.Column("state", word("state", *STATES), nullable=False),
        text("submitted_by"),
        sa.Column("flow_run_id", sa.String(64)),
        sa.Column("plan_digest", sa.String(64)),
        sa.Column("plan_code", sa.String(16)),
        sa.Column("ask", sa.Integer(), nullable=False),
        sa.Column("deadline_at", moment()),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("ended_at", moment()),
        sa.Column("budget_returned_at", moment()),
        sa.Column("cleared_at", moment()),
        text("cleared_by", nullable=True),
        text("clear_reason", nullable=True),
        sa.CheckConstraint("ask >= 1", name="ask"),
    )
    for name, columns in (
        ("one_open_export_per_job", ["jcco", "job"]),
        ("one_open_export_per_project", ["procore_company_id", "project_id"]),
    ):
        op.create_index(
            name, "export", columns, unique=True, sqlite_where=sa.text(IS_OPEN), postgresql_where=sa.text(IS_OPEN)
        )
    op.create_index("exports_of_a_job", "export", ["jcco", "job", "created_at"])
    op.create_index("exports_of_a_flow_run", "export", ["flow_run_id"])
    op.create_index("exports_by_state", "export", ["state", "deadline_at"])


def create_plan() -> None:
    op.create_table(
        "plan",
        export_id(),
        sa.Column("digest", sa.String(64), nullable=False),
        text("canonical_text"),
        sa.Column("created_at", moment(), nullable=False),
    )
    op.create_table(
        "finding",
        export_id(),
        position(),
        text("rule"),
        sa.Column("severity", word("severity", "block", "warning", "note"), nullable=False),
        text("place"),
        text("what"),
        text("expected"),
        text("found"),
        text("way_out"),
    )


def create_decision() -> None:
    op.create_table(
        "decision",
        export_id(),
        position(),
        sa.Column("verdict", word("verdict", "accept", "reject", "refused"), nullable=False),
        sa.Column("ask", sa.Integer(), nullable=False),
        text("approver"),
        text("reason"),
        text("plan_code_given"),
        text("digest", nullable=True),
        text("refusal"),
        sa.Column("at", moment(), nullable=False),
    )


def create_proof() -> None:
    op.create_table(
        "line_result",
        export_id(),
        sa.Column("phase", sa.String(32), primary_key=True),
        sa.Column("cost_type", sa.Integer(), primary_key=True, autoincrement=False),
        *(
            sa.Column(f"{side}_{name}", decimal())
            for side in ("expected", "found")
            for name in ("hours", "units", "cost")
        ),
        sa.Column("ok", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "evidence", export_id(), position(), text("kind"), text("json_text"), sa.Column("at", moment(), nullable=False)
    )
    op.create_table(
        "transition",
        export_id(),
        position(),
        sa.Column("from_state", word("from_state", *STATES)),
        sa.Column("to_state", word("to_state", *STATES), nullable=False),
        text("actor"),
        text("reason"),
        sa.Column("at", moment(), nullable=False),
    )


def create_approver() -> None:
    op.create_table(
        "approver",
        sa.Column("email", sa.String(254), primary_key=True),
        text("name"),
        sa.Column("amount_limit", decimal()),
        sa.Column("active", sa.Boolean(), nullable=False),
        text("enrolled_by"),
        sa.Column("enrolled_at", moment(), nullable=False),
        text("revoked_by", nullable=True),
        sa.Column("revoked_at", moment()),
        sa.Column("last_code_step", sa.BigInteger()),
    )


def downgrade() -> None:
    raise NotImplementedError("The journal is the only record of what was exported; it is never taken back.")
