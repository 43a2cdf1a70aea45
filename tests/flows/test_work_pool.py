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


def template(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def environment(file: Path) -> dict[str, str]:
    found: dict[str, str] = template(file)["job_configuration"]["env"]
    return found


def test_secrets_are_only_named_in_the_template_and_resolved_when_a_run_starts() -> None:
    given, declared = environment(WITH_BLOCKS), template(WITH_BLOCKS)["variables"]["properties"]
    blocks = {
        "procore_client_secret": "{{ prefect.blocks.secret.procore-client-secret }}",
        "vista_url": "{{ prefect.blocks.secret.vista-url }}",
        "journal_url": "{{ prefect.blocks.secret.journal-url }}",
        "journal_key": "{{ prefect.blocks.secret.journal-key }}",
    }

    assert {name: given[name] for name in SECRETS} == {
        "PROCORE_CLIENT_SECRET": "{{ procore_client_secret }}",
        "VISTA_URL": "{{ vista_url }}",
        "JOURNAL_URL": "{{ journal_url }}",
        "JOURNAL_KEY": "{{ journal_key }}",
    }
    assert {name: declared[name]["default"] for name in blocks} == blocks
    # No run may name another block, or a value.
    assert {name: declared[name]["const"] for name in blocks} == blocks


def test_no_block_is_demanded_of_those_who_have_no_mail_server() -> None:
    # A block that does not exist crashes every run before it starts.
    assert "MAIL_SERVER" not in environment(WITH_BLOCKS)


def test_the_deployment_guide_names_every_block_that_must_exist() -> None:
    guide = (DEPLOYMENTS / "README.md").read_text()
    blocks = ["procore-client-secret", "vista-url", "journal-url", "journal-key"]

    assert [block for block in blocks if block not in guide] == []
    assert "names four blocks" in guide


def test_both_templates_differ_in_nothing_but_the_secrets() -> None:
    plain, with_blocks = template(PLAIN), template(WITH_BLOCKS)
    for name in SECRETS:
        del with_blocks["job_configuration"]["env"][name]
        del with_blocks["variables"]["properties"][name.lower()]

    assert with_blocks == plain


@pytest.mark.parametrize("file", [CHECKOUT / "prefect.yaml", DEPLOYMENTS / "compose.yaml"])
def test_no_block_reference_stands_where_prefect_would_store_it_in_clear(file: Path) -> None:
    # In prefect.yaml such a reference is resolved on deploying, and the password itself lands in the deployment.
    assert "prefect.blocks" not in file.read_text()


def test_a_flow_run_says_every_thirty_seconds_that_it_lives() -> None:
    assert environment(PLAIN) == {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}


def test_what_a_worker_executes_is_said_by_the_template_alone() -> None:
    said = template(PLAIN)
    configuration, variables = said["job_configuration"], said["variables"]

    assert (configuration["command"], configuration["working_dir"]) == ("python -m prefect.engine", None)
    assert (sorted(variables["properties"]), variables["additionalProperties"]) == (
        ["labels", "name", "stream_output"],
        False,
    )


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
