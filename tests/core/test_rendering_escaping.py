import pytest

from jobcost.rendering.escaping import markdown_link, single_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Sitework\r\n(north)\tphase 2", "Sitework  (north) phase 2"),
        ("first\u2028second\u2029third\x85fourth", "first second third fourth"),
        ("\x1b[31mred\x00", " [31mred "),
        ("no\u00a0break", "no break"),
        ("Erdarbeiten für 漢字", "Erdarbeiten für 漢字"),
    ],
)
def test_a_text_is_put_on_one_line(text: str, line: str) -> None:
    assert single_line(text) == line


def test_a_direction_mark_cannot_make_an_amount_read_backwards() -> None:
    assert single_line("deduct \u202e00.001\u202c now") == "deduct 00.001 now"


def test_half_of_a_sign_becomes_one_that_can_be_written_to_a_file() -> None:
    assert single_line("a\ud83db").encode() == b"a\xef\xbf\xbdb"


def test_a_label_with_brackets_stays_the_label_of_its_link() -> None:
    assert markdown_link("a [b](http://evil.example) c", "https://x.example/1") == (
        "[a \\[b\\](http:\u2060//evil.example) c](https://x.example/1)"
    )


def test_an_address_cannot_leave_its_link() -> None:
    assert markdown_link("run", "http://x.example/a) [b](c <d>\n") == (
        "[run](http://x.example/a%29%20%5Bb%5D%28c%20%3Cd%3E%0A)"
    )


def test_an_address_that_is_no_web_address_is_shown_as_text() -> None:
    assert markdown_link("run", "javascript:alert(1)") == "run (javascript:alert(1))"
