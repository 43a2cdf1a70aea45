"""An office at the desk: two operators are enrolled, and Casey is the one who shall become an approver."""

import pyotp
import pytest
from pydantic import SecretStr

from connectors.journal.records import PersonRecord
from tests.cli.desk import OPAL, ORSON, Desk
from tests.people import Authenticator

CASEY = "casey.site@example.com"


def phone_of(uri: str) -> Authenticator:
    """The app of somebody who scanned the code."""
    parsed = pyotp.parse_uri(uri)
    assert isinstance(parsed, pyotp.TOTP)
    assert (parsed.issuer, parsed.digits, parsed.interval) == ("Budget export", 6, 30)
    return Authenticator(SecretStr(parsed.secret))


@pytest.fixture
def office(desk: Desk) -> Desk:
    """A desk with two operators."""
    desk.operator(OPAL)
    desk.operator(ORSON)
    return desk


def request_casey(office: Desk, *more: str) -> None:
    said = office.as_person(OPAL, "approvers", "enrol", CASEY, "--name", "Casey [Site]", *more)
    assert said.code == 0, said.err


def enrolled_casey(office: Desk, *more: str) -> Authenticator:
    request_casey(office, *more)
    said = office.as_person(ORSON, "approvers", "confirm", CASEY, "--json")
    office.bench.phones[CASEY] = phone_of(said.document["otpauth_uri"])
    return office.bench.phones[CASEY]


def person(office: Desk, email: str) -> PersonRecord:
    """How a person stands whom the journal knows."""
    found = office.bench.journal.person(email)
    assert found is not None
    return found
