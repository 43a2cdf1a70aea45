"""The access token of the service account: client credentials, renewed before it ends (facts 2.1).

Procore's pages name lifetimes from 15 minutes to 2 hours, so only `expires_in` of the answer is believed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import httpx
from pydantic import SecretStr

from connectors.procore.access import ProcoreAccess
from connectors.procore.answers import parse_json, record
from connectors.procore.errors import (
    AnswerUnexpected,
    AnswerUnreadable,
    LoginRefused,
    ProcoreFailed,
    ProcoreUnreachable,
)
from connectors.procore.limits import asked_wait
from connectors.procore.words import procore_words

TOKEN_PATH = "/oauth/token"  # noqa: S105 - an address, not a secret
# Renewed this long before its end, or a tenth of its life before if it is short.
_SPARE_SECONDS = 60.0
_SERVER_FAILURE = 500
_TOO_MANY_REQUESTS = 429
_OK = 200


@dataclass(frozen=True, slots=True)
class _Token:
    value: SecretStr
    renew_at: float


class TokenSource:
    """Gives a token that has not ended, asking the login server as seldom as possible."""

    def __init__(self, client: httpx.Client, access: ProcoreAccess, *, now: Callable[[], float]) -> None:
        self._client = client
        self._access = access
        self._now = now
        self._token: _Token | None = None
        self._secrets = {access.client_secret.get_secret_value()}

    def current(self) -> str:
        """Return a token that is still good, fetching one if need be (POST /oauth/token).

        Raises:
            LoginRefused: if the login server says no.
            ProcoreUnreachable: if it does not answer.
        """
        if self._token is None or self._now() >= self._token.renew_at:
            self._token = self._fetched()
        return self._token.value.get_secret_value()

    def forget(self) -> None:
        """Drop the token, because Procore does not accept it any more."""
        self._token = None

    def without_secrets(self, text: str) -> str:
        """Take the client secret and every token used so far out of a text, should a server have echoed them."""
        for secret in filter(None, self._secrets):
            text = text.replace(secret, "[secret]")
        return text

    def _fetched(self) -> _Token:
        asked_at = self._now()
        body = {
            "grant_type": "client_credentials",
            "client_id": self._access.client_id,
            "client_secret": self._access.client_secret.get_secret_value(),
        }
        try:
            response = self._client.post(self._access.login_url.rstrip("/") + TOKEN_PATH, json=body)
        except httpx.HTTPError as error:
            # Without its cause: that one holds the request, and the request holds the secret.
            reason = self.without_secrets(f"{type(error).__name__}: {error}")
            raise ProcoreUnreachable("POST", TOKEN_PATH, reason) from None
        if response.status_code != _OK:
            words = procore_words(response.content, self.without_secrets)
            if response.status_code >= _SERVER_FAILURE or response.status_code == _TOO_MANY_REQUESTS:
                asked = asked_wait(response.headers, self._now())
                raise ProcoreFailed("POST", TOKEN_PATH, response.status_code, words, asked)
            raise LoginRefused("POST", TOKEN_PATH, response.status_code, words)
        return self._read(response, asked_at)

    def _read(self, response: httpx.Response, asked_at: float) -> _Token:
        where = f"POST {TOKEN_PATH}"
        try:
            parsed = parse_json(response.content)
        except ValueError:
            # The reason is not told: it could quote the token.
            raise AnswerUnreadable("POST", TOKEN_PATH, response.status_code, "not JSON") from None
        try:
            answer = record(parsed, where)
            token, lasts_seconds = answer.text("access_token"), answer.integer("expires_in")
        except AnswerUnexpected as error:
            raise AnswerUnexpected(
                error.where, error.expected, "something else (not shown: it may be secret)"
            ) from None
        if not token or lasts_seconds < 1:
            raise AnswerUnexpected(where, "a token and a lifetime in seconds", "an empty token or no lifetime")
        self._secrets.add(token)
        spare = min(_SPARE_SECONDS, lasts_seconds / 10)
        return _Token(SecretStr(token), asked_at + lasts_seconds - spare)
