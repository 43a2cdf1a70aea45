"""Tries the access to Procore without changing anything, for `budget-export doctor`."""

from connectors.checks import Check
from connectors.procore.answers import Record, records
from connectors.procore.budget_reader import users_path
from connectors.procore.budget_values import view_id_from
from connectors.procore.calls import Calls
from connectors.procore.errors import BudgetViewMissing, LoginRefused, ProcoreError
from connectors.procore.paging import total_told

_LOOKED_AT_MAX = 100
_ACCESS_WAY_OUT = "Give the service account access in Procore, and check the company id and the addresses."


def probe(calls: Calls) -> tuple[Check, ...]:
    """Look at token, projects, budget view, users and rate limit. Failures become checks, not exceptions."""
    login, projects = _login_and_projects(calls)
    if projects is None:
        return login
    return (*login, _check_view(calls, projects), _check_users(calls), _check_rate_limit(calls))


def _login_and_projects(calls: Calls) -> tuple[tuple[Check, ...], tuple[Record, ...] | None]:
    company = calls.access.company_id
    try:
        reply = calls.get(
            "/rest/v1.0/projects",
            {"company_id": company, "page": 1, "per_page": min(_LOOKED_AT_MAX, calls.access.per_page)},
        )
        projects = records(reply.value, reply.where)
    except LoginRefused as error:
        return (Check(name="Procore login", ok=False, found=str(error), way_out=LoginRefused.way_out),), None
    except ProcoreError as error:
        return (Check(name="Procore company", ok=False, found=str(error), way_out=_ACCESS_WAY_OUT),), None
    count = total_told(reply)
    seen = len(projects) if count is None else count
    login = Check(name="Procore login", ok=True, found="a token was given")
    if not projects:
        way_out = "Choose the permitted projects of the service account in Procore (again after each app update)."
        return (login, Check(name="Procore company", ok=False, found="no visible project", way_out=way_out)), projects
    return (
        login,
        Check(name="Procore company", ok=True, found=f"company {company}, {seen} visible projects"),
    ), projects


def _check_view(calls: Calls, projects: tuple[Record, ...]) -> Check:
    name, wanted = "Procore budget view", calls.access.budget_view
    # A linked project is the likeliest to have the view.
    linked = [project for project in projects if project.fields.get("origin_id")] or list(projects)
    if not linked:
        return Check(name=name, ok=None, found="not looked for: no project is visible")
    try:
        project_id = linked[0].integer("id")
        reply = calls.get(
            "/rest/v1.0/budget_views", {"project_id": project_id, "page": 1, "per_page": calls.access.per_page}
        )
        view_id_from(records(reply.value, reply.where), wanted, project_id)
    except BudgetViewMissing as error:
        # Another project may have it: views are chosen per project.
        return Check(
            name=name, ok=None, found=str(error), way_out=f"Share the view {wanted!r} with every project to export."
        )
    except ProcoreError as error:
        return Check(name=name, ok=False, found=str(error), way_out=_ACCESS_WAY_OUT)
    return Check(name=name, ok=True, found=f"{wanted!r} is there in project {project_id}")


def _check_users(calls: Calls) -> Check:
    name = "Procore users"
    try:
        reply = calls.get(
            users_path(calls.access),
            {"view": "extended", "page": 1, "per_page": min(_LOOKED_AT_MAX, calls.access.per_page)},
        )
        users = records(reply.value, reply.where)
    except ProcoreError as error:
        return Check(name=name, ok=False, found=str(error), way_out="Give the service account the Directory tool.")
    if any(user.fields.get("erp_integrated_accountant") is not None for user in users):
        return Check(name=name, ok=True, found=f"{len(users)} read; Procore tells who is an accounting approver")
    return Check(
        name=name,
        ok=None,
        found=f"{len(users)} read; Procore does not tell who is an accounting approver",
        way_out="Approvers are then known from their enrolment alone.",
    )


def _check_rate_limit(calls: Calls) -> Check:
    told = calls.limits.last_told
    if told is None:
        return Check(name="Procore rate limit", ok=None, found="not told; only a refusal will show it")
    return Check(
        name="Procore rate limit", ok=True, found=f"{told.remaining} of {told.limit} calls left in this window"
    )
