"""Ask the approver: suspend the flow run until somebody answers. A suspended run holds no process."""

from datetime import timedelta

from prefect import runtime, suspend_flow_run

from connectors.journal.records import ExportRecord
from tasks import stored_answers
from tasks.forms import AcceptanceForm, form_for
from tasks.profiles import profile_of
from tasks.publishing import question_text
from tasks.steps.decide import Given
from tasks.stored_answers import Stamp
from tasks.systems import now, open_systems

# A late answer should find our own words ("expired"), not a run that Prefect failed at the same moment.
_GRACE = timedelta(days=7)


def ask_approver(export: ExportRecord, profile: str = "") -> Given:
    """Suspend until question number `export.ask` is answered, and return the answer with the moment it was given.

    The key is new for each question: the same key would return the first answer again, silently (facts/prefect.md 2).
    An answer that is stored already is taken as it is: a run that was taken up again must not wait beside it, because
    nobody could answer then. What lies there before the question was asked is nobody's answer.
    """
    profile = profile_of(profile, export)
    with open_systems(profile) as systems:
        form = form_for(systems.journal.proposed_plan(systems.require_own(export).id))
    stamp = stored_answers.stamp_of_answer(runtime.flow_run.id, export.id, export.ask)
    if stamp.was_asked and stamp.given_at is not None:
        return _given(form, export, stamp)
    if stamp.given_at is not None:
        stored_answers.forget_answers(runtime.flow_run.id, export.id)
    with open_systems(profile) as systems:
        text = question_text(systems, export)
    remaining = (export.deadline_at or now()) - now()
    suspend_flow_run(
        wait_for_input=form.with_initial_data(description=text),
        timeout=int((max(remaining, timedelta(0)) + _GRACE).total_seconds()),
        key=stored_answers.question_key(export.id, export.ask),
    )
    return _given(form, export, stored_answers.stamp_of_answer(runtime.flow_run.id, export.id, export.ask))


def _given(form: type[AcceptanceForm], export: ExportRecord, stamp: Stamp) -> Given:
    """Read what is stored as the answer to the present question; a blank one where nothing is."""
    keys = stored_answers.keys_of(export.id, export.ask)
    filled = form() if stamp.given_at is None else form.load(keys, runtime.flow_run.id)
    return Given(answer=filled.answer(), at=stamp.given_at, server_now=stamp.server_now, trouble=stamp.trouble)
