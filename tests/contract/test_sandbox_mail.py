"""The sandbox's mail server keeps what our connector hands over, and passes nothing on."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.mail import MailNotSent
from connectors.mail_message import message_of
from demo import processes
from demo.local_sandboxes import kept_mails, start_mail, wait_for_mail
from demo.processes import StackProblem
from tests.connectors.mails import MAIL, SENDER, mailer_for
from tests.core.sources import ROOT


@contextmanager
def catching(folder: Path) -> Iterator[str]:
    """Run the mail server as a program; the block gets its address."""
    log = folder.with_name(f"{folder.name}.log")
    program = start_mail({**os.environ, "PYTHONWARNINGS": "error"}, folder, ROOT, log)
    try:
        yield wait_for_mail(program)
    finally:
        program.stop()
    assert program.process.returncode == 0, program.last_words()


def test_each_mail_is_kept_as_a_file_with_the_addresses_it_was_sent_from_and_to(tmp_path: Path) -> None:
    with catching(tmp_path / "mails") as url, mailer_for(url) as mailer:
        mailer.send(MAIL)
        mailer.send(replace(MAIL, recipient="bo@example.com", subject="Rejected"))

    assert sorted(file.name for file in (tmp_path / "mails").iterdir()) == ["0001.eml", "0002.eml"]
    first, second = kept_mails(tmp_path / "mails")
    assert (first["Return-Path"], first["Delivered-To"]) == ("<budget-export@example.com>", "ana@example.com")
    assert (first["To"], first["Subject"]) == ("ana@example.com", "Budget of job 1164I-001 waits for you")
    assert (second["Delivered-To"], second["Subject"]) == ("bo@example.com", "Rejected")


def test_a_mail_is_kept_byte_for_byte(tmp_path: Path) -> None:
    mail = replace(MAIL, text="From here on:\n.\n..two dots, 41,200.00\n", html="<p>41,200.00 € ✓</p>")
    with catching(tmp_path) as url:
        mailer_for(url).send(mail)

    lines = (tmp_path / "0001.eml").read_bytes().split(b"\r\n")
    sent = message_of(mail, SENDER).as_bytes().split(b"\r\n")
    # Each message draws its own boundary and writes its own date.
    varying = (b"--=", b"Date:", b" boundary=", b"Content-Type: multipart")
    assert [line for line in lines[2:] if not line.startswith(varying)] == [
        line for line in sent if not line.startswith(varying)
    ]
    assert b"From here on:" in lines
    assert lines[lines.index(b"From here on:") :][:3] == [b"From here on:", b".", b"..two dots, 41,200.00"]


def test_an_address_beyond_ascii_is_taken(tmp_path: Path) -> None:
    with catching(tmp_path) as url:
        mailer_for(url).send(replace(MAIL, recipient="żaneta@example.com"))

    assert "Delivered-To: żaneta@example.com\r\n".encode() in (tmp_path / "0001.eml").read_bytes()


def test_mails_of_before_are_kept_and_counted_on(tmp_path: Path) -> None:
    with catching(tmp_path) as url:
        mailer_for(url).send(MAIL)
    with catching(tmp_path) as url:
        mailer_for(url).send(replace(MAIL, subject="After the restart"))

    assert [mail["Subject"] for mail in kept_mails(tmp_path)] == [
        "Budget of job 1164I-001 waits for you",
        "After the restart",
    ]


def test_a_mail_that_cannot_be_kept_is_not_taken(tmp_path: Path) -> None:
    folder = tmp_path / "mails"
    with catching(folder) as url:
        folder.rmdir()
        with pytest.raises(MailNotSent) as refused:
            mailer_for(url).send(MAIL)

    assert refused.value.is_temporary
    assert "The mail could not be kept: No such file or directory" in str(refused.value)
    assert not folder.exists()


def test_a_port_that_is_taken_is_named_and_nothing_runs(tmp_path: Path) -> None:
    with catching(tmp_path) as url:
        port = url.rpartition(":")[2]
        command = [sys.executable, "-m", "sandbox", "mail", "--port", port, "--folder", str(tmp_path)]
        with pytest.raises(StackProblem) as problem:
            processes.run("second mail server", command, os.environ, ROOT, tmp_path / "second.log")

    said = (tmp_path / "second.log").read_text()
    assert "second mail server ended with exit status 1" in str(problem.value)
    assert said.startswith("sandbox mail: ")
    assert "address already in use" in said
