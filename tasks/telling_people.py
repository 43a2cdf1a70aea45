"""Tell people what became of an export, and keep the inbox current. What fails here is logged, and tried again later.

Rule: a notice never holds up or fails an export. So every failure ends here, also one that nobody foresaw.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

from prefect import get_run_logger
from prefect.artifacts import Artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactUpdate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.sorting import ArtifactSort

from connectors.journal.errors import JournalDamaged
from connectors.journal.records import ExportRecord
from jobcost.rendering.inbox import InboxRow, inbox_markdown
from jobcost.story import Story
from tasks import runs
from tasks.channels import ChannelNotTold, tell_channel
from tasks.steps.delivering import ChannelProblem, Linked, Told, deliver
from tasks.steps.noting import note_export
from tasks.steps.telling import deciders_of, directory_of, review_artifact, story_of
from tasks.systems import Systems, now

INBOX_KEY = "inbox"
_INBOX_TITLE = "Everything that waits for an answer"
# A run that is about to suspend waits so long for mails; the scheduled watch sends the rest.
_PATIENCE = timedelta(seconds=10)


def tell_of(systems: Systems, export: ExportRecord) -> None:
    """Note what an export should tell, deliver what is due, and bring the inbox up to date."""
    with _never_in_the_way("People could not be told yet"):
        note_export(systems, export, now())
        deliver_now(systems, patience=_PATIENCE)
    with _never_in_the_way("The inbox could not be brought up to date"):
        publish_inbox(systems)


def deliver_now(systems: Systems, *, patience: timedelta | None = None) -> Told:
    """Deliver every notice that is due; with a patience, no longer than that."""
    return deliver(systems, now, linked=_with_links(systems), tell_channel=_tell_channel, patience=patience)


def inbox_rows(systems: Systems) -> tuple[InboxRow, ...]:
    """Gather what waits in the opened companies, and who may decide on it."""
    waiting = systems.own(systems.journal.inbox())
    directory = directory_of(systems, with_procore=bool(waiting))
    linked = _with_links(systems)
    rows = []
    for record in waiting:
        # What was damaged by hand is told to the operators; the rest of the inbox stays readable.
        with suppress(JournalDamaged):
            story = linked(story_of(systems, record), record)
            rows.append(InboxRow(story=story, may_decide=deciders_of(systems, record, directory, now())))
    return tuple(rows)


def publish_inbox(systems: Systems) -> str:
    """Write the profile's inbox into its one artifact, which people keep open or bookmarked; return the page."""
    page = inbox_markdown(inbox_rows(systems), at=now(), zone_name=systems.config.acceptance.time_zone)
    wanted = ArtifactFilter(key=ArtifactFilterKey(any_=[systems.key(INBOX_KEY)]))
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=wanted, sort=ArtifactSort.CREATED_DESC, limit=1)
        if found:
            # One artifact that changes, not one more every few minutes for ever.
            client.update_artifact(found[0].id, ArtifactUpdate(data=page))
            return page
    Artifact(type="markdown", key=systems.key(INBOX_KEY), description=_INBOX_TITLE, data=page).create()
    return page


@contextmanager
def _never_in_the_way(what: str) -> Iterator[None]:
    try:
        yield
    except Exception as problem:  # noqa: BLE001 - an export never fails because somebody could not be told
        get_run_logger().log(logging.WARNING, "%s; it is tried again later. %s", what, problem)


def _with_links(systems: Systems) -> Linked:
    def linked(story: Story, record: ExportRecord) -> Story:
        artifact = review_artifact(systems, record)
        return replace(
            story,
            run_url=runs.run_address(record.flow_run_id),
            review_url=runs.artifact_address(artifact) if artifact else None,
        )

    return linked


def _tell_channel(block: str, subject: str, text: str) -> None:
    try:
        tell_channel(block, subject, text)
    except ChannelNotTold as problem:
        raise ChannelProblem(str(problem)) from None
