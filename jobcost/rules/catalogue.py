"""All rules in reading order, for docs/rules.md and for the tests that count them."""

from typing import Any

from jobcost.rules.budget_rules import BUDGET_RULES, PROJECT_REFERENCE_RULES
from jobcost.rules.change_order_rules import CURRENT_RULES, LINE_CHANGES_RULES, ORDER_RULES, REVISED_RULES
from jobcost.rules.job_rules import JOB_NUMBER_RULES, JOB_RULES
from jobcost.rules.key_rules import KEY_RULES
from jobcost.rules.line_rules import LINE_RULES
from jobcost.rules.past_rules import PAST_RULES
from jobcost.rules.plan_rules import CHANGE_RULES
from jobcost.rules.reading_rules import READING_RULES
from jobcost.rules.registry import Rule
from jobcost.rules.undo_rules import (
    UNDO_CHANGES_RULES,
    UNDO_LINE_RULES,
    UNDO_ORDER_LINE_RULES,
    UNDO_ORDER_RULES,
    UNDO_RULES,
)

RULE_GROUPS: tuple[tuple[str, tuple[Rule[Any], ...]], ...] = (
    ("The project as it was given", PROJECT_REFERENCE_RULES),
    ("The budget", BUDGET_RULES),
    ("The Vista job", JOB_NUMBER_RULES + JOB_RULES),
    ("Each budget line in Procore", LINE_RULES),
    ("Each budget line in Vista's terms", READING_RULES),
    ("Each phase and cost type", KEY_RULES),
    ("Estimates already in use", CHANGE_RULES),
    ("Lines of earlier exports", PAST_RULES),
    ("Budget changes and change orders", LINE_CHANGES_RULES + ORDER_RULES + CURRENT_RULES + REVISED_RULES),
    (
        "Taking an export back",
        UNDO_RULES + UNDO_LINE_RULES + UNDO_CHANGES_RULES + UNDO_ORDER_RULES + UNDO_ORDER_LINE_RULES,
    ),
)

ALL_RULES: tuple[Rule[Any], ...] = tuple(rule for _, rules in RULE_GROUPS for rule in rules)


def rules_page() -> str:
    """Write docs/rules.md: one row per rule."""
    introduction = (
        "Everything that can be said about a budget before it is exported. `block` forbids the export, `warning` is"
        " shown to the approver, `note` only tells. Made from the code: `python -m jobcost.rules.catalogue`."
    )
    parts = ["# Rules", introduction]
    for title, rules in RULE_GROUPS:
        rows = "\n".join(f"| `{rule.id}` | {rule.severity} | {rule.meaning} | {rule.way_out} |" for rule in rules)
        parts.append(f"## {title}\n\n| rule | severity | meaning | way out |\n|---|---|---|---|\n{rows}")
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    print(rules_page(), end="")  # noqa: T201 - the page is this command's output
