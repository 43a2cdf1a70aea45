"""The command receive-webhooks: a small web server that makes syncs come sooner. An option of the deployment."""

import os
from functools import partial
from typing import Annotated

import typer
import uvicorn
from pydantic import SecretStr

from budget_export.exits import Exit
from budget_export.options import Profile
from budget_export.printing import say
from connectors.config_file import load_config
from connectors.settings import load_settings
from connectors.webhooks.receiver import PATH, make_receiver
from connectors.webhooks.reception import Reception
from jobcost.config import ExportConfig
from tasks import runs

AUTHORIZATION = "WEBHOOK_AUTHORIZATION"
# Guessing a header of this length takes longer than anybody has.
_AUTHORIZATION_LENGTH_MIN = 20


def receive_webhooks(
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="The port to listen on.", min=1, max=65535)] = 8086,
    *,
    profile: Profile = "",
) -> None:
    """Listen for Procore's webhooks: each makes the sync of its project come sooner. The schedule stays the truth."""
    settings = load_settings(profile)
    config = load_config(settings.export_config)
    authorization = os.environ.get(AUTHORIZATION, "").strip()
    _require(authorization, config)
    with Reception(partial(start_sync, profile=profile)) as reception:
        app = make_receiver(
            reception,
            authorization=SecretStr(authorization),
            company_id=settings.procore_company_id,
            resources=config.sync.webhook_resources,
        )
        say(f"Listening on http://{host}:{port}{PATH}. Procore must reach it by https: put a proxy before it.")
        uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, server_header=False)


def start_sync(project_id: int, key: str, *, profile: str = "") -> None:
    """Start a sync of one project through Prefect, once for each key; without a profile, in those that exported it."""
    runs.start_run_once(runs.SYNC_DEPLOYMENT, {"project_id": str(project_id), "profile": profile}, key)


def _require(authorization: str, config: ExportConfig) -> None:
    problems = []
    if len(authorization) < _AUTHORIZATION_LENGTH_MIN or not authorization.isascii():
        problems.append(
            f"{AUTHORIZATION}: expected the whole Authorization header that Procore was told to send, at least"
            f" {_AUTHORIZATION_LENGTH_MIN} plain characters; found {'another' if authorization else 'none'}. Set it in"
            " the environment."
        )
    if not config.sync.webhook_resources:
        problems.append(
            "[sync] webhook_resources: expected the names of the resources that concern budgets, found none. Procore"
            " lists them: GET /rest/v1.0/webhooks/resources. Write them into the configuration file."
        )
    if problems:
        say("\n".join(problems))
        raise typer.Exit(Exit.SURROUNDINGS)
