"""Files for people to download: every line of a review or a verification as CSV, in a folder that a web server shows.

Optional. A folder that cannot be written never holds up an export: the same lines are in the journal and on the
command line (`budget-export show EXPORT --csv FILE`).
"""

import logging
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reports:
    """The folder, and the address under which people see it; None when there is no such server."""

    folder: Path
    address: str | None

    def publish(self, export_id: str, name: str, text: str) -> str | None:
        """Write a file of an export anew; return its address, or None where it cannot be seen."""
        target = self.folder / export_id / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            # The byte order mark tells spreadsheets that the text is UTF-8.
            target.write_text(text, encoding="utf-8-sig", newline="")
        except OSError as problem:
            logger.warning("Report %s of %s was not written: %s", name, export_id, problem)
            return None
        return f"{self.address.rstrip('/')}/{export_id}/{name}" if self.address else None
