"""The mail about differences between Procore and Vista that were seen for the first time."""

from dataclasses import dataclass
from datetime import datetime

from jobcost.reconciliation_results import Reconciliation
from jobcost.rendering.letters import Facts, Listed, Message, Say, message
from jobcost.rendering.moments import local_text
from jobcost.rendering.reconciliation import explanations
from jobcost.rendering.wording import counted, shortened

# Named in a mail; the command and the page have them all.
TOLD_MAX = 20
_TOLD_LENGTH_MAX = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceNews:
    """What is told of one job."""

    job: str
    project_id: int
    project_name: str
    export_id: str
    # Differences seen for the first time, and all that stand.
    new_count: int
    standing_count: int
    # The first of the new ones, in words.
    told: tuple[str, ...]
    # Totals of the job, in words.
    procore_total: str
    vista_total: str


def told_differences(made: Reconciliation, labels: frozenset[str]) -> tuple[str, ...]:
    """Say what happened to the lines, or stray budget lines, with these names; the first of them."""
    wanted = [one for one in explanations(made) if one.partition(": ")[0].strip(" ") in labels]
    return tuple(shortened(one, _TOLD_LENGTH_MAX) for one in wanted[:TOLD_MAX])


def differs_message(news: DifferenceNews, *, at: datetime, zone_name: str) -> Message:
    """Write the mail."""
    job = news.job.strip(" ")
    name = news.project_name.strip() or f"project {news.project_id}"
    more = news.new_count - len(news.told)
    points = (*news.told, *([f"and {more:,} more"] if more > 0 else []))
    parts = (
        Say(
            f"Procore and Vista differ in {counted(news.new_count, 'line')} that agreed, or differed otherwise, when"
            " they were compared before.",
            bold=True,
        ),
        Listed("What happened:", points),
        Facts(
            (
                ("Job in Vista", job),
                ("Project in Procore", f"{name} ({news.project_id})"),
                ("Procore, revised", news.procore_total),
                ("Vista, current", news.vista_total),
                ("Differences in all", f"{news.standing_count:,}"),
                ("Last verified by", news.export_id),
                ("Compared", local_text(at, zone_name)),
            )
        ),
        Say(f"Every line, with what to do about it: budget-export reconcile {job}"),
        Say("You are told once. If a difference goes away and comes back, you are told again."),
    )
    return message(f"Procore and Vista differ: {name}, job {job}, {counted(news.new_count, 'line')}", parts)
