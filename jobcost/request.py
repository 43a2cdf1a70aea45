"""What a plan is asked for with: the budget, the job, the company's choices and what happened before."""

from dataclasses import dataclass
from datetime import date

from jobcost.budget import Budget
from jobcost.config import ExportConfig
from jobcost.estimate import Estimate
from jobcost.plan import Kind
from jobcost.rules.registry import PastExports


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """All that a plan depends on."""

    kind: Kind
    budget: Budget
    # None while the project is linked to no job, or to something that cannot be one.
    estimate: Estimate | None
    config: ExportConfig
    submitted_by: str
    past: PastExports
    # Why the project's link cannot be a Vista job number; "" when it can.
    job_number_problem: str = ""
    # The day on which the budget was sent, in the company's zone: its month is that of new change orders.
    sent_on: date = date.min
