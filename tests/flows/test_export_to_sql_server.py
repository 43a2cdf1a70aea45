"""The whole road with Vista on a real engine, where VISTA_TEST_URL names one: server, worker, people, command line."""

from decimal import Decimal
from pathlib import Path

import pytest

from connectors.vista.sql import SqlVista
from demo.commands import Commands
from demo.exports import JOB, export_and_update
from demo.people import Phone, enrol_people
from demo.stack import LocalStack

pytestmark = [pytest.mark.sqlserver, pytest.mark.prefect, pytest.mark.timeout(900)]


def test_a_budget_and_its_change_orders_reach_vista_on_sql_server(sandbox_on_sql_server: str, tmp_path: Path) -> None:
    """The demo's people: accepted, written and verified by runs of the worker; sent a third time, nothing is left."""
    phones: list[Phone] = []
    stack = LocalStack(tmp_path, extra_environment={"VISTA_URL": sandbox_on_sql_server})
    stack.meanwhile = lambda up: phones.extend(enrol_people(Commands(up.environment)))
    with stack:
        exported = export_and_update(stack, Commands(stack.environment), phones[-1])

    with SqlVista(sandbox_on_sql_server, 1) as vista:
        estimate = vista.read_estimate(JOB)
    original = [header.orig_cost for header in estimate.cost_headers]
    # 69 lines of the budget, and four that the change orders brought.
    assert (len(original), sum(original)) == (73, Decimal("5799933.10"))
    assert exported.current == Decimal("5761977.21")
