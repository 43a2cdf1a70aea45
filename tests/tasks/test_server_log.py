"""The Prefect server's log holds nothing that people typed."""

import logging
import sys

import pytest
from prefect.logging.configuration import DEFAULT_LOGGING_SETTINGS_PATH, load_logging_config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from tasks.server_log import HANDLER, HANDLER_VARIABLE, DiscreetHandler


def _failed_statement() -> logging.LogRecord:
    """What the server logs of the second answer to a question: both were stored under one key."""
    with create_engine("sqlite://").connect() as connection:
        connection.execute(text("CREATE TABLE answer (key TEXT PRIMARY KEY, value TEXT)"))
        insert, values = text("INSERT INTO answer VALUES (:key, :value)"), {"key": "q1", "value": '{"code": "123456"}'}
        connection.execute(insert, values)
        try:
            connection.execute(insert, values)
        except IntegrityError:
            return logging.LogRecord("prefect.server", logging.ERROR, "", 0, "Encountered", None, sys.exc_info())
    raise AssertionError("The second insert did not fail.")


def test_a_second_answer_to_one_question_is_logged_without_what_was_typed() -> None:
    said = DiscreetHandler().format(_failed_statement())
    assert "123456" not in said
    assert "UNIQUE constraint failed" in said
    assert "left out" in said


def test_prefects_own_handler_would_print_it() -> None:
    assert "123456" in logging.StreamHandler().format(_failed_statement())


def test_prefect_takes_the_handler_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HANDLER_VARIABLE, HANDLER)
    assert load_logging_config(DEFAULT_LOGGING_SETTINGS_PATH)["handlers"]["console"]["class"] == HANDLER
