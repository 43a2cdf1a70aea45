"""A plan's digest and code: one plan, one spelling, one code that people can read aloud."""

import re
from dataclasses import replace

import pytest
from pydantic import ValidationError

from jobcost.plan import Plan, canonical_text, plan_from_canonical_text
from tests.core.budgets import propose


def clean_plan() -> Plan:
    plan = propose().plan
    assert plan is not None
    return plan


def test_the_digest_of_a_known_plan_stays_the_same_for_ever() -> None:
    # Approvals in journals refer to it. If this fails, plans that wait for acceptance will be refused as stale.
    assert clean_plan().digest == "71e9d199de26d120c5ca9bd837a81528186a927a6fa3b5d1aa78ffa7fc4a29ed"
    assert clean_plan().code == "2FEF-X5DR"


def test_a_code_has_no_letters_that_are_mistaken_for_others() -> None:
    codes = [replace(clean_plan(), project_id=number).code for number in range(200)]
    assert all(re.fullmatch(r"[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}", code) for code in codes)
    assert len(set(codes)) == 200


def test_amounts_in_the_canonical_text_are_text() -> None:
    text = canonical_text(clean_plan())
    assert '"cost":"310000.50"' in text
    assert not re.search(r":-?\d+\.\d", text)


def test_names_of_people_and_projects_survive_the_canonical_text() -> None:
    named = replace(clean_plan(), project_name='Łódź "Façade" \u2028 日本')
    assert plan_from_canonical_text(canonical_text(named)) == named


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"kind":"setup"}'])
def test_text_that_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        plan_from_canonical_text(text)


def test_a_plan_without_changes_is_empty_and_one_that_adds_is_not() -> None:
    plan = clean_plan()
    assert not plan.is_empty
    assert replace(plan, lines=(), add_phases=()).is_empty
    assert not replace(plan, lines=()).is_empty
