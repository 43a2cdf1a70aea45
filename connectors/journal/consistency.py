"""What one export's rows must say about each other: what the chain alone cannot tell, such as an end that was cut off.

Works on rows as they lie in the database, and never fails on what somebody put there.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.journal.accepted import forms_of_text
from connectors.journal.audit_records import ChainProblem
from connectors.journal.chained import Row
from connectors.journal.column_types import storable
from connectors.journal.records import EnrolmentChange, Evidence, Role, Verdict
from jobcost.lifecycle import OPEN_STATES, TRANSITIONS, ExportState

_S = ExportState
CLEARED = "cleared"
ADOPTED = "adopted"
# The kinds of evidence whose text the checks read.
READ_AGAIN = frozenset({CLEARED, ADOPTED})


@dataclass
class ExportRows:
    """One export's row with all that was recorded about it."""

    export: Row
    # By table; of evidence only what the checks read.
    recorded: dict[str, list[Row]] = field(default_factory=dict)
    plan: Row | None = None

    def of(self, kind: str) -> list[Row]:
        """Return the rows of one table, in order."""
        return self.recorded.get(kind, [])

    @property
    def acceptable(self) -> frozenset[object]:
        """The digests that an acceptance may name; none without a plan."""
        digest = self.export["plan_digest"]
        text = self.plan["canonical_text"] if self.plan else None
        return frozenset() if digest is None else forms_of_text(text, digest)

    @property
    def states(self) -> list[Any]:
        """Every state the export came to, in order."""
        return [move["to_state"] for move in self.of("transition")]


def clearing(*, by: str, reason: str) -> Evidence:
    """Make the proof that a person cleared a failed verification."""
    return Evidence(kind=CLEARED, json_text=json.dumps({"by": by, "reason": reason}))


def contradictions(rows: ExportRows) -> Iterator[ChainProblem]:
    """Find what contradicts the export's moves and decisions in its own row, its plan and its proofs."""
    moves = rows.of("transition")
    if not moves:
        yield _about(rows, "There is no recorded move that opened this export.")
        return
    yield from _illegal_moves(rows)
    for what in (*_of_state(rows), *_of_plan(rows), *_of_decisions(rows), *_of_proofs(rows)):
        yield _about(rows, what)


def _illegal_moves(rows: ExportRows) -> Iterator[ChainProblem]:
    state: Any = None
    for move in rows.of("transition"):
        following = {_S.PROPOSED} if state is None else TRANSITIONS.get(state, frozenset())
        if move["from_state"] != state or move["to_state"] not in following:
            what = f"A move from {move['from_state']} to {move['to_state']} cannot follow {state or 'nothing'}."
            yield ChainProblem(
                number=None, kind="transition", subject=rows.export["id"], position=move["position"], what=what
            )
        state = move["to_state"]


def _of_state(rows: ExportRows) -> Iterator[str]:
    first, last = rows.of("transition")[0], rows.of("transition")[-1]
    existing = rows.export
    if existing["state"] != last["to_state"]:
        yield f"It is {existing['state']}, but its last recorded move made it {last['to_state']}."
    if existing["ended_at"] != (None if last["to_state"] in OPEN_STATES else last["at"]):
        yield "Its end is not at the time of its last move."
    if existing["created_at"] != first["at"]:
        yield "It was not opened at the time of its first move."


def _of_plan(rows: ExportRows) -> Iterator[str]:
    digest, plan = rows.export["plan_digest"], rows.plan
    if plan is None:
        if digest is not None:
            yield "Its plan is gone."
        return
    text = plan["canonical_text"]
    found = hashlib.sha256(text.encode()).hexdigest() if isinstance(text, str) else None
    if not found == plan["digest"] == digest:
        yield f"Its plan's text has the digest {found}; {plan['digest']} stands beside it, {digest} in its own row."
    planned = [move["at"] for move in rows.of("transition")[1:2]]
    if planned != [plan["created_at"]]:
        yield "Its plan was not recorded at the time of the move that was made for it."


def _of_decisions(rows: ExportRows) -> Iterator[str]:
    decisions, states, digests = rows.of("decision"), rows.states, rows.acceptable
    accepted = {one["digest"] for one in decisions if accepts(one, digests)}
    if _S.ACCEPTED in states and not accepted:
        yield "It was accepted, but no recorded decision accepts exactly its plan."
    if len(accepted) > 1:
        yield "It was accepted by decisions that differ in whether deleted lines are set to zero."
    if _S.REJECTED in states and not any(one["verdict"] == Verdict.REJECT for one in decisions):
        yield "It was rejected, but no recorded decision rejects it."
    ended_by_a_decision = _S.ACCEPTED in states or _S.REJECTED in states
    # Every other answer led to another question.
    questions = 1 + len(decisions) - ended_by_a_decision
    if rows.export["ask"] != questions:
        yield f"Its question is number {rows.export['ask']}, but the recorded answers led to number {questions}."


def _of_proofs(rows: ExportRows) -> Iterator[str]:
    existing = rows.export
    if _S.BLOCKED in rows.states and not rows.of("finding"):
        yield "It was blocked, but no finding is recorded."
    if _S.VERIFIED in rows.states and not rows.of("line_result"):
        yield "It was verified, but no line that was read back is recorded."
    cleared = [(_read(proof), proof["at"]) for proof in rows.of("evidence") if proof["kind"] == CLEARED]
    recorded = [(_text(note, "by"), _text(note, "reason"), at) for note, at in cleared] or [(None, None, None)]
    if recorded != [(existing["cleared_by"], existing["clear_reason"], existing["cleared_at"])]:
        yield "What it says of its clearing (by whom, why, when) is not what was recorded."
    adopted = [_read(proof) for proof in rows.of("evidence") if proof["kind"] == ADOPTED]
    if adopted and _text(adopted[-1], "to_flow_run") != existing["flow_run_id"]:
        yield "It names another flow run than the one that is recorded to have adopted it."


def accepts(decision: Row, digests: Collection[object]) -> bool:
    """Tell whether a decision accepts a plan in exactly one of these forms."""
    return decision["verdict"] == Verdict.ACCEPT and decision["digest"] in digests


def is_in_force(story: Iterable[Mapping[str, Any]], *, role: Role | None = Role.APPROVER) -> bool:
    """Tell whether a person's story, in order, ends with an enrolment in force, in this role or in any."""
    last = _last_change(story)
    return last is not None and last["change"] == EnrolmentChange.CONFIRMED and role in {None, last["role"]}


def is_asked_for(story: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether the story knows requests; one of the time before has none, and its person no authenticator."""
    return any(row["change"] == EnrolmentChange.REQUESTED for row in story)


def drawn_seal(story: Iterable[Mapping[str, Any]]) -> Any:
    """Return the seal of the secret that was drawn last, as it lies there; None after a revocation, or before."""
    seal = None
    for row in story:
        if row["change"] == EnrolmentChange.REVOKED:
            seal = None
        elif row["change"] == EnrolmentChange.CONFIRMED and row["secret_seal"] is not None:
            seal = row["secret_seal"]
    return seal


def _last_change(story: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    changes = [row for row in story if row["change"] in {EnrolmentChange.CONFIRMED, EnrolmentChange.REVOKED}]
    return changes[-1] if changes else None


def _read(proof: Row) -> Mapping[str, Any]:
    try:
        note = json.loads(proof["json_text"])
    except (TypeError, ValueError):
        note = None
    return note if isinstance(note, Mapping) else {}


def _text(note: Mapping[str, Any], name: str) -> str | None:
    text = note.get(name)
    return storable(text) if isinstance(text, str) else None


def _about(rows: ExportRows, what: str) -> ChainProblem:
    return ChainProblem(number=None, kind="export", subject=rows.export["id"], position=None, what=what)
