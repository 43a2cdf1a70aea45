"""A mail as it goes over the wire: a few headers of our own, the text, and the same as HTML.

Rule: nothing that people or other systems wrote can add a header or a recipient.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from connectors.mail_problems import MailNotSent, in_one_line
from connectors.mail_server import read_mailbox

_SUBJECT_MAX = 200
_RECIPIENT_MAX = 254  # RFC 5321, 4.5.3.1.3
# Every server takes 7 bits; what is more is encoded by the message itself.
_POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """A mail to one person. Text and HTML say the same."""

    # Names this mail for good: the same key gives the same Message-ID.
    key: str
    recipient: str
    subject: str
    text: str
    html: str

    @property
    def place(self) -> str:
        """Name the mail in a message."""
        return f"Mail to {in_one_line(self.recipient, _RECIPIENT_MAX)}"


def message_of(mail: OutgoingMail, sender: str) -> EmailMessage:
    """Write a mail as it goes over the wire.

    Raises:
        MailNotSent: if its recipient is no mail address.
    """
    try:
        recipient = read_mailbox(mail.recipient)
    except ValueError:
        recipient = ""
    if not recipient:
        raise MailNotSent(
            "This is no mail address.",
            is_temporary=False,
            is_about_this_mail=True,
            where=mail.place,
            expected="one mail address, such as name@example.com",
            found="something else",
            way_out="Correct the person's address.",
        )
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = in_one_line(mail.subject, _SUBJECT_MAX)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = (
        f"<{hashlib.sha256(mail.key.encode('utf-8', 'replace')).hexdigest()}@{sender.partition('@')[2]}>"
    )
    # RFC 3834: out-of-office programs answer no mail that says this.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_encodable(mail.text))
    message.add_alternative(_encodable(mail.html), subtype="html")
    return message


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
