"""Taking guards away, to show what they prevent."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jobcost.findings import Finding
from jobcost.rules.catalogue import ALL_RULES
from jobcost.rules.registry import Rule


def without_rules(monkeypatch: pytest.MonkeyPatch, *rule_ids: str) -> None:
    """Take rules away, wherever they are asked: they find nothing any more."""
    assert set(rule_ids) <= {rule.id for rule in ALL_RULES}
    asked = Rule.findings

    def findings(rule: Rule[Any], subject: Any, where: str = "") -> Iterator[Finding]:
        if rule.id not in rule_ids:
            yield from asked(rule, subject, where)

    monkeypatch.setattr(Rule, "findings", findings)


def without_all_but(guards: dict[str, Callable[[], None]], kept: str | None) -> None:
    """Take every guard away except the one that is named."""
    assert kept is None or kept in guards
    for name, take_away in guards.items():
        if name != kept:
            take_away()


def nothing(*_: object, **__: object) -> tuple[()]:
    """Stand where a check was: it finds nothing."""
    return ()
