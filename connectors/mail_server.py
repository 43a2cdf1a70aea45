"""The mail server's address, as MAIL_SERVER gives it: where it is, how the way there is protected, and the login.

Rule: no message repeats anything of the address, which holds a password.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import SecretStr

from connectors.server_name import is_server_name

_PORTS = {"smtp": 587, "smtps": 465}
_PORT_MAX = 65535
_FORM = "expected smtp://host:port or smtps://host:port, with user:password@ before the host where it needs a login"
# One mailbox, without a name and without quoting: no character in it can end the address or begin another header.
_MAILBOX = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]+@[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A mail server that mails are handed to."""

    host: str
    port: int
    # smtps://: encrypted from the first byte. Otherwise STARTTLS follows, except where the host is this machine.
    is_tls_from_the_start: bool
    # Both empty where the server asks for no login.
    user: str
    password: SecretStr

    @property
    def place(self) -> str:
        """Host and port, for messages."""
        return f"{self.host}:{self.port}"

    @property
    def is_this_machine(self) -> bool:
        """Tell whether the way there never leaves this machine, so that nobody listens in."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def read_mail_server(url: SecretStr) -> MailServer:
    """Read the address of a mail server; user and password in it are percent-encoded.

    The port is 587 (smtp) or 465 (smtps) where it is left out.

    Raises:
        ValueError: saying what was expected. It repeats nothing of the address.
    """
    parts, port = _split(url.get_secret_value().strip())
    if parts is None or parts.scheme not in _PORTS or not is_server_name(parts.hostname):
        raise ValueError(f"{_FORM} (special characters in user and password percent-encoded)")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"{_FORM} and nothing after the port (special characters percent-encoded)")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("expected user and password, or neither of them")
    # What the login sends is ASCII; everything else would fail only when the first mail is due.
    if not (user + password).isascii() or re.search(r"[\x00-\x1f\x7f]", user + password):
        raise ValueError("expected user and password of ASCII letters, digits and signs")
    return MailServer(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        is_tls_from_the_start=parts.scheme == "smtps",
        user=user,
        password=SecretStr(password),
    )


def read_mailbox(text: str) -> str:
    """Read one plain mail address, without a name.

    Raises:
        ValueError: if it is none, is several, or holds a line break. It repeats nothing of the text.

    >>> read_mailbox(" ana@example.com ")
    'ana@example.com'
    """
    address = text.strip(" ")
    if not _MAILBOX.fullmatch(address):
        raise ValueError("expected one mail address, such as name@example.com")
    return address


def read_sender(text: str) -> str:
    """Read the address that mails come from. It is ASCII, so that every mail server takes it.

    Raises:
        ValueError: if it is no plain address. It repeats nothing of the text.
    """
    if not text.isascii():
        raise ValueError("expected one mail address of ASCII characters, such as name@example.com")
    return read_mailbox(text)


def _split(url: str) -> tuple[SplitResult | None, int | None]:
    # The library's own messages quote the address; they are dropped here.
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None, None
    is_port = port is None or 0 < port <= _PORT_MAX
    return (parts, port) if is_port else (None, None)
