"""Everything that can go wrong between us and Procore.

ProcoreError
  ProcoreUnreachable            no complete answer came: connection, time-out, answer cut short
  AnswerUnreadable              an answer came that is not JSON
  AnswerUnexpected              JSON came that is not what the endpoint is documented to send
  ProcoreRefused                Procore answered with an error status; its own words are kept
    LoginRefused                the login server refused the client id and secret
    AccessDenied                401 or 403
    NotVisible                  404: absent, or not for our eyes (Procore does not tell which)
      ProjectNotVisible
    RuleBroken                  400, 409, 422 and other refusals of what was asked
      UnlockRefused
    ProcoreFailed               5xx: Procore's own failure
  RateLimitExhausted            waiting for the rate limit would take longer than configured
  BudgetViewMissing             no budget view, or more than one, has the configured name
  BudgetColumnMissing           the view has no column, or more than one, with a configured name
  ListMovedWhileReading         a list kept changing between its pages
  BudgetMovedWhileReading       lines and totals kept disagreeing, or the lock changed
  LockNotProven                 the lock is not what was asked for, after all attempts
  ModificationsDestroyed        unlocking made budget modifications disappear

Each error is built from plain positional values, so that it can be pickled between processes. No error
carries the client secret or an access token: the sender takes them out of Procore's words first.
"""

from typing import ClassVar


class ProcoreError(Exception):
    """Something went wrong between us and Procore."""

    # The same request may succeed if it is made again later, nothing having been put right by a person.
    is_temporary: ClassVar[bool] = False


class ProcoreUnreachable(ProcoreError):
    """No complete answer came. Whether Procore did what was asked is unknown."""

    is_temporary = True

    def __init__(self, method: str, path: str, reason: str) -> None:
        """Keep what was asked and how it ended."""
        super().__init__(method, path, reason)
        self.method, self.path, self.reason = method, path, reason

    def __str__(self) -> str:
        """Say that the answer is missing, and where to look."""
        return (
            f"{self.method} {self.path}: expected an answer from Procore, found none ({self.reason}). "
            "Check the network, the proxy and Procore's status page, then try again."
        )


class AnswerUnreadable(ProcoreError):
    """The answer is not JSON: it was cut short, or something between us and Procore answered."""

    is_temporary = True

    def __init__(self, method: str, path: str, status: int, reason: str) -> None:
        """Keep where the answer came from and why it cannot be read."""
        super().__init__(method, path, status, reason)
        self.method, self.path, self.status, self.reason = method, path, status, reason

    def __str__(self) -> str:
        """Say what was found instead of JSON."""
        return (
            f"{self.method} {self.path}: expected JSON, found something else with status {self.status} "
            f"({self.reason}). Try again; if it stays, ask what stands between this machine and Procore."
        )


class AnswerUnexpected(ProcoreError):
    """The answer is JSON, but a value in it is missing or of another kind than documented."""

    def __init__(self, where: str, expected: str, found: str) -> None:
        """Keep the place, the documented kind and what came."""
        super().__init__(where, expected, found)
        self.where, self.expected, self.found = where, expected, found

    def __str__(self) -> str:
        """Name the place, both kinds, and the way out."""
        return (
            f"{self.where}: expected {self.expected}, found {self.found}. "
            "Nothing was guessed; look at this record in Procore, put it right there, and read again."
        )


class ProcoreRefused(ProcoreError):
    """Procore answered with an error status."""

    way_out: ClassVar[str] = "Put right what Procore names, then try again."

    def __init__(self, method: str, path: str, status: int, words: str) -> None:
        """Keep what was asked and Procore's answer in its own words."""
        super().__init__(method, path, status, words)
        self.method, self.path, self.status, self.words = method, path, status, words

    def __str__(self) -> str:
        """Give status and words, then the way out."""
        return f"{self.method} {self.path}: Procore answered {self.status}: {self.words} {self.way_out}"


class LoginRefused(ProcoreRefused):
    """The login server refused to give a token."""

    way_out = "Check client id, client secret and login address (production and sandbox have different ones)."


class AccessDenied(ProcoreRefused):
    """The service account may not do this."""

    way_out = (
        "Give the service account access to this tool and project in Procore, and check the company id; "
        "permitted projects must be chosen again after each update of the app."
    )


class NotVisible(ProcoreRefused):
    """Procore shows nothing here: it is absent, or not for this service account."""

    way_out = "Check the id, and that the service account may see it."


class ProjectNotVisible(NotVisible):
    """The project is absent or hidden from the service account."""

    way_out = (
        "Check the project id and the company id, and choose the project again among the service account's "
        "permitted projects (Procore forgets the choice at each update of the app)."
    )


class RuleBroken(ProcoreRefused):
    """Procore understood and said no."""


class UnlockRefused(RuleBroken):
    """Procore keeps the budget locked. Nothing was changed."""

    way_out = (
        "The budget stays locked and its modifications stay in place. Unlock it by hand in Procore's Budget tool "
        "with 'preserve budget modifications', or wait until what was sent to the ERP is accepted, rejected or "
        "retrieved."
    )


class ProcoreFailed(ProcoreRefused):
    """Procore failed by itself. Whether it did what was asked is unknown."""

    is_temporary = True
    way_out = "Try again later; if it stays, look at Procore's status page."

    def __init__(
        self, method: str, path: str, status: int, words: str, retry_after_seconds: float | None = None
    ) -> None:
        """Keep the wait Procore asks for as well, where it names one (Retry-After)."""
        super().__init__(method, path, status, words)
        self.args = (method, path, status, words, retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds


class RateLimitExhausted(ProcoreError):
    """Procore's rate limit asks for a longer wait than the configured maximum."""

    is_temporary = True

    def __init__(self, method: str, path: str, wait_seconds: float, wait_seconds_max: float, words: str) -> None:
        """Keep the wait asked for and the longest allowed."""
        super().__init__(method, path, wait_seconds, wait_seconds_max, words)
        self.method, self.path, self.words = method, path, words
        self.wait_seconds, self.wait_seconds_max = wait_seconds, wait_seconds_max

    def __str__(self) -> str:
        """Compare both waits."""
        return (
            f"{self.method} {self.path}: Procore's rate limit asks to wait {self.wait_seconds:.0f} s; expected at most "
            f"{self.wait_seconds_max:.0f} s. {self.words} Try again after that time, or find what else uses this "
            "service account's calls."
        )


class BudgetViewMissing(ProcoreError):
    """The configured budget view cannot be told apart in the project."""

    def __init__(self, project_id: int, wanted: str, found: tuple[str, ...]) -> None:
        """Keep the name looked for and the names there are."""
        super().__init__(project_id, wanted, found)
        self.project_id, self.wanted, self.found = project_id, wanted, found

    def __str__(self) -> str:
        """Name the views that exist."""
        return (
            f"Procore project {self.project_id}: expected exactly one budget view named {self.wanted!r}, found "
            f"{_names(self.found)}. Create or share the view in Procore, or configure the name of another one."
        )


class BudgetColumnMissing(ProcoreError):
    """A configured column cannot be told apart in the budget view."""

    def __init__(self, project_id: int, view: str, wanted: str, found: tuple[str, ...]) -> None:
        """Keep the column looked for and the columns there are."""
        super().__init__(project_id, view, wanted, found)
        self.project_id, self.view, self.wanted, self.found = project_id, view, wanted, found

    def __str__(self) -> str:
        """Name the columns that exist."""
        return (
            f"Procore project {self.project_id}, budget view {self.view!r}: expected exactly one column named "
            f"{self.wanted!r}, found {_names(self.found)}. Add the column to the view, or configure another or none."
        )


class ListMovedWhileReading(ProcoreError):
    """A list was different each time its pages were read."""

    is_temporary = True

    def __init__(self, path: str, attempts: int, reason: str) -> None:
        """Keep the list and what last gave the change away."""
        super().__init__(path, attempts, reason)
        self.path, self.attempts, self.reason = path, attempts, reason

    def __str__(self) -> str:
        """Say how often it was read and what moved."""
        return (
            f"GET {self.path}: expected a list that stands still while its pages are read, found that {self.reason} "
            f"(read {self.attempts} times). Let the work in Procore end, then try again."
        )


class BudgetMovedWhileReading(ProcoreError):
    """The budget was different at the end of reading than at its beginning."""

    is_temporary = True

    def __init__(self, project_id: int, attempts: int, expected: str, found: str) -> None:
        """Keep both sides of the disagreement."""
        super().__init__(project_id, attempts, expected, found)
        self.project_id, self.attempts, self.expected, self.found = project_id, attempts, expected, found

    def __str__(self) -> str:
        """Give both sides and the way out."""
        return (
            f"Budget of Procore project {self.project_id}: expected {self.expected}, found {self.found} "
            f"(read {self.attempts} times). Let nobody edit the budget, then try again."
        )


class LockNotProven(ProcoreError):
    """After all attempts the budget's lock is not what was asked for."""

    is_temporary = True

    def __init__(self, project_id: int, desired: str, found: str, last: str) -> None:
        """Keep both states and the last answer."""
        super().__init__(project_id, desired, found, last)
        self.project_id, self.desired, self.found, self.last = project_id, desired, found, last

    def __str__(self) -> str:
        """Give both states and the last answer."""
        return (
            f"Budget of Procore project {self.project_id}: expected {self.desired}, found {self.found}; "
            f"last answer: {self.last} Look at the budget in Procore before trying again."
        )


class ModificationsDestroyed(ProcoreError):
    """Budget modifications that were there before unlocking are gone after it."""

    def __init__(self, project_id: int, expected: int, lost: tuple[int, ...]) -> None:
        """Keep how many there were and the ids that are gone."""
        super().__init__(project_id, expected, lost)
        self.project_id, self.expected, self.lost = project_id, expected, lost

    def __str__(self) -> str:
        """Name the lost modifications."""
        return (
            f"Budget of Procore project {self.project_id}: expected its {self.expected} budget modifications to "
            f"outlive the unlocking, found {len(self.lost)} gone (ids {', '.join(map(str, self.lost))}). Stop working "
            "on this budget and have them entered again from Procore's change history."
        )


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(repr(name) for name in names) or "none at all"
