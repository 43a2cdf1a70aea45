"""The month-end answer for people: a table of jobs, a table of lines, what each class means, a CSV, a page."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from jobcost.money import money_text
from jobcost.planned import ChangePolicy
from jobcost.reconciliation_results import NotCompared, Outcome, ReconciledLine, Reconciliation
from jobcost.reconciliation_values import AGREEING, Amounts, LineClass
from jobcost.rendering.escaping import markdown_inline, markdown_link, markdown_text
from jobcost.rendering.moments import local_text
from jobcost.rendering.tables import Cell, Column, Heading, Table, csv_of, dicts_of, markdown_table, table_of
from jobcost.rendering.wording import counted, shortened, signed_money_text

# Differing lines of one job shown on a page; the CSV has them all.
LINES_SHOWN_MAX = 200

WAYS_OUT: dict[LineClass, str] = {
    LineClass.AGREES: "",
    LineClass.ROUNDING: "Nothing to do; correct the fraction of a cent in Procore when convenient.",
    LineClass.IN_FLIGHT: "Wait for the export it names, then ask again.",
    LineClass.MOVED_IN_BOTH: "Find out which amount is right. An update brings Procore's to Vista, for an approver.",
    LineClass.NEVER_EXPORTED: "Send an update: budget-export update PROJECT.",
    LineClass.DELETED_IN_PROCORE: "Send an update; its approver may set the line to zero. Nothing is deleted in Vista.",
    LineClass.MOVED_IN_PROCORE: "Send an update. Put an exported change back as it was; make a new one for the rest.",
    LineClass.CHANGE_NOT_EXPORTED: "Send an update. What was taken back: make it void, and a new one in its place.",
    LineClass.CHANGE_ORDER_MOVED: "Ask who changed it in Vista, and put it right there. It is never written again.",
    LineClass.MOVED_IN_VISTA: "Ask who changed it. If Procore is right, an update sets it back, for an approver.",
    LineClass.ONLY_IN_VISTA: "Nothing of ours: budget it in Procore if it belongs to the budget.",
}
_POLICIES: dict[ChangePolicy, str] = {
    ChangePolicy.CHANGE_ORDERS: "Approved budget changes stand in Vista as change orders.",
    ChangePolicy.FOLD_INTO_ORIGINAL: "Budget changes are folded into Vista's Original Estimate.",
    ChangePolicy.OFF: "Budget changes are not exported, so change orders are not compared.",
}


def as_of_text(day: date | None) -> str:
    """Say what is compared."""
    if day is None:
        return "Procore's budget and Vista's estimate as they are now, against what was last verified."
    return (
        f"As of {day}: the budget as it was last sent by the end of that day (by the company's clock), what Vista had"
        " posted by that day (by its posting dates), and what had been verified by then. What was edited in Procore and"
        " not sent by then is not in it, nor are budget lines that could not be planned."
    )


def outcomes_table(outcomes: Iterable[Outcome]) -> Table:
    """Lay the jobs out, one a row."""
    return table_of(_JOB_COLUMNS, tuple(outcomes))


def classes_table(made: Reconciliation) -> Table:
    """Lay the classes that occur out, with their sums and the way out of each."""
    rows = tuple(made.by_class.items())
    total = made.vista_total.minus(_expected_total(made))
    return table_of(
        (
            Column(Heading("Stands"), lambda row: row[0].value),
            Column(Heading("Lines", "right"), lambda row: f"{row[1].count:,}"),
            Column(Heading("Original", "right"), lambda row: signed_money_text(row[1].difference.original)),
            Column(Heading("Changes", "right"), lambda row: signed_money_text(row[1].difference.changes)),
            Column(Heading("Way out"), lambda row: WAYS_OUT[row[0]]),
        ),
        rows,
        total=(
            "Vista less Procore",
            f"{len(made.lines):,}",
            signed_money_text(total.original),
            signed_money_text(total.changes),
            "",
        ),
    )


def lines_table(made: Reconciliation, *, everything: bool = False) -> Table:
    """Lay the differing lines out, or all of them; the last row has the sums of the whole job."""
    lines = made.lines if everything else made.differences
    difference = made.vista_total.minus(_expected_total(made))
    sums = (made.procore_total, made.vista_total, made.verified_total, difference)
    return table_of(_LINE_COLUMNS, lines, total=("All lines", "", *map(_both, sums), "", ""))


def explanations(made: Reconciliation) -> tuple[str, ...]:
    """Say of each differing line what happened, and who did it as far as Vista tells; then what else is to be known."""
    told = [_explained(line) for line in made.lines if line.stands is not LineClass.AGREES or line.causes]
    stray = [
        f"{one.label}: {money_text(one.amounts.original)} and changes of {money_text(one.amounts.changes)} fall on no"
        f" line of Vista's: {one.why}."
        for one in made.unmapped
    ]
    return (*told, *stray, *made.notes)


def reconciliations_csv(outcomes: Iterable[Outcome]) -> str:
    """Write every line of every job as CSV, amounts plain; a job that could not be compared is one row."""
    return csv_of(_CSV_HEADINGS, (row for outcome in outcomes for row in _csv_rows(outcome)))


def difference_dicts(outcomes: Iterable[Outcome], rows_max: int) -> list[dict[str, str]]:
    """Return the differing lines of all jobs for a Prefect table artifact."""
    rows: list[dict[str, str]] = []
    for made in (one for one in outcomes if isinstance(one, Reconciliation)):
        table = table_of(_LINE_COLUMNS, made.differences)
        rows += [{"Job": made.job.strip(" ")} | row for row in dicts_of(table)]
    return rows[:rows_max]


def outcomes_sentence(outcomes: Sequence[Outcome]) -> str:
    """Say in one sentence how all jobs stand."""
    compared = [one for one in outcomes if isinstance(one, Reconciliation)]
    differing = [one for one in compared if not one.agrees]
    lines = sum(len(one.differences) + sum(stray.has_amount for stray in one.unmapped) for one in differing)
    missed = len(outcomes) - len(compared)
    agreeing = len(compared) - len(differing)
    said = f"{agreeing:,} of {counted(len(outcomes), 'job')} {_verb(agreeing, 'agree')}"
    said += f", {len(differing):,} {_verb(len(differing), 'differ')} in {counted(lines, 'line')}" if differing else ""
    return f"{said}, {missed:,} could not be compared" if missed else said


def reconciliation_markdown(
    outcomes: Sequence[Outcome], *, as_of: date | None, at: datetime, zone_name: str, csv_url: str | None
) -> str:
    """Write the whole answer as a page: the jobs first, then each that differs."""
    parts = [
        f"# Reconciliation: {markdown_inline(outcomes_sentence(outcomes))}",
        f"{markdown_text(as_of_text(as_of))} Asked on {markdown_text(local_text(at, zone_name))}.",
        markdown_table(outcomes_table(outcomes)) if outcomes else "No budget was exported and verified yet.",
    ]
    if csv_url:
        parts.append(markdown_link("Every line as CSV", csv_url))
    for outcome in outcomes:
        parts += _job_page(outcome)
    return "\n\n".join(parts) + "\n"


def job_heading(made: Reconciliation) -> str:
    """Name the job, its project, and the export it is compared with."""
    return f"Job {made.job.strip(' ')}, {made.project_name.strip()} ({made.project_id}), verified by {made.export_id}"


def policy_text(made: Reconciliation) -> str:
    """Say what the company does with budget changes."""
    return _POLICIES[made.policy]


def _verb(number: int, verb: str) -> str:
    return f"{verb}s" if number == 1 else verb


def _job_page(outcome: Outcome) -> Iterator[str]:
    if isinstance(outcome, NotCompared):
        yield f"## Job {markdown_inline(outcome.job)}: could not be compared"
        yield markdown_text(outcome.why)
        return
    told = explanations(outcome)
    if outcome.agrees and not told:
        return
    yield f"## {markdown_inline(job_heading(outcome))}"
    yield markdown_text(policy_text(outcome))
    yield markdown_table(classes_table(outcome))
    shown = outcome.differences[:LINES_SHOWN_MAX]
    if shown:
        yield markdown_table(table_of(_LINE_COLUMNS, shown))
    yield "\n".join(f"- {markdown_text(one)}" for one in told[:LINES_SHOWN_MAX])
    if len(told) > LINES_SHOWN_MAX:
        yield f"And {len(told) - LINES_SHOWN_MAX:,} more; the CSV has every line."


def _explained(line: ReconciledLine) -> str:
    who = f" By: {line.who}." if line.who else ""
    causes = "; ".join(line.causes) or line.stands.value
    return f"{line.phase.strip(' ')} / {line.cost_type}: {causes}.{who}"


def _expected_total(made: Reconciliation) -> Amounts:
    total = Amounts()
    for line in made.lines:
        total = total.plus(line.expected)
    return total


def _both(amounts: Amounts | None) -> str:
    """Spell an original and, where there are any, the changes on top of it; nothing where there is no line."""
    if amounts is None:
        return ""
    return " ".join([money_text(amounts.original), *([signed_money_text(amounts.changes)] if amounts.changes else [])])


# For people: three columns of original and changes, so that a line fits on a screen.
_LINE_COLUMNS: tuple[Column[ReconciledLine], ...] = (
    Column(Heading("Vista phase"), lambda line: line.phase),
    Column(Heading("Type", "right"), lambda line: str(line.cost_type)),
    Column(Heading("Procore", "right"), lambda line: _both(line.procore)),
    Column(Heading("Vista", "right"), lambda line: _both(line.vista)),
    Column(Heading("Last verified", "right"), lambda line: _both(line.verified)),
    Column(Heading("Difference", "right"), lambda line: _both(line.difference)),
    Column(Heading("Stands"), lambda line: line.stands.value),
    Column(Heading("Name"), lambda line: shortened(line.name, 40)),
)


def _job_word(outcome: Outcome) -> str:
    match outcome:
        case NotCompared(why=why):
            return f"could not be compared: {shortened(why, 160)}"
        case Reconciliation(agrees=True):
            return "agrees"
        case Reconciliation():
            classes = [f"{total.count:,} {one}" for one, total in outcome.by_class.items() if one not in AGREEING]
            stray = sum(line.has_amount for line in outcome.unmapped)
            return ", ".join([*classes, *([f"{stray:,} not mapped"] if stray else [])])


def _current(outcome: Outcome, side: str) -> str:
    return "" if isinstance(outcome, NotCompared) else money_text(getattr(outcome, side).current)


_JOB_COLUMNS: tuple[Column[Outcome], ...] = (
    Column(Heading("Job"), lambda one: one.job.strip(" ")),
    Column(Heading("Procore project"), lambda one: f"{one.project_id} {one.project_name}".strip()),
    Column(Heading("Lines", "right"), lambda one: "" if isinstance(one, NotCompared) else f"{len(one.lines):,}"),
    Column(Heading("Procore revised", "right"), lambda one: _current(one, "procore_total")),
    Column(Heading("Vista current", "right"), lambda one: _current(one, "vista_total")),
    Column(Heading("Last verified", "right"), lambda one: _current(one, "verified_total")),
    Column(Heading("Export"), lambda one: one.export_id),
    Column(Heading("What happened"), _job_word),
)

_CSV_HEADINGS = (
    "Job",
    "Procore project",
    "Project name",
    "Export",
    "As of",
    "Vista phase",
    "Vista cost type",
    "Name",
    "Procore original",
    "Procore changes",
    "Vista original",
    "Vista changes",
    "Verified original",
    "Verified changes",
    "Difference original",
    "Difference changes",
    "How it stands",
    "What happened",
    "Who and when",
)


def _csv_rows(outcome: Outcome) -> Iterator[tuple[Cell, ...]]:
    day = ""
    head: tuple[Cell, ...] = (outcome.job.strip(" "), outcome.project_id, outcome.project_name, outcome.export_id)
    if isinstance(outcome, NotCompared):
        yield (*head, day, *[None] * 11, "could not be compared", outcome.why, "")
        return
    day = str(outcome.as_of or "")
    for line in outcome.lines:
        sides = [cell for one in (line.procore, line.vista, line.verified) for cell in _pair(one)]
        moved = (line.difference.original, line.difference.changes)
        place = (line.phase, line.cost_type, line.name)
        yield (*head, day, *place, *sides, *moved, line.stands.value, "; ".join(line.causes), line.who)
    for stray in outcome.unmapped:
        sides = [*_pair(stray.amounts), *[None] * 6]
        yield (*head, day, "", None, stray.label, *sides, "not mapped", stray.why, "")


def _pair(amounts: Amounts | None) -> tuple[Cell, Cell]:
    return (None, None) if amounts is None else (amounts.original, amounts.changes)
