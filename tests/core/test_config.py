"""The configuration file is refused as a whole when anything in it is not understood."""

from typing import Any

import pytest
from pydantic import ValidationError

from jobcost.config import ExportConfig
from tests.core.budgets import config


def test_without_a_file_the_careful_choices_hold() -> None:
    usual = ExportConfig()
    assert usual.mapping.units.unknown == "refuse"
    assert usual.mapping.phases.description == "vista"
    assert usual.limits.currency == "USD"
    assert usual.limits.two_approvers_above is None
    assert usual.limits.revenue_consent_jobs == frozenset()
    assert usual.acceptance.require_procore_flag
    assert usual.acceptance.deadline_hours == 120


@pytest.mark.parametrize(
    ("sections", "place"),
    [
        ({"maping": {}}, "maping"),
        ({"mapping": {"phase": {}}}, "mapping.phase"),
        ({"mapping": {"cost_types": {"codes": {"L": 0}}}}, "mapping.cost_types.codes.L"),
        ({"mapping": {"cost_types": {"codes": {"L": 256}}}}, "mapping.cost_types.codes.L"),
        ({"mapping": {"units": {"codes": {"m3": "CUYD"}}}}, "mapping.units.codes.m3"),
        ({"mapping": {"units": {"codes": {"m3": " "}}}}, "mapping.units.codes.m3"),
        ({"mapping": {"jobs": {"600123": ""}}}, "mapping.jobs.600123"),
        ({"mapping": {"units": {"unknown": "ignore"}}}, "mapping.units.unknown"),
        ({"limits": {"two_approvers_above": "a lot"}}, "limits.two_approvers_above"),
        ({"acceptance": {"deadline_hours": 0}}, "acceptance.deadline_hours"),
        ({"acceptance": {"deadline_hours": 2161}}, "acceptance.deadline_hours"),
    ],
)
def test_a_slip_in_the_file_is_refused_with_its_place(sections: dict[str, Any], place: str) -> None:
    with pytest.raises(ValidationError) as refused:
        config(**sections)
    assert [".".join(map(str, error["loc"])) for error in refused.value.errors()] == [place]


def test_blanks_around_codes_are_dropped() -> None:
    assert config(mapping={"phases": {"codes": {" 1 ": " 03-310 "}}}).mapping.phases.codes == {"1": "03-310"}


def test_a_configuration_cannot_be_changed_while_it_is_used() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        config().limits.__setattr__("currency", "CAD")
