"""Rules about the Vista job: may anything be written to it?"""

from collections.abc import Iterator

from jobcost.estimate import JOB_STATUS_NAMES, JOB_STATUS_OPEN
from jobcost.findings import Severity
from jobcost.formats import same_code
from jobcost.money import money_text
from jobcost.order_amounts import amounts_in_vista, spelled_amounts
from jobcost.order_numbers import number_key
from jobcost.plan import ChangePolicy, Kind
from jobcost.rules.registry import JobCase, Problem, Rule, rule


@rule(
    "job-not-found",
    Severity.BLOCK,
    way_out="Create the job in Vista (JC Jobs), or correct the project's link or [mapping.jobs] in the configuration.",
)
def job_not_found(case: JobCase) -> Iterator[Problem]:
    """Vista has no job with the number that the project is linked to, or the login may not see it."""
    if case.estimate.job is None:
        yield Problem("The job is not in Vista.", f"a job in company {case.estimate.company.jcco}", repr(case.job_code))


@rule(
    "job-number-format",
    Severity.BLOCK,
    way_out="Correct the project's ERP link in Procore, or name the job under [mapping.jobs] in the configuration.",
)
def job_number_format(problem: str) -> Iterator[Problem]:
    """The project is linked to something that cannot be a job number in Vista's job format."""
    if problem:
        yield Problem("The link is no Vista job number.", "a code in Vista's job format", problem)


@rule("job-not-open", Severity.BLOCK, way_out="Open the job in Vista (JC Jobs, with its contract), then send again.")
def job_not_open(case: JobCase) -> Iterator[Problem]:
    """The job is pending or closed. Vista itself would accept some writes to it; an estimate there helps nobody."""
    job = case.estimate.job
    if job is not None and job.job_status != JOB_STATUS_OPEN:
        yield Problem("The job is not open.", "status 1 (open)", _status(job.job_status), f"Job {job.job}")


@rule("contract-not-found", Severity.BLOCK, way_out="Give the job a contract in Vista (JC Jobs, JC Contracts).")
def contract_not_found(case: JobCase) -> Iterator[Problem]:
    """The job has no contract. Every job phase needs one, with an item."""
    job = case.estimate.job
    if job is not None and case.estimate.contract is None:
        found = f"contract {job.contract!r}, which does not exist" if job.contract else "none"
        yield Problem("The job's contract is missing.", "a contract", found, f"Job {job.job}")


@rule("contract-not-open", Severity.BLOCK, way_out="Open the contract in Vista (JC Contracts), then send again.")
def contract_not_open(case: JobCase) -> Iterator[Problem]:
    """The job's contract is pending or closed."""
    contract = case.estimate.contract
    if contract is not None and contract.contract_status != JOB_STATUS_OPEN:
        found = _status(contract.contract_status)
        yield Problem("The contract is not open.", "status 1 (open)", found, f"Contract {contract.contract}")


@rule("contract-item-missing", Severity.BLOCK, way_out="Add an item to the contract in Vista (JC Contract Items).")
def contract_item_missing(case: JobCase) -> Iterator[Problem]:
    """The contract has no item. Every job phase hangs on one."""
    contract = case.estimate.contract
    if contract is not None and not case.estimate.contract_items:
        yield Problem("The contract has no item.", "at least one item", "none", f"Contract {contract.contract}")


@rule(
    "estimates-not-ours",
    Severity.BLOCK,
    way_out="Decide on one system. Either keep Vista's estimate and do not export this project, or have the estimates"
    " taken out in Vista (JC Original Estimates) and send again.",
)
def estimates_not_ours(case: JobCase) -> Iterator[Problem]:
    """Vista already holds original estimates that we did not write. A budget is never built in both systems."""
    if case.kind is not Kind.SETUP or case.past.last_verified or case.estimate.job is None:
        return
    in_order = sorted(case.estimate.cost_headers, key=lambda header: (header.phase, header.cost_type))
    foreign = [header for header in in_order if header.has_estimate]
    if foreign:
        found = (
            f"{len(foreign)} with {money_text(case.estimate.total_cost)} in all, the first on phase {foreign[0].phase}"
        )
        yield Problem("The job holds original estimates.", "a job without any", found, f"Job {case.estimate.job.job}")


@rule(
    "revenue-would-change",
    Severity.BLOCK,
    way_out="Switch off Auto Add Item on the job in Vista, or put the job under limits.revenue_consent_jobs in the"
    " configuration if the contract amount is meant to follow the budget.",
)
def revenue_would_change(case: JobCase) -> Iterator[Problem]:
    """On this job Vista adds every estimate to the contract amount: the company's revenue would change."""
    job = case.estimate.job
    if job is not None and job.auto_add_item and not _consents(case, job.job):
        yield Problem("Contract revenue would change.", "AutoAddItemYN N, or consent", "Y", f"Job {job.job}")


@rule("revenue-will-change", Severity.WARNING, way_out="Reject the export if the contract amount must stay as it is.")
def revenue_will_change(case: JobCase) -> Iterator[Problem]:
    """The contract amount will move with the estimates; the company agreed to that for this job."""
    job = case.estimate.job
    if job is not None and job.auto_add_item and _consents(case, job.job):
        yield Problem("Contract revenue will change.", "the configured consent", "AutoAddItemYN Y", f"Job {job.job}")


@rule(
    "change-orders-and-folding",
    Severity.BLOCK,
    way_out='Set [changes] policy = "change_orders" again, or undo the exports of these change orders first.',
)
def change_orders_and_folding(case: JobCase) -> Iterator[Problem]:
    """Changes are to be folded in although change orders of ours stand in Vista: they would count twice."""
    # An undo is the way out of it.
    if case.config.changes.policy is not ChangePolicy.FOLD_INTO_ORIGINAL or case.kind is Kind.UNDO:
        return
    known = {number_key(aco) for aco in case.past.change_orders}
    ours = [order for order in case.estimate.change_orders if number_key(order.aco) in known]
    # With those that take others back: what they come to together would count twice.
    if net := amounts_in_vista(*ours):
        found = f"{', '.join(sorted(order.aco.strip() for order in ours))}: {spelled_amounts(net)}"
        yield Problem("Changes would count twice.", "change orders of ours in Vista that come to nothing", found)


def _consents(case: JobCase, job: str) -> bool:
    consenting = case.config.limits.revenue_consent_jobs
    return any(same_code(job, code) or code == case.job_code for code in consenting)


def _status(status: int) -> str:
    return f"status {status} ({JOB_STATUS_NAMES.get(status, 'unknown')})"


JOB_NUMBER_RULES: tuple[Rule[str], ...] = (job_number_format,)
JOB_RULES: tuple[Rule[JobCase], ...] = (
    job_not_found,
    job_not_open,
    contract_not_found,
    contract_not_open,
    contract_item_missing,
    estimates_not_ours,
    revenue_would_change,
    revenue_will_change,
    change_orders_and_folding,
)
