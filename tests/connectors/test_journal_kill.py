"""A process that dies in the middle of recording leaves the journal as it was, and nobody waits for it."""

import subprocess
import sys
from pathlib import Path

from connectors.journal import Journal
from jobcost.lifecycle import ExportState
from tests.connectors.exports import MONDAY, SENDER, awaiting

ROOT = Path(__file__).parents[2]

DYING = """
import sys, time
from connectors.journal import Journal
from connectors.journal.statements import export_of, move_export
from jobcost.lifecycle import ExportState
from tests.connectors.exports import MONDAY
from tests.keys import JOURNAL_KEY
with Journal(sys.argv[1], JOURNAL_KEY) as journal, journal._writing() as connection:
    existing = export_of(connection, "EX-1204")
    move_export(connection, existing, ExportState.REJECTED, actor="x", reason="x", at=MONDAY)
    print("in the middle", flush=True)
    time.sleep(120)
"""


def test_a_process_killed_while_recording_has_recorded_nothing(journal: Journal, journal_url: str) -> None:
    before = awaiting(journal)
    command = [sys.executable, "-c", DYING, journal_url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"in the middle\n"
            assert journal.export("EX-1204") == before
        finally:
            process.kill()
    assert journal.export("EX-1204") == before
    assert len(journal.transitions("EX-1204")) == 2
    after = journal.retrieve("EX-1204", actor=SENDER, reason="sent anew", at=MONDAY)
    assert after.state is ExportState.RETRIEVED
