"""After every path an export can go: no code, key, password or authenticator's secret is stored anywhere."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pytest
from prefect.states import Cancelled

from connectors.journal.records import Verdict
from jobcost.acceptance import REJECT
from jobcost.lifecycle import ExportState
from tests.attacks.conftest import MAIL_PASSWORD
from tests.attacks.siege import REASON, SENDER, Siege
from tests.attacks.traces import code_pattern, files_in, found, rows_in, secret_pattern, spellings
from tests.mail_server import LocalMailServer

PROCORE_SECRET = "sandbox-secret"


def _accepted(siege: Siege) -> None:
    case = siege.sent()
    case.answer(siege.approver(), plan_code="AAAA-AAAA")
    case.assert_held(2, "Plan code")
    case.answer(siege.approver())
    case.assert_exported()


def _rejected(siege: Siege) -> None:
    case = siege.sent()
    case.answer(siege.approver(), REJECT, reason=REASON)
    case.wait_for_end("Rejected")


def _retrieved(siege: Siege) -> None:
    case = siege.sent()
    export = case.export
    state = siege.run_deployment("budget-retrieve/retrieve", export_id=export.id, retrieved_by=SENDER)
    assert state.name == "Retrieved"
    # The run that waited was ended with it.
    assert case.state().is_cancelled()
    case.assert_untouched()


def _expired(siege: Siege) -> None:
    with siege.ordered(deadline=datetime.now(UTC).isoformat()):
        case = siege.sent()
    case.answer(siege.approver())
    case.wait_for_end("Expired")
    case.assert_untouched()


def _cancelled(siege: Siege) -> None:
    case = siege.sent()
    case.force(Cancelled())
    case.retry()
    case.wait_for_question(2)


def _crashed(siege: Siege) -> None:
    case = siege.sent()
    with case.ordered(dies_at="before journal.record_acceptance"):
        case.answer(siege.approver())
        case.wait_for_end("Crashed")
    case.retry()
    case.assert_exported()


def _locked(siege: Siege) -> None:
    case, approver = siege.sent(), siege.approver()
    for ask in range(2, 7):
        case.answer(approver, code=siege.wrong_code(approver))
        case.wait_for_question(ask)
    assert [entry.change for entry in siege.journal.enrolment_story(approver)][-1] == "locked"


PATHS: dict[str, Callable[[Siege], None]] = {
    "accepted": _accepted,
    "rejected": _rejected,
    "retrieved": _retrieved,
    "expired": _expired,
    "cancelled": _cancelled,
    "crashed": _crashed,
    "locked": _locked,
}


def _copied(into: Path, *files: Path) -> Path:
    """Copy a database in use. Another process does it: closing its files here would end SQLite's locks on them."""
    subprocess.run(["/bin/cp", *map(str, files), str(into)], check=True)
    return into


@pytest.mark.timeout(900)
def test_after_every_path_no_secret_is_stored_anywhere(
    siege: Siege, mail_server: LocalMailServer, tmp_path: Path
) -> None:
    for name, walk in PATHS.items():
        # The attacks before this one have gone most of the paths.
        if name not in siege.walked:
            walk(siege)
    siege.watch()
    siege.stack.settle()

    folder, environment = siege.stack.folder, siege.stack.environment
    prefect = tuple(rows_in(folder / "prefect" / "prefect.db"))
    journal = (*rows_in(siege.journal_file), *files_in(_copied(tmp_path, *folder.glob("journal.sqlite3*"))))
    files = tuple(files_in(folder / "logs", folder / "reports"))
    mails = tuple((mail.recipients[0], mail.content.decode("latin-1")) for mail in mail_server.mails)
    places = (*prefect, *journal, *files, *mails)
    phones = chain.from_iterable(spellings(phone.secret) for phone in siege.phones.values())
    secrets = {*phones, environment["JOURNAL_KEY"], MAIL_PASSWORD, PROCORE_SECRET}

    assert found(code_pattern(siege.typed), places) == []
    assert found(secret_pattern(secrets), places) == []
    # All that was looked through is there: what people typed is found where it belongs, and only answers are deleted.
    assert found(secret_pattern({REASON}), prefect) != []
    assert found(secret_pattern({REASON}), journal) != []
    assert len(files) > 10
    assert [key for place, key in prefect if place.endswith("flow_run_input.key") and key.endswith("-response")] == []


def test_a_code_that_is_stored_would_be_found(siege: Siege) -> None:
    """The search itself: while nobody has judged an answer, Prefect holds its code, and nothing else does."""
    case, approver = siege.sent(), siege.approver()
    code = siege.code(approver)
    with siege.stack.worker_held():
        case.answer(approver, plan_code="AAAA-AAAA", code=code)
        stored = found(code_pattern({code}), rows_in(siege.stack.folder / "prefect" / "prefect.db"))
    case.assert_held(2, "Plan code")

    assert [place.partition(":")[0] for place in stored] == ["prefect.db"]
    assert "flow_run_input.value" in stored[0]
    assert case.export.state is ExportState.AWAITING_ACCEPTANCE
    assert [one.verdict for one in case.decisions] == [Verdict.REFUSED]
    assert found(code_pattern({code}), rows_in(siege.stack.folder / "prefect" / "prefect.db")) == []
