"""Note which notices are due by the journal: for every export that is open or ended lately, and for the people.

Rule: one export whose records are damaged keeps nobody else from being told; the operators are told of it instead.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from connectors.journal.errors import JournalDamaged
from connectors.journal.records import EnrolmentChange, ExportRecord, NewNotice
from jobcost.deadline import in_zone
from jobcost.notices import (
    CHANNEL_PREFIX,
    TOLD_FOR,
    Notice,
    damaged_notices,
    digest_notices,
    enrolled_notices,
    locked_notices,
    notices_due,
)
from tasks.steps.reconcile_news import due_of_differences
from tasks.steps.sync_news import due_of_syncs
from tasks.steps.telling import Directory, audience_of, deciders_of, directory_of, story_of
from tasks.systems import Systems


def note_export(systems: Systems, record: ExportRecord, at: datetime) -> int:
    """Note what one export should have told by now; return how many notices are new."""
    directory = directory_of(systems, with_procore=record.is_open)
    return _note(systems, _due_of(systems, record, directory, at), at)


def note_everything(systems: Systems, at: datetime) -> int:
    """Note what every export that is open, or ended lately, and every enrolment should have told by now."""
    records = {one.id: one for one in _told_of(systems, at)}
    directory = directory_of(systems, with_procore=any(one.is_open for one in records.values()))
    notices = [
        *(notice for record in records.values() for notice in _due_of(systems, record, directory, at)),
        *_due_of_people(systems, directory, at),
        *due_of_syncs(systems, directory.operators(), at),
        *due_of_differences(systems, at),
    ]
    return _note(systems, notices, at)


def _told_of(systems: Systems, at: datetime) -> tuple[ExportRecord, ...]:
    return systems.own((*systems.journal.open_exports(), *systems.journal.ended_since(at - TOLD_FOR)))


def note_syncs(systems: Systems, at: datetime) -> int:
    """Note what the syncs of the last days should have told the operators by now."""
    operators = directory_of(systems, with_procore=False).operators()
    return _note(systems, due_of_syncs(systems, operators, at), at)


def note_differences(systems: Systems, at: datetime) -> int:
    """Note what the reconciliations of the last days should have told by now."""
    return _note(systems, due_of_differences(systems, at), at)


def note_digest(systems: Systems, at: datetime) -> int:
    """Note one digest for each person for whom something waits; once a day, in the company's time zone."""
    waiting = systems.own(systems.journal.inbox())
    if not waiting or not systems.config.notifications.digest:
        return 0
    directory = directory_of(systems, with_procore=True)
    recipients = {email for record in waiting for email in _deciders(systems, record, directory, at)}
    today = in_zone(at, systems.config.acceptance).date()
    return _note(systems, digest_notices(today, sorted(recipients), profile=systems.profile), at)


def _note(systems: Systems, notices: Iterable[Notice], at: datetime) -> int:
    # Without a mail server there is nothing to keep: what is due is found again from the journal when there is one.
    new = [
        NewNotice(key=notice.key, kind=notice.kind.value, export_id=notice.export_id, recipient=notice.recipient)
        for notice in notices
        if _can_be_told(systems, notice)
    ]
    return systems.journal.add_notices(new, at=at)


def _can_be_told(systems: Systems, notice: Notice) -> bool:
    if notice.recipient.startswith(CHANNEL_PREFIX):
        # The sender's address is whatever somebody typed.
        return notice.recipient.removeprefix(CHANNEL_PREFIX) in systems.config.notifications.blocks
    return systems.mailer is not None


def _due_of(systems: Systems, record: ExportRecord, directory: Directory, at: datetime) -> tuple[Notice, ...]:
    try:
        audience = audience_of(systems, record, directory, at)
        return notices_due(story_of(systems, record), audience, systems.config.acceptance, at)
    except JournalDamaged:
        return damaged_notices(record.id, directory.operators())


def _deciders(systems: Systems, record: ExportRecord, directory: Directory, at: datetime) -> tuple[str, ...]:
    try:
        return deciders_of(systems, record, directory, at)
    except JournalDamaged:
        return ()


def _due_of_people(systems: Systems, directory: Directory, at: datetime) -> Iterator[Notice]:
    for person in directory.people:
        for entry in systems.journal.enrolment_story(person.email):
            if at - entry.at > TOLD_FOR or entry.change is EnrolmentChange.REQUESTED:
                continue
            yield from enrolled_notices(person.email, entry.position)
            if entry.change is EnrolmentChange.LOCKED:
                yield from locked_notices(person.email, entry.position, directory.operators())
