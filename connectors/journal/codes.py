"""One-time codes of authenticator apps (RFC 6238): SHA-1, six digits, a new one every 30 seconds.

Rule 1: a code counts once, and no code of an earlier step after it. What is stored is the number of the step, which is
no secret; the code itself is stored nowhere and stands in no message.
Rule 2: the clock that counts is the one at the moment the answer was given, not when somebody came to read it.
"""

import hmac
from datetime import UTC, datetime, timedelta

import pyotp
from pydantic import SecretStr
from sqlalchemy import Connection, or_, select, update

from connectors.journal.ending import PRODUCT
from connectors.journal.errors import CodeUsedBefore
from connectors.journal.ledger import vault_of
from connectors.journal.models import person
from connectors.journal.records import Actor, CodeCheck, EnrolmentChange
from connectors.journal.standing import person_of, write_down

STEP_SECONDS = 30
DIGITS = 6
# Steps before and after the one of the moment itself: clocks differ, and typing takes time.
WINDOW_STEPS = 1
WRONG_CODES_MAX = 5
LOCK_TIME = timedelta(minutes=30)
# Nobody types more; what is longer is not even read.
_LENGTH_MAX = 64

_NOT_ENROLLED = "One-time code: no authenticator is enrolled for you; an operator can enrol one."
_MISSING = "One-time code: it is missing."
_WRONG = "One-time code: it is not the one your authenticator shows."
_USED = "One-time code: it, or a later one, was used before; wait for the next one."


def new_secret() -> SecretStr:
    """Draw a secret for an authenticator app: 160 bits in base32."""
    return SecretStr(pyotp.random_base32())


def step_at(moment: datetime) -> int:
    """Number the time step that a moment falls into."""
    if moment.tzinfo is None:
        raise ValueError(f"expected a time with its time zone for a one-time code, found {moment.isoformat()}")
    return int(moment.timestamp()) // STEP_SECONDS


def check(connection: Connection, email: str, code: SecretStr, *, given_at: datetime) -> CodeCheck:
    """Say what a code was worth at the moment it was given. Any text is taken; nothing is changed."""
    row = connection.execute(select(person).where(person.c.email == email)).mappings().one_or_none()
    if row is None or row["encrypted_secret"] is None:
        return CodeCheck(step=None, problem=_NOT_ENROLLED, is_wrong=False)
    if _is_locked(row["locked_until"], given_at):
        return CodeCheck(step=None, problem=_locked(row["locked_until"]), is_wrong=False)
    text = code.get_secret_value()
    if not text.strip():
        return CodeCheck(step=None, problem=_MISSING, is_wrong=False)
    secret = SecretStr(vault_of(connection).decrypt(email, row["encrypted_secret"]))
    steps = _steps_of(text, secret, step_at(given_at))
    if not steps:
        return CodeCheck(step=None, problem=_WRONG, is_wrong=True)
    last = row["last_code_step"]
    unused = [step for step in steps if last is None or step > last]
    if not unused:
        return CodeCheck(step=None, problem=_USED, is_wrong=False)
    return CodeCheck(step=unused[0], problem="", is_wrong=False)


def claim_step(connection: Connection, email: str, code_step: int) -> bool:
    """Use up a person's right code, which ends a row of wrong ones; False if it, or a later one, has counted before."""
    is_unused = or_(person.c.last_code_step.is_(None), person.c.last_code_step < code_step)
    statement = update(person).where(person.c.email == email, is_unused)
    return connection.execute(statement.values(last_code_step=code_step, wrong_codes=0)).rowcount == 1


def require_unused(connection: Connection, email: str, code_step: int, *, where: str) -> None:
    """Use up a person's code.

    Raises:
        CodeUsedBefore: if it, or a later one, has counted before.
    """
    if not claim_step(connection, email, code_step):
        raise CodeUsedBefore(
            "This one-time code has counted before.",
            where=where,
            expected="a code that was not used yet",
            found=f"an older code of {email}",
            way_out="Wait for the next code of the authenticator app, then do it again.",
        )


def count_wrong(connection: Connection, email: str, *, at: datetime) -> None:
    """Count a wrong code; the fifth in a row locks the person for a while.

    Nobody is locked who is locked already, or has no authenticator whose codes could be guessed.

    Requires: the person is held (standing.hold).
    """
    row = connection.execute(select(person).where(person.c.email == email)).mappings().one_or_none()
    if row is None or row["encrypted_secret"] is None or _is_locked(row["locked_until"], at):
        return
    wrong_codes = row["wrong_codes"] + 1
    if wrong_codes < WRONG_CODES_MAX:
        _change(connection, email, {"wrong_codes": wrong_codes})
        return
    until = at + LOCK_TIME
    _change(connection, email, {"wrong_codes": 0, "locked_until": until})
    known = person_of(connection, email)
    if known is not None and known.facts is not None:
        reason = f"{WRONG_CODES_MAX} wrong one-time codes in a row; until {_clock(until)}"
        write_down(connection, EnrolmentChange.LOCKED, known.facts, Actor(email=PRODUCT), reason=reason, at=at)


def use_code_of(connection: Connection, actor: Actor, *, where: str) -> None:
    """Use up the code that proved an actor, if one was needed.

    Raises:
        CodeUsedBefore: if it, or a later one, has counted before.
    """
    if actor.code_step is not None:
        require_unused(connection, actor.email, actor.code_step, where=where)


def _steps_of(text: str, secret: SecretStr, around: int) -> list[int]:
    """The steps of the window whose code this is, the earliest first; it takes the same time whichever it is."""
    given = "".join(text.split()) if len(text) <= _LENGTH_MAX else ""
    # Half of a surrogate pair has no bytes.
    digits = given.encode(errors="replace")
    authenticator = pyotp.TOTP(secret.get_secret_value(), digits=DIGITS, interval=STEP_SECONDS)
    window = range(around - WINDOW_STEPS, around + WINDOW_STEPS + 1)
    fits = [hmac.compare_digest(authenticator.generate_otp(step).encode(), digits) for step in window]
    return [step for step, does_fit in zip(window, fits, strict=True) if does_fit]


def _change(connection: Connection, email: str, values: dict[str, object]) -> None:
    connection.execute(update(person).where(person.c.email == email).values(values))


def _is_locked(until: datetime | None, at: datetime) -> bool:
    return until is not None and at < until


def _locked(until: datetime) -> str:
    return f"One-time code: you are locked until {_clock(until)} after five wrong codes; an operator can unlock you."


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%H:%M} UTC"
