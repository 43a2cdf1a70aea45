"""The command deploy: brings a Prefect server to what this version of the export needs. Repeating changes nothing."""

import json as json_text
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from budget_export.options import AsJson
from budget_export.printing import errors, print_json, say, table
from tasks.prefect_set_up import WORK_POOL, PrefectNotReady, bring_work_pool, prefect_server

_PREFECT_YAML = "prefect.yaml"
_WORK_POOL_FILE = Path("deployments", "work_pool.json")
# What `prefect deploy` says of each deployment that it made or changed (Prefect 3.8.8); without it, it did nothing.
_DEPLOYED = "successfully created"


def deploy(
    folder: Annotated[
        Path, typer.Option("--folder", metavar="FOLDER", help="Where prefect.yaml is; its flows are deployed.")
    ] = Path(),
    work_pool: Annotated[
        Path | None,
        typer.Option(
            "--work-pool", metavar="FILE", help="The work pool's template; deployments/work_pool.json if not given."
        ),
    ] = None,
    *,
    json: AsJson = False,
) -> None:
    """Set up the Prefect server: the work pool, and the deployments with their schedules."""
    folder = folder.resolve()
    if not (folder / _PREFECT_YAML).is_file():
        raise typer.BadParameter(
            f"expected a folder with {_PREFECT_YAML}, found none in {folder}. Go to the checkout, or name it: --folder"
        )
    template = _template(work_pool or folder / _WORK_POOL_FILE)
    with errors.status("Setting up the Prefect server ..."):
        change = bring_work_pool(template)
        _deploy_flows(folder)
        deployments = _deployments()
    if json:
        print_json({"work_pool": {"name": WORK_POOL, "change": change}, "deployments": deployments})
        return
    say(f"Work pool {WORK_POOL}: {change}.")
    rows = [(one["name"], one["entrypoint"], ", ".join(one["schedules"])) for one in deployments]
    table(f"Deployments of work pool {WORK_POOL}", ("Name", "Flow", "Schedule"), rows)


def _template(file: Path) -> dict[str, Any]:
    try:
        found: Any = json_text.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise typer.BadParameter(
            f"the work pool's template {file} cannot be read: {problem.strerror}. Name another: --work-pool"
        ) from None
    except ValueError as problem:
        raise typer.BadParameter(f"the work pool's template {file} is no JSON: {problem}") from None
    if not isinstance(found, dict) or not {"job_configuration", "variables"} <= found.keys():
        raise typer.BadParameter(f"the work pool's template {file}: expected job_configuration and variables")
    return found


def _deploy_flows(folder: Path) -> None:
    """Let Prefect deploy everything that the folder's prefect.yaml names."""
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode or _DEPLOYED not in done.stdout:
        said = "\n".join(part.strip() for part in (done.stdout, done.stderr) if part.strip())
        raise PrefectNotReady(
            f"prefect deploy in {folder} ended with exit status {done.returncode} and deployed not everything. It"
            f" said:\n{said}\nCorrect {_PREFECT_YAML}, then deploy again."
        )


def _deployments() -> list[dict[str, Any]]:
    with prefect_server() as client:
        found = [one for one in client.read_deployments() if one.work_pool_name == WORK_POOL]
    return [
        {
            "name": one.name,
            "entrypoint": one.entrypoint,
            "schedules": [_schedule(entry) for entry in one.schedules],
        }
        for one in sorted(found, key=lambda one: one.name)
    ]


def _schedule(entry: Any) -> str:
    schedule = entry.schedule
    text = getattr(schedule, "cron", None) or str(getattr(schedule, "interval", schedule))
    return text if entry.active else f"{text} (paused)"
