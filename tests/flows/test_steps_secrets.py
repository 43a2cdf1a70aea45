"""No secret gets anywhere that somebody reads (invariant 12), though Procore and the driver repeat each of them."""

import logging
import re
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, create_engine

from connectors.journal.records import ExportRecord
from connectors.procore.errors import ProcoreError
from connectors.procore.http import HttpProcore
from connectors.procore.token import TokenSource
from connectors.vista.errors import VistaError
from connectors.vista.sql import SqlVista
from jobcost.acceptance import ACCEPT, REJECT
from jobcost.lifecycle import ExportState
from jobcost.rendering.outcome import outcome_sentence
from jobcost.rendering.question import question_markdown
from jobcost.rendering.verification import verification_markdown
from jobcost.verification import Verification
from tasks import publishing
from tests.attacks.traces import code_pattern, secret_pattern, spellings
from tests.flows.bench_setting import access_to
from tests.flows.workbench import ALEX, MONDAY, Workbench
from tests.odbc_on_sqlite import OdbcOnSqlite

SECRET = "client-secret-THISMUSTNOTSHOW"
PASSWORD = "vista-password-THISMUSTNOTSHOW"
MARK = "THISMUSTNOTSHOW"
VISTA_URL = f"mssql+pyodbc://budget_export:{PASSWORD}@vista/Viewpoint?driver=ODBC+Driver+18+for+SQL+Server"


class TalkativeDriver(OdbcOnSqlite):
    """A driver that repeats the whole connection string when the server is gone."""

    is_down = False

    def connect(self, *address: Any, **options: Any) -> Any:
        if self.is_down:
            raise sqlite3.OperationalError(f"[08001] Cannot open {address} {options}")
        return super().connect(*address, **options)


class TalkativeProcore(httpx.HTTPTransport):
    """A network whose proxy answers with everything it was asked, when it is out of order."""

    is_broken = False
    tokens: list[str]

    def __init__(self) -> None:
        super().__init__()
        self.tokens = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_broken:
            said = f"proxy error for {dict(request.headers)} {request.read().decode()}"
            return httpx.Response(502, text=said, request=request)
        response = super().handle_request(request)
        if request.url.path.endswith("/oauth/token"):
            response.read()
            self.tokens.append(response.json()["access_token"])
        return response


@dataclass
class Ears:
    """Everything that somebody may read: pages, exceptions and log records."""

    network: TalkativeProcore
    driver: TalkativeDriver
    logs: pytest.LogCaptureFixture
    texts: list[str] = field(default_factory=list)

    def hear(self, act: Callable[[], object]) -> None:
        """Do something that fails, and keep all that its exception tells, its causes included."""
        with pytest.raises((ProcoreError, VistaError)) as caught:
            act()
        error: BaseException | None = caught.value
        self.texts += traceback.format_exception(caught.value)
        while error is not None:
            self.texts += [str(error), repr(error), repr(error.args), repr(vars(error))]
            # As Python itself shows it: a context that was cut off is shown to nobody.
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)

    def leaks(self, bench: Workbench, *others: re.Pattern[str]) -> list[str]:
        """Name every place where a secret shows: one that everything here has, or one of the others."""
        secrets = secret_pattern([MARK, *self.network.tokens])
        with closing(sqlite3.connect(bench.folder / "journal.db")) as journal:
            places = [f"journal: {line}" for line in journal.iterdump()]
        places += [f"log: {record.getMessage()} {record.args} {record.exc_text}" for record in self.logs.records]
        places += [f"told: {text}" for text in self.texts]
        assert len(self.network.tokens) >= 1
        return [place for place in places if any(pattern.search(place) for pattern in (secrets, *others))]


@pytest.fixture
def ears(bench: Workbench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[Ears]:
    """The workbench with secrets that can be recognised, and systems that repeat them when they fail."""
    caplog.set_level(logging.DEBUG)
    bench.procore.state.client.secret = SECRET
    driver, network = TalkativeDriver(str(bench.folder / "vista.db")), TalkativeProcore()

    def with_stand_in(address: Any, **options: Any) -> Engine:
        return create_engine(address, module=driver, **options)

    monkeypatch.setattr("connectors.vista.engine.create_engine", with_stand_in)
    clock = bench.procore.clock
    access = access_to(bench.procore, client_secret=SecretStr(SECRET))
    with (
        HttpProcore(access, transport=network, sleep=clock.advance, now=clock.now) as procore,
        SqlVista(VISTA_URL, 1) as vista,
    ):
        bench.systems = replace(bench.systems, procore=procore, vista=vista)
        yield Ears(network, driver, caplog)


def _pages(bench: Workbench, export: ExportRecord) -> list[str]:
    plan, findings = bench.journal.plan(export.id), bench.journal.findings(export.id)
    state = bench.now(export).state
    return [
        bench.review(export),
        question_markdown(
            plan, findings, export_id=export.id, refused_reasons=tuple(bench.refusal(export).split("\n"))
        ),
        outcome_sentence(state, project=export.project_name, job=export.job, detail=bench.reason(export)),
    ]


def _report(bench: Workbench, export: ExportRecord, verification: Verification) -> str:
    return verification_markdown(
        verification,
        bench.journal.plan(export.id),
        export_id=export.id,
        approved_by=(ALEX,),
        applied=publishing._applied(bench.systems, export),
    )


def test_an_accepted_export_shows_no_secret(bench: Workbench, ears: Ears) -> None:
    applied = bench.apply(bench.accepted())
    verified, verification = bench.verify(applied)

    assert verified.state is ExportState.VERIFIED
    assert verification is not None
    ears.texts += [_report(bench, verified, verification), *_pages(bench, verified)]
    assert ears.leaks(bench) == []


def test_a_rejected_export_shows_no_secret_although_giving_back_fails(bench: Workbench, ears: Ears) -> None:
    export = bench.reject(bench.answer(bench.send(), code="AAAA"), "Wrong.")
    ears.network.is_broken = True
    ears.hear(lambda: bench.give_back(export))
    ears.texts += _pages(bench, export)

    assert bench.now(export).budget_returned_at is None
    assert ears.leaks(bench) == []


def test_a_broken_procore_shows_no_secret(bench: Workbench, ears: Ears) -> None:
    waiting = bench.send()
    ears.network.is_broken = True
    # The refusal of the answer says why Procore could not be asked.
    asked_again = bench.answer(waiting)
    assert "proxy error" in bench.refusal(asked_again)
    ears.texts += _pages(bench, asked_again)
    bench.journal.retrieve(waiting.id, actor="priya", reason="Again.", at=bench.at)
    ears.hear(lambda: bench.send(run="broken"))

    failed = bench.journal.export_of_flow_run("broken")
    assert failed is not None
    assert "proxy error" in bench.reason(failed)
    assert ears.leaks(bench) == []


def test_a_login_that_is_refused_shows_no_secret(bench: Workbench, ears: Ears) -> None:
    bench.send()
    ears.network.is_broken = True
    clock = bench.procore.clock
    access = access_to(bench.procore, client_secret=SecretStr(SECRET))
    with HttpProcore(access, transport=ears.network, sleep=clock.advance, now=clock.now) as procore:
        ears.hear(lambda: procore.read_budget(7000))

    assert any("[secret]" in text for text in ears.texts)
    assert ears.leaks(bench) == []


def test_a_vista_out_of_reach_shows_no_secret(bench: Workbench, ears: Ears) -> None:
    accepted = bench.accepted()
    ears.driver.is_down = True
    ears.hear(lambda: bench.apply(accepted))
    bench.journal.move(accepted.id, ExportState.STALE, actor="test", reason="Again.", at=bench.at)
    ears.hear(lambda: bench.send(run="down"))

    failed = bench.journal.export_of_flow_run("down")
    assert failed is not None
    assert "Cannot open" in bench.reason(failed)
    assert ears.leaks(bench) == []


@pytest.mark.parametrize("decision", [ACCEPT, REJECT])
def test_no_answer_shows_a_one_time_code_or_the_authenticators_secret(
    bench: Workbench, ears: Ears, decision: str
) -> None:
    phone = bench.phones[ALEX]
    moments = [MONDAY + timedelta(minutes=2 * number) for number in range(9)]
    codes = [phone.wrong_code(moments[0]), *[phone.code(moment) for moment in moments[1:]]]
    export = bench.send()
    # Wrong; right beside a wrong plan code; used before; right, while Procore is broken and repeats what it was asked.
    export = bench.answer(export, decision, one_time_code=codes[0], at=moments[0])
    export = bench.answer(export, decision, code="AAAA", one_time_code=codes[1], at=moments[1], reason="no")
    export = bench.answer(export, decision, one_time_code=codes[1], at=moments[1], reason="no")
    ears.network.is_broken = True
    export = bench.answer(export, decision, one_time_code=codes[2], at=moments[2], reason="no")
    ears.texts += _pages(bench, export)
    ears.network.is_broken = False
    ended = bench.answer(export, decision, one_time_code=codes[3], at=moments[3], reason="no")

    assert ended.state in {ExportState.ACCEPTED, ExportState.REJECTED}
    refused = [one for one in bench.journal.decisions(export.id) if one.refusal]
    assert len(refused) == 4
    ears.texts += [repr(answer) for answer in bench.journal.decisions(export.id)]
    assert ears.leaks(bench, code_pattern(codes), secret_pattern(spellings(phone.secret))) == []


def test_a_locked_approver_shows_no_code_and_no_secret(bench: Workbench, ears: Ears) -> None:
    phone, export = bench.phones[ALEX], bench.send()
    codes = [phone.wrong_code(MONDAY)]
    for _ in range(5):
        export = bench.answer(export, one_time_code=codes[0], at=MONDAY)
    codes.append(phone.code(MONDAY))
    export = bench.answer(export, one_time_code=codes[1], at=MONDAY)

    assert "you are locked until" in bench.refusal(export)
    ears.texts += [*_pages(bench, export), repr(bench.journal.person(ALEX)), repr(bench.journal.enrolment_story(ALEX))]
    assert ears.leaks(bench, code_pattern(codes), secret_pattern(spellings(phone.secret))) == []


def test_without_taking_secrets_out_of_procores_words_they_stand_in_the_journal(
    bench: Workbench, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.journal.retrieve(bench.send().id, actor="priya", reason="Again.", at=bench.at)
    ears.network.is_broken = True

    monkeypatch.setattr(TokenSource, "without_secrets", lambda _, text: text)
    ears.hear(lambda: bench.send(run="broken"))

    assert any(leak.startswith("journal: ") for leak in ears.leaks(bench))


def test_without_taking_the_password_out_of_the_drivers_words_it_stands_in_the_journal(
    bench: Workbench, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.journal.retrieve(bench.send().id, actor="priya", reason="Again.", at=bench.at)
    ears.driver.is_down = True

    monkeypatch.setattr("connectors.vista.engine._without_password", lambda words, _: words)
    ears.hear(lambda: bench.send(run="down"))

    assert any(leak.startswith("journal: ") for leak in ears.leaks(bench))
