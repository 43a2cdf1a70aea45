import pickle

import pytest

from connectors.procore import errors

ALL = [
    errors.ProcoreUnreachable("GET", "/rest/v1.0/projects/1", "ReadTimeout: no answer"),
    errors.AnswerUnreadable("GET", "/rest/v1.0/projects/1", 200, "it ends in the middle"),
    errors.AnswerUnexpected("GET /rest/v1.0/projects/1, active", "true or false", "nothing"),
    errors.LoginRefused("POST", "/oauth/token", 401, "invalid_client."),
    errors.AccessDenied("GET", "/rest/v1.0/projects/1/budget", 403, "Forbidden."),
    errors.NotVisible("GET", "/rest/v1.0/projects/1/budget", 404, "Not found."),
    errors.ProjectNotVisible("GET", "/rest/v1.0/projects/1", 404, "Not found."),
    errors.RuleBroken("POST", "/rest/v1.0/projects/1/budget/lock", 400, "Bad."),
    errors.UnlockRefused("DELETE", "/rest/v1.0/projects/1/budget/lock", 422, "Has modifications."),
    errors.ProcoreFailed("GET", "/rest/v1.0/projects/1", 503, "Overloaded.", 7.0),
    errors.RateLimitExhausted("GET", "/rest/v1.0/projects/1", 4000.0, 3660.0, "Too many."),
    errors.BudgetViewMissing(1, "Vista Export", ("Standard", "Forecast")),
    errors.BudgetColumnMissing(1, "Vista Export", "Hours", ("Quantity",)),
    errors.ListMovedWhileReading("/rest/v1.0/cost_codes", 4, "it shrank"),
    errors.BudgetMovedWhileReading(1, 4, "1.00", "2.00"),
    errors.LockNotProven(1, "a locked budget", "an unlocked budget", "it was done."),
    errors.ModificationsDestroyed(1, 2, (11, 12)),
]


@pytest.mark.parametrize("error", ALL, ids=lambda error: type(error).__name__)
def test_an_error_crosses_a_process_boundary_whole(error: errors.ProcoreError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes, made in this line
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_every_error_of_the_tree_is_covered_here() -> None:
    def below(kind: type[errors.ProcoreError]) -> set[type[errors.ProcoreError]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    assert below(errors.ProcoreError) - {type(error) for error in ALL} == {errors.ProcoreError, errors.ProcoreRefused}


def test_a_refusal_says_method_path_status_words_and_way_out() -> None:
    assert str(errors.LoginRefused("POST", "/oauth/token", 401, "invalid_client.")) == (
        "POST /oauth/token: Procore answered 401: invalid_client. "
        "Check client id, client secret and login address (production and sandbox have different ones)."
    )


def test_a_missing_view_names_the_views_there_are() -> None:
    assert str(errors.BudgetViewMissing(1164, "Vista Export", ("Standard", "Forecast"))) == (
        "Procore project 1164: expected exactly one budget view named 'Vista Export', found 'Standard', 'Forecast'. "
        "Create or share the view in Procore, or configure the name of another one."
    )


def test_only_what_may_pass_by_itself_is_called_temporary() -> None:
    assert {type(error).__name__ for error in ALL if error.is_temporary} == {
        "ProcoreUnreachable",
        "AnswerUnreadable",
        "ProcoreFailed",
        "RateLimitExhausted",
        "ListMovedWhileReading",
        "BudgetMovedWhileReading",
        "LockNotProven",
    }
