"""The way to the mail server: encrypted, to the right one, with a login, or no mail at all."""

from pathlib import Path

import pytest

from tests.certificates import HOST_NAME, Certificate, make_certificate
from tests.connectors.mails import LOGIN, MAIL, PASSWORD, certificate, mailer_for, names, not_sent, server
from tests.mail_server import Encryption, LocalMailServer

__all__ = ["certificate", "names", "server"]

# The way there.


def test_a_server_elsewhere_is_spoken_with_only_after_starttls(certificate: Certificate) -> None:
    with LocalMailServer(encryption=Encryption.STARTTLS, certificate=certificate) as server:
        mailer_for(server.url_of(host=HOST_NAME), ca_file=certificate.file).send(MAIL)

    assert [mail.was_encrypted for mail in server.mails] == [True]


def test_a_server_elsewhere_without_starttls_gets_no_mail_and_no_password() -> None:
    with LocalMailServer(login=("exporter", PASSWORD)) as server:
        problem = not_sent(mailer_for(server.url_of(LOGIN, HOST_NAME)))

    assert problem.what == "The mail server offers no encryption (STARTTLS)."
    assert problem.is_temporary
    assert server.mails == []


def test_smtps_is_encrypted_from_the_start(certificate: Certificate) -> None:
    with LocalMailServer(encryption=Encryption.FROM_THE_START, certificate=certificate) as server:
        mailer_for(server.url, ca_file=certificate.file).send(MAIL)

    assert [mail.was_encrypted for mail in server.mails] == [True]


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.FROM_THE_START])
def test_a_certificate_of_an_unknown_authority_is_refused(certificate: Certificate, encryption: Encryption) -> None:
    with LocalMailServer(encryption=encryption, certificate=certificate) as server:
        problem = not_sent(mailer_for(server.url_of(host=HOST_NAME)))

    assert problem.what == "The mail server's certificate is not trusted."
    assert "MAIL_CA_FILE" in problem.way_out
    assert server.mails == []


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    other = make_certificate(tmp_path, "other.example.test")
    with LocalMailServer(encryption=Encryption.STARTTLS, certificate=other) as server:
        problem = not_sent(mailer_for(server.url_of(host=HOST_NAME), ca_file=other.file))

    assert problem.what == "The mail server's certificate is not trusted."
    assert problem.expected == "a valid certificate for mail.example.test from a known authority"
    assert server.mails == []


def test_tls_with_a_server_that_speaks_none_is_a_problem_of_encryption(server: LocalMailServer) -> None:
    problem = not_sent(mailer_for(f"smtps://127.0.0.1:{server.port}", timeout_seconds=5.0))

    assert problem.what == "The connection to the mail server could not be encrypted."


def test_a_missing_file_of_certificates_is_named(server: LocalMailServer, tmp_path: Path) -> None:
    url = f"smtps://127.0.0.1:{server.port}"
    problem = not_sent(mailer_for(url, ca_file=tmp_path / "none.pem"))

    assert problem.what == "The file of trusted certificates is not there."


def test_a_file_without_certificates_is_a_problem_of_encryption(server: LocalMailServer, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    problem = not_sent(mailer_for(f"smtps://127.0.0.1:{server.port}", ca_file=tmp_path / "empty.pem"))

    assert problem.what == "The connection to the mail server could not be encrypted."


# The login.


def test_a_login_is_taken_from_the_address_percent_decoded(certificate: Certificate) -> None:
    login = ("exporter", PASSWORD)
    with LocalMailServer(encryption=Encryption.STARTTLS, certificate=certificate, login=login) as server:
        mailer_for(server.url_of(LOGIN, HOST_NAME), ca_file=certificate.file).send(MAIL)

    assert [(mail.user, mail.was_encrypted) for mail in server.mails] == [("exporter", True)]


def test_a_refused_login_is_told_in_the_server_s_words_without_the_password() -> None:
    with LocalMailServer(login=("exporter", "another")) as server:
        server.answer_to_login = f"535 5.7.8 No, {PASSWORD} is not it"
        problem = not_sent(mailer_for(server.url_of(LOGIN)))

    assert problem.what == "The mail server refused the login."
    assert problem.found == "535 5.7.8 No, *** is not it"
    # An operator corrects the password, and the same mail goes through.
    assert problem.is_temporary


def test_a_login_that_the_server_does_not_offer_is_not_left_out_silently(server: LocalMailServer) -> None:
    problem = not_sent(mailer_for(server.url_of(LOGIN)))

    assert problem.what == "The mail server offers no login."
    assert server.mails == []


def test_a_server_that_demands_a_login_says_so() -> None:
    with LocalMailServer(login=("exporter", PASSWORD)) as server:
        problem = not_sent(mailer_for(server.url))

    assert problem.what == "The mail server refused the sender."
    assert problem.found == "530 5.7.0 Authentication required"
    assert problem.is_temporary
