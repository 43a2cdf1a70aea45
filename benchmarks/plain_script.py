"""What somebody would write in an hour: read the budget's pages, insert them into Vista. No checks, no approval.

`python -m benchmarks.plain_script` copies the budget as the settings in the environment say, and prints its seconds.
It knows that the generated codes are Vista's phases already, that every unit is a lump sum and which contract item is
the first. It stands here to be compared with, never to be used: run twice, it fails half way or writes rubbish.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx

from benchmarks.sandboxes import PROJECT
from sandbox.vista.build import database_file

PER_PAGE = 2000
VIEW_ID = 502
_COMPANY = 8089
_JOB, _CONTRACT, _ITEM = "GEN  -0001", "GEN       ", "               1"

_ADD_PHASE = (
    "INSERT INTO JCJP (JCCo, Job, PhaseGroup, Phase, Description, Contract, Item, ProjMinPct, ActiveYN)"
    " VALUES (1, ?, 1, ?, ?, ?, ?, '0.0000', 'Y')"
)
_ADD_COST_HEADER = (
    "INSERT INTO JCCH (JCCo, Job, PhaseGroup, Phase, CostType, UM, BillFlag, ItemUnitFlag, PhaseUnitFlag, BuyOutYN,"
    " Plugged, ActiveYN, OrigHours, OrigUnits, OrigCost, SourceStatus)"
    " VALUES (1, ?, 1, ?, ?, 'LS', 'C', 'N', 'N', 'N', 'N', 'Y', '0.00', '0.000', ?, 'J')"
)


def export_plainly(api_url: str, project: str, vista_file: Path) -> int:
    """Copy a project's budget; return how many lines were written."""
    with httpx.Client(base_url=api_url, timeout=60, trust_env=False) as client:
        login = {"grant_type": "client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
        token = client.post("/oauth/token", json=login).json()["access_token"]
        client.headers.update({"Authorization": f"Bearer {token}", "Procore-Company-Id": str(_COMPANY)})
        codes = {code["id"]: code for code in _pages(client, "/rest/v1.0/cost_codes", project)}
        types = {kind["id"]: kind["code"] for kind in _pages(client, "/rest/v1.0/line_item_types", project)}
        rows = list(_pages(client, f"/rest/v1.0/budget_views/{VIEW_ID}/detail_rows", project))
    with closing(sqlite3.connect(vista_file)) as connection, connection:
        numbers = dict(connection.execute("SELECT Abbreviation, CostType FROM JCCT WHERE PhaseGroup = 1"))
        texts = dict(connection.execute("SELECT Phase, Description FROM JCPM WHERE PhaseGroup = 1"))
        phases = [codes[row["cost_code_id"]]["full_code"] for row in rows]
        connection.executemany(
            _ADD_PHASE, [(_JOB, phase, texts[phase], _CONTRACT, _ITEM) for phase in dict.fromkeys(phases)]
        )
        connection.executemany(
            _ADD_COST_HEADER,
            [
                (_JOB, phase, numbers[types[row["category_id"]]], row["original_budget_amount"])
                for phase, row in zip(phases, rows, strict=True)
            ],
        )
    return len(rows)


def _pages(client: httpx.Client, path: str, project: str) -> Iterator[dict[str, Any]]:
    page = 1
    while True:
        where: dict[str, str | int] = {
            "project_id": project,
            "company_id": _COMPANY,
            "page": page,
            "per_page": PER_PAGE,
        }
        answer = client.get(path, params=where).json()
        yield from answer
        if len(answer) < PER_PAGE:
            return
        page += 1


if __name__ == "__main__":
    file = Path(database_file(os.environ["VISTA_URL"]))
    began = perf_counter()
    written = export_plainly(os.environ["PROCORE_API_URL"], PROJECT, file)
    print(json.dumps({"lines": written, "seconds": perf_counter() - began}))
