"""What the tests of mails share: a mail, a certificate, names that lead to this machine, and the proof of a failure."""

import socket
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.mail import MailNotSent, OutgoingMail, SmtpMailer
from tests.certificates import HOST_NAME, Certificate, make_certificate
from tests.mail_server import LocalMailServer

SENDER = "budget-export@example.com"
PASSWORD = "s3cr3t/w@rd"
LOGIN = "exporter:s3cr3t%2Fw%40rd"
MAIL = OutgoingMail(
    key="EX-20261123-1:question:0:ana@example.com",
    recipient="ana@example.com",
    subject="Budget of job 1164I-001 waits for you",
    text="Difference: 41,200.00",
    html="<p>Difference: <b>41,200.00</b></p>",
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let HOST_NAME lead to this machine without anybody taking it for this machine; no other such name is known."""
    look_up = socket.getaddrinfo

    def answered(host: Any, *rest: Any, **options: Any) -> Any:
        if str(host).endswith(".example.test") and host != HOST_NAME:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up("127.0.0.1" if host == HOST_NAME else host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answered)


@pytest.fixture
def server() -> Iterator[LocalMailServer]:
    with LocalMailServer() as server:
        yield server


def mailer_for(url: str, **options: Any) -> SmtpMailer:
    return SmtpMailer(SecretStr(url), SENDER, **options)


def not_sent(mailer: SmtpMailer, mail: OutgoingMail = MAIL) -> MailNotSent:
    with pytest.raises(MailNotSent) as raised:
        mailer.send(mail)
    told = "".join(traceback.format_exception(raised.value)) + repr(raised.value) + repr(vars(raised.value))
    assert PASSWORD not in told
    assert raised.value.__context__ is None
    assert raised.value.__cause__ is None
    assert "\n" not in str(raised.value)
    return raised.value
