"""People for the tests: enrolled by two invented operators, with an authenticator app each."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyotp
from pydantic import SecretStr

from connectors.journal import Journal
from connectors.journal.codes import STEP_SECONDS, WINDOW_STEPS, step_at
from connectors.journal.records import Actor, Deputy, EnrolmentFacts, Role

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
# Who enrols everybody in the tests. They are enrolled nowhere: the journal does not ask that of them.
OLGA = Actor(email="olga.operator@example.com", os_account="olga@desk")
OMAR = Actor(email="omar.operator@example.com", os_account="omar@desk")

# A code that is just running out is no use.
_TYPING_SECONDS = 8


class Authenticator:
    """A person's authenticator app. It gives no code out twice, and none of an earlier step than the last."""

    def __init__(self, secret: SecretStr | None) -> None:
        if secret is None:
            raise AssertionError("expected a secret, which is shown only when it is drawn")
        self.secret = secret
        self._app = pyotp.TOTP(secret.get_secret_value())
        self._last_step = -1

    def code(self, at: datetime | None = None) -> str:
        """A code that counts at this moment (default: now, waiting for one if all were given out)."""
        while (step := self._next_step(at)) is None:
            if at is not None:
                raise AssertionError(f"all codes that count at {at} were given out; ask for one at a later moment")
            time.sleep(STEP_SECONDS - time.time() % STEP_SECONDS + 0.1)
        self._last_step = step
        return self._app.generate_otp(step)

    def wrong_code(self, at: datetime | None = None) -> str:
        """A code that this app does not show at this moment, nor around it."""
        around = step_at(at or datetime.now(UTC))
        shown = {self._app.generate_otp(step) for step in range(around - 10, around + 11)}
        return next(code for code in (f"{number:06}" for number in range(100)) if code not in shown)

    def _next_step(self, at: datetime | None) -> int | None:
        """The first step not given out that counts now, and still does when it will have been typed."""
        now = at or datetime.now(UTC)
        typed = now if at else now + timedelta(seconds=_TYPING_SECONDS)
        step = max(step_at(typed) - WINDOW_STEPS, self._last_step + 1)
        return step if step <= step_at(now) + WINDOW_STEPS else None


def enrolled_approver(
    journal: Journal,
    email: str,
    *,
    name: str = "",
    limit: Decimal | None = None,
    companies: Iterable[int] = (),
    deputy: Deputy | None = None,
    at: datetime = MONDAY,
) -> Authenticator:
    """Enrol an approver, and set their app up."""
    facts = EnrolmentFacts(
        email=email,
        role=Role.APPROVER,
        name=name or email.partition("@")[0],
        companies=tuple(companies),
        amount_limit=limit,
        deputy=deputy,
    )
    return _enrolled(journal, facts, at)


def enrolled_operator(journal: Journal, email: str, *, name: str = "", at: datetime = MONDAY) -> Authenticator:
    """Enrol an operator, and set their app up."""
    return _enrolled(journal, EnrolmentFacts(email=email, role=Role.OPERATOR, name=name or email.partition("@")[0]), at)


def _enrolled(journal: Journal, facts: EnrolmentFacts, at: datetime) -> Authenticator:
    journal.request_enrolment(facts, by=OLGA, reason="for the test", at=at, new_authenticator=True)
    return Authenticator(journal.confirm_enrolment(facts.email, by=OMAR, at=at).secret)
