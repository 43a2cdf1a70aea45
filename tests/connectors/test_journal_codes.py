"""One-time codes: right at the moment they were given, once, and not for guessers."""

from datetime import datetime, timedelta

import pyotp
import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from connectors.journal import Journal, open_journal
from connectors.journal.codes import _steps_of, step_at
from connectors.journal.errors import JournalDamaged, NotEnrolled, SamePerson
from connectors.journal.models import person
from connectors.journal.records import Actor, CodeCheck, EnrolmentChange, EnrolmentFacts, Role
from connectors.journal.vault import JournalKeyWrong, new_key
from tests.connectors.exports import ANA, BEN, MONDAY, answer_to, awaiting
from tests.people import OLGA, Authenticator, enrolled_approver

# MONDAY is 59,847,480 steps of 30 seconds after the beginning of 1970.
STEP = 59_847_480
MISSING = CodeCheck(step=None, problem="One-time code: it is missing.", is_wrong=False)
WRONG = CodeCheck(step=None, problem="One-time code: it is not the one your authenticator shows.", is_wrong=True)
USED = CodeCheck(step=None, problem="One-time code: it was used before; wait for the next one.", is_wrong=False)
NOT_ENROLLED = CodeCheck(
    step=None,
    problem="One-time code: no authenticator is enrolled for you; an operator can enrol one.",
    is_wrong=False,
)
LOCKED = CodeCheck(
    step=None,
    problem="One-time code: you are locked until 09:30 UTC after five wrong codes; an operator can unlock you.",
    is_wrong=False,
)


@pytest.fixture
def app(journal: Journal) -> Authenticator:
    return enrolled_approver(journal, ANA)


def _check(journal: Journal, code: str, at: datetime = MONDAY) -> CodeCheck:
    return journal.check_code(" Ana.Ruiz@Example.com", SecretStr(code), given_at=at)


def _right(step: int) -> CodeCheck:
    return CodeCheck(step=step, problem="", is_wrong=False)


def _shown(app: Authenticator, step: int) -> str:
    return pyotp.TOTP(app.secret.get_secret_value()).generate_otp(step)


def test_the_codes_are_those_of_the_published_examples() -> None:
    # RFC 6238, appendix B, SHA-1, cut to six digits as authenticator apps show them.
    secret = SecretStr("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    for seconds, code in ((59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")):
        assert _steps_of(code, secret, seconds // 30) == [seconds // 30]


def test_a_code_counts_one_step_before_and_after_the_moment_it_was_given(journal: Journal, app: Authenticator) -> None:
    checks = [_check(journal, _shown(app, STEP + off)) for off in (-2, -1, 0, 1, 2)]
    assert checks == [WRONG, _right(STEP - 1), _right(STEP), _right(STEP + 1), WRONG]


def test_a_step_lasts_thirty_seconds(journal: Journal, app: Authenticator) -> None:
    moments = [MONDAY + timedelta(seconds=seconds) for seconds in (-31, -30, 0, 59, 60)]
    checks = [_check(journal, _shown(app, STEP), moment) for moment in moments]
    assert checks == [WRONG, _right(STEP), _right(STEP), _right(STEP), WRONG]


def test_a_code_is_worth_the_same_however_late_it_is_read(journal: Journal, app: Authenticator) -> None:
    code = app.code(MONDAY)
    assert _check(journal, code, MONDAY) == _right(STEP - 1)
    assert _check(journal, code, MONDAY + timedelta(hours=3)) == WRONG


def test_checking_changes_nothing(journal: Journal, app: Authenticator) -> None:
    before = journal.person(ANA)
    for _ in range(10):
        assert _check(journal, app.wrong_code(MONDAY)) == WRONG
    assert [_check(journal, _shown(app, STEP)) for _ in range(2)] == [_right(STEP), _right(STEP)]
    assert journal.person(ANA) == before


def test_blanks_in_a_code_do_not_matter(journal: Journal, app: Authenticator) -> None:
    code = _shown(app, STEP)
    assert _check(journal, f" {code[:3]} {code[3:]}\n") == _right(STEP)


@pytest.mark.parametrize("code", ["", "   ", "\u00a0\n\t"])
def test_a_missing_code_is_refused_and_is_no_guess(journal: Journal, app: Authenticator, code: str) -> None:
    del app
    assert _check(journal, code) == MISSING


@pytest.mark.parametrize(
    "code",
    ["12345", "1234567", "abc", "١٢٣٤٥٦", "\ud800", "\x00", "🏗" * 6, "9" * 10_000_000, "-12345", "None", "1e5"],
    ids=lambda code: ascii(code)[:12],
)
def test_any_text_is_taken_as_a_wrong_code(journal: Journal, app: Authenticator, code: str) -> None:
    del app
    assert _check(journal, code) == WRONG


def test_blanks_without_end_are_not_read(journal: Journal, app: Authenticator) -> None:
    assert _check(journal, " " * 100 + _shown(app, STEP)) == WRONG


def test_nobody_has_a_code_who_has_no_authenticator(journal: Journal) -> None:
    assert _check(journal, "123456") == NOT_ENROLLED


def test_a_code_of_another_person_is_wrong(journal: Journal, app: Authenticator) -> None:
    del app
    assert _check(journal, _shown(enrolled_approver(journal, BEN), STEP)) == WRONG


def test_a_code_that_counted_is_used_and_those_around_it_are_not(journal: Journal, app: Authenticator) -> None:
    record = awaiting(journal)
    journal.record_acceptance(record.id, answer_to(record, code_step=STEP), complete=False, at=MONDAY)
    checks = [_check(journal, _shown(app, STEP + off)) for off in (-1, 0, 1)]
    assert checks == [_right(STEP - 1), USED, _right(STEP + 1)]


def test_a_code_is_used_by_a_refused_answer_and_by_a_change_of_an_enrolment(
    journal: Journal, app: Authenticator
) -> None:
    record = awaiting(journal)
    journal.record_refused_answer(record.id, answer_to(record, code_step=STEP), refusal="wrong plan code", at=MONDAY)
    facts = EnrolmentFacts(email=BEN, role=Role.APPROVER, name="Ben")
    journal.request_enrolment(facts, by=Actor(email=ANA, code_step=STEP + 1), reason="", at=MONDAY)
    assert [_check(journal, _shown(app, STEP + off)) for off in (-1, 0, 1)] == [_right(STEP - 1), USED, USED]


def test_of_two_answers_with_one_code_the_refused_one_claims_no_step(journal: Journal, app: Authenticator) -> None:
    del app
    first, second = awaiting(journal), awaiting(journal, 77)
    journal.record_acceptance(first.id, answer_to(first, code_step=STEP), complete=True, at=MONDAY)
    journal.record_refused_answer(second.id, answer_to(second, code_step=STEP), refusal="wrong plan code", at=MONDAY)
    assert [journal.decisions(record.id)[0].code_step for record in (first, second)] == [STEP, None]
    assert journal.audit().problems == ()


def test_nothing_but_the_sealed_story_says_what_a_code_counted_for_and_who_is_locked() -> None:
    assert person.c.keys() == ["email", "encrypted_secret", "wrong_codes"]


def test_a_lock_is_not_ended_by_hand(journal: Journal, app: Authenticator) -> None:
    for _ in range(5):
        journal.count_wrong_code(ANA, at=MONDAY)
    with journal._writing() as connection:
        connection.execute(update(person).values(wrong_codes=-1000))
    assert _check(journal, _shown(app, STEP)) == LOCKED


def test_a_revocation_ends_the_lock_with_the_secret(journal: Journal, app: Authenticator) -> None:
    del app
    for _ in range(5):
        journal.count_wrong_code(ANA, at=MONDAY)
    assert journal.revoke(ANA, by=OLGA, reason="telephone lost", at=MONDAY).locked_until is None
    assert _check(journal, _shown(enrolled_approver(journal, ANA), STEP)) == _right(STEP)


def test_an_old_telephones_secret_put_back_proves_nobody(journal: Journal, app: Authenticator) -> None:
    with journal._writing() as connection:
        old = connection.execute(select(person.c.encrypted_secret)).scalar_one()
    new_app = enrolled_approver(journal, ANA)
    assert _check(journal, _shown(new_app, STEP)) == _right(STEP)
    with journal._writing() as connection:
        connection.execute(update(person).values(encrypted_secret=old))
    with pytest.raises(JournalDamaged, match="not the one that was drawn for this person"):
        _check(journal, _shown(app, STEP))
    (problem,) = journal.audit().problems
    assert str(problem) == (
        f"person of {ANA}: The authenticator is not the one that was drawn last: an earlier one was put back."
    )


def test_a_secret_put_back_after_a_revocation_proves_nobody(journal: Journal, app: Authenticator) -> None:
    with journal._writing() as connection:
        old = connection.execute(select(person.c.encrypted_secret)).scalar_one()
    journal.revoke(ANA, by=OLGA, reason="left", at=MONDAY)
    with journal._writing() as connection:
        connection.execute(update(person).values(encrypted_secret=old))
    assert _check(journal, _shown(app, STEP)) == NOT_ENROLLED


def test_five_wrong_codes_in_a_row_lock_for_half_an_hour(journal: Journal, app: Authenticator) -> None:
    counted = [journal.count_wrong_code(ANA.upper(), at=MONDAY).locked_until for _ in range(5)]
    assert counted == [None, None, None, None, MONDAY + timedelta(minutes=30)]
    assert _check(journal, _shown(app, STEP)) == LOCKED
    assert _check(journal, app.wrong_code(MONDAY)) == LOCKED
    just_before, end = MONDAY + timedelta(minutes=29, seconds=59), MONDAY + timedelta(minutes=30)
    assert _check(journal, _shown(app, step_at(just_before)), just_before) == LOCKED
    assert _check(journal, _shown(app, step_at(end)), end) == _right(STEP + 60)


def test_a_lock_is_written_into_the_story(journal: Journal, app: Authenticator) -> None:
    del app
    for _ in range(5):
        journal.count_wrong_code(ANA, at=MONDAY)
    entry = journal.enrolment_story(ANA)[-1]
    assert (entry.change, entry.actor, entry.at) == (EnrolmentChange.LOCKED, "budget-export", MONDAY)
    assert entry.reason == "5 wrong one-time codes in a row; until 09:30 UTC"
    known = journal.person(ANA)
    assert known is not None
    assert known.is_active


def test_wrong_codes_while_locked_neither_prolong_the_lock_nor_count_for_the_next(
    journal: Journal, app: Authenticator
) -> None:
    del app
    for _ in range(5):
        journal.count_wrong_code(ANA, at=MONDAY)
    for _ in range(9):
        journal.count_wrong_code(ANA, at=MONDAY + timedelta(minutes=29))
    after = MONDAY + timedelta(minutes=30)
    until = [journal.count_wrong_code(ANA, at=after).locked_until for _ in range(5)]
    assert until == [after] * 4 + [after + timedelta(minutes=30)]
    assert [entry.change.value for entry in journal.enrolment_story(ANA)][2:] == ["locked", "locked"]


def test_a_right_code_that_counts_ends_the_row_of_wrong_ones(journal: Journal, app: Authenticator) -> None:
    del app
    record = awaiting(journal)
    for round_ in range(3):
        for _ in range(4):
            journal.count_wrong_code(ANA, at=MONDAY)
        answer = answer_to(record, code_step=STEP + round_)
        record = journal.record_refused_answer(record.id, answer, refusal="the plan code is wrong", at=MONDAY)
    assert [entry.change.value for entry in journal.enrolment_story(ANA)] == ["requested", "confirmed"]


def test_an_operator_unlocks_and_the_count_begins_anew(journal: Journal, app: Authenticator) -> None:
    for _ in range(5):
        journal.count_wrong_code(ANA, at=MONDAY)
    with pytest.raises(SamePerson):
        journal.unlock(ANA, by=Actor(email=ANA), at=MONDAY)
    assert journal.unlock(ANA, by=OLGA, at=MONDAY).locked_until is None
    assert _check(journal, _shown(app, STEP)) == _right(STEP)
    assert journal.count_wrong_code(ANA, at=MONDAY).locked_until is None
    unlocked = journal.enrolment_story(ANA)[-1]
    assert (unlocked.change, unlocked.actor) == (EnrolmentChange.UNLOCKED, OLGA.email)


def test_nobody_is_unlocked_who_is_not_locked(journal: Journal, app: Authenticator) -> None:
    del app
    for email in (ANA, BEN):
        with pytest.raises(NotEnrolled, match="There is nobody to unlock"):
            journal.unlock(email, by=OLGA, at=MONDAY)
    for _ in range(5):
        journal.count_wrong_code(ANA, at=MONDAY)
    with pytest.raises(NotEnrolled, match="found somebody not locked"):
        journal.unlock(ANA, by=OLGA, at=MONDAY + timedelta(minutes=30))
    assert len(journal.enrolment_story(ANA)) == 3


def test_there_is_nothing_to_count_without_an_authenticator(journal: Journal, app: Authenticator) -> None:
    del app
    journal.revoke(ANA, by=OLGA, reason="", at=MONDAY)
    for _ in range(6):
        journal.count_wrong_code(ANA, at=MONDAY)
    assert [entry.change.value for entry in journal.enrolment_story(ANA)][2:] == ["revoked"]
    with pytest.raises(NotEnrolled, match="Nobody of this address was ever enrolled"):
        journal.count_wrong_code(BEN, at=MONDAY)


def test_with_another_key_no_code_can_be_checked(journal_url: str, app: Authenticator) -> None:
    with open_journal(journal_url, new_key()) as other, pytest.raises(JournalKeyWrong):
        other.check_code(ANA, SecretStr(_shown(app, STEP)), given_at=MONDAY)


def test_a_moment_without_a_zone_is_refused(journal: Journal, app: Authenticator) -> None:
    with pytest.raises(ValueError, match="expected a time with its time zone"):
        _check(journal, _shown(app, STEP), MONDAY.replace(tzinfo=None))


def test_no_message_repeats_a_code(journal: Journal, app: Authenticator) -> None:
    code = app.wrong_code(MONDAY)
    assert code not in f"{_check(journal, code)!r}"
