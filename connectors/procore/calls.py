"""One call to Procore's API: token, company header, rate limit, errors; and which calls may be repeated.

A GET is repeated when its answer was lost, unreadable or a failure of Procore's own (facts 2.2, 2.4).
Anything else is sent once: its caller must read what happened before sending again. A 401 and a 429 are refusals before
any work was done, so after a new token, or after the wait asked for, every call may be sent again.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
import tenacity

from connectors.procore import errors
from connectors.procore.access import ProcoreAccess
from connectors.procore.answers import parse_json
from connectors.procore.limits import RateLimits, asked_wait
from connectors.procore.token import TokenSource
from connectors.procore.words import procore_words

logger = logging.getLogger(__name__)

Params = Mapping[str, str | int]

ATTEMPTS_MAX = 4
# A server that keeps answering 429 although its own times are obeyed is not asked for ever.
REFUSALS_MAX = 10
_BACKOFF_SECONDS_MAX = 20.0
_SHOWN_LENGTH_MAX = 120


@dataclass(frozen=True, slots=True)
class Reply:
    """A good answer: the parsed JSON, its headers, and the call as messages name it."""

    value: Any
    headers: Mapping[str, str]
    where: str


class Calls:
    """Makes calls for one company. Not for several threads at once."""

    def __init__(
        self,
        access: ProcoreAccess,
        *,
        transport: httpx.BaseTransport | None,
        sleep: Callable[[float], None],
        now: Callable[[], float],
    ) -> None:
        self.access = access
        self._sleep = sleep
        self._now = now
        self._client = httpx.Client(timeout=access.timeout_seconds, transport=transport, follow_redirects=False)
        self._token = TokenSource(self._client, access, now=now)
        self.limits = RateLimits(sleep=sleep, now=now, wait_seconds_max=access.wait_seconds_max)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def pause(self, seconds: float) -> None:
        """Wait before looking again."""
        self._sleep(seconds)

    def get(self, path: str, params: Params | None = None) -> Reply:
        """Read, repeating up to three times what failed on the way.

        Raises:
            ProcoreError: the last failure.
        """
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS_MAX),
            wait=self._backoff,
            retry=tenacity.retry_if_exception(_is_worth_repeating),
            before_sleep=self._log_repeat,
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(self.send_once, "GET", path, params)

    def send_once(self, method: str, path: str, params: Params | None = None) -> Reply:
        """Make one call, renewing the token and waiting for the rate limit as need be.

        Raises:
            ProcoreUnreachable, AnswerUnreadable, ProcoreFailed: whether Procore acted is unknown.
            ProcoreError: any other; Procore did not act.
        """
        response, shown_path = self._answered(method, path, params)
        if not response.is_success:
            raise self._refusal(method, shown_path, response)
        try:
            value = parse_json(response.content)
        except ValueError as error:
            begins = self._words(response)[:_SHOWN_LENGTH_MAX]
            reason = self._token.without_secrets(f"{error}; the text is: {begins}")
            raise errors.AnswerUnreadable(method, shown_path, response.status_code, reason) from None
        return Reply(value, response.headers, f"{method} {shown_path}")

    def _answered(self, method: str, path: str, params: Params | None) -> tuple[httpx.Response, str]:
        request = self._client.build_request(
            method, self.access.api_url.rstrip("/") + path, params=params, headers={"Accept": "application/json"}
        )
        request.headers["Procore-Company-Id"] = str(self.access.company_id)
        shown_path = request.url.raw_path.decode("ascii")
        is_renewed, refusals, waited = False, 0, 0.0
        while True:
            request.headers["Authorization"] = f"Bearer {self._token.current()}"
            self.limits.wait_for_room(method, shown_path)
            response = self._sent(request, method, shown_path)
            self.limits.note(response.headers)
            if response.status_code == httpx.codes.UNAUTHORIZED and not is_renewed:
                is_renewed = True
                self._token.forget()
            elif response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                refusals += 1
                words = self._words(response)
                if refusals > REFUSALS_MAX:
                    raise errors.RateLimitExhausted(method, shown_path, waited, self.access.wait_seconds_max, words)
                waited += self.limits.wait_after_refusal(
                    method, shown_path, response.headers, refusals=refusals, waited=waited, words=words
                )
            else:
                return response, shown_path

    def _sent(self, request: httpx.Request, method: str, path: str) -> httpx.Response:
        try:
            return self._client.send(request)
        except httpx.HTTPError as error:
            # Without its cause: that one holds the request, and the request holds the token.
            reason = self._token.without_secrets(f"{type(error).__name__}: {error}")
            raise errors.ProcoreUnreachable(method, path, reason) from None

    def _words(self, response: httpx.Response) -> str:
        return procore_words(response.content, self._token.without_secrets)

    def _refusal(self, method: str, path: str, response: httpx.Response) -> errors.ProcoreError:
        status, words = response.status_code, self._words(response)
        match status:
            case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
                return errors.AccessDenied(method, path, status, words)
            case httpx.codes.NOT_FOUND:
                return errors.NotVisible(method, path, status, words)
            case httpx.codes.REQUEST_TIMEOUT:
                return errors.ProcoreFailed(method, path, status, words)
            case _ if response.is_server_error:
                asked = asked_wait(response.headers, self._now())
                return errors.ProcoreFailed(method, path, status, words, asked)
            case _:
                return errors.RuleBroken(method, path, status, words)

    def _backoff(self, state: tenacity.RetryCallState) -> float:
        # 1, 2, 4 ... seconds, unless a 503 names its own Retry-After.
        error = state.outcome.exception() if state.outcome else None
        own = min(2.0 ** (state.attempt_number - 1), _BACKOFF_SECONDS_MAX)
        asked = error.retry_after_seconds if isinstance(error, errors.ProcoreFailed) else None
        if asked is None:
            return own
        if asked > self.access.wait_seconds_max and isinstance(error, errors.ProcoreFailed):
            raise errors.RateLimitExhausted(error.method, error.path, asked, self.access.wait_seconds_max, error.words)
        return max(asked, own)

    @staticmethod
    def _log_repeat(state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0.0
        logger.warning("Reading again in %.1f s (attempt %d): %s", wait, state.attempt_number + 1, error)


def _is_worth_repeating(error: BaseException) -> bool:
    return isinstance(error, errors.ProcoreUnreachable | errors.AnswerUnreadable | errors.ProcoreFailed)
