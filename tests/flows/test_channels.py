"""Channels are told through Prefect's notification blocks, on a real server; no failure repeats the address."""

import json
import traceback
from collections.abc import Iterator
from copy import copy

import pytest
from prefect.blocks.notifications import CustomWebhookNotificationBlock, MicrosoftTeamsWebhook, SlackWebhook
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import BlockDocumentCreate, BlockSchemaCreate, BlockTypeCreate
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import SecretStr

from demo.stack import LocalStack
from tasks.channels import ChannelNotTold, tell_channel
from tests.web_service import LocalWebService

# Loading a Slack or Teams block imports the whole library behind it, parts that Python 3.11 finds old included.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

TOKEN = "T0k3nOfTheChannel"
SUBJECT = "Budget of job 1164I-001 waits"
TEXT = "Difference: 41,200.00"


@pytest.fixture(autouse=True)
def prefect(stack: LocalStack) -> Iterator[None]:
    with temporary_settings({PREFECT_API_URL: stack.prefect_api_url}):
        yield


@pytest.fixture
def service() -> Iterator[LocalWebService]:
    with LocalWebService() as service:
        yield service


def save_webhook(service: LocalWebService) -> None:
    """Make the block that the tests tell, as an operator makes it in the UI."""
    block = CustomWebhookNotificationBlock(
        name="Budget approvals",
        url=f"http://{service.place}/hook/{TOKEN}",
        json_data={"title": "{{subject}}", "text": "{{body}}"},
    )
    block.save("budget-approvals", overwrite=True)


def save_slack(service: LocalWebService) -> None:
    """Make a Slack block whose messages go to this machine: Prefect hands such an address to apprise as it is."""
    SlackWebhook(url=SecretStr(f"json://{service.place}/{TOKEN}")).save("budget-approvals", overwrite=True)


def not_told(block: str) -> ChannelNotTold:
    with pytest.raises(ChannelNotTold) as raised:
        tell_channel(block, SUBJECT, TEXT)
    told = "".join(traceback.format_exception(raised.value)) + repr(vars(raised.value))
    assert TOKEN not in told
    assert raised.value.__context__ is None
    assert "\n" not in str(raised.value)
    assert str(copy(raised.value)) == str(raised.value)
    return raised.value


def test_a_webhook_gets_subject_and_text(service: LocalWebService) -> None:
    save_webhook(service)
    tell_channel("custom-webhook/budget-approvals", SUBJECT, TEXT)

    assert [json.loads(body) for body in service.posted] == [{"title": SUBJECT, "text": TEXT}]


def test_a_subject_is_one_line(service: LocalWebService) -> None:
    save_webhook(service)
    tell_channel("custom-webhook/budget-approvals", "Budget\r\nof job", TEXT)

    assert [json.loads(body)["title"] for body in service.posted] == ["Budget of job"]


def test_braces_in_a_text_are_not_taken_for_placeholders(service: LocalWebService) -> None:
    save_webhook(service)
    tell_channel("custom-webhook/budget-approvals", SUBJECT, "Reason: {{subject}} {{name}}")

    assert [json.loads(body)["text"] for body in service.posted] == ["Reason: {{subject}} {{name}}"]


def test_a_slack_block_hands_subject_and_text_on(service: LocalWebService) -> None:
    save_slack(service)
    tell_channel("slack-webhook/budget-approvals", SUBJECT, TEXT)

    (sent,) = (json.loads(body) for body in service.posted)
    assert (sent["title"], sent["message"]) == (SUBJECT, TEXT)


def test_a_webhook_that_refuses_is_told_with_its_status(service: LocalWebService) -> None:
    save_webhook(service)
    service.status = 403
    problem = not_told("custom-webhook/budget-approvals")

    assert str(problem) == (
        "Channel custom-webhook/budget-approvals: The service refused the message."
        " Expected status 2xx; found status 403."
        " Look at the block in the Prefect UI (Blocks); the notice is tried again later."
    )


def test_a_slack_block_whose_service_refuses_is_told_so(service: LocalWebService) -> None:
    save_slack(service)
    service.status = 500
    problem = not_told("slack-webhook/budget-approvals")

    assert problem.what == "The service refused the message."
    assert "error=500" in problem.found


@pytest.mark.parametrize(
    ("block", "what"),
    [
        ("custom-webhook/budget-approvals", "The service could not be reached."),
        ("slack-webhook/budget-approvals", "The service refused the message."),
    ],
)
def test_a_service_that_is_down_is_told_so(service: LocalWebService, block: str, what: str) -> None:
    save_webhook(service)
    save_slack(service)
    service.stop()

    assert not_told(block).what == what


def test_a_block_that_nobody_made_is_told_so() -> None:
    problem = not_told("slack-webhook/nobody-made-this")

    assert problem.what == "There is no such block."
    assert problem.way_out == "Make the block in the Prefect UI (Blocks), or correct its name in the configuration."


def test_a_type_of_block_that_is_installed_elsewhere_only_is_told_so() -> None:
    with get_client(sync_client=True) as client:
        kind = client.create_block_type(BlockTypeCreate(name="Carrier Pigeon", slug="carrier-pigeon"))
        schema = client.create_block_schema(BlockSchemaCreate(block_type_id=kind.id, fields={"type": "object"}))
        document = BlockDocumentCreate(name="loft", block_type_id=kind.id, block_schema_id=schema.id, data={})
        client.create_block_document(document)

    assert not_told("carrier-pigeon/loft").what == "This type of block is not known."


@pytest.mark.parametrize(
    "block", ["", "budget-approvals", "slack-webhook/", "../secret/x", "slack-webhook/a/b", "a/b\n"]
)
def test_what_names_no_block_is_told_so(block: str) -> None:
    assert not_told(block).what == "This names no block."


def test_a_block_that_cannot_notify_is_told_so() -> None:
    Secret(value=SecretStr(TOKEN)).save("no-channel", overwrite=True)
    problem = not_told("secret/no-channel")

    assert (problem.what, problem.found) == ("This block cannot notify anybody.", "a block of the type secret")


def test_a_teams_block_with_an_address_that_is_none_is_told_so() -> None:
    block = MicrosoftTeamsWebhook.model_construct(url=SecretStr(f"https://example.test/{TOKEN}"))
    block.save("budget-approvals", overwrite=True)

    assert not_told("ms-teams-webhook/budget-approvals").what == "What the block holds is of no use."


def test_a_prefect_server_that_is_down_is_told_so(service: LocalWebService) -> None:
    with temporary_settings({PREFECT_API_URL: f"http://{service.place}/api"}):
        service.stop()
        problem = not_told("slack-webhook/budget-approvals")

    assert problem.what == "The Prefect server could not be asked."
