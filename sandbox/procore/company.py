"""What belongs to the whole company of the sandbox Procore: its people, lists, views, and the application's access."""

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Company:
    """The one company the application is connected to."""

    id: int = 8089
    name: str = "Sandbox Builders"
    currency_iso_code: str = "USD"
    # True: budget changes have replaced budget modifications, whose API then only reads.
    uses_budget_changes: bool = True
    uom_character_limit: str = "20"
    erp_integration_name: str = "Viewpoint Vista"


@dataclass(slots=True, kw_only=True)
class Client:
    """The application's credentials and the service account behind them."""

    id: str = "sandbox-client"
    secret: str = "sandbox-secret"
    user_id: int = 900
    user_name: str = "Budget Export Service"
    user_login: str = "budget.export@example.com"
    # Seconds a token lives.
    token_seconds: int = 5400


@dataclass(slots=True, kw_only=True)
class Access:
    """What the service account may do. Tools: admin, budget, directory."""

    # None: every project. A project outside the list does not exist for the caller (404).
    permitted_projects: list[int] | None = None
    # Tools the account may not use at all (403), and tools it may only read.
    denied_tools: list[str] = field(default_factory=list)
    read_only_tools: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class User:
    """A person of the company directory."""

    id: int
    first_name: str
    last_name: str
    email_address: str
    erp_integrated_accountant: bool
    is_active: bool = True
    job_title: str = ""
    origin_id: str | None = None

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


@dataclass(slots=True, kw_only=True)
class Uom:
    """A unit of measure of the company's list."""

    id: int
    name: str
    description: str
    category: str


@dataclass(slots=True, kw_only=True)
class LineItemType:
    """A cost type."""

    id: int
    code: str
    name: str
    base_type: str
    origin_id: str | None = None


@dataclass(slots=True, kw_only=True)
class BudgetColumn:
    """A column of a budget view; `shows` names the line's value it holds."""

    id: str
    name: str
    type: str
    shows: str


@dataclass(slots=True, kw_only=True)
class BudgetView:
    """A budget view of the company."""

    id: int
    name: str
    description: str
    columns: list[BudgetColumn]
