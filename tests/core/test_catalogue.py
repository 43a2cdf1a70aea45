"""Every rule is documented, tested and silent on a clean budget."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobcost.findings import Severity
from jobcost.plan import Kind
from jobcost.rules.budget_rules import PROJECT_REFERENCE_RULES
from jobcost.rules.catalogue import ALL_RULES, RULE_GROUPS, rules_page
from tests.core.budgets import propose

HERE = Path(__file__).parent
RULES_PAGE = HERE.parents[1] / "docs" / "rules.md"
RULE_IDS = tuple(rule.id for rule in ALL_RULES)


def words_of_tests(folder: Path) -> Iterator[str]:
    """Yield each text constant that stands inside a test function."""
    for path in sorted(folder.glob("test_*.py")):
        for definition in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(definition, ast.FunctionDef) and definition.name.startswith("test_"):
                constants = (node.value for node in ast.walk(definition) if isinstance(node, ast.Constant))
                yield from (value for value in constants if isinstance(value, str))


def test_no_two_rules_have_one_name() -> None:
    assert len(RULE_IDS) == len(set(RULE_IDS))
    assert len(RULE_IDS) >= 50


def test_every_rule_is_named_in_a_test_of_its_own() -> None:
    named = set(words_of_tests(HERE))
    assert [rule for rule in RULE_IDS if rule not in named] == []


def test_every_rule_says_what_it_means_and_the_way_out() -> None:
    silent = [rule.id for rule in ALL_RULES if len(rule.meaning) < 20 or len(rule.way_out) < 20]
    assert silent == []


def test_every_sentence_of_a_rule_ends() -> None:
    open_ended = [rule.id for rule in ALL_RULES if rule.meaning[-1] not in '.?"' or rule.way_out[-1] not in '."']
    assert open_ended == []


@pytest.mark.parametrize("kind", [Kind.SETUP, Kind.UPDATE])
def test_a_clean_budget_raises_no_finding_at_all(kind: Kind) -> None:
    proposal = propose(kind=kind)
    assert proposal.findings == ()
    assert not proposal.is_blocked


def test_the_rules_page_is_made_from_the_rules() -> None:
    assert RULES_PAGE.read_text(encoding="utf-8") == rules_page(), (
        "Run: python -m jobcost.rules.catalogue > docs/rules.md"
    )


def test_every_group_of_rules_is_on_the_page() -> None:
    assert [title for title, rules in RULE_GROUPS if not rules] == []
    assert rules_page().count("| `") == len(RULE_IDS)


def test_what_is_given_as_the_project_is_judged_before_anything_is_read() -> None:
    assert [rule.id for rule in PROJECT_REFERENCE_RULES] == ["source-is-a-file", "project-number-unreadable"]
    assert all(rule.severity is Severity.BLOCK for rule in PROJECT_REFERENCE_RULES)
