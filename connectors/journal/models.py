"""The journal's tables. `migrations/` brings a database here; a test proves that both say the same.

Rule: what must hold between two writers stands here as a constraint, not only in code: one open export per job and
per project, one row per position, known states. Column names are the field names of `records.py`.
"""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Enum,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from connectors.journal.column_types import ExactDecimal, PeoplesText, UtcTime
from connectors.journal.records import EnrolmentChange, Role, Verdict
from jobcost.findings import Severity
from jobcost.lifecycle import OPEN_STATES, ExportState
from jobcost.plan import Kind

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _word(words: type[StrEnum], name: str) -> Enum:
    """Text that is one of the words; the database refuses any other."""
    return Enum(
        words,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def _export_id() -> Column[str]:
    return Column("export_id", String(32), ForeignKey("export.id"), primary_key=True)


def _position() -> Column[int]:
    return Column("position", Integer, primary_key=True, autoincrement=False)


export = Table(
    "export",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", _word(Kind, "kind"), nullable=False),
    Column("procore_company_id", BigInteger, nullable=False),
    Column("project_id", BigInteger, nullable=False),
    Column("project_name", PeoplesText, nullable=False),
    Column("jcco", Integer, nullable=False),
    # Vista's job as stored, blanks included; unknown until the project was read.
    Column("job", String(32)),
    Column("state", _word(ExportState, "state"), nullable=False),
    Column("submitted_by", PeoplesText, nullable=False),
    Column("flow_run_id", String(64)),
    Column("plan_digest", String(64)),
    Column("plan_code", String(16)),
    # The number of the next question to the approver.
    Column("ask", Integer, nullable=False),
    Column("deadline_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("budget_returned_at", UtcTime),
    Column("cleared_at", UtcTime),
    Column("cleared_by", PeoplesText),
    Column("clear_reason", PeoplesText),
    CheckConstraint("ask >= 1", name="ask"),
)

_IS_OPEN = text("state IN ({})".format(", ".join(f"'{state.value}'" for state in sorted(OPEN_STATES))))

Index(
    "one_open_export_per_job",
    export.c.jcco,
    export.c.job,
    unique=True,
    sqlite_where=_IS_OPEN,
    postgresql_where=_IS_OPEN,
)
Index(
    "one_open_export_per_project",
    export.c.procore_company_id,
    export.c.project_id,
    unique=True,
    sqlite_where=_IS_OPEN,
    postgresql_where=_IS_OPEN,
)
Index("exports_of_a_job", export.c.jcco, export.c.job, export.c.created_at)
Index("exports_of_a_flow_run", export.c.flow_run_id)
Index("exports_by_state", export.c.state, export.c.deadline_at)

plan = Table(
    "plan",
    metadata,
    _export_id(),
    Column("digest", String(64), nullable=False),
    Column("canonical_text", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

finding = Table(
    "finding",
    metadata,
    _export_id(),
    _position(),
    Column("rule", PeoplesText, nullable=False),
    Column("severity", _word(Severity, "severity"), nullable=False),
    # `where` is a word of SQL.
    Column("place", PeoplesText, key="where", nullable=False),
    Column("what", PeoplesText, nullable=False),
    Column("expected", PeoplesText, nullable=False),
    Column("found", PeoplesText, nullable=False),
    Column("way_out", PeoplesText, nullable=False),
)

decision = Table(
    "decision",
    metadata,
    _export_id(),
    _position(),
    Column("verdict", _word(Verdict, "verdict"), nullable=False),
    # The number of the question that was answered.
    Column("ask", Integer, nullable=False),
    Column("approver", PeoplesText, nullable=False),
    Column("reason", PeoplesText, nullable=False),
    Column("plan_code_given", PeoplesText, nullable=False),
    Column("digest", PeoplesText),
    # Why the answer did not count; "" for a decision that did.
    Column("refusal", PeoplesText, nullable=False),
    # The time step of the one-time code (RFC 6238), which is no secret; the code itself is stored nowhere.
    Column("code_step", BigInteger),
    Column("deputy_for", PeoplesText),
    Column("given_at", UtcTime),
    Column("at", UtcTime, nullable=False),
)

line_result = Table(
    "line_result",
    metadata,
    _export_id(),
    Column("phase", String(32), primary_key=True),
    Column("cost_type", Integer, primary_key=True, autoincrement=False),
    Column("expected_hours", ExactDecimal),
    Column("expected_units", ExactDecimal),
    Column("expected_cost", ExactDecimal),
    Column("found_hours", ExactDecimal),
    Column("found_units", ExactDecimal),
    Column("found_cost", ExactDecimal),
    Column("ok", Boolean, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    _export_id(),
    _position(),
    Column("kind", PeoplesText, nullable=False),
    Column("json_text", PeoplesText, nullable=False),
    Column("at", UtcTime, nullable=False),
)

transition = Table(
    "transition",
    metadata,
    _export_id(),
    _position(),
    Column("from_state", _word(ExportState, "from_state")),
    Column("to_state", _word(ExportState, "to_state"), nullable=False),
    Column("actor", PeoplesText, nullable=False),
    Column("reason", PeoplesText, nullable=False),
    Column("at", UtcTime, nullable=False),
)

enrolment = Table(
    "enrolment",
    metadata,
    # Case folded: one person, one enrolment.
    Column("email", String(254), primary_key=True),
    _position(),
    Column("change", _word(EnrolmentChange, "change"), nullable=False),
    Column("role", _word(Role, "role"), nullable=False),
    Column("name", PeoplesText, nullable=False),
    # Vista company numbers as a JSON list; an empty one means every company.
    Column("companies", PeoplesText, nullable=False),
    Column("amount_limit", ExactDecimal),
    Column("deputy", PeoplesText),
    # Days as ISO text: a day has no time zone.
    Column("deputy_first_day", String(10)),
    Column("deputy_last_day", String(10)),
    Column("new_authenticator", Boolean, nullable=False),
    # Of the authenticator's secret that was drawn with a confirmation; None where none was.
    Column("secret_seal", String(64)),
    Column("actor", PeoplesText, nullable=False),
    Column("os_account", PeoplesText, nullable=False),
    Column("code_step", BigInteger),
    Column("reason", PeoplesText, nullable=False),
    Column("at", UtcTime, nullable=False),
)

# By these it is found what a code counted for.
Index("decisions_by_code_step", decision.c.code_step)
Index("enrolments_by_code_step", enrolment.c.code_step)

# What changes without being an event of its own: the authenticator and the count of wrong codes.
person = Table(
    "person",
    metadata,
    Column("email", String(254), primary_key=True),
    # By the journal's key (vault.py).
    Column("encrypted_secret", Text),
    Column("wrong_codes", Integer, nullable=False),
)

notice = Table(
    "notice",
    metadata,
    Column("key", String(250), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("export_id", String(32), ForeignKey("export.id")),
    Column("recipient", PeoplesText, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", UtcTime, nullable=False),
    Column("delivered_at", UtcTime),
    Column("given_up_at", UtcTime),
    Column("last_problem", PeoplesText, nullable=False),
)
Index("notices_to_deliver", notice.c.delivered_at, notice.c.next_try_at)

# One link for each recorded row, in the order in which they were recorded.
chain = Table(
    "chain",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    # The table the row is in, its export or person, and its position there.
    Column("kind", String(32), nullable=False),
    Column("subject", String(254), nullable=False),
    Column("position", Integer, nullable=False),
    # SHA-256 of the row's canonical form.
    Column("digest", String(64), nullable=False),
    # Over this link and the seal of the one before, by the journal's key (vault.py).
    Column("seal", String(64), nullable=False),
)
Index("one_link_per_row", chain.c.kind, chain.c.subject, chain.c.position, unique=True)
