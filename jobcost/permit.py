"""The permit to write: the only thing the Vista writer accepts besides a plan. Only the journal issues one."""

from dataclasses import dataclass

from jobcost.plan import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyPermit:
    """The journal holds an accepted decision for exactly the plan with this digest (invariant 1)."""

    export_id: str
    digest: Digest
    # E-mail addresses of the approvers, in the order in which they accepted.
    accepted_by: tuple[str, ...]
