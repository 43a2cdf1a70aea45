"""Who is told what, by real mails, from what the journal holds: at once, late, after an outage, and only once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from jobcost.lifecycle import ExportState
from tasks.steps.delivering import PAUSES, Told
from tasks.steps.noting import note_digest, note_export
from tests.flows.post import OPERATOR, Post, post
from tests.flows.workbench import ALEX, BLAKE, MONDAY, PRIYA
from tests.mail_server import Stage
from tests.people import enrolled_operator

__all__ = ["post"]


def test_a_sent_budget_is_told_at_once_to_its_sender_and_to_those_who_may_decide(post: Post) -> None:
    export = post.bench.send()

    assert note_export(post.bench.systems, export, MONDAY) == 3
    assert post.deliver() == Told(delivered=3)

    texts = {mail.recipients[0]: mail.part("plain") for mail in post.server.mails}
    assert sorted(texts) == [ALEX, BLAKE, PRIYA]
    assert "in your name" in texts[PRIYA]
    assert str(export.plan_code) in texts[ALEX]
    assert f"https://prefect.example.com/{export.flow_run_id}" in texts[ALEX]
    assert post.round() == Told(delivered=2)  # Both approvers also hear that they were enrolled.
    assert post.round() == Told()


def test_an_approver_whose_limit_is_too_small_is_not_asked(post: Post) -> None:
    post.bench.enrol(BLAKE, limit=Decimal(10))
    note_export(post.bench.systems, post.bench.send(), MONDAY)
    post.deliver()
    assert [recipient for recipient, _ in post.taken()] == [ALEX, PRIYA]


def test_a_reject_tells_the_sender_the_reason_and_the_approver_what_was_done_in_his_name(post: Post) -> None:
    rejected = post.bench.reject(post.bench.send(), "The crane is missing.")
    note_export(post.bench.systems, rejected, MONDAY)
    post.deliver()

    said = {mail.recipients[0]: mail.part("plain") for mail in post.server.mails}
    assert "The crane is missing." in said[PRIYA]
    assert "in your name" in said[ALEX]


def test_a_verified_export_is_told_to_its_sender_and_to_who_accepted(post: Post) -> None:
    verified = post.bench.exported()
    assert verified.state is ExportState.VERIFIED
    post.round()
    assert post.recipients("erified") == [ALEX, PRIYA]


def test_a_silent_approver_is_reminded_then_it_is_escalated_then_it_expires_once(post: Post) -> None:
    enrolled_operator(post.bench.journal, OPERATOR)
    post.bench.configure(
        acceptance={"remind_hours_before": (24,), "escalate_hours_before": 8, "escalate_to": ("cfo@example.com",)}
    )
    export = post.bench.send()
    deadline = export.deadline_at
    assert deadline is not None
    post.round()
    post.taken()

    for late, words, recipients in (
        (timedelta(hours=25), "", []),
        (timedelta(hours=24), "emind", [ALEX, BLAKE]),
        (timedelta(hours=23), "", []),
        (timedelta(hours=8), "", ["cfo@example.com"]),
        (timedelta(hours=1), "", []),
        (timedelta(0), "xpired", [ALEX, BLAKE, PRIYA]),
        (-timedelta(hours=1), "", []),
    ):
        post.round(deadline - late)
        assert post.recipients(words) == recipients, late

    assert post.bench.now(export).state is ExportState.EXPIRED
    assert post.bench.project.locked
    assert post.bench.estimates() == {}


def test_after_an_outage_over_the_deadline_only_the_expiry_is_told(post: Post) -> None:
    export = post.bench.send()
    post.round()
    post.taken()
    assert export.deadline_at is not None

    post.round(export.deadline_at + timedelta(days=2))

    assert {subject.partition(":")[0] for _, subject in post.taken()} == {"Expired without an answer"}


def test_an_export_is_decided_although_no_mail_can_be_sent_and_the_mails_follow_later(post: Post) -> None:
    post.server.stop()
    export = post.bench.send()
    note_export(post.bench.systems, export, MONDAY)

    # One attempt finds the server gone; nobody waits for it once per recipient.
    assert post.deliver() == Told(failed=1)
    assert post.bench.answer(export).state is ExportState.ACCEPTED
    assert "refused" in next(one.last_problem for one in post.bench.journal.notices() if one.attempts)

    post.server.start()
    later = MONDAY + PAUSES[0]
    assert post.deliver(later).delivered == 3


def test_a_mail_server_that_falls_silent_holds_up_one_mail_not_all(post: Post) -> None:
    post.server.hangs_at = Stage.DATA
    note_export(post.bench.systems, post.bench.send(), MONDAY)
    assert post.deliver() == Told(failed=1)


def test_a_recipient_refused_for_good_is_given_up_and_the_others_get_theirs(post: Post) -> None:
    post.server.refusals[ALEX] = "550 No such user"
    note_export(post.bench.systems, post.bench.send(), MONDAY)

    assert post.deliver() == Told(delivered=2, given_up=1)

    (lost,) = [one for one in post.bench.journal.notices() if one.given_up_at]
    assert lost.recipient == ALEX
    assert "550 No such user" in lost.last_problem
    assert post.deliver(MONDAY + timedelta(days=5)) == Told()


def test_a_mail_that_was_sent_before_a_crash_is_sent_again_under_the_same_id(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    note_export(post.bench.systems, post.bench.send(), MONDAY)
    journal = type(post.bench.journal)
    with monkeypatch.context() as patch:
        patch.setattr(journal, "record_delivery", _power_cut)
        with pytest.raises(KeyboardInterrupt):
            post.deliver()
    (first,) = post.server.mails

    assert post.deliver(MONDAY + PAUSES[0]).delivered == 3

    again = [mail for mail in post.server.mails[1:] if mail.recipients == first.recipients]
    assert [mail.message["Message-ID"] for mail in again] == [first.message["Message-ID"]]


def _power_cut(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_without_a_mail_server_nothing_piles_up_and_later_everything_recent_is_told(post: Post) -> None:
    with_mail = post.bench.systems
    post.bench.systems = replace(with_mail, mailer=None)
    note_export(post.bench.systems, post.bench.send(), MONDAY)
    assert (post.round(), post.bench.journal.notices()) == (Told(), ())

    post.bench.systems = with_mail
    assert post.round().delivered == 5


def test_the_digest_comes_once_a_day_in_the_companys_time_zone(post: Post) -> None:
    post.bench.configure(acceptance={"time_zone": "America/Los_Angeles"})
    assert note_digest(post.bench.systems, MONDAY) == 0
    export = post.bench.send()

    assert note_digest(post.bench.systems, MONDAY) == 2
    # 01:00 in Los Angeles is the same Monday as 23:00 there.
    assert note_digest(post.bench.systems, MONDAY + timedelta(hours=14)) == 0
    assert note_digest(post.bench.systems, MONDAY + timedelta(hours=24)) == 2
    post.deliver(MONDAY + timedelta(hours=24))

    assert {mail.recipients[0] for mail in post.server.mails} == {ALEX, BLAKE}
    assert all(export.id in mail.part("plain") for mail in post.server.mails)


def test_five_wrong_codes_are_told_to_the_operators_and_to_the_person(post: Post) -> None:
    enrolled_operator(post.bench.journal, OPERATOR)
    export = post.bench.send()
    post.round()
    post.taken()
    for _ in range(5):
        export = post.bench.answer(export, one_time_code=post.bench.phones[ALEX].wrong_code(MONDAY))

    post.round()

    told = post.taken()
    assert {recipient for recipient, _ in told} == {ALEX, OPERATOR}
    assert all("ocked" in subject for _, subject in told)


def test_channels_are_told_too_and_one_that_is_down_is_tried_again(post: Post) -> None:
    post.bench.configure(notifications={"blocks": ("slack-webhook/budgets",)})
    note_export(post.bench.systems, post.bench.send(), MONDAY)
    post.channel_is_down = True
    assert post.deliver() == Told(delivered=3, failed=1)

    post.channel_is_down = False
    assert post.deliver(MONDAY + PAUSES[0]) == Told(delivered=1)
    assert [block for block, _ in post.channel] == ["slack-webhook/budgets"]


def test_the_second_approver_is_asked_after_the_first_accepted(post: Post) -> None:
    post.bench.configure(limits={"two_approvers_above": Decimal(1)})
    first = post.bench.answer(post.bench.send())
    assert first.state is ExportState.AWAITING_ACCEPTANCE

    note_export(post.bench.systems, first, MONDAY)
    post.deliver()

    asked = [mail for mail in post.server.mails if ALEX in mail.part("plain") and mail.recipients == (BLAKE,)]
    assert len(asked) == 1
