"""The mail server of a workbench, and what is told through it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from pydantic import SecretStr

from connectors.journal.records import ExportRecord
from connectors.mail import SmtpMailer
from jobcost.story import Story
from tasks.steps.delivering import ChannelProblem, Told, deliver
from tasks.steps.noting import note_everything
from tasks.steps.watch import watch
from tests.flows.calm_runs import CalmRuns
from tests.flows.workbench import MONDAY, Workbench
from tests.mail_server import LocalMailServer

OPERATOR = "otto.operator@example.com"


@pytest.fixture
def post(bench: Workbench) -> Iterator["Post"]:
    with (
        LocalMailServer() as server,
        SmtpMailer(SecretStr(server.url), "export@example.com", timeout_seconds=2) as mailer,
    ):
        bench.systems = replace(bench.systems, mailer=mailer)
        yield Post(bench, server)


class Post:
    """The mail server, and what is told through it."""

    def __init__(self, bench: Workbench, server: LocalMailServer) -> None:
        self.bench = bench
        self.server = server
        self.channel: list[tuple[str, str]] = []
        self.channel_is_down = False

    def round(self, at: datetime = MONDAY) -> Told:
        """Note and deliver everything that is due, as the scheduled watch does."""
        watch(self.bench.systems, at, CalmRuns())
        note_everything(self.bench.systems, at)
        return self.deliver(at)

    def deliver(self, at: datetime = MONDAY) -> Told:
        return deliver(self.bench.systems, lambda: at, linked=linked, tell_channel=self._tell)

    def taken(self) -> list[tuple[str, str]]:
        """Recipient and subject of every mail since the last look, by recipient."""
        mails = sorted((mail.recipients[0], str(mail.message["Subject"]).strip()) for mail in self.server.mails)
        self.server.mails.clear()
        return mails

    def recipients(self, words: str) -> list[str]:
        """Who got a mail with these words in its subject since the last look."""
        return [recipient for recipient, subject in self.taken() if words in subject]

    def _tell(self, block: str, subject: str, _text: str) -> None:
        if self.channel_is_down:
            raise ChannelProblem("The channel is down.")
        self.channel.append((block, subject))


def linked(story: Story, record: ExportRecord) -> Story:
    return replace(story, run_url=f"https://prefect.example.com/{record.flow_run_id}", review_url="https://review")
