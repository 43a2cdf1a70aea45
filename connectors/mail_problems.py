"""Why a mail was not sent: every failure of the way to a mail server becomes one error in plain words.

Rule: the server's own words are kept, the password never is.
"""

import base64
import smtplib
import socket
import ssl
from functools import partial
from typing import Any

from connectors.mail_server import MailServer

_WORDS_MAX = 300
# RFC 5321, 4.2.1: what begins with 5 will not change by trying again; a login that is missing (RFC 4954) may come.
_FOR_GOOD = range(500, 600)
_AUTHENTICATION_REQUIRED = 530
_CHECK_SETTINGS = "Correct MAIL_SERVER, then run budget-export doctor."


class MailNotSent(Exception):
    """A mail was not handed over, or nobody can tell whether it was.

    `is_temporary` says that the same mail may go through later: when the server is back, or when an operator has put
    the settings right. Otherwise this mail, or its recipient, was refused for good.

    `is_about_this_mail` says that other mails may well go through now; if not, trying them only costs time.
    """

    def __init__(
        self,
        what: str,
        *,
        is_temporary: bool,
        where: str,
        expected: str,
        found: str,
        way_out: str,
        is_about_this_mail: bool = False,
    ) -> None:
        """Keep the facts apart, for messages and for those who decide about another attempt."""
        super().__init__(what)
        self.what, self.where = what, where
        self.is_temporary, self.is_about_this_mail = is_temporary, is_about_this_mail
        self.expected, self.found, self.way_out = expected, found, way_out

    def __str__(self) -> str:
        """Say them in one line."""
        return f"{self.where}: {self.what} Expected {self.expected}; found {self.found}. {self.way_out}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way from one process to another."""
        return (partial(MailNotSent, **self.__dict__), ())


def explain(problem: Exception, server: MailServer, *, where: str, seconds_max: float) -> MailNotSent:
    """Say in plain words why a mail server did not take a mail, or could not be spoken with."""
    tell = partial(MailNotSent, where=f"{where} through {server.place}")
    match problem:
        case MailNotSent():
            return problem
        case smtplib.SMTPResponseException() | smtplib.SMTPRecipientsRefused():
            return _refused(problem, server, tell)
        case smtplib.SMTPNotSupportedError():
            return tell(
                "The mail server cannot carry this address.",
                is_temporary=False,
                is_about_this_mail=True,
                expected="an address of ASCII characters, or a server with SMTPUTF8",
                found=_plain(str(problem), server),
                way_out="Use another address of this person.",
            )
        case ssl.SSLError():
            return _not_encrypted(problem, server, tell)
        case _ if _is_time_out(problem):
            return tell(
                "The mail server did not answer in time.",
                is_temporary=True,
                expected=f"each answer within {seconds_max:g} seconds",
                found="none",
                way_out="It is tried again later; if it stays so, ask whoever runs the mail server.",
            )
        case _:
            return _out_of_reach(problem, server, tell)


def _out_of_reach(problem: Exception, server: MailServer, tell: partial[MailNotSent]) -> MailNotSent:
    found, way_out = _plain(str(problem), server), _CHECK_SETTINGS
    match problem:
        case socket.gaierror() | UnicodeError():
            what, expected = "The mail server's name was not found.", "a name that the name service knows"
            found = _plain(problem.strerror or "", server) if isinstance(problem, OSError) else "no proper name"
        case smtplib.SMTPException():
            what, expected = "The mail server broke off.", "an answer to every command"
            way_out = "It is tried again later; the mail keeps its Message-ID, should it have arrived after all."
        case FileNotFoundError():
            what, expected = "The file of trusted certificates is not there.", "the file that MAIL_CA_FILE names"
            found = "none"
        case _:
            what, expected = "The mail server could not be reached.", "a mail server that answers there"
    return tell(what, is_temporary=True, expected=expected, found=found, way_out=way_out)


def _refused(
    problem: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused,
    server: MailServer,
    tell: partial[MailNotSent],
) -> MailNotSent:
    code, words = _answer(problem)
    found = f"{code} {_plain(words, server)}".strip()
    is_for_now = code not in _FOR_GOOD or code == _AUTHENTICATION_REQUIRED
    is_about_this_mail, is_temporary, way_out = False, True, "It is tried again later."
    match problem:
        case smtplib.SMTPAuthenticationError():
            what, expected = "The mail server refused the login.", "a login that it takes"
            way_out = "Correct user and password in MAIL_SERVER (percent-encoded), then run budget-export doctor."
        case smtplib.SMTPSenderRefused():
            what, expected = "The mail server refused the sender.", "a sender that it lets through"
            way_out = "Set MAIL_FROM to an address that this login may send from."
        case smtplib.SMTPRecipientsRefused():
            what, expected = "The mail server refused the recipient.", "a known mailbox"
            is_about_this_mail, is_temporary = code != _AUTHENTICATION_REQUIRED, is_for_now
            way_out = way_out if is_temporary else "Correct the person's address."
        case smtplib.SMTPDataError():
            what, expected = "The mail server refused the mail.", "that it takes it"
            is_about_this_mail, is_temporary = True, is_for_now
            way_out = way_out if is_temporary else "Ask whoever runs the mail server why."
        case _:
            what, expected = "The mail server refuses to talk.", "a greeting"
    return tell(
        what,
        is_temporary=is_temporary,
        is_about_this_mail=is_about_this_mail,
        expected=expected,
        found=found,
        way_out=way_out,
    )


def _answer(problem: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> tuple[int, str]:
    """Take the code and the words out of the library's error."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(problem.recipients.values()))
        return code, said.decode("utf-8", "replace")
    words = problem.smtp_error
    return problem.smtp_code, words.decode("utf-8", "replace") if isinstance(words, bytes) else words


def _not_encrypted(problem: ssl.SSLError, server: MailServer, tell: partial[MailNotSent]) -> MailNotSent:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return tell(
            "The mail server's certificate is not trusted.",
            is_temporary=True,
            expected=f"a valid certificate for {server.host} from a known authority",
            found=_plain(problem.verify_message, server),
            way_out="If it comes from the company's own authority, name that authority's file in MAIL_CA_FILE.",
        )
    return tell(
        "The connection to the mail server could not be encrypted.",
        is_temporary=True,
        expected="TLS from the start (smtps://) or after STARTTLS (smtp://)",
        found=_plain(problem.reason or str(problem), server),
        way_out=_CHECK_SETTINGS,
    )


def _is_time_out(problem: Exception) -> bool:
    # The library reports a time-out while it waits for an answer as a broken connection.
    return isinstance(problem, TimeoutError) or isinstance(problem.__context__, TimeoutError)


def _plain(words: str, server: MailServer) -> str:
    """Bring a server's words to one short line; should it repeat the password, nobody learns it from us."""
    password = server.password.get_secret_value()
    if password:
        login = f"\0{server.user}\0{password}"
        for secret in (
            base64.b64encode(login.encode()).decode(),
            base64.b64encode(password.encode()).decode(),
            password,
        ):
            words = words.replace(secret, "***")
    return in_one_line(words, _WORDS_MAX) or "no words"


def in_one_line(text: str, length_max: int) -> str:
    r"""Bring foreign text to one line of printable characters, which can neither begin a header nor hide anything.

    >>> in_one_line("Budget\r\nBcc: eve@example.com", 100)
    'Budget Bcc: eve@example.com'
    """
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:length_max]
