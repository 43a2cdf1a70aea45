"""Notices in trouble: servers that are down for days, journals that were changed, answers that were exchanged."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from itertools import count

from jobcost.acceptance import EXCHANGED
from tasks.steps.delivering import PAUSES, Told, deliver
from tasks.steps.noting import note_digest, note_export
from tests.flows.post import OPERATOR, Post, linked, post
from tests.flows.workbench import ALEX, BLAKE, MONDAY
from tests.people import enrolled_operator

__all__ = ["post"]


def test_a_mail_server_that_is_down_for_days_loses_nothing(post: Post) -> None:
    post.server.stop()
    note_export(post.bench.systems, post.bench.send(), MONDAY)
    at = MONDAY
    while at < MONDAY + timedelta(days=3):
        post.deliver(at)
        at += timedelta(minutes=30)
    assert not any(one.given_up_at for one in post.bench.journal.notices())

    post.server.start()

    assert sum(post.deliver(at + PAUSES[-1] * number).delivered for number in range(3)) == 3


def test_news_that_helps_nobody_any_more_is_given_up(post: Post) -> None:
    post.server.stop()
    note_export(post.bench.systems, post.bench.send(), MONDAY)
    for number in range(12):
        post.deliver(MONDAY + timedelta(days=8, hours=2 * number))
    assert any(one.given_up_at for one in post.bench.journal.notices())


def test_a_slow_round_is_broken_off_and_the_next_one_goes_on(post: Post) -> None:
    note_export(post.bench.systems, post.bench.send(), MONDAY)
    # Every look at this clock takes four seconds.
    clock = (MONDAY + timedelta(seconds=4 * number) for number in count()).__next__
    first = deliver(post.bench.systems, clock, linked=linked, tell_channel=print, patience=timedelta(seconds=10))
    assert first == Told(delivered=1)
    assert post.deliver(MONDAY + timedelta(minutes=1)) == Told(delivered=2)


def test_a_sender_who_calls_himself_a_channel_is_told_nowhere(post: Post) -> None:
    post.bench.configure(notifications={"blocks": ("slack-webhook/budgets",)})
    blocked = post.bench.send(sender="block:slack-webhook/other")
    note_export(post.bench.systems, blocked, MONDAY)
    post.deliver()
    assert "slack-webhook/other" not in {block for block, _ in post.channel}


def test_one_damaged_plan_silences_only_its_own_export_and_the_operators_hear_of_it(post: Post) -> None:
    enrolled_operator(post.bench.journal, OPERATOR)
    export = post.bench.send()
    with closing(sqlite3.connect(post.bench.folder / "journal.db", isolation_level=None)) as connection:
        connection.execute("UPDATE plan SET canonical_text = replace(canonical_text, '.', ',')")

    post.round()

    told = post.taken()
    assert (OPERATOR, f"The journal was changed: {export.id}") in told
    assert {recipient for recipient, _ in told} == {OPERATOR, ALEX, BLAKE}
    assert note_digest(post.bench.systems, MONDAY) == 0


def test_an_accepted_export_that_stands_still_is_told_to_the_operators_once(post: Post) -> None:
    enrolled_operator(post.bench.journal, OPERATOR)
    post.bench.accepted()
    post.round(MONDAY + timedelta(minutes=29))
    post.taken()
    post.round(MONDAY + timedelta(minutes=31))
    assert post.recipients("tands still") == [OPERATOR]
    post.round(MONDAY + timedelta(days=1))
    assert post.recipients("tands still") == []


def test_an_exchanged_answer_is_told_to_the_operators_and_to_whom_it_named(post: Post) -> None:
    enrolled_operator(post.bench.journal, OPERATOR)
    export = post.bench.send()
    post.round()
    post.taken()
    post.bench.exchanged(export, f"{EXCHANGED} it is not what was sent with Resume.")
    post.round()
    assert post.recipients("exchanged") == [ALEX, OPERATOR]
