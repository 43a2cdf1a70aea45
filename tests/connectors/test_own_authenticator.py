"""The authenticator app of the tests gives codes that count, each once."""

from datetime import datetime, timedelta, tzinfo
from typing import Self

import pyotp
import pytest
from pydantic import SecretStr

from connectors.journal.codes import STEP_SECONDS
from tests.connectors.exports import MONDAY
from tests.people import Authenticator

# MONDAY is 59,847,480 steps of 30 seconds after the beginning of 1970.
STEP = 59_847_480


@pytest.fixture
def app() -> Authenticator:
    return Authenticator(SecretStr(pyotp.random_base32()))


def _shown(app: Authenticator, step: int) -> str:
    return pyotp.TOTP(app.secret.get_secret_value()).generate_otp(step)


def test_the_tests_own_authenticator_gives_no_code_out_twice(app: Authenticator) -> None:
    steps = [_shown(app, STEP + off) for off in (-1, 0, 1)]
    assert [app.code(MONDAY) for _ in range(3)] == steps
    with pytest.raises(AssertionError, match="were given out"):
        app.code(MONDAY)


def test_the_tests_own_authenticator_waits_rather_than_be_ahead_of_its_time(
    app: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two seconds before a step ends, the code after the next one would still be refused."""
    monkeypatch.setattr("tests.people.datetime", _TwoSecondsBeforeTheNextStep)
    monkeypatch.setattr("tests.people.time.sleep", _no_more_waiting)

    assert [app.code() for _ in range(2)] == [_shown(app, STEP + off) for off in (0, 1)]
    with pytest.raises(TimeoutError):
        app.code()


class _TwoSecondsBeforeTheNextStep(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        moment = MONDAY.astimezone(tz) + timedelta(seconds=STEP_SECONDS - 2)
        return cls.combine(moment.date(), moment.timetz())


def _no_more_waiting(_seconds: float) -> None:
    raise TimeoutError
