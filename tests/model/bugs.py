"""Deliberate bugs of planning, accepting, writing and verifying.

Each takes one promise of the product away, with every guard that keeps it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from connectors.journal.models import export
from connectors.vista.change_writer import add_change_orders
from connectors.vista.line_writer import write_line
from jobcost import change_orders, judging, past_lines
from jobcost.budget import BudgetChange
from jobcost.change_orders import Fate, OrderCase
from jobcost.lifecycle import ExportState
from jobcost.plan import Action, Plan
from jobcost.planning import Proposal, make_proposal
from jobcost.rules.budget_rules import BUDGET_RULES, budget_not_locked
from jobcost.rules.change_order_rules import ORDER_RULES, changed_after_export
from jobcost.rules.job_rules import JOB_RULES, contract_not_open, job_not_open
from jobcost.verification import Verification
from tasks.steps import apply
from tests.model.machine import FoldingProject, Project

Patch = pytest.MonkeyPatch
Change = Callable[[Patch], None]


@dataclass(frozen=True)
class Mutant:
    """A bug, and the project in which it must show."""

    change: Change
    machine: type[Project]


BUGS: dict[str, Mutant] = {}


def into(bugs: dict[str, Mutant], machine: type[Project] = Project) -> Callable[[Change], Change]:
    """Keep a bug by its name, a sentence."""

    def kept(change: Change) -> Change:
        bugs[change.__name__.replace("_", " ")] = Mutant(change, machine)
        return change

    return kept


_mutant = into(BUGS)


@_mutant
def an_exported_change_is_exported_again(patch: Patch) -> None:
    def fate(case: OrderCase) -> Fate:
        return Fate.PLANNED if case.change is not None and case.change.is_approved else Fate.PENDING

    patch.setattr(OrderCase, "fate", property(fate))


@_mutant
def what_is_being_written_does_not_count_as_exported(patch: Patch) -> None:
    verified = export.c.state == ExportState.VERIFIED
    patch.setattr("connectors.journal.exported._MAY_HAVE_WRITTEN", verified)


@_mutant
def the_writer_does_not_compare_the_before_image(patch: Patch) -> None:
    patch.setattr("connectors.vista.writer._require_before_image", lambda _plan, _now: None)


@_mutant
def nobody_looks_whether_anything_moved(patch: Patch) -> None:
    patch.setattr("tasks.steps.apply.what_moved", lambda _planned, _fresh: ())


@_mutant
def every_acceptance_consents_to_zeroing(patch: Patch) -> None:
    patch.setattr("tasks.steps.decide.consents_to_zeroing", lambda answer: answer.decision == "Accept")


@_mutant
def deleted_lines_are_zeroed_unasked(patch: Patch) -> None:
    def proposal(request: Any) -> Proposal:
        made = make_proposal(request)
        return made if made.plan is None else replace(made, plan=made.plan.with_zeroing())

    patch.setattr("tasks.steps.propose.make_proposal", proposal)


@_mutant
def a_kept_deleted_line_is_forgotten(patch: Patch) -> None:
    follow = past_lines.lines_left

    def lines(settled: Any) -> past_lines.PastLines:
        left = follow(settled)
        return replace(left, ours=left.ours - left.kept, kept=frozenset())

    patch.setattr("connectors.journal.exported.lines_left", lines)


@_mutant
def a_line_that_moved_in_vista_may_be_zeroed(patch: Patch) -> None:
    patch.setattr("jobcost.deletions._is_not_as_left", lambda _header, _left: "")


@_mutant
def an_edited_change_is_exported_on_top(patch: Patch) -> None:
    patch.setattr("jobcost.judging.ORDER_RULES", tuple(one for one in ORDER_RULES if one is not changed_after_export))


@_mutant
def a_change_is_told_by_its_number_alone(patch: Patch) -> None:
    case = change_orders._Desk.case

    def by_number(desk: Any, aco: str, change: Any, times: int) -> OrderCase:
        found = case(desk, aco, change, times)
        return replace(found, exported=found.exported or found.holder, holder=None)

    patch.setattr("jobcost.change_orders._Desk.case", by_number)


@into(BUGS, FoldingProject)
def changes_are_folded_in_twice(patch: Patch) -> None:
    def amount(line: Any, changes: Any) -> Decimal:
        folds = changes.policy == "fold_into_original"
        moved = line.revised_budget_amount - line.original_budget_amount
        return Decimal(line.original_budget_amount + (2 * moved if folds else 0))

    patch.setattr("jobcost.mapping.original_amount", amount)


@_mutant
def changes_are_folded_in_and_exported(patch: Patch) -> None:
    patch.setattr("jobcost.mapping.original_amount", lambda line, _changes: line.revised_budget_amount)


@_mutant
def a_written_plan_is_not_recognised(patch: Patch) -> None:
    patch.setattr("connectors.vista.writer.holds_after_image", lambda _plan, _now: False)


@_mutant
def every_write_counts_as_the_first_attempt(patch: Patch) -> None:
    write = apply._write
    patch.setattr("tasks.steps.apply._write", lambda *given, **_told: write(*given, is_first_attempt=True))


@_mutant
def half_of_a_plan_is_committed(patch: Patch) -> None:
    def written(connection: Any, plan: Plan, line: Any) -> None:
        write_line(connection, plan, line)
        connection.connection.driver_connection.execute("COMMIT")
        connection.connection.driver_connection.execute("BEGIN IMMEDIATE")

    patch.setattr("connectors.vista.writer.write_line", written)


@_mutant
def unchanged_lines_are_written(patch: Patch) -> None:
    def orders(connection: Any, plan: Plan) -> None:
        for line in plan.lines:
            if line.action is Action.UNCHANGED:
                write_line(connection, plan, replace(line, action=Action.CHANGE_ESTIMATE))
        add_change_orders(connection, plan)

    patch.setattr("connectors.vista.writer._require_posted_as_planned", lambda *_given: None)
    patch.setattr("connectors.vista.writer.add_change_orders", orders)


@_mutant
def what_is_not_approved_is_exported(patch: Patch) -> None:
    patch.setattr(BudgetChange, "is_approved", property(lambda change: change.status != "void"))


@_mutant
def the_sender_may_accept(patch: Patch) -> None:
    patch.setattr("connectors.journal.decision_guards._require_not_sender", lambda _existing, _answer: None)
    patch.setattr("jobcost.authority._personal_problems", lambda *_given: iter(()))


@_mutant
def any_plan_code_will_do(patch: Patch) -> None:
    patch.setattr("jobcost.acceptance._plain", lambda _code: "")


@_mutant
def a_one_time_code_counts_again(patch: Patch) -> None:
    patch.setattr("connectors.journal.codes._used", lambda *_given: frozenset())
    patch.setattr("connectors.journal.deciding.require_unused", lambda *_given, **_named: None)


@_mutant
def nothing_expires(patch: Patch) -> None:
    patch.setattr("connectors.journal.ending.Ending.expire_overdue", lambda *_given, **_named: ())
    patch.setattr("connectors.journal.decision_guards._require_in_time", lambda *_given: None)


@_mutant
def a_rejected_budget_stays_locked(patch: Patch) -> None:
    patch.setattr("connectors.procore.http.HttpProcore.unlock_budget", lambda _procore, _project_id: None)


@_mutant
def verification_sees_nothing(patch: Patch) -> None:
    patch.setattr(Verification, "wrong_lines", ())
    patch.setattr(Verification, "is_right", True)


@_mutant
def an_unlocked_budget_may_be_sent(patch: Patch) -> None:
    rules = tuple(one for one in BUDGET_RULES if one is not budget_not_locked)
    findings = judging.budget_findings
    patch.setattr("jobcost.planning.budget_findings", lambda request: findings(request, rules))


@_mutant
def a_closed_job_may_be_written(patch: Patch) -> None:
    rules = tuple(one for one in JOB_RULES if one not in {job_not_open, contract_not_open})
    patch.setattr("jobcost.judging.JOB_RULES", rules)
