"""One running sandbox: its world, clock, tokens, limits, faults and the log of what was asked."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.procore.clock import Clock
from sandbox.procore.faults import Faults
from sandbox.procore.limits import Limits, RateLimiter
from sandbox.procore.seed import world_from
from sandbox.procore.storage import load, save
from sandbox.procore.world import World


@dataclass(slots=True)
class RequestSeen:
    """A request as it arrived, and the status it got; 0 while, or when, it gets no answer."""

    method: str
    path: str
    query: str
    status: int = 0


@dataclass(slots=True)
class Token:
    """An access token and when it was made and ends, in seconds since 1970."""

    created_at: float
    ends_at: float


@dataclass(slots=True, kw_only=True)
class Sandbox:
    """Everything behind the API; only the event loop of the server and tests touch it."""

    seed: str
    limits: Limits
    state_file: Path | None = None
    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    requests: list[RequestSeen] = field(default_factory=list)
    tokens: dict[str, Token] = field(default_factory=dict)
    limiter: RateLimiter = field(init=False)
    world: World = field(init=False)

    def __post_init__(self) -> None:
        """Take the world from the state file where there is one, else from the seed."""
        self.limiter = RateLimiter(self.limits, self.clock)
        kept = self.state_file is not None and self.state_file.exists()
        self.world = load(self.state_file) if kept and self.state_file else world_from(self.seed)

    def reset(self, seed: str | None = None) -> None:
        """Start again from a seed and the real time; tokens, faults, counts and the log are forgotten.

        Raises:
            ValueError: for an unknown seed; nothing has changed then.
        """
        self.world = world_from(seed or self.seed)
        self.seed = seed or self.seed
        self.tokens.clear()
        self.requests.clear()
        self.faults.clear()
        self.clock.ahead = 0.0
        self.limiter = RateLimiter(self.limits, self.clock)

    def save(self) -> None:
        """Keep the world in the state file, where one was named."""
        if self.state_file is not None:
            save(self.world, self.state_file)

    def new_token(self) -> str:
        """Make a token that lives as long as the client's settings say."""
        token = secrets.token_urlsafe(24)
        now = self.clock.now()
        self.tokens[token] = Token(created_at=now, ends_at=now + self.world.client.token_seconds)
        return token

    def live_token(self, authorization: str) -> Token | None:
        """Find the token of an Authorization header; None when it is missing, unknown or over."""
        scheme, _, value = authorization.partition(" ")
        token = self.tokens.get(value.strip()) if scheme.lower() == "bearer" else None
        return token if token is not None and token.ends_at > self.clock.now() else None

    def revoke(self, authorization: str) -> None:
        """End the token of an Authorization header."""
        self.tokens.pop(authorization.partition(" ")[2].strip(), None)
