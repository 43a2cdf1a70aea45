"""Send mails through the company's mail server, one recipient each.

Rule 1: user, password and text travel encrypted, to a server whose certificate was verified; only a server on this
machine itself is spoken with in clear.
Rule 2: a mail sent twice, because a crash came between sending and remembering, carries the same Message-ID.
Rule 3: whatever goes wrong is a MailNotSent, without the password.
"""

import smtplib
import ssl
from contextlib import suppress
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from pydantic import SecretStr

from connectors.checks import Check
from connectors.mail_message import OutgoingMail, message_of
from connectors.mail_problems import MailNotSent, explain
from connectors.mail_server import MailServer, read_mail_server, read_sender

__all__ = ["TIMEOUT_SECONDS", "MailNotSent", "Mailer", "OutgoingMail", "SmtpMailer"]

TIMEOUT_SECONDS = 20.0

_OK = 250


class Mailer(Protocol):
    """What sends mails."""

    def send(self, mail: OutgoingMail) -> None:
        """Hand a mail over to the mail server.

        Raises:
            MailNotSent: if it was not taken, or broke off so that nobody can tell.
        """
        ...


class SmtpMailer:
    """Sends mails over SMTP (RFC 5321). Inside a `with` block one connection serves several mails."""

    def __init__(
        self,
        server_url: SecretStr,
        sender: str,
        *,
        ca_file: Path | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """Take note of the server; nothing is connected yet.

        Args:
            server_url: smtp:// (STARTTLS is demanded, except on this machine) or smtps:// (TLS from the start).
            sender: the address all mails come from.
            ca_file: certificates (PEM) of the only authorities to trust; those of the system if not given.
            timeout_seconds: the longest wait for the connection, and for each answer.

        Raises:
            ValueError: if the server's or the sender's address is none. It does not repeat it.
        """
        self._server = read_mail_server(server_url)
        self._sender = read_sender(sender)
        self._ca_file = ca_file
        self._timeout_seconds = timeout_seconds
        self._keeps_connection = False
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        """Keep the connection from the first mail on."""
        self._keeps_connection = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take leave of the server."""
        del kind, problem, trace
        self._keeps_connection = False
        self._take_leave()

    def send(self, mail: OutgoingMail) -> None:
        """Hand a mail over to the mail server.

        Raises:
            MailNotSent: if it was not taken, or broke off so that nobody can tell.
        """
        # Raised outside the handler: the library's own errors may hold the password and must not be chained.
        try:
            message = message_of(mail, self._sender)
            connection = self._connected()
            content, options = _carried(message, connection)
            connection.sendmail(self._sender, [str(message["To"])], content, mail_options=options)
        except (OSError, ValueError, MessageError, MailNotSent) as problem:
            failure = self._explained(problem, mail.place)
        else:
            if not self._keeps_connection:
                self._take_leave()
            return
        self._drop()
        raise failure

    def probe(self) -> tuple[Check, ...]:
        """Look whether the server answers, takes the login and lets the sender through; nothing is sent."""
        try:
            code, words = self._connected().mail(self._sender)
            if code != _OK:
                raise smtplib.SMTPSenderRefused(code, words, self._sender)
        except (OSError, ValueError, MailNotSent) as problem:
            failure = self._explained(problem, f"Mail from {self._sender}")
        else:
            self._take_leave()
            return (Check(name="Mail", ok=True, found=f"{self._server.place} lets {self._sender} send"),)
        self._drop()
        found = f"{failure.what} {failure.where}: {failure.found}"
        # An export does not need mails; people do.
        return (Check(name="Mail", ok=None, found=found, way_out=failure.way_out),)

    def _connected(self) -> smtplib.SMTP:
        """Return a connection that answers, a new one if need be."""
        if self._connection is not None and not _answers(self._connection):
            self._drop()
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        server, seconds = self._server, self._timeout_seconds
        if server.is_tls_from_the_start:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=seconds, context=self._trusted()
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=seconds)
        try:
            self._introduce(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _introduce(self, connection: smtplib.SMTP) -> None:
        """Encrypt where it is not yet, then log in."""
        connection.ehlo_or_helo_if_needed()
        server = self._server
        if not server.is_tls_from_the_start and not server.is_this_machine:
            if not connection.has_extn("starttls"):
                raise _not_offered(
                    server, "encryption (STARTTLS)", "Use smtps:// if the server speaks TLS from the start."
                )
            connection.starttls(context=self._trusted())
            connection.ehlo_or_helo_if_needed()
        if server.user:
            if not connection.has_extn("auth"):
                way_out = "Take user and password out of MAIL_SERVER, or use smtps:// if the login needs encryption."
                raise _not_offered(server, "a login", way_out)
            connection.login(server.user, server.password.get_secret_value())

    def _trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self._ca_file) if self._ca_file else None)

    def _explained(self, problem: Exception, where: str) -> MailNotSent:
        return explain(problem, self._server, where=where, seconds_max=self._timeout_seconds)

    def _take_leave(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # The mails are handed over already; a server that is gone by now changes nothing.
            with suppress(OSError):
                connection.quit()
            connection.close()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _carried(message: EmailMessage, connection: smtplib.SMTP) -> tuple[bytes, tuple[str, ...]]:
    """Return a mail's bytes and what must be said before them.

    The library's own `send_message` is not used: it writes ">From" where a line of the text begins with "From".
    """
    if str(message["To"]).isascii():
        return message.as_bytes(), ()
    if not connection.has_extn("smtputf8"):
        raise smtplib.SMTPNotSupportedError("no SMTPUTF8")
    return message.as_bytes(policy=SMTPUTF8), ("SMTPUTF8", "BODY=8BITMIME")


def _answers(connection: smtplib.SMTP) -> bool:
    try:
        return connection.noop()[0] == _OK
    except OSError:
        return False


def _not_offered(server: MailServer, what: str, way_out: str) -> MailNotSent:
    return MailNotSent(
        f"The mail server offers no {what.removeprefix('a ')}.",
        is_temporary=True,
        where=f"Mail server {server.place}",
        expected=what,
        found="neither mention nor offer of it",
        way_out=way_out,
    )
