"""Everything that people, the schedule, crashes and faults can do: one method for each act.

An act that has nothing to act on first brings it about, as far as that takes no luck: nobody accepts before something
was sent. So a short sequence comes far.
"""

import sqlite3
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from jobcost.acceptance import ACCEPT, REJECT
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from sandbox.procore import people
from sandbox.vista import people as vista_people
from tests.model.model import DEADLINE, Model
from tests.model.office import CODE_OF, CODES, PRIYA, Office
from tests.model.seam import Mishap
from tests.model.story import Story
from tests.model.values import Export, Key, Order

_S = ExportState
_ON_ITS_WAY = (_S.PROPOSED, _S.ACCEPTED, _S.APPLYING, _S.APPLIED)


class Cast:
    """The people of one story, and what befalls them."""

    def __init__(self, story: Story) -> None:
        self.story = story

    @property
    def office(self) -> Office:
        return self.story.office

    @property
    def model(self) -> Model:
        return self.story.model

    # The project manager ---------------------------------------------------------------------------------------------

    def project_manager_writes_a_line(self, code: str, amount: Decimal) -> None:
        if CODES[code] in self.office.budget().lines:
            people.correct_original(self._world, code, amount)
        else:
            number, _, kind = code.rpartition(".")
            people.add_line(self._world, number, kind, f"Item {code}", amount)

    def project_manager_deletes_a_line(self, which: int) -> None:
        if lines := sorted(self.office.budget().lines):
            people.delete_a_line(self._world, CODE_OF[lines[which % len(lines)]])

    def project_manager_locks(self) -> None:
        self.office.project.locked = not self.office.project.locked

    def project_manager_makes_a_change(self, amounts: dict[str, Decimal], is_approved: bool) -> None:
        texts = {code: str(amount) for code, amount in amounts.items()}
        people.make_change(self._world, "More", texts, status="approved" if is_approved else "draft")

    def project_manager_moves_a_change(self, which: int, status: str) -> None:
        if number := self._change(which):
            people.set_status(self._world, number, status)

    def project_manager_edits_a_change(self, which: int, amount: Decimal) -> None:
        if number := self._change(which):
            change = people.change_numbered(self.office.project, number)
            code = self.office.project.wbs_codes[change.adjustments[0].wbs_code_id].flat_code
            people.edit_amount(self._world, number, code, amount)

    def project_manager_deletes_a_change(self, which: int) -> None:
        if number := self._change(which):
            people.delete_a_change(self._world, number)

    def project_manager_replaces_a_change(self, which: int) -> None:
        """Delete a change, and make one of the same number and amounts in its place."""
        if number := self._change(which):
            change = people.change_numbered(self.office.project, number)
            codes = self.office.project.wbs_codes
            amounts = {codes[line.wbs_code_id].flat_code: str(line.amount) for line in change.adjustments}
            people.delete_a_change(self._world, number)
            people.make_change(self._world, "In its place", amounts, number=number)

    def project_manager_sends(self, is_usual: bool, sender: str, lock: bool, mishap: Mishap | None) -> None:
        usual, other = Kind.SETUP, Kind.UPDATE
        if self.model.settled():
            usual, other = other, usual
        self.story.send(usual if is_usual else other, sender, lock=lock, mishap=mishap)

    def project_manager_takes_an_export_back(self, which: int, mishap: Mishap | None) -> None:
        if settled := self.model.settled():
            self.story.send(Kind.UNDO, PRIYA, undoes=settled[which % len(settled)].run, mishap=mishap)

    def project_manager_retrieves(self) -> None:
        if export := self._waiting():
            self.story.retrieve(export)

    # The approver, the worker, the operator, and all of them together ------------------------------------------------

    def approver_accepts(self, zero: bool, mishap: Mishap | None) -> None:
        if export := self._waiting():
            self.story.answer(export, ACCEPT, zero=zero, mishap=mishap)

    def approver_rejects(self, mishap: Mishap | None) -> None:
        if export := self._waiting():
            self.story.answer(export, REJECT, mishap=mishap)

    def somebody_answers_as_must_not_count(self, how: str) -> None:
        if export := self._waiting():
            self.story.answer_badly(export, how)

    def worker_goes_on(self, zero: bool, mishap: Mishap | None) -> None:
        """Let the run go on of whatever is on its way, or was rejected and is not returned yet."""
        export = self._unfinished()
        if export is None and (export := self._waiting()):
            self.story.answer(export, ACCEPT, zero=zero)
            self.office.later()
        if export is not None and export.state in {*_ON_ITS_WAY, _S.REJECTED}:
            self.story.go_on(export, mishap)

    def vista_moves_between_two_attempts(self, mishap: Mishap, code: str, amount: Decimal) -> None:
        self.worker_goes_on(zero=False, mishap=mishap)
        self.vista_user_writes_an_estimate(code, amount)
        self.office.later()
        if export := self._unfinished():
            self.story.go_on(export)

    def an_update_goes_all_the_way(self, zero: bool, mishap: Mishap | None) -> None:
        self._finish()
        if self.model.settled() and not self.model.open_export():
            self.story.carry(self.story.send(Kind.UPDATE, PRIYA, lock=True), zero=zero, mishap=mishap)

    def the_last_export_is_taken_back(self, mishap: Mishap | None) -> None:
        self._finish()
        last = self.model.last_standing()
        if last is not None and not self.model.open_export():
            self.story.carry(self.story.send(Kind.UNDO, PRIYA, undoes=last.run), mishap=mishap)

    def operator_clears_a_failed_verification(self) -> None:
        if failure := self.model.failure():
            self.story.clear(failure)

    # Vista's users ---------------------------------------------------------------------------------------------------

    def vista_user_writes_an_estimate(self, code: str, amount: Decimal) -> None:
        phase, kind = key = CODES[code]
        write: Any = vista_people.add_estimate
        if key in self.model.job.originals:
            write = lambda *line, cost: vista_people.change_estimate(*line, cost=cost)  # noqa: E731
        if self._vista_takes(lambda: write(self.office.vista_url, phase, kind, cost=amount)):
            self.model.job.post_original(key, amount)

    def vista_user_posts_a_cost(self, which: int) -> None:
        if (key := self._header(which)) is None:
            return
        costs, amount = self.model.job.costs, Decimal("12.34")
        if self._vista_takes(lambda: vista_people.post_actual_cost(self.office.vista_url, *key, amount)):
            costs[key] = costs.get(key, Decimal(0)) + amount

    def vista_user_posts_a_change_order(self, which: int, amount: Decimal, number: str) -> None:
        key, job = self._header(which), self.model.job
        if key is None or number in job.orders:
            return
        day = self.office.at.date().replace(day=1)
        form = vista_people.approve_change_order
        if self._vista_takes(lambda: form(self.office.vista_url, *key, amount, aco=number, month=day.isoformat())):
            job.orders[number] = Order(day, f"{day:%Y-%m}", {key: amount})

    def vista_administrator_takes_a_change_order_out(self, which: int) -> None:
        orders = self.model.job.orders
        if orders:
            number = sorted(orders)[which % len(orders)]
            vista_people.take_out_change_order(self.office.vista_url, number)
            del orders[number]

    def vista_user_opens_or_closes_the_job(self, status: int) -> None:
        job = self.model.job
        status = status if job.is_open else 1
        vista_people.set_job_status(self.office.vista_url, status)
        job.is_open = status == 1

    def vista_user_switches_a_phase(self, which: int) -> None:
        """Deactivate a phase, or activate the one that is inactive."""
        phases = self.model.job.phases
        inactive = [phase for phase, is_active in phases.items() if not is_active]
        if phases:
            phase = inactive[0] if inactive else sorted(phases)[which % len(phases)]
            phases[phase] = not phases[phase]
            flag = "Y" if phases[phase] else "N"
            self.office.in_vista("UPDATE JCJP SET ActiveYN = ? WHERE rtrim(Phase) = ?", flag, phase)

    def vista_user_moves_the_start_month(self, month: str) -> None:
        if self._vista_takes(lambda: vista_people.move_start_month(self.office.vista_url, "1", f"{month}-01")):
            self.model.job.start_month = month

    # The schedule, time, and what breaks -----------------------------------------------------------------------------

    def schedule_syncs(self, mishap: Mishap | None) -> None:
        self.story.sync(mishap)

    def a_week_passes(self, is_watched: bool) -> None:
        self.office.later(DEADLINE)
        if is_watched:
            self.story.watch()

    def procore_breaks_for_the_next_calls(self, kind: Any, count: int) -> None:
        self.office.sandbox.faults.add(kind, count=count, seconds=0)

    # ------------------------------------------------------------------------------------------------------------------

    @property
    def _world(self) -> Any:
        return self.office.sandbox.world

    def _waiting(self) -> Export | None:
        """Find the export that waits for an answer; where nothing is open, something is sent first."""
        if self.model.open_export() is None:
            self._put_right()
            self._make_news()
            self.story.send(Kind.UPDATE if self.model.settled() else Kind.SETUP, PRIYA, lock=True)
            self.office.later()
        return next((one for one in self.model.exports if one.state is _S.AWAITING_ACCEPTANCE), None)

    def _unfinished(self) -> Export | None:
        on_its_way = [one for one in self.model.exports if one.state in _ON_ITS_WAY]
        rejected = [one for one in self.model.exports if one.state is _S.REJECTED and not one.is_returned]
        return next(iter(on_its_way + rejected), None)

    def _finish(self) -> None:
        """Let everything that is open come to its end, and nothing stand in the way of more."""
        if export := self.model.open_export():
            if export.state is _S.PROPOSED:
                self.story.go_on(export)
            self.story.carry(export)
            self.office.later()
        self._put_right()

    def _put_right(self) -> None:
        """Let people do what is needed so that something can be sent; what blocks it has acts of its own."""
        self.operator_clears_a_failed_verification()
        job = self.model.job
        if not job.is_open:
            self.vista_user_opens_or_closes_the_job(1)
        if not all(job.phases.values()):
            self.vista_user_switches_a_phase(0)
        if job.start_month > f"{self.office.at:%Y-%m}":
            self.vista_user_moves_the_start_month("2026-02")

    def _make_news(self) -> None:
        """Let there be something to ask, if there is a budget at all."""
        if lines := sorted(self.office.budget().lines):
            line = self.office.budget().lines[lines[0]]
            self.project_manager_writes_a_line(CODE_OF[lines[0]], line.original + 1)

    def _header(self, which: int) -> Key | None:
        lines = sorted(self.model.job.originals)
        return lines[which % len(lines)] if lines else None

    def _change(self, which: int) -> int:
        """Pick one of Procore's changes, the latest first; 0 while there is none."""
        numbers = sorted((change.number for change in self.office.project.changes.values()), reverse=True)
        return numbers[which % len(numbers)] if numbers else 0

    @staticmethod
    def _vista_takes(form: Callable[[], object]) -> bool:
        """Have somebody save a form in Vista; False if Vista refuses it."""
        try:
            form()
        except sqlite3.IntegrityError:
            return False
        return True
