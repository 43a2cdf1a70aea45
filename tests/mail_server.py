"""A real mail server on loopback, in a thread of its own, that can be told to behave badly."""

import asyncio
import threading
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum, auto
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.certificates import HOST_NAME, Certificate

_READY_SECONDS_MAX = 30.0


class Encryption(Enum):
    NONE = auto()
    STARTTLS = auto()
    FROM_THE_START = auto()


class Stage(Enum):
    """Where the server leaves off, or falls silent."""

    GREETING = auto()
    RECIPIENT = auto()
    DATA = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMail:
    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    content: bytes
    was_encrypted: bool
    user: str | None

    def part(self, kind: str) -> str:
        """Return the text of the plain or the html part."""
        found = self.message.get_body((kind,))
        assert found is not None
        text: str = found.get_content()
        return text


class LocalMailServer:
    """A mail server on a free port of 127.0.0.1, up inside a `with` block. What it received is in `mails`.

    How it behaves may be changed at any time: `refusals` holds its answer for a recipient's address, `answer_to_sender`
    and `answer_to_mail` its answer where it shall not be "250 OK", `leaves_at` and `hangs_at` where it breaks off.
    """

    def __init__(
        self,
        *,
        encryption: Encryption = Encryption.NONE,
        certificate: Certificate | None = None,
        login: tuple[str, str] | None = None,
    ) -> None:
        self.mails: list[ReceivedMail] = []
        self.connections = 0
        self.refusals: dict[str, str] = {}
        self.answer_to_greeting: str | None = None
        self.answer_to_login: str | None = None
        self.answer_to_sender: str | None = None
        self.answer_to_mail: str | None = None
        self.leaves_at: Stage | None = None
        self.hangs_at: Stage | None = None
        self.takes_unicode_addresses = False
        self.port = 0
        self.encryption = encryption
        self.login = login
        self.tls = certificate.context() if certificate else None
        self._transports: set[Any] = set()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._enough: asyncio.Event | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address for MAIL_SERVER, without a login."""
        return self.url_of()

    def url_of(self, login: str = "", host: str = "127.0.0.1") -> str:
        """Return the address for MAIL_SERVER with a login ("user:password") and another name of the host."""
        scheme = "smtps" if self.encryption is Encryption.FROM_THE_START else "smtp"
        return f"{scheme}://{login}{'@' if login else ''}{host}:{self.port}"

    def start(self) -> None:
        """Come up; after a stop on the same port."""
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), name="mail server")
        self._thread.start()
        assert ready.wait(_READY_SECONDS_MAX), "the mail server did not start"

    def stop(self) -> None:
        """Go down: connections break off, new ones are refused. What was received stays."""
        if self._thread is None:
            return
        assert self._loop is not None
        assert self._enough is not None
        self._loop.call_soon_threadsafe(self._enough.set)
        self._thread.join()
        self._thread = None

    def drop_connections(self) -> None:
        """Break off every open connection, and go on."""
        assert self._loop is not None
        dropped = threading.Event()
        self._loop.call_soon_threadsafe(self._abort, dropped)
        assert dropped.wait(_READY_SECONDS_MAX)

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._enough = asyncio.get_running_loop(), asyncio.Event()
        tls = self.tls if self.encryption is Encryption.FROM_THE_START else None
        server = await self._loop.create_server(lambda: _Session(self), "127.0.0.1", self.port, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._enough.wait()
        server.close()
        self._abort()
        # The transports close themselves in the loop's next round.
        await asyncio.sleep(0.01)

    def _abort(self, dropped: threading.Event | None = None) -> None:
        for transport in self._transports:
            transport.abort()
        self._transports.clear()
        if dropped:
            dropped.set()

    def connected(self, transport: Any) -> None:
        self._transports.add(transport)

    async def reached(self, stage: Stage, session: "_Session") -> bool:
        """Leave or hang where that was asked for; tell whether the server has left."""
        if self.hangs_at is stage:
            await asyncio.Event().wait()
        if self.leaves_at is stage:
            session.leave()
            return True
        return False


class _Session(SMTP):
    """One connection."""

    def __init__(self, local: LocalMailServer) -> None:
        self.local = local
        # Who logged in.
        self.user: str | None = None
        offers_starttls = local.encryption is Encryption.STARTTLS
        super().__init__(
            _Postbox(local, self),
            hostname=HOST_NAME,
            enable_SMTPUTF8=local.takes_unicode_addresses,
            tls_context=local.tls if offers_starttls else None,
            require_starttls=offers_starttls,
            auth_require_tls=local.login is None or offers_starttls,
            authenticator=self._log_in,
            loop=asyncio.get_running_loop(),
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.local.connected(transport)
        super().connection_made(transport)

    def leave(self) -> None:
        assert isinstance(self.transport, asyncio.WriteTransport)
        self.transport.abort()

    async def _handle_client(self) -> None:
        # After STARTTLS the same connection begins anew.
        self.local.connections += self.session is not None and self.session.ssl is None
        if await self.local.reached(Stage.GREETING, self):
            return
        if self.local.answer_to_greeting:
            await self.push(self.local.answer_to_greeting)
            assert self.transport is not None
            self.transport.close()
            return
        await super()._handle_client()

    def _log_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        del server, session, envelope, mechanism
        assert isinstance(given, LoginPassword)
        user = given.login.decode()
        is_right = (user, given.password.decode()) == self.local.login
        self.user = user if is_right else None
        return AuthResult(success=is_right, handled=False, message=self.local.answer_to_login, auth_data=user)


class _Postbox:
    """Takes or refuses mails; aiosmtpd calls its methods by their names."""

    def __init__(self, local: LocalMailServer, session: _Session) -> None:
        self.local, self.session = local, session
        # The names that aiosmtpd looks for.
        vars(self).update(handle_MAIL=self.take_sender, handle_RCPT=self.take_recipient, handle_DATA=self.take_mail)

    async def take_sender(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session
        if self.local.login is not None and self.session.user is None:
            return "530 5.7.0 Authentication required"
        if self.local.answer_to_sender:
            return self.local.answer_to_sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def take_recipient(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if await self.local.reached(Stage.RECIPIENT, self.session):
            return "451 gone"
        if address in self.local.refusals:
            return self.local.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def take_mail(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        del server
        if await self.local.reached(Stage.DATA, self.session):
            return "451 gone"
        if self.local.answer_to_mail:
            return self.local.answer_to_mail
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        mail = ReceivedMail(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            message=message,
            content=content,
            was_encrypted=session.ssl is not None or self.local.encryption is Encryption.FROM_THE_START,
            user=self.session.user,
        )
        self.local.mails.append(mail)
        return "250 OK"
