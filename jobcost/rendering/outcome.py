"""What became of an export, in words an accountant understands: one sentence per state, and short pages."""

from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from jobcost.rendering.escaping import markdown_text, single_line
from jobcost.rendering.summary import subject_text
from jobcost.rendering.wording import counted

_S = ExportState

_SENTENCES: dict[ExportState, str] = {
    _S.PROPOSED: "{budget} is being read and checked; nothing was written to Vista",
    _S.BLOCKED: (
        "{budget} has problems that must be corrected before it can be sent again; nothing was written to Vista"
    ),
    _S.UNCHANGED: "Vista already holds exactly what {budget} says; there was nothing to write",
    _S.AWAITING_ACCEPTANCE: "{budget} waits for an accounting approver to accept or reject it",
    _S.REJECTED: (
        "{budget} was rejected and goes back to Procore's Budget tool to be corrected; nothing was written to Vista"
    ),
    _S.RETRIEVED: "{budget} was taken back before anybody accepted it; nothing was written to Vista",
    _S.EXPIRED: "Nobody answered in time for {budget}, so it expired; nothing was written to Vista, send it again",
    _S.STALE: (
        "Something moved in Procore or Vista since {budget} was planned, so nothing was written; send it again for a"
        " new plan"
    ),
    _S.ACCEPTED: "{budget} was accepted and will now be written to Vista",
    _S.APPLYING: "{budget} is being written to Vista, all of it or nothing",
    _S.FAILED: "{budget} could not be exported; nothing was written to Vista",
    _S.APPLIED: "{budget} was written to Vista and will now be read back and compared, line by line",
    _S.VERIFIED: "{budget} is in Vista, and every line was read back and found right, to the cent",
    _S.VERIFICATION_FAILED: (
        "Vista could not be shown to hold exactly what was accepted for {budget}; exports of this job are stopped until"
        " a person clears it"
    ),
}


# An undo sends nothing back to Procore's Budget tool.
_OF_AN_UNDO = {
    _S.REJECTED: "{budget} was rejected; nothing was written to Vista",
    _S.UNCHANGED: "Vista already holds what was before {budget}; there was nothing to write",
}


def outcome_sentence(
    state: ExportState, *, project: str, job: str | None, detail: str = "", kind: Kind = Kind.SETUP
) -> str:
    """Say in one sentence where an export is. Plain text for logs, mails and state messages; escape it for a page.

    The detail, such as the reason of a reject, follows after a colon.
    """
    target = f" for Vista job {single_line(job).strip()}" if job else ""
    budget = f"{subject_text(kind, single_line(project).strip() or 'the project')}{target}"
    # Not str.format: a project's name may hold braces.
    own = _OF_AN_UNDO.get(state) if kind is Kind.UNDO else None
    sentence = (own or _SENTENCES[state]).replace("{budget}", budget)
    sentence = sentence[0].upper() + sentence[1:]
    added = single_line(detail).strip()
    return f"{sentence}: {added}" if added else f"{sentence}."


def stale_markdown(moves: tuple[str, ...], *, export_id: str) -> str:
    """Write the page of a stale export: everything that moved since the plan was made, and what follows."""
    listed = "\n".join(f"- {markdown_text(move)}" for move in moves)
    return (
        f"# Export {markdown_text(export_id)} is out of date\n\n"
        f"Nothing was written to Vista. {counted(len(moves), 'thing')} moved since the plan was made:\n\n"
        f"{listed}\n\n"
        "**Way out:** send the budget again. A new plan is made from what both systems hold then, and it needs a new"
        " acceptance; the old one counts no more.\n"
    )


def rejected_markdown(
    *, export_id: str, project: str, approver: str, reason: str, budget_is_returned: bool, kind: Kind = Kind.SETUP
) -> str:
    """Write the page for the sender of what was rejected: who, why, and what to do."""
    refused = (
        f"{markdown_text(approver)} rejected export {markdown_text(export_id)}. Nothing was written to Vista.\n\n"
        f"**Reason:** {markdown_text(reason)}\n\n"
    )
    if kind is Kind.UNDO:
        title = f"# The undo for {markdown_text(project)} was rejected\n\n"
        return f"{title}{refused}The earlier export stands in Vista as it was. The budget in Procore was not touched.\n"
    returned = (
        "The budget is open for editing again in Procore's Budget tool, with its budget changes kept."
        if budget_is_returned
        else "The budget is still locked in Procore; it is unlocked next, with its budget changes kept."
    )
    return (
        f"# The budget of {markdown_text(project)} was rejected\n\n"
        f"{refused}"
        f"{returned}\n\n"
        "**Way out:** correct it there, lock it, and send it again. The next review shows this reason, and"
        " first of all what changed since.\n"
    )
