"""Mails to a real mail server: what arrives, what nobody can smuggle in, and what doctor is told."""

import traceback
from dataclasses import replace
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from connectors.mail import SmtpMailer
from connectors.mail_message import message_of
from connectors.mail_server import read_mail_server
from tests.connectors.mails import MAIL, PASSWORD, SENDER, mailer_for, not_sent, server
from tests.mail_server import LocalMailServer

__all__ = ["server"]

# Anything a person or another system may have typed, half a surrogate pair included.
ANY_TEXT = st.text(st.characters(exclude_categories=()))


# What arrives.


def test_a_mail_arrives_as_text_and_as_html(server: LocalMailServer) -> None:
    mailer_for(server.url).send(MAIL)

    (mail,) = server.mails
    assert (mail.sender, mail.recipients) == (SENDER, ("ana@example.com",))
    assert mail.message.get_content_type() == "multipart/alternative"
    assert mail.part("plain").strip() == "Difference: 41,200.00"
    assert mail.part("html").strip() == "<p>Difference: <b>41,200.00</b></p>"
    assert mail.message["Subject"] == "Budget of job 1164I-001 waits for you"
    assert (mail.message["From"], mail.message["To"]) == (SENDER, "ana@example.com")


def test_a_mail_says_when_it_was_sent_and_that_a_program_sent_it(server: LocalMailServer) -> None:
    mailer_for(server.url).send(MAIL)

    (mail,) = server.mails
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(str(mail.message["Date"])).utcoffset() is not None


def test_a_mail_sent_twice_is_recognised_by_its_message_id(server: LocalMailServer) -> None:
    mailer_for(server.url).send(MAIL)
    mailer_for(server.url).send(MAIL)
    mailer_for(server.url).send(replace(MAIL, key="EX-20261123-1:reminder:24:ana@example.com"))

    first, again, other = (str(mail.message["Message-ID"]) for mail in server.mails)
    assert first == again
    assert first != other
    assert first.endswith("@example.com>")


def test_umlauts_dashes_and_long_lines_arrive_whole(server: LocalMailServer) -> None:
    text = f"Fußweg – Ænderung 41.200,00 €\n.\nFrom here on: {'Beton ' * 400}end"
    subject = "Straße 7 – Änderung von 41.200,00 € in Büro, Kühlraum, Lüftung und Förderanlage"
    mailer_for(server.url).send(replace(MAIL, subject=subject, text=text, html=f"<p>{text}</p>"))

    (mail,) = server.mails
    assert mail.message["Subject"] == subject
    assert mail.part("plain").splitlines() == text.splitlines()
    assert mail.part("html").splitlines() == f"<p>{text}</p>".splitlines()
    assert max(map(len, mail.content.splitlines())) <= 998
    assert mail.content.isascii()


def test_one_connection_serves_several_mails(server: LocalMailServer) -> None:
    with mailer_for(server.url) as mailer:
        for name in ("ana", "bob", "cem"):
            mailer.send(replace(MAIL, recipient=f"{name}@example.com"))

    assert [mail.recipients for mail in server.mails] == [
        ("ana@example.com",),
        ("bob@example.com",),
        ("cem@example.com",),
    ]
    assert server.connections == 1


def test_a_refused_mail_does_not_hold_up_the_next(server: LocalMailServer) -> None:
    server.refusals["gone@example.com"] = "550 5.1.1 No such mailbox"
    with mailer_for(server.url) as mailer:
        not_sent(mailer, replace(MAIL, recipient="gone@example.com"))
        mailer.send(MAIL)

    assert [mail.recipients for mail in server.mails] == [("ana@example.com",)]


def test_a_server_that_went_away_between_two_mails_is_connected_anew(server: LocalMailServer) -> None:
    with mailer_for(server.url) as mailer:
        mailer.send(MAIL)
        server.drop_connections()
        mailer.send(replace(MAIL, recipient="bob@example.com"))

    assert [mail.recipients for mail in server.mails] == [("ana@example.com",), ("bob@example.com",)]
    assert server.connections == 2


def test_mails_go_on_after_an_outage_of_the_server(server: LocalMailServer) -> None:
    with mailer_for(server.url) as mailer:
        mailer.send(MAIL)
        server.stop()
        assert not_sent(mailer).is_temporary
        server.start()
        mailer.send(MAIL)

    assert len(server.mails) == 2


# What nobody can smuggle in.


@pytest.mark.parametrize(
    "smuggled", ["Budget\r\nBcc: eve@example.com", "Budget\nBcc: eve@example.com", "Budget\rBcc: x"]
)
def test_a_line_break_in_a_subject_begins_no_header(server: LocalMailServer, smuggled: str) -> None:
    mailer_for(server.url).send(replace(MAIL, subject=smuggled))

    (mail,) = server.mails
    assert mail.message["Bcc"] is None
    assert mail.recipients == ("ana@example.com",)
    assert str(mail.message["Subject"]).startswith("Budget Bcc:")


@pytest.mark.parametrize(
    "recipient",
    [
        "ana@example.com\r\nBcc: eve@example.com",
        "ana@example.com\nRCPT TO:<eve@example.com>",
        "ana@example.com, eve@example.com",
        "Ana <ana@example.com>",
        "ana@example.com>",
        "ana example.com",
        "@example.com",
        "",
    ],
)
def test_what_is_not_one_plain_address_is_refused_before_anybody_is_called(
    server: LocalMailServer, recipient: str
) -> None:
    problem = not_sent(mailer_for(server.url), replace(MAIL, recipient=recipient))

    assert problem.what == "This is no mail address."
    assert not problem.is_temporary
    assert server.connections == 0


@pytest.mark.parametrize(
    "sender", ["jörg@example.com", "x@example.com\r\nBcc: eve@example.com", "Budget <x@example.com>", "nobody", ""]
)
def test_a_sender_that_is_not_one_plain_address_is_refused_at_once(sender: str) -> None:
    with pytest.raises(ValueError, match=r"^expected one mail address.*, such as name@example\.com$"):
        SmtpMailer(SecretStr("smtp://127.0.0.1"), sender)


@settings(deadline=None)
@given(key=ANY_TEXT, subject=ANY_TEXT, text=ANY_TEXT, html=ANY_TEXT)
def test_whatever_is_written_a_mail_has_the_same_headers_and_one_recipient(
    key: str, subject: str, text: str, html: str
) -> None:
    message = message_of(replace(MAIL, key=key, subject=subject, text=text, html=html), SENDER)

    assert message.keys() == [
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("MIME-Version", "Content-Type"),
    ]
    assert message["To"] == "ana@example.com"
    written: bytes = message.as_bytes()
    assert written.isascii()
    assert written.partition(b"\r\n\r\n")[0].count(b"\r\nTo: ") == 1


# What doctor asks.


def test_a_probe_tries_everything_but_sends_nothing(server: LocalMailServer) -> None:
    (check,) = mailer_for(server.url).probe()

    assert (check.name, check.ok) == ("Mail", True)
    assert check.found == f"127.0.0.1:{server.port} lets budget-export@example.com send"
    assert server.mails == []


def test_a_probe_tells_what_would_keep_mails_back_and_fails_no_export(server: LocalMailServer) -> None:
    server.answer_to_sender = "553 5.7.1 Not your address"
    (check,) = mailer_for(server.url).probe()

    assert check.ok is None
    assert "553 5.7.1 Not your address" in check.found
    assert "MAIL_FROM" in check.way_out


# The address.


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("smtp://mail.example.com", "mail.example.com:587"),
        ("smtps://mail.example.com", "mail.example.com:465"),
        ("smtp://mail.example.com:2525/", "mail.example.com:2525"),
    ],
)
def test_the_port_may_be_left_out(url: str, place: str) -> None:
    assert read_mail_server(SecretStr(url)).place == place


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machine_is_known_by_its_loopback_addresses(host: str) -> None:
    assert read_mail_server(SecretStr(f"smtp://{host}:25")).is_this_machine


@pytest.mark.parametrize("host", ["mail.example.com", "127.0.0.1.example.com", "localhost.example.com", "10.0.0.1"])
def test_every_other_host_is_elsewhere(host: str) -> None:
    assert not read_mail_server(SecretStr(f"smtp://{host}:25")).is_this_machine


@pytest.mark.parametrize(
    "url",
    [
        f"http://exporter:{PASSWORD}@mail.example.com",
        "smtp://exporter:s3cr3t/w@rd@mail.example.com",
        "smtp://exporter:s3cr3t#word@mail.example.com",
        "smtp://exporter:s3cr3t?word@mail.example.com",
        "smtp://exporter:s3cr3t%0Aword@mail.example.com",
        "smtp://exporter:s3cr3t%C3%A4@mail.example.com",
        "smtp://exporter@mail.example.com",
        "smtp://:s3cr3t@mail.example.com",
        "smtp://mail.example.com:s3cr3t",
        "smtp://mail.example.com:0",
        "smtp://s3cr3t[",
        "s3cr3t",
        "",
    ],
)
def test_a_wrong_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"^expected ") as raised:
        read_mail_server(SecretStr(url))

    assert "s3cr3t" not in "".join(traceback.format_exception(raised.value))
    assert raised.value.__context__ is None
