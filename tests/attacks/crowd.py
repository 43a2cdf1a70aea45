"""The people of a siege: an approver for each attack, with an authenticator app of their own."""

import itertools
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.journal.codes import STEP_SECONDS, step_at
from connectors.journal.journal import Journal
from tests.people import Authenticator, enrolled_approver, enrolled_operator


@dataclass(kw_only=True)
class Crowd:
    """Everybody who is enrolled, and every code that anybody typed."""

    journal: Journal
    journal_file: Path
    phones: dict[str, Authenticator] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)
    _approvers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def approver(self, email: str = "") -> str:
        """Enrol one more approver, with an authenticator app of their own, and return the address."""
        email = email or f"approver{next(self._approvers)}@example.com"
        self.phones[email] = enrolled_approver(self.journal, email, at=datetime.now(UTC))
        return email

    def operator(self, email: str) -> str:
        self.phones[email] = enrolled_operator(self.journal, email, at=datetime.now(UTC))
        return email

    def code(self, email: str) -> str:
        """A code that counts now and for half a minute more, and was not given out before."""
        phone = self.phones[email]
        now = datetime.now(UTC)
        # The app gives out the first code that counts at a moment, one of the step before it.
        if phone._last_step > step_at(now):
            time.sleep(STEP_SECONDS * (phone._last_step - step_at(now)))
            now = datetime.now(UTC)
        code = phone.code(now + timedelta(seconds=STEP_SECONDS))
        self.typed.add(code)
        return code

    def wrong_code(self, email: str) -> str:
        """A code that the person's app shows at no time near this one, and nobody else's does by chance."""
        shown = {self.phones[email]._app.generate_otp(step_at(datetime.now(UTC)) + step) for step in range(-10, 11)}
        drawn = (f"{secrets.randbelow(10**6):06}" for _ in itertools.count())
        code = next(code for code in drawn if code not in shown | self.typed)
        self.typed.add(code)
        return code

    def wrong_codes(self, email: str) -> int:
        """How many guesses the journal has counted against a person."""
        with closing(sqlite3.connect(self.journal_file)) as connection:
            ((count,),) = connection.execute("SELECT wrong_codes FROM person WHERE email = ?", [email]).fetchall()
        return int(count)
