"""The configuration file is refused as a whole when anything in it is not understood."""

import tomllib
from datetime import date, datetime
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
    assert usual.acceptance.deadline_working_days == 5
    assert usual.acceptance.time_zone == "UTC"
    assert usual.acceptance.holidays == frozenset()
    assert usual.acceptance.remind_hours_before == (24,)
    assert usual.acceptance.escalate_hours_before == 8
    assert usual.acceptance.escalate_to == ()
    assert usual.people.owner == ""
    assert usual.notifications.blocks == ()
    assert usual.notifications.digest
    assert usual.sync.stopped_projects == ()
    assert usual.sync.webhook_resources == ()


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
        ({"acceptance": {"deadline_hours": 120}}, "acceptance.deadline_hours"),
        ({"acceptance": {"deadline_working_days": 0}}, "acceptance.deadline_working_days"),
        ({"acceptance": {"deadline_working_days": 91}}, "acceptance.deadline_working_days"),
        ({"acceptance": {"deadline_working_days": True}}, "acceptance.deadline_working_days"),
        ({"acceptance": {"deadline_working_days": "5"}}, "acceptance.deadline_working_days"),
        ({"acceptance": {"remind_hours_before": [24, 0]}}, "acceptance.remind_hours_before.1"),
        ({"acceptance": {"remind_hours_before": [24, 8, 24]}}, "acceptance.remind_hours_before"),
        ({"acceptance": {"escalate_hours_before": -1}}, "acceptance.escalate_hours_before"),
        ({"acceptance": {"escalate_to": ["the team"]}}, "acceptance.escalate_to.0"),
        ({"acceptance": {"escalate_to": ["a@b.example", "a@b.example"]}}, "acceptance.escalate_to"),
        ({"notifications": {"blocks": ["slack-webhook"]}}, "notifications.blocks.0"),
        ({"notifications": {"blocks": ["slack-webhook/Our Team"]}}, "notifications.blocks.0"),
        ({"notifications": {"blocks": ["https://hooks.example/x"]}}, "notifications.blocks.0"),
        ({"notifications": {"digest": "no"}}, "notifications.digest"),
        ({"sync": {"stopped_projects": ["7000"]}}, "sync.stopped_projects.0"),
        ({"sync": {"stopped_projects": [0]}}, "sync.stopped_projects.0"),
        ({"sync": {"stopped_projects": [7000, 7000]}}, "sync.stopped_projects"),
        ({"sync": {"webhook_resources": [" "]}}, "sync.webhook_resources.0"),
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


def test_the_old_name_of_the_deadline_is_refused_with_the_new_one() -> None:
    with pytest.raises(ValidationError) as refused:
        config(acceptance={"deadline_hours": 120, "time_zone": "UTC"})
    assert [error["msg"] for error in refused.value.errors()] == [
        "is counted in working days now: write deadline_working_days = 5 for what was deadline_hours = 120"
    ]


@pytest.mark.parametrize("name", ["UTC", "America/Chicago", "America/Indiana/Indianapolis", "Asia/Kolkata"])
def test_a_time_zone_has_its_name_in_the_time_zone_database(name: str) -> None:
    assert config(acceptance={"time_zone": name}).acceptance.time_zone == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "Chicago", "America", "america/chicago", "CDT6", "+05:00", "../etc/passwd", "a" * 5000, "a\x00b"),
        *("localtime", "right/America/Chicago", "America/Chicago/../Chicago"),
    ],
)
def test_what_names_no_time_zone_everywhere_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="expected the name of a time zone, such as America/Chicago") as refused:
        config(acceptance={"time_zone": name})
    assert [error["loc"] for error in refused.value.errors()] == [("acceptance", "time_zone")]


def test_holidays_are_days_as_toml_writes_them() -> None:
    given = tomllib.loads('[acceptance]\nholidays = [2026-12-25, "2027-01-01"]')
    assert config(**given).acceptance.holidays == frozenset({date(2026, 12, 25), date(2027, 1, 1)})


@pytest.mark.parametrize("day", [20261225, 0, True, "Christmas", "12/25/2026", datetime.fromisoformat("2026-12-25")])
def test_what_could_be_another_day_is_no_holiday(day: object) -> None:
    with pytest.raises(ValidationError) as refused:
        config(acceptance={"holidays": [day]})
    assert [error["loc"][:2] for error in refused.value.errors()] == [("acceptance", "holidays")]


@pytest.mark.parametrize("owner", ["olivia.owner@example.com", " olivia.owner@example.com ", ""])
def test_the_owner_is_one_address_or_nobody(owner: str) -> None:
    assert config(people={"owner": owner}).people.owner == owner.strip()


@pytest.mark.parametrize("owner", ["olivia", "@example.com", "olivia@", "a@b@c", "olivia owner@example.com", "a@b\n.c"])
def test_an_owner_to_whom_no_mail_could_go_is_refused(owner: str) -> None:
    with pytest.raises(ValidationError, match="expected an e-mail address"):
        config(people={"owner": owner})
