"""Enrolments with their story, one-time codes, notices, and the sealed chain.

Approvers of before keep their enrolment; they have no authenticator yet, so they decide nothing until they are enrolled
with one. The rows of before are linked into the chain by `connectors/journal/chain.py`, which has the key.

Revision ID: 0002
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CHANGES = ("requested", "confirmed", "revoked", "locked", "unlocked")
ROLES = ("approver", "operator")


def decimal() -> sa.types.TypeEngine[Any]:
    return sa.Numeric().with_variant(sa.Text(), "sqlite")


def moment() -> sa.types.TypeEngine[Any]:
    return sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def word(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def upgrade() -> None:
    extend_decision()
    create_enrolment()
    move_approvers()
    create_notice()
    create_chain()


def extend_decision() -> None:
    op.add_column("decision", sa.Column("code_step", sa.BigInteger()))
    op.add_column("decision", text("deputy_for", nullable=True))
    op.add_column("decision", sa.Column("given_at", moment()))


def create_enrolment() -> None:
    op.create_table(
        "enrolment",
        sa.Column("email", sa.String(254), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("change", word("change", *CHANGES), nullable=False),
        sa.Column("role", word("role", *ROLES), nullable=False),
        text("name"),
        text("companies"),
        sa.Column("amount_limit", decimal()),
        text("deputy", nullable=True),
        sa.Column("deputy_first_day", sa.String(10)),
        sa.Column("deputy_last_day", sa.String(10)),
        sa.Column("new_authenticator", sa.Boolean(), nullable=False),
        sa.Column("secret_seal", sa.String(64)),
        text("actor"),
        text("os_account"),
        sa.Column("code_step", sa.BigInteger()),
        text("reason"),
        sa.Column("at", moment(), nullable=False),
    )
    op.create_table(
        "person",
        sa.Column("email", sa.String(254), primary_key=True),
        text("encrypted_secret", nullable=True),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
    )
    op.create_index("decisions_by_code_step", "decision", ["code_step"])
    op.create_index("enrolments_by_code_step", "enrolment", ["code_step"])


def move_approvers() -> None:
    facts = "'approver', name, '[]', amount_limit, FALSE"
    into = (
        "INSERT INTO enrolment (email, position, change, role, name, companies, amount_limit, new_authenticator,"
        " actor, os_account, reason, at)"
    )
    op.execute(f"{into} SELECT email, 1, 'confirmed', {facts}, enrolled_by, '', '', enrolled_at FROM approver")
    op.execute(
        f"{into} SELECT email, 2, 'revoked', {facts}, COALESCE(revoked_by, ''), '', '', COALESCE(revoked_at, enrolled_at)"
        " FROM approver WHERE NOT active"
    )
    op.execute("INSERT INTO person (email, wrong_codes) SELECT email, 0 FROM approver")
    op.drop_table("approver")


def create_notice() -> None:
    op.create_table(
        "notice",
        sa.Column("key", sa.String(250), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("export_id", sa.String(32), sa.ForeignKey("export.id")),
        text("recipient"),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", moment(), nullable=False),
        sa.Column("delivered_at", moment()),
        sa.Column("given_up_at", moment()),
        text("last_problem"),
    )
    op.create_index("notices_to_deliver", "notice", ["delivered_at", "next_try_at"])


def create_chain() -> None:
    op.create_table(
        "chain",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(254), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
    )
    op.create_index("one_link_per_row", "chain", ["kind", "subject", "position"], unique=True)


def downgrade() -> None:
    raise NotImplementedError("The journal is the only record of what was exported; it is never taken back.")
