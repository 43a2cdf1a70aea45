"""Which exports stand after undos, and undos of undos."""

import pytest

from jobcost.undo_chains import taken_back_by


@pytest.mark.parametrize(
    ("exports", "taken_back"),
    [
        ("a b", {}),
        ("a b:a", {"a": "b"}),
        # The undo was taken back: what it undid stands again.
        ("a b:a c:b", {"b": "c"}),
        ("a b:a c:b d:c", {"c": "d", "a": "b"}),
        # It stood again, and was taken back again.
        ("a b:a c:b d:a", {"b": "c", "a": "d"}),
        ("a b c:b d:a", {"b": "c", "a": "d"}),
    ],
)
def test_an_undo_that_was_taken_back_took_nothing_back(exports: str, taken_back: dict[str, str]) -> None:
    pairs = [(one.partition(":")[0], one.partition(":")[2]) for one in exports.split()]
    assert taken_back_by(pairs) == taken_back
