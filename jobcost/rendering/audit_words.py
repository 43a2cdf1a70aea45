"""The words in which the auditor's tables and files say single things. Plain text."""

from datetime import UTC, datetime

from jobcost.money import money_text
from jobcost.plan import EstimateValues
from jobcost.rendering.audit_story import AuditAnswer, AuditEnrolment, AuditLine, AuditMove, AuditNotice, AuditStory
from jobcost.rendering.wording import counted


def proof_sentence(story: AuditStory) -> str:
    """Say in one sentence what the sealed chain proves. Plain text."""
    if story.problems:
        return (
            f"NOT PROVEN: {counted(len(story.problems), 'problem')} found in the journal; what follows may have been"
            " changed."
        )
    if not story.link_numbers:
        return "NOT PROVEN: no link of the journal's chain belongs to this export."
    return (
        f"Proven: the journal's chain of {counted(story.links, 'sealed link')} is unbroken, and"
        f" {counted(len(story.link_numbers), 'link belongs', 'links belong')} to this export."
    )


def job_text(story: AuditStory) -> str:
    """Name the Vista job."""
    return (story.job or "").strip() or "none yet"


def utc_text(moment: datetime | None) -> str:
    """Spell a moment in UTC, to the second; nothing for one that never came."""
    return f"{_in_utc(moment):%Y-%m-%d %H:%M:%S} UTC" if moment else ""


def iso_text(moment: datetime | None) -> str:
    """Spell a moment in UTC as ISO 8601, for files; nothing for one that never came."""
    return _in_utc(moment).isoformat() if moment else ""


def cost_text(values: EstimateValues | None) -> str:
    """Spell what a line costs; a missing row is not the same as zero."""
    return "no row" if values is None else money_text(values.cost)


def result_text(line: AuditLine) -> str:
    """Say whether Vista held the line as accepted when it was read back."""
    return {None: "not read back", True: "right", False: "WRONG"}[line.is_right]


def move_text(move: AuditMove) -> str:
    """Say from where to where the export went."""
    before = f"{move.from_state} to " if move.from_state else "opened as "
    return f"{before}{move.to_state}".replace("_", " ")


def proof_of_person(answer: AuditAnswer) -> str:
    """Say whether a one-time code proved who answered."""
    return "yes" if answer.is_proven else "no"


def companies_text(enrolment: AuditEnrolment) -> str:
    """Name the Vista companies that a person may decide for."""
    return ", ".join(map(str, enrolment.companies)) or "every one"


def limit_text(enrolment: AuditEnrolment) -> str:
    """Spell the largest change that a person may accept."""
    return "none" if enrolment.amount_limit is None else money_text(enrolment.amount_limit)


def enrolled_by_text(enrolment: AuditEnrolment) -> str:
    """Name who enrolled a person: two operators, or the owner alone."""
    return " and ".join(dict.fromkeys(enrolment.enrolled_by))


def fate_text(notice: AuditNotice) -> str:
    """Say what became of a notice."""
    if notice.delivered_at:
        return f"delivered {utc_text(notice.delivered_at)}"
    return f"given up {utc_text(notice.given_up_at)}" if notice.given_up_at else "not delivered yet"


def _in_utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"Moment {moment.isoformat()}: expected one with a time zone, found none.")
    return moment.astimezone(UTC)
