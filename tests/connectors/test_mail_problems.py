"""What a mail server refuses, and how it breaks: each failure has its name, and another attempt or none."""

from copy import copy
from dataclasses import replace

import pytest

from tests.connectors.mails import MAIL, mailer_for, names, not_sent, server
from tests.mail_server import LocalMailServer, Stage

__all__ = ["names", "server"]

# What the server refuses, and whether another attempt is worth it.


def test_a_recipient_whom_the_server_does_not_know_is_not_tried_again(server: LocalMailServer) -> None:
    server.refusals["ana@example.com"] = "550 5.1.1 No such mailbox"
    problem = not_sent(mailer_for(server.url))

    assert (problem.what, problem.found) == ("The mail server refused the recipient.", "550 5.1.1 No such mailbox")
    assert not problem.is_temporary
    assert problem.is_about_this_mail


@pytest.mark.parametrize("answer", ["451 4.7.1 Try again later", "530 5.7.0 Log in first"])
def test_a_recipient_refused_for_now_is_tried_again(server: LocalMailServer, answer: str) -> None:
    server.refusals["ana@example.com"] = answer
    problem = not_sent(mailer_for(server.url))

    assert (problem.what, problem.found) == ("The mail server refused the recipient.", answer)
    assert problem.is_temporary


def test_a_mail_that_the_server_wants_never_is_not_tried_again(server: LocalMailServer) -> None:
    server.answer_to_mail = "554 5.7.1 Looks like spam"
    problem = not_sent(mailer_for(server.url))

    assert (problem.what, problem.found) == ("The mail server refused the mail.", "554 5.7.1 Looks like spam")
    assert not problem.is_temporary


def test_a_mail_that_the_server_does_not_want_now_is_tried_again(server: LocalMailServer) -> None:
    server.answer_to_mail = "452 4.3.1 Disk is full"
    problem = not_sent(mailer_for(server.url))

    assert (problem.what, problem.found) == ("The mail server refused the mail.", "452 4.3.1 Disk is full")
    assert problem.is_temporary


def test_a_refused_sender_is_an_operator_s_to_put_right_so_the_mail_is_kept(server: LocalMailServer) -> None:
    server.answer_to_sender = "553 5.7.1 Not your address"
    problem = not_sent(mailer_for(server.url))

    assert (problem.what, problem.found) == ("The mail server refused the sender.", "553 5.7.1 Not your address")
    assert "MAIL_FROM" in problem.way_out
    assert problem.is_temporary


def test_a_server_that_greets_with_a_refusal_is_tried_again(server: LocalMailServer) -> None:
    server.answer_to_greeting = "421 4.3.2 Shutting down"
    problem = not_sent(mailer_for(server.url))

    assert (problem.what, problem.found) == ("The mail server refuses to talk.", "421 4.3.2 Shutting down")
    assert problem.is_temporary


def test_an_address_with_umlauts_needs_a_server_that_takes_it(server: LocalMailServer) -> None:
    mail = replace(MAIL, recipient="jörg@example.com")
    problem = not_sent(mailer_for(server.url), mail)
    server.takes_unicode_addresses = True
    mailer_for(server.url).send(mail)

    assert problem.what == "The mail server cannot carry this address."
    assert not problem.is_temporary
    assert [mail.recipients for mail in server.mails] == [("jörg@example.com",)]


# What breaks.


@pytest.mark.parametrize("stage", Stage)
def test_a_server_that_breaks_off_anywhere_is_tried_again(server: LocalMailServer, stage: Stage) -> None:
    server.leaves_at = stage
    problem = not_sent(mailer_for(server.url))
    server.leaves_at = None
    mailer_for(server.url).send(MAIL)

    assert problem.is_temporary
    assert problem.what in {"The mail server broke off.", "The mail server could not be reached."}
    assert len(server.mails) == 1


@pytest.mark.parametrize("stage", Stage)
def test_a_server_that_falls_silent_anywhere_is_given_up_after_a_while(server: LocalMailServer, stage: Stage) -> None:
    server.hangs_at = stage
    problem = not_sent(mailer_for(server.url, timeout_seconds=0.2))

    assert (problem.what, problem.expected) == (
        "The mail server did not answer in time.",
        "each answer within 0.2 seconds",
    )
    assert problem.is_temporary


def test_a_server_that_is_down_is_tried_again(server: LocalMailServer) -> None:
    server.stop()
    problem = not_sent(mailer_for(server.url))

    assert problem.what == "The mail server could not be reached."
    assert problem.is_temporary
    # The next mail would fare no better.
    assert not problem.is_about_this_mail


@pytest.mark.parametrize("host", ["nowhere.example.test", "a" * 64 + ".example.test"])
def test_a_name_that_nobody_knows_is_called_so(host: str) -> None:
    problem = not_sent(mailer_for(f"smtp://{host}"))

    assert problem.what == "The mail server's name was not found."
    assert problem.is_temporary


def test_what_went_wrong_survives_the_way_to_another_process(server: LocalMailServer) -> None:
    server.refusals["ana@example.com"] = "550 5.1.1 No such mailbox"
    problem = not_sent(mailer_for(server.url))
    arrived = copy(problem)

    # Copying takes the same way as pickling.
    assert str(arrived) == str(problem)
    assert arrived.is_temporary is problem.is_temporary
    assert str(problem) == (
        f"Mail to ana@example.com through 127.0.0.1:{server.port}: The mail server refused the recipient."
        " Expected a known mailbox; found 550 5.1.1 No such mailbox. Correct the person's address."
    )
