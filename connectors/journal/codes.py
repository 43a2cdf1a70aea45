"""One-time codes of authenticator apps (RFC 6238): SHA-1, six digits, a new one every 30 seconds.

Rule 1: a code counts once. What it counted for is read from the sealed story of decisions and enrolments, which name
the number of its step; the code itself is stored nowhere and stands in no message.
Rule 2: two answers may be read in another order than they were given in, so an earlier code counts after a later one.
Rule 3: the clock that counts is the one at the moment the answer was given, not when somebody came to read it.
"""

import hmac
from collections.abc import Collection
from datetime import UTC, datetime

import pyotp
from pydantic import SecretStr
from sqlalchemy import Connection, select, union, update

from connectors.journal.ending import PRODUCT
from connectors.journal.errors import CodeUsedBefore, JournalDamaged
from connectors.journal.ledger import vault_of
from connectors.journal.models import decision, enrolment, person
from connectors.journal.records import Actor, CodeCheck, EnrolmentChange
from connectors.journal.standing import LOCK_TIME, drawn_with, person_of, story_of, write_down

STEP_SECONDS = 30
DIGITS = 6
# Steps before and after the one of the moment itself: clocks differ, and typing takes time.
WINDOW_STEPS = 1
WRONG_CODES_MAX = 5
# Nobody types more; what is longer is not even read.
_LENGTH_MAX = 64

_NOT_ENROLLED = "One-time code: no authenticator is enrolled for you; an operator can enrol one."
_MISSING = "One-time code: it is missing."
_WRONG = "One-time code: it is not the one your authenticator shows."
_USED = "One-time code: it was used before; wait for the next one."


def new_secret() -> SecretStr:
    """Draw a secret for an authenticator app: 160 bits in base32."""
    return SecretStr(pyotp.random_base32())


def keep_secret(connection: Connection, email: str, secret: SecretStr) -> str:
    """Store a person's secret, encrypted; return its seal, for the story.

    Requires: the person is held.
    """
    vault, drawn = vault_of(connection), secret.get_secret_value()
    _change(connection, email, {"encrypted_secret": vault.encrypt(email, drawn)})
    return vault.seal_secret(email, drawn)


def forget_secret(connection: Connection, email: str) -> None:
    """Forget a person's secret, and the wrong codes that were guessed at it."""
    _change(connection, email, {"encrypted_secret": None, "wrong_codes": 0})


def forget_wrong_codes(connection: Connection, email: str) -> bool:
    """Count a person's wrong codes anew; False if nobody of the address could have given one."""
    return _change(connection, email, {"wrong_codes": 0})


def step_at(moment: datetime) -> int:
    """Number the time step that a moment falls into."""
    if moment.tzinfo is None:
        raise ValueError(f"expected a time with its time zone for a one-time code, found {moment.isoformat()}")
    return int(moment.timestamp()) // STEP_SECONDS


def check(connection: Connection, email: str, code: SecretStr, *, given_at: datetime) -> CodeCheck:
    """Say what a code was worth at the moment it was given. Any text is taken; nothing is changed."""
    known = person_of(connection, email)
    if known is None or not known.is_active or not known.has_authenticator:
        return CodeCheck(step=None, problem=_NOT_ENROLLED, is_wrong=False)
    if known.locked_until is not None and given_at < known.locked_until:
        return CodeCheck(step=None, problem=_locked(known.locked_until), is_wrong=False)
    text = code.get_secret_value()
    if not text.strip():
        return CodeCheck(step=None, problem=_MISSING, is_wrong=False)
    steps = _steps_of(text, _secret_of(connection, email), step_at(given_at))
    if not steps:
        return CodeCheck(step=None, problem=_WRONG, is_wrong=True)
    used = _used(connection, email, steps)
    unused = [step for step in steps if step not in used]
    if not unused:
        return CodeCheck(step=None, problem=_USED, is_wrong=False)
    return CodeCheck(step=unused[0], problem="", is_wrong=False)


def claim_step(connection: Connection, email: str, code_step: int) -> bool:
    """Use up a person's right code, which ends a row of wrong ones; False if it has counted before.

    Requires: the person is held (standing.hold), and this transaction records what the code counts for.
    """
    if _used(connection, email, [code_step]):
        return False
    return forget_wrong_codes(connection, email)


def require_unused(connection: Connection, email: str, code_step: int, *, where: str) -> None:
    """Use up a person's code.

    Requires: as claim_step.

    Raises:
        CodeUsedBefore: if it has counted before.
    """
    if not claim_step(connection, email, code_step):
        raise CodeUsedBefore(
            "This one-time code has counted before.",
            where=where,
            expected="a code that was not used yet",
            found=f"a code of {email} that has counted, or of nobody who is enrolled",
            way_out="Wait for the next code of the authenticator app, then do it again.",
        )


def count_wrong(connection: Connection, email: str, *, at: datetime) -> None:
    """Count a wrong code; the fifth in a row locks the person for a while.

    Nobody is locked who is locked already, or has no authenticator whose codes could be guessed.

    Requires: the person is held (standing.hold).
    """
    known = person_of(connection, email)
    if known is None or known.facts is None or not known.has_authenticator:
        return
    if known.locked_until is not None and at < known.locked_until:
        return
    counted = connection.execute(select(person.c.wrong_codes).where(person.c.email == email)).scalar_one() + 1
    if counted < WRONG_CODES_MAX:
        _change(connection, email, {"wrong_codes": counted})
        return
    forget_wrong_codes(connection, email)
    reason = f"{WRONG_CODES_MAX} wrong one-time codes in a row; until {_clock(at + LOCK_TIME)}"
    write_down(connection, EnrolmentChange.LOCKED, known.facts, Actor(email=PRODUCT), reason=reason, at=at)


def use_code_of(connection: Connection, actor: Actor, *, where: str) -> None:
    """Use up the code that proved an actor, if one was needed.

    Raises:
        CodeUsedBefore: if it has counted before.
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


def _secret_of(connection: Connection, email: str) -> SecretStr:
    """Read the secret of a person's authenticator, and prove that it is the one that was drawn last.

    Raises:
        JournalKeyWrong: if it was encrypted with another key, or for another person.
        JournalDamaged: if it is another one of theirs, such as that of a lost telephone.
    """
    vault = vault_of(connection)
    encrypted = connection.execute(select(person.c.encrypted_secret).where(person.c.email == email)).scalar_one()
    secret = vault.decrypt(email, encrypted)
    drawn = drawn_with(story_of(connection, email))
    if drawn is None or drawn.secret_seal is None or not vault.is_seal_of_secret(drawn.secret_seal, email, secret):
        raise JournalDamaged(
            "The stored authenticator is not the one that was drawn for this person.",
            where=f"Person {email}",
            expected="the secret that was sealed with the enrolment",
            found="another one",
            way_out="Verify the journal with budget-export audit, find out who changed its database, then have the"
            " person enrolled with a new authenticator.",
        )
    return SecretStr(secret)


def _used(connection: Connection, email: str, steps: Collection[int]) -> frozenset[int]:
    """Which of these time steps have counted for the person, as approver or as operator."""
    decided = select(decision.c.code_step).where(decision.c.approver == email, decision.c.code_step.in_(steps))
    changed = select(enrolment.c.code_step).where(enrolment.c.actor == email, enrolment.c.code_step.in_(steps))
    return frozenset(connection.execute(union(decided, changed)).scalars())


def _change(connection: Connection, email: str, values: dict[str, object]) -> bool:
    return connection.execute(update(person).where(person.c.email == email).values(values)).rowcount == 1


def _locked(until: datetime) -> str:
    return f"One-time code: you are locked until {_clock(until)} after five wrong codes; an operator can unlock you."


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%H:%M} UTC"
