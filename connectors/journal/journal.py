"""The journal: our own database, the only truth about an export.

Each method is one short transaction: it reads the state, checks the move against `jobcost.lifecycle`, and changes the
export only if it is still in the state that was read. Whoever comes second is told who was first. Times are arguments.
"""

from typing import Self

from connectors.journal.auditing import Auditing
from connectors.journal.deciding import Deciding
from connectors.journal.ending import Ending
from connectors.journal.exported import Exported
from connectors.journal.migrate import check_revision, migrate
from connectors.journal.noticing import Noticing
from connectors.journal.opening import Opening
from connectors.journal.people import People
from connectors.journal.reading import Reading
from connectors.journal.syncing import Syncing


class Journal(Opening, Deciding, Ending, People, Noticing, Reading, Exported, Syncing, Auditing):
    """One journal, to be used in a `with` block; its methods may be called by many threads and processes at once."""

    def __enter__(self) -> Self:
        """Use the journal if its tables are the ones this program knows.

        Raises:
            JournalNotMigrated: if they are missing or older; migrate first.
            JournalNewer: if a later version of this program migrated them.
            JournalUnavailable: if the database does not answer.
        """
        try:
            with self._reading() as connection:
                check_revision(connection)
        except BaseException:
            self.close()
            raise
        return self


def open_journal(url: str, key: str) -> Journal:
    """Migrate the journal if needed, and return it for a `with` block."""
    migrate(url, key)
    return Journal(url, key)
