"""What everything that calls itself a ProcoreGateway must do. A fake passes the same tests as the real one.

A test module subclasses `ProcoreGatewayContract` and gives it a `stage`: a gateway to Procore company 8089 with project
1164 of the sandbox (69 published lines, locked, linked to job 1164I-001, one draft change) and the ways to change what
that Procore holds.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Protocol

import pytest

from connectors.procore import errors
from connectors.procore.gateway import ProcoreGateway
from jobcost.budget import Adjustment, BudgetChange, ChangeKind, CostCode, LineItemType, ProcoreUser, Project

PROJECT = 1164


class ProcoreStage(Protocol):
    """A Procore that a test can change behind the gateway's back."""

    @property
    def gateway(self) -> ProcoreGateway: ...

    def add_modification(self, from_code: str, to_code: str, amount: str, notes: str = "") -> None: ...

    def add_change(self, title: str, amounts: dict[str, str], status: str = "approved") -> None: ...

    def add_project(self, project_id: int, name: str, *, origin_id: str | None, active: bool) -> None: ...

    def add_unbudgeted(self, code: str, name: str, cost_type: str) -> None: ...

    def refuse_unlocking(self, words: str) -> None: ...

    def hide_project(self) -> None: ...

    def drop_view(self) -> None: ...

    def forbid_tool(self, tool: str) -> None: ...

    def modification_count(self) -> int: ...

    def is_locked(self) -> bool: ...


class ProcoreGatewayContract:
    @pytest.fixture
    def stage(self) -> ProcoreStage:
        raise NotImplementedError("the subclass gives the stage")

    def test_the_project_says_which_job_it_is(self, stage: ProcoreStage) -> None:
        assert stage.gateway.read_budget(PROJECT).project == Project(
            id=1164,
            name="Public Works 1164I",
            project_number="1164I-001",
            active=True,
            is_erp_integrated=True,
            origin_id="1164I-001",
            origin_code="1164I-001",
        )

    def test_a_budget_is_read_whole_and_to_the_cent(self, stage: ProcoreStage) -> None:
        budget = stage.gateway.read_budget(PROJECT)
        assert (budget.company_id, budget.view_name, budget.locked) == (8089, "Vista Export", True)
        assert len(budget.line_items) == 69
        assert sum(line.original_budget_amount for line in budget.line_items) == Decimal("5799933.10")
        assert {line.budget_modifications for line in budget.line_items} == {Decimal(0)}
        assert budget.modification_count == 0

    def test_a_line_carries_code_type_amount_quantity_and_unit(self, stage: ProcoreStage) -> None:
        line = next(
            line
            for line in stage.gateway.read_budget(PROJECT).line_items
            if line.cost_code and line.cost_code.full_code == "R-2"
        )
        assert line.cost_code is not None
        assert line.line_item_type is not None
        assert replace(line.cost_code, id=0) == CostCode(
            id=0, full_code="R-2", name="FULL DEPTH PLANING PER 2-INCH DEPTH OF CUT", origin_id="R-2"
        )
        assert replace(line.line_item_type, id=0) == LineItemType(id=0, code="S", name="Subcontract", origin_id="S")
        assert line.label == "R-2 / S"
        assert line.original_budget_amount == Decimal("42950.10")
        assert (line.quantity, line.uom, line.hours) == (Decimal(143167), "SF", None)
        assert (line.biller_type, line.currency_iso_code) == ("Project", "USD")

    def test_no_number_of_a_budget_is_a_float(self, stage: ProcoreStage) -> None:
        for line in stage.gateway.read_budget(PROJECT).line_items:
            for number in (line.original_budget_amount, line.budget_modifications, line.quantity):
                assert isinstance(number, Decimal)

    def test_an_unbudgeted_row_is_read_and_has_no_id(self, stage: ProcoreStage) -> None:
        stage.add_unbudgeted("X-1", "Found on site", "S")
        lines = stage.gateway.read_budget(PROJECT).line_items
        assert [(line.label, line.original_budget_amount) for line in lines if line.id is None] == [
            ("X-1 / S", Decimal(0))
        ]

    def test_budget_changes_are_listed_with_their_status_and_their_lines(self, stage: ProcoreStage) -> None:
        budget = stage.gateway.read_budget(PROJECT)
        code_of = {line.label: line.wbs_code_id for line in budget.line_items}
        assert [replace(change, id=0) for change in budget.changes] == [
            BudgetChange(
                id=0,
                number="1",
                title="Casting adjustments, to be agreed",
                status="draft",
                erp_status="not_in_erp",
                adjustments=(
                    Adjustment(wbs_code_id=code_of["R-18 / S"] or 0, amount=Decimal(1000)),
                    Adjustment(wbs_code_id=code_of["R-19 / S"] or 0, amount=Decimal(-1000)),
                ),
            )
        ]

    def test_an_approved_change_moves_its_lines_by_what_it_says(self, stage: ProcoreStage) -> None:
        stage.add_change("Castings agreed", {"R-19": "250.10", "R-18": "-0.1"})
        budget = stage.gateway.read_budget(PROJECT)
        change = budget.changes[-1]
        moved = {line.wbs_code_id: line.budget_modifications for line in budget.line_items if line.budget_modifications}
        assert (change.number, change.title, change.kind, change.is_approved) == (
            "2",
            "Castings agreed",
            ChangeKind.BUDGET_CHANGE,
            True,
        )
        assert [part.amount for part in change.adjustments] == [Decimal("250.10"), Decimal("-0.1")]
        assert {part.wbs_code_id: part.amount for part in change.adjustments} == moved

    def test_a_modification_is_an_approved_change_from_one_line_to_the_other(self, stage: ProcoreStage) -> None:
        stage.add_modification("R-1", "R-2", "1000.50", "To the planing")
        budget = stage.gateway.read_budget(PROJECT)
        code_of = {line.label: line.wbs_code_id for line in budget.line_items}
        change = budget.changes[-1]
        assert change == BudgetChange(
            id=change.id,
            number=str(change.id),
            title="To the planing",
            status="approved",
            erp_status="",
            kind=ChangeKind.BUDGET_MODIFICATION,
            adjustments=(
                Adjustment(wbs_code_id=code_of["R-2 / S"] or 0, amount=Decimal("1000.50")),
                Adjustment(wbs_code_id=code_of["R-1 / S"] or 0, amount=Decimal("-1000.50")),
            ),
        )

    def test_the_linked_projects_are_listed(self, stage: ProcoreStage) -> None:
        stage.add_project(1170, "Not linked yet", origin_id=None, active=True)
        stage.add_project(1180, "Closed years ago", origin_id="OLD-1", active=False)
        listed = stage.gateway.list_projects()
        assert [(project.id, project.origin_id, project.active) for project in listed] == [
            (1164, "1164I-001", True),
            (1180, "OLD-1", False),
        ]
        assert listed[0] == stage.gateway.read_budget(PROJECT).project

    def test_the_fingerprint_of_the_rows_alone_is_that_of_the_budget(self, stage: ProcoreStage) -> None:
        stage.add_unbudgeted("X-1", "Found on site", "S")
        before = stage.gateway.read_budget(PROJECT)
        assert stage.gateway.read_fingerprint(PROJECT, before.view_id) == before.fingerprint
        stage.add_change("Castings agreed", {"R-19": "0.01"})
        after = stage.gateway.read_budget(PROJECT)
        assert stage.gateway.read_fingerprint(PROJECT, after.view_id) == after.fingerprint != before.fingerprint

    def test_the_fingerprint_of_the_changes_alone_is_that_of_the_budget(self, stage: ProcoreStage) -> None:
        before = stage.gateway.read_budget(PROJECT)
        assert stage.gateway.read_changes_fingerprint(PROJECT, before.view_id) == before.changes_fingerprint
        # These cancel each other on every row.
        stage.add_change("Castings agreed", {"R-19": "0.01"})
        stage.add_change("Castings cancelled", {"R-19": "-0.01"})
        stage.add_modification("R-1", "R-2", "5.00")
        stage.add_modification("R-2", "R-1", "5.00")
        after = stage.gateway.read_budget(PROJECT)
        found = stage.gateway.read_changes_fingerprint(PROJECT, before.view_id)
        assert found == after.changes_fingerprint != before.changes_fingerprint
        assert after.fingerprint == before.fingerprint

    def test_a_fingerprint_in_a_view_that_is_gone_is_told_as_not_visible(self, stage: ProcoreStage) -> None:
        view_id = stage.gateway.read_budget(PROJECT).view_id
        stage.drop_view()
        with pytest.raises(errors.NotVisible, match=f"Budget view {view_id} was not found"):
            stage.gateway.read_fingerprint(PROJECT, view_id)

    def test_a_fingerprint_of_a_hidden_project_is_told_as_not_visible(self, stage: ProcoreStage) -> None:
        view_id = stage.gateway.read_budget(PROJECT).view_id
        stage.hide_project()
        with pytest.raises(errors.NotVisible, match="404"):
            stage.gateway.read_fingerprint(PROJECT, view_id)

    def test_modifications_are_counted_and_move_their_lines(self, stage: ProcoreStage) -> None:
        stage.add_modification("R-1", "R-2", "1000.50")
        budget = stage.gateway.read_budget(PROJECT)
        moved = {line.label: line.budget_modifications for line in budget.line_items if line.budget_modifications}
        assert budget.modification_count == 1
        assert moved == {"R-1 / S": Decimal("-1000.50"), "R-2 / S": Decimal("1000.50")}

    def test_people_are_found_with_their_approver_flag(self, stage: ProcoreStage) -> None:
        found = stage.gateway.read_budget(PROJECT).user(" Alex.Approver@example.com")
        assert found == ProcoreUser(
            id=902,
            email_address="alex.approver@example.com",
            name="Alex Accountant",
            is_active=True,
            is_accounting_approver=True,
        )

    def test_the_directory_alone_says_the_same_as_the_budget(self, stage: ProcoreStage) -> None:
        users = stage.gateway.read_users()
        assert users == stage.gateway.read_budget(PROJECT).users
        assert [(user.id, user.is_active, user.is_accounting_approver) for user in users] == [
            (901, True, False),
            (902, True, True),
            (903, True, True),
            (904, True, False),
            (905, False, True),
        ]

    def test_unlocking_and_locking_are_seen_by_the_next_reading(self, stage: ProcoreStage) -> None:
        stage.gateway.unlock_budget(PROJECT)
        assert stage.gateway.read_budget(PROJECT).locked is False
        stage.gateway.lock_budget(PROJECT)
        assert stage.gateway.read_budget(PROJECT).locked is True

    def test_the_lock_alone_says_the_same_as_the_budget(self, stage: ProcoreStage) -> None:
        assert stage.gateway.read_locked(PROJECT) is stage.gateway.read_budget(PROJECT).locked is True
        stage.gateway.unlock_budget(PROJECT)
        assert stage.gateway.read_locked(PROJECT) is False

    def test_locking_twice_and_unlocking_twice_are_no_errors(self, stage: ProcoreStage) -> None:
        stage.gateway.lock_budget(PROJECT)
        stage.gateway.lock_budget(PROJECT)
        assert stage.is_locked() is True
        stage.gateway.unlock_budget(PROJECT)
        stage.gateway.unlock_budget(PROJECT)
        assert stage.is_locked() is False

    def test_unlocking_keeps_the_modifications(self, stage: ProcoreStage) -> None:
        stage.add_modification("R-1", "R-2", "1000.50")
        stage.gateway.unlock_budget(PROJECT)
        assert (stage.is_locked(), stage.modification_count()) == (False, 1)

    def test_a_refused_unlock_is_told_and_changes_nothing(self, stage: ProcoreStage) -> None:
        stage.add_modification("R-1", "R-2", "1000.50")
        stage.refuse_unlocking("The budget has modifications")
        with pytest.raises(errors.UnlockRefused, match="The budget has modifications"):
            stage.gateway.unlock_budget(PROJECT)
        assert (stage.is_locked(), stage.modification_count()) == (True, 1)

    def test_a_project_that_is_not_visible_is_a_clear_error(self, stage: ProcoreStage) -> None:
        stage.hide_project()
        with pytest.raises(errors.ProjectNotVisible, match="permitted projects"):
            stage.gateway.read_budget(PROJECT)

    def test_a_missing_view_is_told_with_the_views_there_are(self, stage: ProcoreStage) -> None:
        stage.drop_view()
        with pytest.raises(errors.BudgetViewMissing, match="named 'Vista Export', found 'Procore Standard Budget'"):
            stage.gateway.read_budget(PROJECT)

    @pytest.mark.parametrize("tool", ["admin", "budget", "directory"])
    def test_a_tool_that_may_not_be_used_is_a_clear_error(self, stage: ProcoreStage, tool: str) -> None:
        stage.forbid_tool(tool)
        with pytest.raises(errors.AccessDenied, match=f"403: .*{tool} tool"):
            stage.gateway.read_budget(PROJECT)

    def test_a_probe_finds_everything_in_order_and_changes_nothing(self, stage: ProcoreStage) -> None:
        before = stage.gateway.read_budget(PROJECT)
        checks = stage.gateway.probe()
        assert [check for check in checks if check.ok is not True] == []
        assert stage.gateway.read_budget(PROJECT) == before
