"""The sandbox's mail server: takes every mail on this machine, keeps each as a file, and passes none on.

It speaks SMTP (RFC 5321) in clear, without a login. Rule: a mail was kept before its sender hears "250 OK".
"""

import asyncio
from itertools import count
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
KEPT = ".eml"

_NAME = "mail.sandbox.example"


class Postbox:
    """A folder of kept mails: 0001.eml, 0002.eml, and so on, in the order in which they came."""

    def __init__(self, folder: Path) -> None:
        """Go on after the mails that are there already."""
        folder.mkdir(parents=True, exist_ok=True)
        numbers = [int(mail.stem) for mail in folder.glob(f"*{KEPT}") if mail.stem.isdecimal()]
        self._folder = folder
        self._numbers = count(max(numbers, default=0) + 1)

    def keep(self, sender: str, recipients: list[str], content: bytes) -> Path:
        """Write a mail down, with the addresses that it was really sent from and to; whoever looks sees all or none.

        Raises:
            OSError: if it cannot be written.
        """
        # Return-Path stands above everything else (RFC 5321, 4.4); Delivered-To is what mail servers commonly add.
        heads = [f"Return-Path: <{sender}>", *(f"Delivered-To: {recipient}" for recipient in recipients)]
        file = self._folder / f"{next(self._numbers):04}{KEPT}"
        unfinished = file.with_suffix(".part")
        unfinished.write_bytes("".join(f"{head}\r\n" for head in heads).encode() + content)
        unfinished.replace(file)
        return file


class MailCatcher:
    """The mail server; `port` is set once it is up."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        """Say where mails are kept, and the port; 0 takes a free one."""
        self.port = port
        self._postbox = Postbox(folder)
        # aiosmtpd looks for its own names.
        vars(self).update(handle_DATA=self._take)

    @property
    def url(self) -> str:
        """The address for MAIL_SERVER."""
        return f"smtp://{HOST}:{self.port}"

    async def start(self) -> asyncio.Server:
        """Listen; the caller closes what is returned.

        Raises:
            OSError: if the port is taken.
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._session, HOST, self.port)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def _session(self) -> SMTP:
        return SMTP(self, hostname=_NAME, ident="sandbox", enable_SMTPUTF8=True, loop=asyncio.get_running_loop())

    async def _take(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        del server, session
        content = envelope.content
        if not isinstance(content, bytes):
            return "554 5.6.0 Transaction failed: expected bytes"
        try:
            self._postbox.keep(envelope.mail_from or "", envelope.rcpt_tos, content)
        except OSError as problem:
            return f"452 4.3.1 The mail could not be kept: {problem.strerror}"
        return "250 OK"
