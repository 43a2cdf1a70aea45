"""The figures of an export, as every message about it shows them."""

from collections.abc import Callable, Iterator
from datetime import datetime

from jobcost.lifecycle import OPEN_STATES, ExportState
from jobcost.money import money_text
from jobcost.rendering.inbox import change_text
from jobcost.rendering.wording import signed_money_text
from jobcost.story import Story


def figures(story: Story, local: Callable[[datetime], str]) -> Iterator[tuple[str, str]]:
    """Yield the facts of an export for a message, each with its name; "" for what there is none of.

    Args:
        story: the export.
        local: how a moment is spelt for the reader.
    """
    job = (story.job or "").strip()
    yield "Job in Vista", f"{job} (company {story.jcco})" if job else ""
    project = story.project_name.strip()
    yield "Project in Procore", f"{project} ({story.project_id})" if project else str(story.project_id)
    if story.total_before is not None and story.total_after is not None:
        moved = story.total_after - story.total_before
        yield "Difference", signed_money_text(moved)
        before, after = _labels(story.state)
        yield before, money_text(story.total_before)
        yield after, money_text(story.total_after)
        if story.difference is not None and story.difference != moved:
            yield "Counts for limits", change_text(story)
    yield from _change_orders(story)
    yield "Lines that change", f"{story.lines_changed:,}" if story.lines_changed else ""
    yield "Warnings", f"{story.warnings:,}" if story.warnings else ""
    yield "Plan code", story.plan_code or ""
    yield "Sent by", f"{story.submitted_by}, {local(story.sent_at)}"
    yield "Accepted by", ", ".join(story.accepted_by)
    yield "Answer until", local(story.deadline_at) if story.is_waiting and story.deadline_at else ""
    yield "Export", story.export_id


def _change_orders(story: Story) -> Iterator[tuple[str, str]]:
    before, after = story.total_current_before, story.total_current_after
    if before is not None and after is not None:
        moved = signed_money_text(after - before)
        yield "Current Estimate", f"{moved}, from {money_text(before)} to {money_text(after)}"
    yield "Change orders", f"{story.change_orders:,}" if story.change_orders else ""


def _labels(state: ExportState) -> tuple[str, str]:
    """Name the totals: what is, what was, or what would have been."""
    if state in OPEN_STATES:
        return "Vista now", "Vista after the export"
    if state in {ExportState.VERIFIED, ExportState.VERIFICATION_FAILED}:
        return "Vista before", "Vista after the export"
    return "Vista when planned", "It would have become"
