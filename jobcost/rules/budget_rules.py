"""Rules about the budget as a whole: may it be sent at all?"""

from collections.abc import Iterator

from jobcost.findings import Severity
from jobcost.mapping import job_code_of
from jobcost.money import ZERO_DOLLARS, money_text
from jobcost.plan import ChangePolicy, Kind
from jobcost.rules.registry import BudgetCase, Problem, Rule, rule

# Procore's own ERP tool holds the change; "exportging" is Procore's spelling in one API (facts/procore.md R81).
_STATUS_HELD_BY_ERP_TOOL = frozenset({"ready_to_export", "exporting", "exportging"})

# Procore's ids may not fit 32 bits, but 64 (facts/procore.md 2.1): the largest of these has 19 digits.
PROJECT_NUMBER_MAX = 2**63 - 1
_PROJECT_DIGITS_MAX = len(str(PROJECT_NUMBER_MAX))


@rule(
    "source-is-a-file",
    Severity.BLOCK,
    way_out="Build the budget in Procore's Budget tool and send the project's number; there is no file import here.",
)
def source_is_a_file(project: str) -> Iterator[Problem]:
    """A CSV or another file was offered instead of a Procore project. A budget is born in Procore, never in a file."""
    looks_like_path = any(sign in project for sign in ("/", "\\"))
    if looks_like_path or project.strip().lower().endswith((".csv", ".xls", ".xlsx", ".txt", ".tsv", ".json", ".xml")):
        yield Problem("A file was offered as the budget.", "a Procore project number", repr(project))


@rule(
    "project-number-unreadable",
    Severity.BLOCK,
    way_out="Take the number from the project's address in Procore: .../projects/NUMBER/...",
)
def project_number_unreadable(project: str) -> Iterator[Problem]:
    """The project was not given as Procore's number of it."""
    number = project.strip()
    # The length first: Python refuses to read numbers of thousands of digits.
    is_whole = len(number) <= _PROJECT_DIGITS_MAX and number.isascii() and number.isdecimal()
    readable = is_whole and 0 < int(number) <= PROJECT_NUMBER_MAX
    if not readable and not any(source_is_a_file.check(project)):
        yield Problem("The project cannot be read.", "a Procore project number such as 600123", repr(project))


@rule(
    "budget-not-locked",
    Severity.BLOCK,
    way_out="Lock the budget in Procore (Budget > Lock Budget), or send it with the option to lock it.",
)
def budget_not_locked(case: BudgetCase) -> Iterator[Problem]:
    """The budget is not locked, so its amounts could move while the approver reads them."""
    if not case.budget.locked:
        yield Problem("The budget is open for editing in Procore.", "a locked budget", "an unlocked one")


@rule(
    "budget-empty", Severity.BLOCK, way_out="Add budget line items in Procore's Budget tool, then lock and send again."
)
def budget_empty(case: BudgetCase) -> Iterator[Problem]:
    """The budget has no line, so there is nothing to export."""
    if not case.budget.line_items:
        yield Problem("The budget has no lines.", "at least one budget line", f"none in view {case.budget.view_name!r}")


@rule(
    "project-not-linked",
    Severity.BLOCK,
    way_out="Synchronise the project with its Vista job in Procore's ERP Integrations tool, or name the job under"
    " [mapping.jobs] in the configuration.",
)
def project_not_linked(case: BudgetCase) -> Iterator[Problem]:
    """The Procore project has no link to a Vista job, so nobody knows which job its budget belongs to."""
    if job_code_of(case.budget.project, case.config.mapping) is None:
        yield Problem("The project is not linked to a Vista job.", "a project synchronised with the ERP", "no link")


@rule("project-inactive", Severity.WARNING, way_out="Activate the project in Procore if it is to be built.")
def project_inactive(case: BudgetCase) -> Iterator[Problem]:
    """The project is inactive in Procore: perhaps the wrong one was sent."""
    if not case.budget.project.active:
        yield Problem("The project is inactive.", "an active project", "an inactive one")


@rule(
    "sender-unknown",
    Severity.BLOCK,
    way_out="Send with the e-mail address of an active user in the Procore company directory.",
)
def sender_unknown(case: BudgetCase) -> Iterator[Problem]:
    """The sender is no active user of the Procore company, so nobody could be told of a reject."""
    # The permission to send (facts/procore.md R02), and membership of the project, are told by no endpoint we know of.
    user = case.budget.user(case.submitted_by)
    if user is None:
        yield Problem("Procore does not know the sender.", "an active user", repr(case.submitted_by))
    elif not user.is_active:
        yield Problem("The sender's Procore account is inactive.", "an active user", user.email_address)


@rule(
    "already-exported",
    Severity.BLOCK,
    way_out="Send the changed budget as an update; setup is the first export only.",
)
def already_exported(case: BudgetCase) -> Iterator[Problem]:
    """The job already received this budget. A second setup would write the first one twice."""
    if case.kind is Kind.SETUP and case.past.last_verified:
        yield Problem("The job was exported before.", "a job without an export", f"export {case.past.last_verified}")


@rule("never-exported", Severity.BLOCK, way_out="Run the setup export first; an update follows it.")
def never_exported(case: BudgetCase) -> Iterator[Problem]:
    """An update is possible only after a first export that was verified, or that a person cleared after a failure."""
    if case.kind is Kind.UPDATE and not case.past.last_verified:
        yield Problem("There is nothing to update.", "a verified first export", "none")


@rule(
    "verification-not-cleared",
    Severity.BLOCK,
    way_out="Compare the job with the verification report, then clear it:"
    " budget-export clear EXPORT --by MAIL --reason TEXT.",
)
def verification_not_cleared(case: BudgetCase) -> Iterator[Problem]:
    """The verification of an earlier export of this job failed, and nobody has looked into it yet."""
    if case.past.uncleared_failure:
        yield Problem("An earlier export was not verified.", "no open failure", f"export {case.past.uncleared_failure}")


@rule(
    "job-of-another-project",
    Severity.BLOCK,
    way_out="Correct the project's link or [mapping.jobs]; two projects never budget one job.",
)
def job_of_another_project(case: BudgetCase) -> Iterator[Problem]:
    """The job received its budget from another project, whose lines this budget would replace or join."""
    if case.past.from_other_project:
        found = f"export {case.past.from_other_project}"
        yield Problem("The job belongs to another project.", "a job of this project", found)


@rule(
    "budget-in-another-job",
    Severity.WARNING,
    way_out="Reject unless the other job's estimates were taken out in Vista; nothing is deleted there by an export.",
)
def budget_in_another_job(case: BudgetCase) -> Iterator[Problem]:
    """This project's budget was written to another job before: in both, the company would count it twice."""
    if case.past.to_other_job:
        yield Problem("The budget stands in another job.", "no other export of the project", case.past.to_other_job)


@rule(
    "held-by-procore-erp-tool",
    Severity.WARNING,
    way_out="Finish or retrieve it in Procore's ERP Integrations tool, so that two exports do not compete.",
)
def held_by_procore_erp_tool(case: BudgetCase) -> Iterator[Problem]:
    """Procore's own ERP tool is about to export a budget change of this project."""
    for change in case.budget.changes:
        if change.erp_status in _STATUS_HELD_BY_ERP_TOOL:
            yield Problem(
                f"Budget change {change.number} waits in Procore's ERP Integrations tool.",
                "no other export under way",
                f"status {change.erp_status}",
            )


@rule(
    "changes-not-in-original",
    Severity.NOTE,
    way_out="Nothing to do: approved changes become change orders, with the updates that follow the first export.",
)
def changes_not_in_original(case: BudgetCase) -> Iterator[Problem]:
    """Budget changes move the revised estimate only; the Original Estimate is the original budget alone."""
    if _policy(case) is ChangePolicy.CHANGE_ORDERS:
        yield from _changes("Budget changes are not part of the Original Estimate.", case)


@rule(
    "changes-folded",
    Severity.NOTE,
    way_out='Nothing to do. The choice is [changes] policy = "fold_into_original" in the configuration.',
)
def changes_folded(case: BudgetCase) -> Iterator[Problem]:
    """The company folds budget changes into the Original Estimate: it becomes the revised budget."""
    if _policy(case) is ChangePolicy.FOLD_INTO_ORIGINAL:
        yield from _changes("Budget changes become part of the Original Estimate.", case)


@rule(
    "changes-off",
    Severity.NOTE,
    way_out='Enter them in Vista if they are to count. The choice is [changes] policy = "off" in the configuration.',
)
def changes_off(case: BudgetCase) -> Iterator[Problem]:
    """The company does not export budget changes: Vista gets the original budget alone."""
    if _policy(case) is ChangePolicy.OFF:
        yield from _changes("Budget changes are not exported.", case)


def _policy(case: BudgetCase) -> ChangePolicy:
    return case.config.changes.policy


def _changes(what: str, case: BudgetCase) -> Iterator[Problem]:
    """Say it where the budget has changes at all."""
    total = sum((line.budget_modifications for line in case.budget.line_items), ZERO_DOLLARS)
    if any(line.budget_modifications for line in case.budget.line_items):
        yield Problem(what, "none or some", f"changes of {money_text(total)}")


PROJECT_REFERENCE_RULES: tuple[Rule[str], ...] = (source_is_a_file, project_number_unreadable)
BUDGET_RULES: tuple[Rule[BudgetCase], ...] = (
    budget_not_locked,
    budget_empty,
    project_not_linked,
    project_inactive,
    sender_unknown,
    already_exported,
    never_exported,
    verification_not_cleared,
    job_of_another_project,
    budget_in_another_job,
    held_by_procore_erp_tool,
    changes_not_in_original,
    changes_folded,
    changes_off,
)
