"""How to reach one Procore company: addresses, service account, and the budget view that is exported."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

# "Recommended at most 2,000" since late 2025; older documents say 10,000 (facts 2.3).
PER_PAGE_MAX = 2000
# One hourly window and a little: a call may have to wait for the whole hour, never longer.
WAIT_SECONDS_MAX = 3660.0
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcoreAccess:
    """Everything `HttpProcore` must be told. Production is login.procore.com and api.procore.com (facts 2.1).

    Raises:
        ValueError: if an address is not a plain https address (http is allowed on this machine only, because
            the client secret would otherwise travel in clear text), or a number is not positive.
    """

    login_url: str
    api_url: str
    client_id: str
    client_secret: SecretStr
    company_id: int
    # The name of the budget view whose rows are read, as people see it in Procore.
    budget_view: str
    # Names of the view's columns that hold quantity, unit of measure and hours; None where there are none.
    quantity_column: str | None = None
    uom_column: str | None = None
    hours_column: str | None = None
    # The longest silence of the network that is waited out in one call.
    timeout_seconds: float = 60.0
    # The longest time one call may spend waiting for Procore's rate limit.
    wait_seconds_max: float = WAIT_SECONDS_MAX
    per_page: int = PER_PAGE_MAX

    def __post_init__(self) -> None:
        """Refuse what could never work or would give the secret away."""
        for name in ("login_url", "api_url"):
            self._check_address(name, getattr(self, name))
        if self.company_id < 1 or self.timeout_seconds <= 0 or self.wait_seconds_max < 0 or self.per_page < 1:
            raise ValueError(
                "Procore access: expected a positive company id, time-out and page size, found "
                f"company_id={self.company_id}, timeout_seconds={self.timeout_seconds}, "
                f"wait_seconds_max={self.wait_seconds_max}, per_page={self.per_page}."
            )

    @staticmethod
    def _check_address(name: str, address: str) -> None:
        parts = urlsplit(address)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        if not is_safe or not parts.hostname or parts.username or parts.query or parts.fragment:
            raise ValueError(
                f"Procore access, {name}: expected a plain https address such as https://api.procore.com "
                f"(http only on this machine), found {parts.scheme}://{parts.hostname or ''}."
            )
