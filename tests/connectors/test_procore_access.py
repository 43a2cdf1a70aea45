import pytest

from tests.connectors.procore_script import SECRET, access


def test_the_secret_shows_in_no_text_of_the_access() -> None:
    assert SECRET not in f"{access()!r} {access()}"


@pytest.mark.parametrize(
    "address",
    [
        "http://api.procore.com",
        "ftp://api.procore.com",
        "api.procore.com",
        "https://",
        "https://me:word@api.procore.com",
    ],
)
def test_an_address_that_would_show_the_secret_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="expected a plain https address"):
        access(api_url=address)


@pytest.mark.parametrize("address", ["https://api.procore.com", "http://127.0.0.1:8080", "http://localhost:1"])
def test_https_and_this_machine_are_accepted(address: str) -> None:
    assert access(api_url=address).api_url == address


@pytest.mark.parametrize("change", [{"company_id": 0}, {"timeout_seconds": 0}, {"per_page": 0}])
def test_numbers_that_could_never_work_are_refused(change: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="expected a positive company id"):
        access(**change)
