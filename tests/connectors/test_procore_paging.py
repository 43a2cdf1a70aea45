import re
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import pytest

from connectors.procore.errors import AnswerUnexpected, ListMovedWhileReading
from connectors.procore.paging import ADJUSTMENTS, UNPAGED, read_list
from tests.connectors.procore_script import Script, json

PATH = "/rest/v1.0/cost_codes"
CALL = f"GET {PATH}"


def pages(
    *ids: Iterable[int], totals: tuple[int | None, ...] | None = None
) -> Callable[[httpx.Request], httpx.Response]:
    """Serve the pages given, with Link and Total as Procore sends them, or with the totals given."""
    served = [list(page) for page in ids]
    told = totals or (sum(map(len, served)),) * len(served)

    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"])
        headers: dict[str, str] = {}
        if told[number - 1] is not None:
            headers["Total"] = str(told[number - 1])
        if number < len(served):
            url = request.url.copy_set_param("page", number + 1)
            headers["Link"] = f'<{url}>; rel="next", <{request.url}>; rel="first"'
        return httpx.Response(200, json=[{"id": entry} for entry in served[number - 1]], headers=headers)

    return answer


def ids_read(script: Script, **changes: Any) -> list[int]:
    with script.calls(**changes) as calls:
        return [entry.integer("id") for entry in read_list(calls, PATH, {"project_id": 1})]


def test_all_pages_are_read_in_order_at_2000_entries_a_page() -> None:
    script = Script()
    script.tell(CALL, pages([1, 2], [3, 4], [5]))
    assert ids_read(script) == [1, 2, 3, 4, 5]
    assert [str(request.url.query, "ascii") for request in script.seen[1:]] == [
        "project_id=1&page=1&per_page=2000",
        "project_id=1&page=2&per_page=2000",
        "project_id=1&page=3&per_page=2000",
    ]


def test_a_short_list_is_one_call_even_where_procore_tells_neither_link_nor_total() -> None:
    script = Script()
    script.tell(CALL, json([{"id": 1}]))
    assert ids_read(script) == [1]
    assert script.api_calls() == [CALL]


def test_a_full_page_without_any_header_is_followed_by_the_next() -> None:
    script = Script()
    script.tell(CALL, json([{"id": 1}, {"id": 2}]), json([{"id": 3}]))
    assert ids_read(script, per_page=2) == [1, 2, 3]


def test_a_total_without_a_link_is_believed() -> None:
    script = Script()
    script.tell(CALL, json([{"id": 1}, {"id": 2}], Total="3"), json([{"id": 3}], Total="3"))
    assert ids_read(script, per_page=2) == [1, 2, 3]


@pytest.mark.parametrize(
    "moved",
    [
        pytest.param(pages([1, 2], [2, 3], totals=(3, 4)), id="inserted: the total grew and a row came twice"),
        pytest.param(pages([1, 2], [4], totals=(4, 3)), id="removed: the total shrank"),
        pytest.param(pages([1, 2], [2], totals=(None, None)), id="a row came twice and no total is told"),
        pytest.param(pages([1, 2], [], totals=(3, 3)), id="a row is missing"),
        pytest.param(pages([1, 2], [3], totals=(3, None)), id="the total disappeared"),
    ],
)
def test_a_list_that_moved_between_its_pages_is_read_again_whole(
    moved: Callable[[httpx.Request], httpx.Response],
) -> None:
    script = Script()
    still = pages([0, 1], [2, 3])
    script.tell(CALL, moved, moved, still)
    assert ids_read(script, per_page=2) == [0, 1, 2, 3]
    assert [request.url.params["page"] for request in script.seen[1:]] == ["1", "2", "1", "2"]


def test_a_list_that_never_stands_still_is_a_clear_error() -> None:
    script = Script()
    script.tell(CALL, pages([1, 2], [2, 3], totals=(3, 4)))
    with pytest.raises(
        ListMovedWhileReading, match=r"it had 3 entries on page 1 and 4 entries on page 2 \(read 4 times"
    ):
        ids_read(script, per_page=2)
    assert len(script.api_calls()) == 8


def test_rows_without_id_may_be_many() -> None:
    script = Script()
    script.tell(CALL, json([{"id": None}, {"id": None}, {"id": 1}], Total="3"))
    with script.calls() as calls:
        assert len(read_list(calls, PATH)) == 3


@pytest.mark.parametrize(
    "link", ["/rest/v1.0/cost_codes?page=1", "/rest/v1.0/cost_codes?page=x", "/rest/v1.0/cost_codes"]
)
def test_a_link_that_leads_in_a_circle_or_nowhere_is_refused(link: str) -> None:
    script = Script()
    script.tell(CALL, json([{"id": 1}], Link=f'<{link}>; rel="next"'))
    with pytest.raises(AnswerUnexpected, match=re.escape("Link: expected ")):
        ids_read(script)


def test_a_link_to_another_host_does_not_take_the_token_there() -> None:
    script = Script()
    script.tell(
        CALL,
        json([{"id": 1}], Link='<https://elsewhere.test/x?page=2>; rel="next"', Total="2"),
        json([{"id": 2}], Total="2"),
    )
    assert ids_read(script) == [1, 2]
    assert {request.url.host for request in script.seen[1:]} == {"api.procore.test"}


def test_a_list_documented_without_pages_is_asked_without_them_and_its_link_still_followed() -> None:
    script = Script()
    script.tell(
        CALL, json({"data": [{"id": 1}]}, Link='<https://x.test/?page=2>; rel="next"'), json({"data": [{"id": 2}]})
    )
    with script.calls() as calls:
        assert [entry.integer("id") for entry in read_list(calls, PATH, paging=UNPAGED)] == [1, 2]
    assert [str(request.url.query, "ascii") for request in script.seen[1:]] == ["", "page=2&per_page=2000"]


def adjustment_pages(script: Script, *sizes: int) -> list[int]:
    """Serve pages of adjustment lines of these sizes, without any header, and read them."""
    starts = [sum(sizes[:number]) for number in range(len(sizes))]

    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"]) - 1
        start, size = (starts[number], sizes[number]) if number < len(sizes) else (0, 0)
        lines = [{"id": str(line), "type": "change_event"} for line in range(start, start + size)]
        return json({"data": lines})

    script.tell(CALL, answer)
    with script.calls() as calls:
        return [entry.integer("id") for entry in read_list(calls, PATH, paging=ADJUSTMENTS)]


def test_a_list_of_the_newer_api_is_asked_for_a_hundred_entries_a_page_at_most() -> None:
    script = Script()
    assert adjustment_pages(script, 3) == [0, 1, 2]
    assert [str(request.url.query, "ascii") for request in script.seen[1:]] == ["page=1&per_page=100"]


def test_a_newer_api_that_gives_ten_a_page_whatever_is_asked_and_tells_nothing_is_read_to_its_end() -> None:
    assert adjustment_pages(Script(), 10, 10, 4) == list(range(24))
    assert adjustment_pages(Script(), 10, 10) == list(range(20))


def test_a_newer_api_that_gives_a_hundred_and_tells_nothing_is_read_to_its_end() -> None:
    assert adjustment_pages(Script(), 100, 50) == list(range(150))
