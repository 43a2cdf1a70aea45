"""What the installation is made from: the work pool's templates, the composed services, the proxy's template."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # PyYAML comes with Prefect, its stubs do not

from demo.local_prefect import CHECKOUT

DEPLOYMENTS = CHECKOUT / "deployments"
PLAIN = DEPLOYMENTS / "work_pool.json"
WITH_BLOCKS = DEPLOYMENTS / "work_pool_with_secret_blocks.json"
SECRETS = {"PROCORE_CLIENT_SECRET", "VISTA_URL", "JOURNAL_URL", "JOURNAL_KEY"}


def variables(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DEPLOYMENTS / name).read_text())["variables"]["properties"]
    return found


def test_secrets_are_only_named_in_the_template_and_resolved_when_a_run_starts() -> None:
    given = variables(WITH_BLOCKS.name)["env"]["default"]

    assert {name: given[name] for name in SECRETS} == {
        "PROCORE_CLIENT_SECRET": "{{ prefect.blocks.secret.procore-client-secret }}",
        "VISTA_URL": "{{ prefect.blocks.secret.vista-url }}",
        "JOURNAL_URL": "{{ prefect.blocks.secret.journal-url }}",
        "JOURNAL_KEY": "{{ prefect.blocks.secret.journal-key }}",
    }


def test_no_block_is_demanded_of_those_who_have_no_mail_server() -> None:
    # A block that does not exist crashes every run before it starts.
    assert "MAIL_SERVER" not in variables(WITH_BLOCKS.name)["env"]["default"]


def test_the_deployment_guide_names_every_block_that_must_exist() -> None:
    guide = (DEPLOYMENTS / "README.md").read_text()
    blocks = ["procore-client-secret", "vista-url", "journal-url", "journal-key"]

    assert [block for block in blocks if block not in guide] == []
    assert "names four blocks" in guide


def test_both_templates_differ_in_nothing_but_the_secrets() -> None:
    plain, with_blocks = json.loads(PLAIN.read_text()), json.loads(WITH_BLOCKS.read_text())
    for name in SECRETS:
        del with_blocks["variables"]["properties"]["env"]["default"][name]

    assert with_blocks == plain


@pytest.mark.parametrize("file", [CHECKOUT / "prefect.yaml", DEPLOYMENTS / "compose.yaml"])
def test_no_block_reference_stands_where_prefect_would_store_it_in_clear(file: Path) -> None:
    # In prefect.yaml such a reference is resolved on deploying, and the password itself lands in the deployment.
    assert "prefect.blocks" not in file.read_text()


def test_a_flow_run_says_every_thirty_seconds_that_it_lives() -> None:
    assert variables(PLAIN.name)["env"]["default"] == {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}


def test_people_of_the_shipped_installation_come_in_through_the_proxy_alone() -> None:
    composed = yaml.safe_load((DEPLOYMENTS / "compose.yaml").read_text())
    services = composed["services"]
    assert {name: one["ports"] for name, one in services.items() if "ports" in one} == {
        "proxy": ["127.0.0.1:4200:4200"]
    }
    assert [one for one in services.values() if "network_mode" in one] == []
    assert services["proxy"]["environment"] == {
        "PROXY_LISTENS_ON": "4200",
        "PROXY_LEADS_TO": "server:4200",
        "NGINX_ENVSUBST_FILTER": "^PROXY_",
    }
    assert composed["configs"]["proxy"] == {"file": "./proxy.conf"}
    assert services["worker"]["environment"]["PREFECT_API_URL"] == "http://server:4200/api"


def test_the_template_names_nothing_but_what_is_filled_in() -> None:
    named = {word.partition("}")[0] for word in (DEPLOYMENTS / "proxy.conf").read_text().split("${")[1:]}
    assert named == {"PROXY_LISTENS_ON", "PROXY_LEADS_TO"}
