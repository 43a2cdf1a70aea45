"""What the month-end question costs: 100 jobs of 200 lines each compared, against one plain read of the same.

`python -m benchmarks.month_end reconcile` compares every exported job of the settings in the environment and prints its
seconds; `python -m benchmarks.month_end plain` reads the same budgets and estimates, compares nothing, and prints its
own. Every job was exported by the real steps before; the sandbox Procore is a process of its own, without rate limits.
"""

import json
import os
import sqlite3
import sys
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import httpx
import pyotp
from pydantic import SecretStr

from benchmarks.company import COMPANY_ID, MONDAY, fill_procore, fill_vista, stored_job
from benchmarks.figures import Figure, Untrue, listed, progress
from benchmarks.sandboxes import APPROVERS, JOURNAL_KEY, SENDER, Site, enrolled, procore_of
from connectors.journal.journal import open_journal
from jobcost.acceptance import ACCEPT, Answer
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from jobcost.reconciliation_results import Reconciliation
from sandbox.procore.seed import world_from
from sandbox.procore.storage import save
from sandbox.vista.build import database_file
from tasks.steps import apply, decide, propose, verify
from tasks.steps.reconcile import exported_jobs, reconcile_jobs
from tasks.systems import Systems, open_systems

JOBS = 100
LINES = 200
REPETITIONS = 3
_VIEW_ID = 502
_JOBS_BETWEEN_WORDS = 20


def of_month_end(folder: Path) -> list[Figure]:
    """Compare every job, and read the same plainly, in turns."""
    state = folder / "procore.json"
    world = world_from(f"generated:{LINES}")
    fill_procore(world, JOBS)
    save(world, state)
    vista_file, journal_url = folder / "vista.sqlite3", f"sqlite:///{folder / 'journal.sqlite3'}"
    fill_vista(f"sqlite:///{vista_file}", LINES, JOBS)
    with procore_of(LINES, folder, state) as procore:
        site = Site(vista_file=vista_file, environment=procore.environment(vista_file, journal_url))
        _export_all(site, journal_url)
        before = vista_file.read_bytes()
        rounds = [_round(site, number) for number in range(REPETITIONS)]
        if vista_file.read_bytes() != before:
            raise Untrue("the comparison: expected no write to Vista, found its file changed")
    ratios = [ours / plain for ours, plain in rounds]
    ours, plain = (f"{median(seconds):.1f} s" for seconds in zip(*rounds, strict=True))
    return [
        Figure(
            what=f"Reconcile {JOBS} jobs of {LINES} lines / one plain read of them",
            ratio=median(ratios),
            aim=None,
            raw=f"{ours} / {plain}, ratios {listed(ratios)}; every line agrees",
        )
    ]


def _round(site: Site, number: int) -> tuple[float, float]:
    """Take both, in turns the one and the other first; each must see every line."""
    order = ("reconcile", "plain") if number % 2 else ("plain", "reconcile")
    told = {name: site.run("benchmarks.month_end", name) for name in order}
    if any(one["lines"] != JOBS * LINES for one in told.values()):
        raise Untrue(f"the comparison: expected {JOBS * LINES} lines, found {told}")
    progress(f"reconcile {told['reconcile']['seconds']:.1f} s, plain read {told['plain']['seconds']:.1f} s")
    return told["reconcile"]["seconds"], told["plain"]["seconds"]


def _export_all(site: Site, journal_url: str) -> None:
    """Export every project by the real steps, each a minute after the one before: a one-time code counts once."""
    with open_journal(journal_url, JOURNAL_KEY) as journal:
        phone = pyotp.TOTP(enrolled(journal, APPROVERS[0], MONDAY))
    with open_systems(settings=site.settings) as systems:
        for number in range(1, JOBS + 1):
            _export(systems, number, phone, MONDAY + timedelta(minutes=number))
            if number % _JOBS_BETWEEN_WORDS == 0:
                progress(f"{number} of {JOBS} jobs exported")


def _export(systems: Systems, number: int, phone: pyotp.TOTP, at: datetime) -> None:
    sending = propose.Sending(
        kind=Kind.SETUP, project=str(number), submitted_by=SENDER, lock_budget=False, flow_run_id=f"run-{number}"
    )
    export = propose.propose(systems, sending, at)
    answer = Answer(
        decision=ACCEPT,
        approver=APPROVERS[0],
        plan_code=str(export.plan_code),
        reason="",
        code=SecretStr(phone.at(at)),
    )
    export = decide.take_answer(systems, export.id, export.ask, decide.Given(answer=answer), at)
    export, _ = verify.verify_export(systems, apply.apply_plan(systems, export.id, at).id, at)
    if export.state is not ExportState.VERIFIED:
        raise Untrue(f"project {number}: expected a verified export, found {export.state}")


def reconcile_every_job() -> int:
    """Compare every exported job; return how many lines agree."""
    with open_systems() as systems:
        outcomes = reconcile_jobs(systems, exported_jobs(systems))
    if not all(isinstance(one, Reconciliation) and one.agrees for one in outcomes):
        raise Untrue("the comparison: expected every job to agree, found one that does not")
    return sum(len(one.lines) for one in outcomes if isinstance(one, Reconciliation))


def read_plainly() -> int:
    """Read every budget's rows and every job's estimates, and drop them; return how many lines there are."""
    found = 0
    file = database_file(os.environ["VISTA_URL"])
    with (
        httpx.Client(base_url=os.environ["PROCORE_API_URL"], timeout=60, trust_env=False) as client,
        closing(sqlite3.connect(file)) as connection,
    ):
        login = {"grant_type": "client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
        token = client.post("/oauth/token", json=login).raise_for_status().json()["access_token"]
        client.headers.update({"Authorization": f"Bearer {token}", "Procore-Company-Id": str(COMPANY_ID)})
        for project in client.get("/rest/v1.0/projects", params=_page()).raise_for_status().json():
            where = _page() | {"project_id": project["id"]}
            rows = client.get(f"/rest/v1.0/budget_views/{_VIEW_ID}/detail_rows", params=where)
            budget = [_amounts(row) for row in rows.raise_for_status().json()]
            estimates = connection.execute(_ESTIMATES, (stored_job(project["id"]),)).fetchall()
            if len(estimates) != len(budget):
                raise Untrue(f"project {project['id']}: {len(budget)} budget lines and {len(estimates)} estimates")
            found += len([Decimal(cost) for *_, cost in estimates])
    return found


_ESTIMATES = (
    "SELECT h.Phase, h.CostType, h.OrigCost FROM JCCH AS h"
    " JOIN JCCD AS d ON d.JCCo = h.JCCo AND d.Job = h.Job AND d.Phase = h.Phase AND d.CostType = h.CostType"
    " WHERE h.JCCo = 1 AND h.Job = ? ORDER BY h.Phase, h.CostType"
)


def _page() -> dict[str, Any]:
    return {"company_id": COMPANY_ID, "per_page": 2000}


def _amounts(row: dict[str, Any]) -> tuple[Decimal, Decimal]:
    return Decimal(row["original_budget_amount"]), Decimal(row["budget_modifications"])


def main() -> None:
    """Take what is named and print its seconds."""
    what = {"reconcile": reconcile_every_job, "plain": read_plainly}[sys.argv[1]]
    began = perf_counter()
    lines = what()
    print(json.dumps({"lines": lines, "seconds": perf_counter() - began}))


if __name__ == "__main__":
    main()
