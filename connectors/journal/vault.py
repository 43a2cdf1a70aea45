"""The journal's key: it encrypts the authenticators' secrets, and seals the chain of what was recorded.

Rule 1: the key comes from the environment (JOURNAL_KEY) and is stored nowhere; without it nobody can read a secret, or
make a row that passes for one that the journal wrote.
Rule 2: several keys may be given, the newest first: it encrypts and seals, all of them are tried when reading.
"""

import hmac
import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from connectors.journal.errors import JournalError

_SEALING = b"budget-export journal: sealing the chain"


class JournalKeyWrong(JournalError):
    """JOURNAL_KEY is no key, or not the one with which the journal was written."""


class Vault:
    """Encrypts and seals with the journal's key."""

    def __init__(self, keys: str) -> None:
        """Take the key, or several separated by commas, the newest first.

        Raises:
            JournalKeyWrong: if one of them is no key.
        """
        given = [key.strip().encode() for key in keys.split(",") if key.strip()]
        try:
            self._secrets = MultiFernet([Fernet(key) for key in given])
        except ValueError:
            given = []
        if not given:
            raise _no_key()
        self._sealing = tuple(
            HKDF(algorithm=SHA256(), length=32, salt=None, info=_SEALING).derive(key) for key in given
        )

    def encrypt(self, email: str, secret: str) -> str:
        """Encrypt a person's authenticator secret, bound to the person: in another's row it is worth nothing."""
        return self._secrets.encrypt(json.dumps([email, secret]).encode()).decode()

    def decrypt(self, email: str, encrypted: str) -> str:
        """Decrypt a person's authenticator secret.

        Raises:
            JournalKeyWrong: if it was encrypted with another key, for another person, or changed since.
        """
        try:
            owner, secret = json.loads(self._secrets.decrypt(encrypted.encode()))
        except (InvalidToken, ValueError):
            owner, secret = "", ""
        if owner != email:
            raise JournalKeyWrong(
                "The authenticator's secret cannot be read.",
                where=f"Person {email}",
                expected="a secret that this journal's key encrypted for this person",
                found="another one",
                way_out="Set JOURNAL_KEY to the key the journal was written with, or enrol the person again.",
            )
        return str(secret)

    def seal(self, text: str) -> str:
        """Seal a text: 64 hexadecimal characters that only the key can make."""
        return _seal(self._sealing[0], text)

    def is_seal_of(self, seal: str, text: str) -> bool:
        """Tell whether one of the keys sealed exactly this text."""
        return seal.isascii() and any(hmac.compare_digest(seal, _seal(key, text)) for key in self._sealing)

    def seal_secret(self, email: str, secret: str) -> str:
        """Seal a person's authenticator secret, to tell it from an earlier one of theirs; it says nothing about it."""
        return self.seal(_sealed_secret(email, secret))

    def is_seal_of_secret(self, seal: str, email: str, secret: str) -> bool:
        """Tell whether one of the keys sealed exactly this secret of this person."""
        return self.is_seal_of(seal, _sealed_secret(email, secret))


def new_key() -> str:
    """Draw a new key for JOURNAL_KEY."""
    return Fernet.generate_key().decode()


def _sealed_secret(email: str, secret: str) -> str:
    # A link's text begins with its number: no seal of the one passes for a seal of the other.
    return f"secret|{email}|{secret}"


def _seal(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()


def _no_key() -> JournalKeyWrong:
    return JournalKeyWrong(
        "The journal has no key.",
        where="JOURNAL_KEY",
        expected="a key of 32 bytes in URL-safe base64, or several separated by commas, the newest first",
        found="something else",
        way_out="Draw one with budget-export new-key, keep it safe, and set it wherever the export runs.",
    )
