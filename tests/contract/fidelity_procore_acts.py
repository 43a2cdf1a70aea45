"""What the rows of `fidelity_procore.py` do to the sandbox; each returns what it saw."""

import time
from decimal import Decimal
from typing import Any

import httpx

from sandbox.procore.limits import Limits, RateLimiter
from sandbox.procore.world import Project, SubJob, UnbudgetedRow
from tests.contract.procore_caller import (
    BUDGET,
    CHANGES,
    COST_CODES,
    CREDENTIALS,
    LINES,
    MODIFICATIONS,
    PROJECT,
    PROJECTS,
    ROWS,
    Caller,
)


def token_answer(caller: Caller) -> Any:
    body = caller.http.post("/oauth/token", json=CREDENTIALS).json()
    return sorted(body), body["token_type"], body["expires_in"]


def basic_token(caller: Caller) -> Any:
    form = {"grant_type": "client_credentials"}
    return caller.http.post("/oauth/token", data=form, auth=("sandbox-client", "sandbox-secret")).status_code


def without_company(caller: Caller, path: str) -> Any:
    del caller.http.headers["Procore-Company-Id"]
    return caller.get(path).json()["message"][:34]


def without_token(caller: Caller) -> Any:
    del caller.http.headers["Authorization"]
    return caller.get("/rest/v1.0/me").status_code


def after_token_ends(caller: Caller) -> Any:
    caller.procore.clock.advance(5400)
    return caller.get("/rest/v1.0/me").status_code


def unpermitted(caller: Caller) -> Any:
    caller.procore.state.access.permitted_projects = [1]
    return caller.get(BUDGET).status_code


def tool_disabled(caller: Caller) -> Any:
    caller.project.disabled_tools = ["budget"]
    return caller.get(BUDGET).status_code


def link_rels(caller: Caller) -> Any:
    answer = caller.get(ROWS, project_id=PROJECT, per_page=20, page=2)
    return sorted(map(str, answer.links)), answer.headers["Total"], answer.headers["Per-Page"], len(answer.json())


def limited(caller: Caller, limits: Limits, calls: int) -> httpx.Response:
    caller.procore.sandbox.limiter = RateLimiter(limits, caller.procore.clock)
    return [caller.get("/rest/v1.0/me") for _ in range(calls)][-1]


def spike_told(caller: Caller) -> Any:
    headers = limited(caller, Limits(per_hour=600, per_10_seconds=25), 1).headers
    soon = int(headers["X-Rate-Limit-Reset"]) - time.time() < 12
    return headers["X-Rate-Limit-Limit"], headers["X-Rate-Limit-Remaining"], soon


def hour_told(caller: Caller) -> Any:
    headers = limited(caller, Limits(per_hour=3, per_10_seconds=25), 1).headers
    later = int(headers["X-Rate-Limit-Reset"]) - time.time() > 3500
    return headers["X-Rate-Limit-Limit"], headers["X-Rate-Limit-Remaining"], later


def too_many(caller: Caller) -> Any:
    answer = limited(caller, Limits(per_hour=600, per_10_seconds=2), 3)
    return answer.status_code, answer.headers["X-Rate-Limit-Remaining"], answer.json()["message"][:49]


def overload(caller: Caller) -> Any:
    caller.procore.faults.add("503", retry_after=7)
    answer = caller.get("/rest/v1.0/me")
    return answer.status_code, answer.headers["Retry-After"]


def error_shape(answer: httpx.Response) -> Any:
    body = answer.json()
    structured = body.get("error")
    return sorted(body), sorted(structured) if isinstance(structured, dict) else None


def erp_flag(caller: Caller) -> Any:
    listed = caller.get(PROJECTS, company_id=8089).json()[0]
    shown = caller.get(f"{PROJECTS}/{PROJECT}", company_id=8089).json()
    return "is_erp_integrated" in listed, shown["is_erp_integrated"], listed["origin_id"], listed["origin_code"]


def sync_all_sorts(caller: Caller) -> Any:
    first, second, *_ = caller.project.cost_codes.values()
    updates = [
        {"id": first.id, "name": "matched by id"},
        {"origin_id": second.origin_id, "name": "matched by origin id"},
        {"code": "X-1", "name": "made new", "origin_id": "X-1"},
        {"id": first.id, "origin_id": second.origin_id},
    ]
    answer = caller.patch(f"{COST_CODES}/sync", {"updates": updates}, project_id=PROJECT)
    body = answer.json()
    return answer.status_code, [code["name"] for code in body["entities"]], list(body["errors"][0]["errors"])


def sync_new_origin(caller: Caller) -> Any:
    code = next(iter(caller.project.cost_codes.values()))
    caller.patch(f"{COST_CODES}/sync", {"updates": [{"id": code.id, "origin_id": "NEW"}]}, project_id=PROJECT)
    return code.origin_id


def too_many_updates(caller: Caller) -> Any:
    updates = [{"code": f"N{number}", "name": "new"} for number in range(1001)]
    before = len(caller.project.cost_codes)
    refused = caller.patch(f"{COST_CODES}/sync", {"updates": updates}, project_id=PROJECT).is_client_error
    return refused, len(caller.project.cost_codes) - before


def row_types(caller: Caller) -> Any:
    row = caller.row("SW-5")
    line = caller.get(f"{LINES}/{row['id']}", project_id=PROJECT)
    return row["original_budget_amount"], '"original_budget_amount":958203.00,' in line.text


def unbudgeted(caller: Caller, **params: str) -> Any:
    wbs_code_id = next(known.id for known in caller.project.wbs_codes.values() if known.flat_code == "R-23.S")
    caller.project.unbudgeted.append(UnbudgetedRow(wbs_code_id=wbs_code_id, reason="commitments"))
    return [row["id"] is None for row in caller.rows(**params)].count(True)


def extra_keys(caller: Caller) -> Any:
    columns = {"project_id": PROJECT}
    names = {
        column["id"] for column in caller.get(ROWS.replace("detail_rows", "budget_detail_columns"), **columns).json()
    }
    return "nothing is missing" if names <= set(caller.row("R-1")) else names


def sub_job_row(caller: Caller) -> Any:
    caller.project.sub_jobs[31] = SubJob(id=31, code="A", name="Phase A")
    wbs_code = caller.project.wbs_codes[caller.project.line("R-1").wbs_code_id]
    caller.project.cost_codes[wbs_code.cost_code_id].sub_job_id = 31
    return caller.row("R-1")["biller_type"], caller.row("R-2")["biller_type"]


def unlocking(caller: Caller, **params: str) -> Any:
    caller.procore.state.company.uses_budget_changes = False
    caller.modify("R-1", "100.00")
    answer = caller.delete(f"{BUDGET}/lock", **params)
    return answer.status_code, answer.json(), len(caller.project.modifications)


def locked_amount(caller: Caller) -> Any:
    answer = caller.change_line("R-1", original_budget_amount=1, calculation_strategy="manual")
    return answer.json()["errors"]["original_budget_amount"], caller.project.line("R-1").original_budget_amount


def duplicate(caller: Caller) -> Any:
    return caller.create_line("R-1.S").json()["errors"]["wbs_code_id"]


def foreign_unit(caller: Caller) -> Any:
    return list(caller.create_line("R-23.S", uom="FURLONG").json()["errors"])


def new_line(caller: Caller, amount: int) -> Any:
    return caller.create_line("R-23.S", original_budget_amount=amount).status_code


def deleting_from_a_locked_budget(caller: Caller) -> Any:
    return caller.delete_line("R-1").status_code


def deleting_from_an_unlocked_budget(caller: Caller) -> Any:
    caller.project.locked = False
    return caller.delete_line("R-1").status_code


def modification_write(caller: Caller) -> Any:
    answer = caller.modify("R-1", "100.00")
    return answer.status_code, answer.headers["Allow"], caller.get(MODIFICATIONS).status_code


def transfer_amount(caller: Caller) -> Any:
    caller.procore.state.company.uses_budget_changes = False
    return caller.modify("R-1", "100.00").json()["transfer_amount"]


def approved_and_draft(caller: Caller) -> Any:
    wbs_code_id = caller.project.line("R-18").wbs_code_id
    before = caller.row("R-18")["budget_modifications"]
    lines = [{"wbs_code_id": wbs_code_id, "type": "change_event", "amount": 250}]
    caller.post(CHANGES, {"status": "approved", "adjustment_line_items": lines})
    return before, Decimal(caller.row("R-18")["budget_modifications"])


def synced_change(caller: Caller) -> Any:
    change = next(iter(caller.project.changes.values()))
    change.erp_status = "synced"
    return caller.patch(f"{CHANGES}/{change.id}", {"title": "other"}).is_client_error, change.title


def deleting_a_synced_change(caller: Caller) -> Any:
    change = next(iter(caller.project.changes.values()))
    change.erp_status = "synced"
    return caller.delete(f"{CHANGES}/{change.id}").status_code, len(caller.project.changes)


def deleting_a_draft(caller: Caller) -> Any:
    change = next(iter(caller.project.changes.values()))
    return caller.delete(f"{CHANGES}/{change.id}").status_code, len(caller.project.changes)


def modification_rewrites(caller: Caller) -> Any:
    caller.procore.state.company.uses_budget_changes = False
    made = caller.modify("R-1", "100.00").json()["id"]
    caller.procore.state.company.uses_budget_changes = True
    path = f"{MODIFICATIONS}/{made}"
    answers = [caller.patch(path, {"budget_modification": {"notes": "x"}}), caller.delete(path)]
    return [(answer.status_code, answer.headers["Allow"]) for answer in answers], caller.get(path).json()["notes"]


def prime_contract(caller: Caller) -> Any:
    change = next(iter(caller.project.changes.values()))
    change.prime_contract_id = 77
    listed = caller.get(CHANGES).json()["data"][0]
    shown = caller.get(f"{CHANGES}/{change.id}").json()["data"]
    return listed["prime_contract_id"], shown["prime_contract"], "adjustment_line_items" in listed


def synced_projects(caller: Caller) -> Any:
    caller.procore.state.projects[1170] = Project(id=1170, name="Not linked", project_number="1170")
    listed = {
        synced: [project["id"] for project in caller.get(PROJECTS, **{"company_id": 8089, **synced_filter}).json()]
        for synced, synced_filter in (("all", {}), ("synced", {"filters[synced]": "true"}))
    }
    return listed["all"], listed["synced"]


def adjustments_v2(caller: Caller) -> Any:
    path = f"/rest/v2.0/companies/8089/projects/{PROJECT}/budget_changes/adjustment_line_items"
    answer = caller.get(path, per_page=500)
    data = answer.json()["data"]
    return type(data[0]["id"]).__name__, answer.headers["Per-Page"], caller.get(path).headers["Per-Page"]


def approver_flags(caller: Caller) -> Any:
    return {
        version: [
            user["erp_integrated_accountant"] for user in caller.get(f"/rest/{version}/companies/8089/users").json()
        ]
        for version in ("v1.0", "v1.3")
    }


def page_of_10000(caller: Caller) -> Any:
    return caller.get(ROWS, project_id=PROJECT, per_page=10000).headers["Per-Page"]
