import pytest

from connectors.procore.words import procore_words


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(
            b'{"code": 403, "message": "You do not have permission", "fields": "", "reason": "forbidden", "error": ""}',
            "You do not have permission; forbidden.",
            id="v1 object",
        ),
        pytest.param(b'{"errors": "Budget is locked"}', "Budget is locked.", id="v1 errors text"),
        pytest.param(b'{"errors": ["First", "Second"]}', "First; Second.", id="v1 errors array"),
        pytest.param(
            b'{"errors": {"wbs_code_id": ["This Budget Code already exists"], "base": "Locked"}}',
            "wbs_code_id: This Budget Code already exists; base: Locked.",
            id="v1 errors object",
        ),
        pytest.param(
            b'{"error": {"code": "invalid", "message": "Not valid", "details":'
            b' [{"code": "blank", "message": "is missing", "source": "uom"}]}}',
            "Not valid; uom: is missing; code invalid.",
            id="v2 structured",
        ),
        pytest.param(
            b'{"error": "invalid_client", "error_description": "Client authentication failed."}',
            "invalid_client; Client authentication failed.",
            id="login",
        ),
        pytest.param(b'["One", {"message": "Two"}]', "One; Two.", id="bare array"),
        pytest.param(b'"Only text"', "Only text.", id="bare text"),
        pytest.param(b"{}", "no reason given.", id="empty object"),
        pytest.param(b"", "no reason given.", id="nothing"),
        pytest.param(b"  \n ", "no reason given.", id="blank"),
        pytest.param(
            b"<html><head><title>502 Bad Gateway</title><style>b{}</style></head><body><h1>502 Bad Gateway</h1>"
            b"<script>x()</script><p>nginx</p></body></html>",
            "502 Bad Gateway; nginx.",
            id="HTML",
        ),
        pytest.param(b"upstream connect error", "upstream connect error.", id="plain text"),
        pytest.param(b"\xff\xfe broken", "\ufffd\ufffd broken.", id="not UTF-8"),
        pytest.param(b'{"message": "line one\\n\\tline two"}', "line one line two.", id="several lines"),
        pytest.param(b'{"code": "BUDGET_LOCKED"}', "code: BUDGET_LOCKED.", id="a code alone"),
    ],
)
def test_procores_words_are_kept_from_every_documented_shape(body: bytes, words: str) -> None:
    assert procore_words(body) == words


def test_an_endless_text_is_cut() -> None:
    assert len(procore_words(b'{"message": "' + b"a" * 10_000 + b'"}')) == 500


def test_an_object_nested_without_end_does_not_break_the_reading_of_an_error() -> None:
    assert procore_words(b'{"errors":' * 100 + b'"deep"' + b"}" * 100) == "no reason given."


def test_a_secret_is_taken_out_before_the_cut_so_that_no_half_of_it_stays() -> None:
    words = procore_words(b"a" * 490 + b"-SECRET-SECRET", lambda text: text.replace("SECRET-SECRET", "[secret]"))
    assert words.endswith("a-[secret].")
