"""The webhook receiver over real HTTP: who is heard, what counts, and that nothing a delivery says can do harm."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from connectors.webhooks.delivery import Delivery, NoDelivery, read_delivery
from connectors.webhooks.receiver import BODY_BYTES_MAX, PATH, make_receiver
from connectors.webhooks.reception import Reception

HEADER = "Bearer of-the-budget-export-alone"
RESOURCE = "Budget Things"
# As facts/procore.md 2.7 tells them: version 2 with numbers, version 4 with text.
VERSION_2 = {
    "id": 811,
    "ulid": "01JD0000000000000000000002",
    "timestamp": "2026-11-23T09:00:00Z",
    "metadata": {"source_user_id": None, "source_application_id": None},
    "user_id": 902,
    "company_id": 8089,
    "project_id": 5000000123,
    "api_version": "v2",
    "event_type": "update",
    "resource_name": RESOURCE,
    "resource_id": 77,
}
VERSION_4 = {
    "id": "01JD0000000000000000000004",
    "timestamp": "2026-11-23T09:00:00Z",
    "reason": "",
    "user_id": "902",
    "company_id": "8089",
    "project_id": "5000000123",
    "event_type": "update",
    "resource_type": RESOURCE,
    "resource_id": "77",
}


class Syncs:
    """Remembers which syncs were started; a test may let starting take long, or fail."""

    def __init__(self) -> None:
        self.started: list[tuple[int, str]] = []
        self.began = threading.Semaphore(0)
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.problem: Exception | None = None

    def __call__(self, project_id: int, key: str) -> None:
        self.started.append((project_id, key))
        self.began.release()
        self.may_go_on.wait(20)
        if self.problem is not None:
            raise self.problem

    def wait_for_one(self) -> None:
        assert self.began.acquire(timeout=20)


@contextmanager
def served(reception: Reception) -> Iterator[httpx.Client]:
    app = make_receiver(reception, authorization=SecretStr(HEADER), company_id=8089, resources=["budget things"])
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", loop="asyncio"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with httpx.Client(base_url=address, headers={"Authorization": HEADER}, timeout=20) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@pytest.fixture
def syncs() -> Syncs:
    return Syncs()


@pytest.fixture
def procore(syncs: Syncs) -> Iterator[httpx.Client]:
    """Procore's side: posts with the right header, to a receiver that starts syncs at once."""
    with Reception(syncs, calm_seconds=0) as reception, served(reception) as client:
        yield client


def status(answer: httpx.Response) -> str:
    return str(answer.json()["status"])


@pytest.mark.parametrize("payload", [VERSION_2, VERSION_4])
def test_a_delivery_about_a_budget_starts_a_sync_of_its_project(
    procore: httpx.Client, syncs: Syncs, payload: dict[str, Any]
) -> None:
    assert procore.post(PATH, json=payload).status_code == 200
    syncs.wait_for_one()
    identity = payload.get("ulid") or payload["id"]
    assert syncs.started == [(5000000123, f"webhook:5000000123:{identity}")]


@pytest.mark.parametrize("header", ["", HEADER + "x", HEADER[:-1], HEADER.lower(), "Bearer ü", "Basic Og=="])
def test_without_the_header_that_procore_was_given_nobody_is_heard(
    procore: httpx.Client, syncs: Syncs, header: str
) -> None:
    headers = {b"Authorization": header.encode()}
    assert procore.post(PATH, json=VERSION_2, headers=headers).status_code == 401
    assert syncs.started == []


def test_a_doubled_delivery_counts_once(procore: httpx.Client, syncs: Syncs) -> None:
    said = [status(procore.post(PATH, json=VERSION_2)) for _ in range(3)]
    syncs.wait_for_one()
    assert said == ["taken", "ignored: taken before", "ignored: taken before"]
    assert len(syncs.started) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"resource_name": "Daily Logs"},
        {"resource_name": None},
        {"resource_name": 7},
        {"company_id": 9999},
        {"project_id": None},
        {"project_id": "7000; DROP"},
        {"project_id": -1},
        {"project_id": True},
        {"project_id": 10**30},
    ],
)
def test_what_is_not_about_a_budget_of_ours_is_answered_well_and_ignored(
    procore: httpx.Client, syncs: Syncs, change: dict[str, Any]
) -> None:
    answer = procore.post(PATH, json=VERSION_2 | change)
    assert (answer.status_code, status(answer).partition(":")[0]) == (200, "ignored")
    assert syncs.started == []


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"7", b"{}", b'{"id": 1}', b"[" * 20_000, b"\xff\xfe"])
def test_what_is_no_delivery_is_refused(procore: httpx.Client, syncs: Syncs, body: bytes) -> None:
    assert procore.post(PATH, content=body).status_code == 400
    assert syncs.started == []


def test_more_than_any_delivery_is_not_read_to_its_end(procore: httpx.Client, syncs: Syncs) -> None:
    assert procore.post(PATH, content=b" " * (BODY_BYTES_MAX + 1)).status_code == 413
    assert syncs.started == []


def test_an_answer_never_waits_for_a_sync(procore: httpx.Client, syncs: Syncs) -> None:
    syncs.may_go_on.clear()
    procore.post(PATH, json=VERSION_2)
    syncs.wait_for_one()
    # The first sync is still being started; were the second answer to wait for it, this would time out.
    assert status(procore.post(PATH, json=VERSION_2 | {"ulid": "other", "project_id": 7})) == "taken"
    assert len(syncs.started) == 1
    syncs.may_go_on.set()
    syncs.wait_for_one()
    assert [project for project, _ in syncs.started] == [5000000123, 7]


def test_a_sync_that_cannot_be_started_does_not_stop_the_receiver(procore: httpx.Client, syncs: Syncs) -> None:
    syncs.problem = RuntimeError("Prefect cannot be reached.")
    procore.post(PATH, json=VERSION_2)
    syncs.wait_for_one()
    syncs.problem = None
    procore.post(PATH, json=VERSION_2 | {"ulid": "other"})
    syncs.wait_for_one()
    assert len(syncs.started) == 2


def test_many_deliveries_while_somebody_edits_become_one_sync(syncs: Syncs) -> None:
    hours: list[float] = [0.0]
    with Reception(syncs, calm_seconds=60, now=lambda: hours[0]) as reception:
        said = [reception.take(str(number), 7000) for number in range(100)]
        assert syncs.started == []
        hours[0] = 61.0
        reception.take("another project's", 7001)
        syncs.wait_for_one()
    assert said == ["taken", *["taken: with the sync that is due"] * 99]
    assert syncs.started == [(7000, "webhook:7000:0")]


def test_no_other_page_is_served(procore: httpx.Client) -> None:
    pages: list[Callable[[], httpx.Response]] = [
        lambda: procore.get(PATH),
        lambda: procore.get("/docs"),
        lambda: procore.get("/openapi.json"),
        lambda: procore.get("/"),
    ]
    assert [page().status_code for page in pages] == [405, 404, 404, 404]
    assert status(procore.get("/health")) == "listening"


@pytest.mark.parametrize(("number", "read"), [(2**63 - 1, 2**63 - 1), (2**63, None), (0, None)])
def test_a_delivery_names_projects_as_large_as_64_bits_hold(number: int, read: int | None) -> None:
    for told in (number, str(number)):
        body = httpx.Request("POST", "http://x", json=VERSION_2 | {"project_id": told}).content
        assert read_delivery(body).project_id == read


def test_the_same_event_reads_the_same_in_both_versions() -> None:
    deliveries = {read_delivery(httpx.Request("POST", "http://x", json=one).content) for one in (VERSION_2, VERSION_4)}
    assert deliveries == {
        Delivery(id=identity, company_id=8089, project_id=5000000123, resource=RESOURCE)
        for identity in ("01JD0000000000000000000002", "01JD0000000000000000000004")
    }


@pytest.mark.parametrize("identity", [None, "", True, {}, "x" * 65, "ü", "a\x00b"])
def test_a_delivery_that_cannot_be_told_from_others_is_refused(identity: Any) -> None:
    body = httpx.Request("POST", "http://x", json={"id": identity, "company_id": 8089}).content
    with pytest.raises(NoDelivery):
        read_delivery(body)
