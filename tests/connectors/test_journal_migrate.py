"""Tables: made once, by whoever comes first, and the same as the models say."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from connectors.journal import Journal, migrate, models, open_journal
from connectors.journal import migrate as migrate_function
from connectors.journal.errors import (
    JournalBusy,
    JournalNewer,
    JournalNotMigrated,
    JournalUnavailable,
    JournalUrlWrong,
)
from connectors.journal.ledger import journal_engine
from connectors.journal.migrate import HEAD, _config
from connectors.journal.models import _IS_OPEN, metadata
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from tests.connectors.exports import MONDAY, sent
from tests.keys import JOURNAL_KEY

ROOT = Path(__file__).parents[2]


def test_the_tables_are_the_ones_the_models_describe(journal_url: str) -> None:
    migrate(journal_url, JOURNAL_KEY)
    engine = journal_engine(journal_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_first_migration_and_the_models_agree_which_states_are_open() -> None:
    script = (ROOT / "connectors/journal/migrations/versions/0001_journal.py").read_text(encoding="utf-8")
    assert f'IS_OPEN = "{_IS_OPEN.text}"' in script


def test_the_head_is_the_last_migration() -> None:
    assert ScriptDirectory.from_config(_config()).get_current_head() == HEAD


def test_migrating_again_keeps_everything(journal_url: str) -> None:
    with open_journal(journal_url, JOURNAL_KEY) as journal:
        record = sent(journal)
    with open_journal(journal_url, JOURNAL_KEY) as journal:
        assert journal.export("EX-1204") == record


def test_many_threads_migrate_one_journal_at_once(journal_url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(migrate_function, [journal_url] * 6, [JOURNAL_KEY] * 6)) == [None] * 6
    with Journal(journal_url, JOURNAL_KEY) as journal:
        assert journal.people() == ()


def test_many_processes_migrate_one_journal_at_once(journal_url: str) -> None:
    program = f"from connectors.journal import migrate; migrate({journal_url!r}, {JOURNAL_KEY!r})"
    call = [sys.executable, "-W", "error", "-c", program]
    running = [subprocess.Popen(call, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(3)]
    told = [process.communicate(timeout=120)[1].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], told
    with Journal(journal_url, JOURNAL_KEY) as journal:
        assert journal.inbox() == ()


def test_a_journal_that_was_not_migrated_says_so(journal_url: str) -> None:
    with pytest.raises(JournalNotMigrated, match="found no tables of the journal"), Journal(journal_url, JOURNAL_KEY):
        pytest.fail("it was entered")


def test_a_journal_of_a_later_version_is_left_alone(journal_url: str) -> None:
    with open_journal(journal_url, JOURNAL_KEY) as journal, journal._writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(JournalNewer, match="found revision 9999"):
        migrate(journal_url, JOURNAL_KEY)
    with pytest.raises(JournalNewer), Journal(journal_url, JOURNAL_KEY):
        pytest.fail("it was entered")


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///:memory:", "mysql://user:pass-word@host/journal", "postgresql://user:pass-word@host", "x"],
)
def test_a_place_where_no_journal_can_live_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(JournalUrlWrong) as wrong:
        Journal(url, JOURNAL_KEY)
    assert "pass-word" not in str(wrong.value)
    assert "JOURNAL_URL" in str(wrong.value)


def test_a_folder_that_does_not_exist_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(JournalUnavailable, match="unable to open database file"):
        migrate(f"sqlite:///{tmp_path / 'nowhere' / 'journal.sqlite3'}", JOURNAL_KEY)


def test_a_file_that_is_no_database_is_told_plainly(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite3").write_text("a letter to accounting, longer than a page header of a database file\n")
    with pytest.raises(JournalUnavailable, match="file is not a database"):
        migrate(f"sqlite:///{tmp_path / 'journal.sqlite3'}", JOURNAL_KEY)


def test_a_server_that_does_not_answer_is_told_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql://someone:pass-word@/journal?host={tmp_path}"
    with pytest.raises(JournalUnavailable) as unavailable:
        migrate(url, JOURNAL_KEY)
    assert "pass-word" not in str(unavailable.value)
    assert "No such file or directory" in str(unavailable.value)


def test_a_writer_that_waits_too_long_is_told_who_is_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.journal.ledger.BUSY_TIMEOUT_SECONDS", 0)
    url = f"sqlite:///{tmp_path / 'journal.sqlite3'}"
    with open_journal(url, JOURNAL_KEY) as journal, journal._writing(), Journal(url, JOURNAL_KEY) as second:
        with pytest.raises(JournalBusy, match="Another process holds the journal's file"):
            sent(second)
        assert second.open_exports() == ()


def test_a_journal_of_before_undo_keeps_every_row_and_its_rules(journal_url: str) -> None:
    engine = journal_engine(journal_url)
    facts = {
        "procore_company_id": 8089,
        "project_name": "Riverside – Tower",
        "jcco": 1,
        "submitted_by": "pm@example.com",
        "ask": 1,
        "created_at": MONDAY,
        "updated_at": MONDAY,
    }
    rows = [
        {"id": "EX-1", "kind": Kind.SETUP, "project_id": 1, "job": " 1-", "state": ExportState.APPLYING, **facts},
        {"id": "EX-2", "kind": Kind.UPDATE, "project_id": 2, "job": " 2-", "state": ExportState.PROPOSED, **facts},
    ]
    note = {"export_id": "EX-2", "position": 1, "kind": "adopted", "json_text": "{}", "at": MONDAY}
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for row in rows:
            connection.execute(insert(models.export).values(row))
        connection.execute(insert(models.evidence).values(note))
    with engine.begin() as connection:
        before = connection.execute(select(models.export).order_by(models.export.c.id)).all()
    engine.dispose()

    migrate(journal_url, JOURNAL_KEY)

    with Journal(journal_url, JOURNAL_KEY) as journal:
        with journal._reading() as connection:
            assert connection.execute(select(models.export).order_by(models.export.c.id)).all() == before
        assert [row.kind for row in journal.evidence("EX-2")] == ["adopted"]
        with journal._writing() as connection:
            connection.execute(update(models.export).where(models.export.c.id == "EX-2").values(kind=Kind.UNDO))
        for breaking in (
            insert(models.evidence).values({**note, "export_id": "EX-9"}),
            insert(models.export).values({**rows[0], "id": "EX-3", "project_id": 3}),
            text("UPDATE export SET kind = 'guess'"),
            text("UPDATE export SET ask = 0"),
        ):
            with pytest.raises(IntegrityError), journal._writing() as connection:
                connection.execute(breaking)
