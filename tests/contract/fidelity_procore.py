"""What Procore is documented to do, row by row: source, what is done, what must be seen.

`test_sandbox_procore_fidelity.py` performs every row against the sandbox. A row about something the documentation does
not hold has no place here; those choices are listed in `sandbox/procore/__init__.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.contract import fidelity_procore_acts as acts
from tests.contract.procore_caller import BUDGET, CHANGES, WBS_CODES, Caller


@dataclass(frozen=True, slots=True)
class Fidelity:
    """One documented behaviour."""

    id: str
    # Where it is documented: the rule or section of the facts about Procore, or its endpoint's page.
    source: str
    # What is done, in words.
    done: str
    # Does it, and returns what was seen.
    act: Callable[[Caller], Any]
    expected: Any


FIDELITY: tuple[Fidelity, ...] = (
    Fidelity(
        "token",
        "procore 2.1",
        "ask a token",
        acts.token_answer,
        (["access_token", "created_at", "expires_in", "token_type"], "bearer", 5400),
    ),
    Fidelity("token by Basic", "procore 2.1", "send credentials as HTTP Basic", acts.basic_token, 200),
    Fidelity("no token", "procore 2.4", "call without a token", acts.without_token, 401),
    Fidelity("token ends", "procore 2.1", "call 5400 s after log-in", acts.after_token_ends, 401),
    Fidelity(
        "company header",
        "procore 2.1",
        "leave the company header out, company in the path",
        lambda caller: acts.without_company(caller, "/rest/v1.0/companies/8089/users"),
        "Missing Procore-Company-Id header!",
    ),
    Fidelity(
        "company header for me",
        "procore 2.1 (/me is not exempt for a DMSA)",
        "leave it out of /me",
        lambda caller: acts.without_company(caller, "/rest/v1.0/me"),
        "Missing Procore-Company-Id header!",
    ),
    Fidelity("unseen is 404", "procore 2.4", "read a project not permitted", acts.unpermitted, 404),
    Fidelity("tool off is 403", "procore 2.4", "read the budget with the tool disabled", acts.tool_disabled, 403),
    Fidelity(
        "pages", "procore 2.3", "read page 2 of 4", acts.link_rels, (["first", "last", "next", "prev"], "69", "20", 20)
    ),
    Fidelity("page size", "procore 2.3", "ask 10,000 a page", acts.page_of_10000, "2000"),
    Fidelity("spike window", "procore 2.2", "call once", acts.spike_told, ("25", "24", True)),
    Fidelity(
        "hour window", "procore 2.2", "call once, the hour is nearer to its end", acts.hour_told, ("3", "2", True)
    ),
    Fidelity(
        "429",
        "procore 2.2",
        "call more often than 10 s allow",
        acts.too_many,
        (429, "0", "You have surpassed the max number of requests for"),
    ),
    Fidelity("503", "procore 2.2", "call under load", acts.overload, (503, "7")),
    Fidelity(
        "v1 error",
        "procore 2.4",
        "read an unknown project",
        lambda caller: acts.error_shape(caller.get("/rest/v1.0/projects/9/budget")),
        (["code", "error", "fields", "message", "reason"], None),
    ),
    Fidelity(
        "v2 error",
        "procore 2.4",
        "delete an unknown line",
        lambda caller: acts.error_shape(caller.delete("/rest/v2.0/companies/8089/projects/1164/budget_line_items/9")),
        (["error"], ["code", "details", "message"]),
    ),
    Fidelity(
        "ERP flag",
        "procore 2.5 projects",
        "list and show the project",
        acts.erp_flag,
        (False, True, "1164I-001", "1164I-001"),
    ),
    Fidelity(
        "sync action",
        "procore 2.4",
        "sync by id, by origin id, a new code, a taken origin id",
        acts.sync_all_sorts,
        (200, ["matched by id", "matched by origin id", "made new"], ["origin_id"]),
    ),
    Fidelity("sync sets origin id", "procore 2.4", "sync id with a new origin id", acts.sync_new_origin, "NEW"),
    Fidelity("sync size", "procore 2.4", "sync 1,001 updates", acts.too_many_updates, (True, 0)),
    Fidelity(
        "budget code",
        "procore 2.5 wbs_codes",
        "list one budget code",
        lambda caller: caller.get(WBS_CODES, per_page=1).json()[0]["flat_code"],
        "G-1.O",
    ),
    Fidelity(
        "budget meta",
        "procore 2.5 budget",
        "show the budget",
        lambda caller: caller.get(BUDGET).json(),
        {"locked": True},
    ),
    Fidelity(
        "text here, number there", "procore 2.5 budget_views", "read SW-5 twice", acts.row_types, ("958203.00", True)
    ),
    Fidelity("budgeted by default", "procore 2.5 detail_rows", "list with a ? row", acts.unbudgeted, 0),
    Fidelity(
        "all rows",
        "procore 2.5 detail_rows",
        "list all with a ? row",
        lambda caller: acts.unbudgeted(caller, budget_row_type="all"),
        1,
    ),
    Fidelity(
        "column keys",
        "procore 2.5 detail_rows",
        "compare a row's keys with the columns",
        acts.extra_keys,
        "nothing is missing",
    ),
    Fidelity("biller", "procore 2.5 detail_rows", "read a sub job's line", acts.sub_job_row, ("SubJob", "Project")),
    Fidelity(
        "lock", "procore 2.5 budget/lock", "lock", lambda caller: caller.post(f"{BUDGET}/lock", {}).status_code, 201
    ),
    Fidelity(
        "unlock destroys",
        "procore 2.5 budget/lock",
        "unlock and say nothing of modifications",
        acts.unlocking,
        (200, {"locked": False}, 0),
    ),
    Fidelity(
        "unlock keeps",
        "procore 2.5 budget/lock",
        "unlock, destroy_all_budget_line_item_transfers=false",
        lambda caller: acts.unlocking(caller, destroy_all_budget_line_item_transfers="false"),
        (200, {"locked": False}, 1),
    ),
    Fidelity(
        "locked amount",
        "procore R76",
        "change the original amount in a locked budget",
        acts.locked_amount,
        (["The original_budget_amount cannot be updated for a locked budget."], Decimal("247000.00")),
    ),
    Fidelity(
        "new line, locked", "procore R71", "add a line with an amount", lambda caller: acts.new_line(caller, 5), 422
    ),
    Fidelity("new line at 0, locked", "procore R71", "add a line of 0", lambda caller: acts.new_line(caller, 0), 201),
    Fidelity("duplicate", "procore R75", "add a code again", acts.duplicate, ["This Budget Code already exists"]),
    Fidelity("unit list", "budget_line_items uom", "add a line in furlongs", acts.foreign_unit, ["uom"]),
    Fidelity("no deleting, locked", "procore R77", "delete", acts.deleting_from_a_locked_budget, 422),
    Fidelity("deleting", "procore 2.5", "delete, unlocked", acts.deleting_from_an_unlocked_budget, 204),
    Fidelity(
        "modifications read only",
        "procore R73",
        "write a modification where there are budget changes",
        acts.modification_write,
        (405, "GET", 200),
    ),
    Fidelity("transfer amount", "procore 2.5 budget_modifications", "make one", acts.transfer_amount, "100.00"),
    Fidelity(
        "approved counts",
        "procore R72",
        "approve 250 beside a draft of 1,000",
        acts.approved_and_draft,
        ("0.00", Decimal("250.00")),
    ),
    Fidelity(
        "synced change",
        "procore R72",
        "edit a synced change",
        acts.synced_change,
        (True, "Casting adjustments, to be agreed"),
    ),
    Fidelity("no deleting, synced", "procore R72", "delete a synced change", acts.deleting_a_synced_change, (422, 1)),
    Fidelity("deleting a change", "procore 2.5 budget_changes", "delete a draft", acts.deleting_a_draft, (204, 0)),
    Fidelity(
        "modifications stay as they are",
        "procore R73",
        "edit and delete a modification where there are budget changes",
        acts.modification_rewrites,
        ([(405, "GET"), (405, "GET")], ""),
    ),
    Fidelity(
        "prime contract",
        "procore_api/budget_changes_detail",
        "list and show a change of a prime contract",
        acts.prime_contract,
        (77, {"id": 77}, False),
    ),
    Fidelity(
        "synced projects",
        "procore 2.5 projects",
        "list with filters[synced]",
        acts.synced_projects,
        ([1164, 1170], [1164]),
    ),
    Fidelity(
        "ERP status",
        "procore R81",
        "list the budget changes",
        lambda caller: caller.get(CHANGES).json()["data"][0]["erp_status"],
        "not_in_erp",
    ),
    Fidelity(
        "v2 pages, text ids", "procore 2.3, 2.4", "list adjustment lines", acts.adjustments_v2, ("str", "100", "10")
    ),
    Fidelity(
        "approver flag",
        "procore 2.5 users",
        "list users in both versions",
        acts.approver_flags,
        {version: [False, True, True, False, True] for version in ("v1.0", "v1.3")},
    ),
    Fidelity(
        "which ERP",
        "procore 2.5 uoms/configuration",
        "ask",
        lambda caller: caller.get("/rest/v2.0/companies/8089/uoms/configuration").json()["data"][
            "erp_integration_name"
        ],
        "Viewpoint Vista",
    ),
    Fidelity(
        "no send to ERP",
        "procore 2.5 (no such public endpoint)",
        "try to send the budget",
        lambda caller: caller.post(f"{BUDGET}/send_to_erp", {}).status_code,
        404,
    ),
)
