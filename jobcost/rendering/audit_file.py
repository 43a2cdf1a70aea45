"""The story of one export as a CSV file for the auditor: a row per event and per line."""

from collections.abc import Iterator

from jobcost.rendering.audit_story import AuditAnswer, AuditEnrolment, AuditLine, AuditNotice, AuditStory
from jobcost.rendering.audit_words import (
    companies_text,
    enrolled_by_text,
    fate_text,
    iso_text,
    job_text,
    limit_text,
    move_text,
    proof_of_person,
    proof_sentence,
    result_text,
)
from jobcost.rendering.tables import Cell, csv_of
from jobcost.rendering.wording import phase_text

_CSV_HEADINGS = (
    "Row",
    "At (UTC)",
    "Who",
    "What",
    "Reason or problem",
    "As deputy for",
    "One-time code",
    "Given at (UTC)",
    "Plan digest",
    "Vista phase",
    "Cost type",
    "Name",
    "Cost before",
    "Cost as accepted",
    "Cost read back",
    "U/M",
    "Units before",
    "Units as accepted",
    "Units read back",
    "Hours before",
    "Hours as accepted",
    "Hours read back",
    "Result",
)


def audit_csv(story: AuditStory) -> str:
    """Write the story as CSV: a row per event in order of time, then one per line, then the proof. Amounts plain."""
    events = [
        ("sent", iso_text(story.sent_at), story.submitted_by, f"project {story.project_id} to job {job_text(story)}"),
        *(_answer_cells(answer) for answer in story.answers),
        *(("move", iso_text(move.at), move.actor, move_text(move), move.reason) for move in story.moves),
        *(_notice_cells(notice) for notice in story.notices),
    ]
    ordered = sorted(events, key=lambda cells: str(cells[1]))
    enrolments = [_enrolment_cells(enrolment) for enrolment in story.enrolments]
    rows = [*ordered, *enrolments, *(_line_cells(line) for line in story.lines), *_proof_cells(story)]
    return csv_of(("Export", *_CSV_HEADINGS), ((story.export_id, *_filled(row)) for row in rows))


def _filled(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    return (*cells, *("" for _ in range(len(_CSV_HEADINGS) - len(cells))))


def _answer_cells(answer: AuditAnswer) -> tuple[Cell, ...]:
    return (
        "answer",
        iso_text(answer.recorded_at),
        answer.approver,
        f"question {answer.ask}: {answer.verdict}",
        answer.refusal or answer.reason,
        answer.deputy_for,
        proof_of_person(answer),
        iso_text(answer.given_at),
        answer.digest,
    )


def _notice_cells(notice: AuditNotice) -> tuple[Cell, ...]:
    what = f"{notice.kind.replace('_', ' ')}: {fate_text(notice)}"
    return ("notice", iso_text(notice.created_at), notice.recipient, what, notice.problem)


def _enrolment_cells(enrolment: AuditEnrolment) -> tuple[Cell, ...]:
    facts = f"{enrolment.role} {enrolment.name}, limit {limit_text(enrolment)}, companies {companies_text(enrolment)}"
    deputy = f", deputy {enrolment.deputy}" if enrolment.deputy else ""
    by = f"enrolled by {enrolled_by_text(enrolment)}"
    return ("enrolment", iso_text(enrolment.enrolled_at), enrolment.email, facts + deputy, by)


def _line_cells(line: AuditLine) -> tuple[Cell, ...]:
    before, after, found = line.before, line.after, line.read_back
    costs = (before.cost if before else None, after.cost, found.cost if found else None)
    units = (before.units if before else None, after.units, found.units if found else None)
    hours = (before.hours if before else None, after.hours, found.hours if found else None)
    what = ("line", "", "", "", "", "", "", "", "", phase_text(line.phase), line.cost_type, line.name)
    return (*what, *costs, line.um, *units, *hours, result_text(line))


def _proof_cells(story: AuditStory) -> Iterator[tuple[Cell, ...]]:
    links = ", ".join(map(str, story.link_numbers))
    yield (
        "proof",
        iso_text(story.written_at),
        "",
        f"end of the chain {story.head}; links {links}",
        proof_sentence(story),
    )
    for problem in story.problems:
        yield ("problem", iso_text(story.written_at), "", "", problem)
