"""What people see of budget changes, change orders, deleted lines and an undo."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from jobcost.findings import Finding, Severity
from jobcost.lifecycle import ExportState
from jobcost.notices import NoticeKind
from jobcost.order_check import VerifiedOrder
from jobcost.plan import (
    Action,
    ChangeOrderItem,
    ChangeOrderLine,
    ChangePolicy,
    Kind,
    Plan,
    PlannedChangeOrder,
    PlannedLine,
    UntouchedHeader,
)
from jobcost.rendering.lines import lines_csv
from jobcost.rendering.mails import message_of
from jobcost.rendering.orders import deleted_sentence, policy_sentence
from jobcost.rendering.outcome import outcome_sentence
from jobcost.rendering.question import question_markdown
from jobcost.rendering.review import ReviewContext, review_markdown
from jobcost.rendering.revisions import revision_markdown
from jobcost.rendering.summary import counts_of
from jobcost.rendering.terminal import plan_tables
from jobcost.rendering.verification import verification_csv, verification_markdown
from jobcost.revision import changes_between
from tests.core.golden_files import golden
from tests.core.rendered_plans import PAVING, PIPE, plan, values
from tests.core.stories import DENVER, SENT, story
from tests.core.test_rendering_verification import Written, as_planned

QUIET = ReviewContext(export_id="EX-1", submitted_by="pm@contractor.example")
LINING = PlannedChangeOrder(
    aco="BC-7",
    source_kind="budget_change",
    source_id=31,
    source_number="7",
    title="CIPL lining | <b>north</b>",
    month="2026-11-01",
    approval_date="2026-11-23",
    items=(
        ChangeOrderItem(
            aco_item="1",
            item="               1",
            lines=(
                ChangeOrderLine(phase="0260-   -   ", cost_type=2, um="LF", cost=Decimal("41200.00")),
                ChangeOrderLine(phase="0320-   -   ", cost_type=4, um="LS", cost=Decimal("-1200.00")),
            ),
        ),
    ),
)
WALKWAY = PlannedLine(
    action=Action.SET_TO_ZERO,
    phase="0900-   -   ",
    phase_description="Walkway",
    cost_type=3,
    um="LS",
    bill_flag="C",
    item_unit_flag="N",
    phase_unit_flag="N",
    before=values("81933.00"),
    after=values("0.00"),
    sources=(),
)
DRAFT = Finding(
    rule="change-not-sent",
    severity=Severity.NOTE,
    where="Change order BC-8 (budget change 8, Fence)",
    what="The change is not sent.",
    expected="an approved change",
    found="under review",
    way_out="Approve the change in Procore if it is to be sent with the next update.",
)


def updated(**changed: object) -> Plan:
    """An update with a change order, another one that stands already, and a deleted line."""
    facts = {
        "lines": (PIPE, PAVING),
        "add_phases": (),
        "untouched": (UntouchedHeader(phase="0900-   -   ", cost_type=3, values=values("81933.00")),),
        "deleted": (WALKWAY,),
        "change_policy": ChangePolicy.CHANGE_ORDERS.value,
        "change_orders": (LINING,),
        "changes_before": (("0260-   -   ", 2, Decimal("500.00")),),
    }
    return plan(**{**facts, **changed})


def undone() -> Plan:
    """The undo of that change order and of the pipe."""
    (item,) = LINING.items
    back = replace(
        LINING,
        items=(replace(item, lines=tuple(replace(line, cost=-line.cost) for line in item.lines)),),
        aco="BC-7R",
        source_kind="reversal",
        source_number="BC-7",
        title="Takes back BC-7: CIPL lining",
    )
    pipe = replace(PIPE, before=PIPE.after, after=values("300000.00", units="900.000"), sources=())
    return plan(
        kind=Kind.UNDO,
        undoes="EX-20261101-AAAA22",
        lines=(pipe,),
        add_phases=(),
        untouched=(UntouchedHeader(phase="0320-   -   ", cost_type=4, values=values("80000.00")),),
        change_orders=(back,),
        changes_before=(
            ("0260-   -   ", 2, Decimal("41200.00")),
            ("0320-   -   ", 4, Decimal("-1200.00")),
        ),
    )


def test_the_review_of_an_update_reads_as_it_was_read_and_found_good() -> None:
    made = review_markdown(updated(), (DRAFT,), QUIET)
    assert made == golden("review_update.md", made)


def test_a_terminal_shows_the_current_estimate_and_each_change_order_with_its_lines() -> None:
    _, current, counts, orders, lines = plan_tables(updated())
    assert current.rows == (
        ("Vista now", "462,433.00"),
        ("Vista after the export", "514,778.67"),
        ("Difference", "+52,345.67"),
        ("Change orders in Vista now", "500.00"),
        ("Change orders of this export", "+40,000.00"),
    )
    assert ("Change orders added", "1") in counts.rows
    assert orders.rows == (("BC-7", "budget change 7", "CIPL lining | <b>north</b>", "2026-11", "2", "+40,000.00"),)
    assert [(row[0], row[3]) for row in lines.rows] == [("BC-7", "+41,200.00"), ("BC-7", "-1,200.00")]


def test_the_question_of_an_update_reads_as_it_was_read_and_found_good() -> None:
    made = question_markdown(updated(), (DRAFT,), export_id="EX-1", deadline_text="Friday")
    assert made == golden("question_update.md", made)


def test_the_review_of_an_undo_reads_as_it_was_read_and_found_good() -> None:
    made = review_markdown(undone(), (), QUIET)
    assert made == golden("review_undo.md", made)


def test_the_question_of_an_undo_names_the_export_that_it_takes_back() -> None:
    first = question_markdown(undone(), (), export_id="EX-2").splitlines()[0]
    assert first == (
        "**Accept the undo of an export of River Street Drainage for Vista job 1164I-, which takes back"
        " EX-20261101-AAAA22?**"
    )


def test_the_verification_of_an_update_reads_as_it_was_read_and_found_good() -> None:
    accepted = updated()
    right = as_planned(accepted)
    lines = tuple(
        replace(line, expected_changes=changes, found_changes=changes)
        for line in right.lines
        for changes in (accepted.changes_after.get((line.phase, line.cost_type), Decimal("0.00")),)
    )
    total = Decimal("40500.00")
    order = VerifiedOrder(aco="BC-7", expected=Decimal("40000.00"), found=Decimal("40000.00"), problems=())
    read = replace(right, lines=lines, change_orders=(order,), expected_changes_total=total, found_changes_total=total)
    made = verification_markdown(
        read, accepted, export_id="EX-1", approved_by=("ana@contractor.example",), applied=Written()
    )
    assert made == golden("verification_update.md", made)
    assert read.is_right
    head, pipe = verification_csv(read, accepted).splitlines()[:2]
    assert "Expected current estimate,Found current estimate" in head
    assert ",354045.67,354045.67," in pipe


def test_a_change_order_that_is_wrong_makes_the_export_wrong() -> None:
    order = VerifiedOrder(
        aco="BC-7", expected=Decimal("40000.00"), found=Decimal("0.00"), problems=("the change order is missing",)
    )
    read = replace(as_planned(updated()), change_orders=(order,))
    page = verification_markdown(read, updated(), export_id="EX-1", approved_by=(), applied=Written())
    assert page.startswith("# ✗ Not as accepted")
    assert "| ✗     | BC-7" in page


def test_every_line_of_the_csv_has_both_estimates() -> None:
    head, pipe, *_ = lines_csv(updated()).splitlines()
    assert "Change orders now,Change orders after,Current estimate now,Current estimate after" in head
    assert ",500.00,41700.00,300500.00,354045.67," in pipe
    assert "change order BC-7" in pipe


def test_deleted_lines_are_counted_apart_from_those_only_in_vista() -> None:
    kept, zeroed = counts_of(updated()), counts_of(updated().with_zeroing())
    assert (kept.deleted_kept, kept.set_to_zero, kept.only_in_vista) == (1, 0, 0)
    assert (zeroed.deleted_kept, zeroed.set_to_zero, zeroed.only_in_vista) == (0, 1, 0)


def test_the_choice_about_deleted_lines_is_told_with_both_totals() -> None:
    assert deleted_sentence(updated()) == (
        "1 line was deleted in Procore, 81,933.00 in all. It is kept unless you choose Set to zero; the job's Original"
        " Estimate would then become 392,345.67 instead of 474,278.67."
    )
    assert deleted_sentence(plan()) == ""


@pytest.mark.parametrize("policy", list(ChangePolicy))
def test_the_policy_in_force_is_told_on_the_review_and_above_the_form(policy: ChangePolicy) -> None:
    of = updated(change_policy=policy.value)
    assert policy_sentence(of) in review_markdown(of, (), QUIET)
    assert "- Budget changes are " in question_markdown(of, (), export_id="EX-1")


def test_messages_say_that_it_is_an_update_and_what_the_change_orders_come_to() -> None:
    waiting = story(
        kind=Kind.UPDATE,
        change_orders=1,
        total_current_before=Decimal("386500.00"),
        total_current_after=Decimal("1684345.67"),
    )
    mail = message_of(
        NoticeKind.QUESTION, waiting, recipient="ana@contractor.example", at=SENT + timedelta(hours=1), zone_name=DENVER
    )
    assert mail.subject.startswith("Please accept or reject: update of River Street Drainage, job 1164I-")
    assert "Current Estimate:" in mail.text
    assert "+1,297,845.67, from 386,500.00 to 1,684,345.67" in mail.text


def test_an_undo_is_told_as_one() -> None:
    assert outcome_sentence(ExportState.REJECTED, project="Harbor", job="1204-", kind=Kind.UNDO) == (
        "The undo of an export of Harbor for Vista job 1204- was rejected; nothing was written to Vista."
    )
    assert outcome_sentence(ExportState.VERIFIED, project="Harbor", job="1204-", kind=Kind.UPDATE).startswith(
        "The budget update of Harbor for Vista job 1204- is in Vista"
    )


def test_a_change_order_that_the_rejected_version_did_not_send_is_told() -> None:
    revision = changes_between(updated(change_orders=()), updated())
    assert not revision.is_empty
    assert revision_markdown(revision, lines_max=5) == (
        "**No line differs from the rejected version.** The job's estimate after the export was 474,278.67, is now"
        " 474,278.67 (0.00).\n\n- Change order BC-7: 0.00 in the rejected version, 40,000.00 now"
    )
    assert changes_between(updated(), updated()).is_empty
