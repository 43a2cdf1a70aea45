"""A digest stands for one plan: the same after any journey through text, another after any change."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jobcost.plan import Plan, canonical_text, plan_from_canonical_text
from jobcost.planning import PlanRequest, make_proposal
from tests.property.laws import LAW
from tests.property.strategies import Sendable, sendable, wild_requests


@LAW
@given(request=wild_requests)
def test_a_plan_read_back_from_its_text_is_the_same_plan(request: PlanRequest) -> None:
    plan = make_proposal(request).plan
    if plan is None:
        return
    read_back = plan_from_canonical_text(canonical_text(plan))
    assert read_back == plan
    assert canonical_text(read_back) == canonical_text(plan)
    assert (read_back.digest, read_back.code) == (plan.digest, plan.code)


@LAW
@given(sent=sendable(), data=st.data())
def test_any_change_of_any_fact_of_a_plan_changes_its_digest(sent: Sendable, data: st.DataObject) -> None:
    plan = make_proposal(sent.request).plan
    assert plan is not None
    content = json.loads(canonical_text(plan))
    place = data.draw(st.sampled_from(_places(content)))
    _alter(content, place)
    altered: Plan = plan_from_canonical_text(json.dumps(content))
    assert altered.digest != plan.digest


# Only these words may stand there, so that an altered plan is still one.
_CHOICES = {
    "setup": "update",
    "update": "setup",
    "add_cost_type": "unchanged",
    "change_estimate": "unchanged",
    "unchanged": "change_estimate",
}


def _places(content: Any, so_far: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """List the path of each single fact."""
    if isinstance(content, dict):
        return [place for name, part in content.items() for place in _places(part, (*so_far, name))]
    if isinstance(content, list):
        return [place for index, part in enumerate(content) for place in _places(part, (*so_far, index))]
    return [] if content is None else [so_far]


def _alter(content: Any, place: tuple[str | int, ...]) -> None:
    *path, last = place
    for step in path:
        content = content[step]
    content[last] = _other(content[last])


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return _CHOICES.get(value, f"{value}1")
