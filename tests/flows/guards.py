"""Taking guards away, to show what they prevent."""

from collections.abc import Callable
from typing import Any

import pytest

from jobcost import planning
from jobcost.rules.registry import Rule

# The lists of rules that planning judges by.
_RULE_LISTS = ("BUDGET_RULES", "JOB_RULES", "LINE_RULES", "READING_RULES", "KEY_RULES", "CHANGE_RULES")


def without_rules(monkeypatch: pytest.MonkeyPatch, *rule_ids: str) -> None:
    """Take rules away from planning."""
    taken: set[str] = set()
    for name in _RULE_LISTS:
        rules: tuple[Rule[Any], ...] = getattr(planning, name)
        kept = tuple(rule for rule in rules if rule.id not in rule_ids)
        taken |= {rule.id for rule in rules} - {rule.id for rule in kept}
        monkeypatch.setattr(planning, name, kept)
    assert taken == set(rule_ids)


def without_all_but(guards: dict[str, Callable[[], None]], kept: str | None) -> None:
    """Take every guard away except the one that is named."""
    assert kept is None or kept in guards
    for name, take_away in guards.items():
        if name != kept:
            take_away()


def nothing(*_: object, **__: object) -> tuple[()]:
    """Stand where a check was: it finds nothing."""
    return ()
