"""Looks for secrets in everything that was stored: databases row by row, files byte by byte."""

import base64
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from pydantic import SecretStr

# Where something was found, and the text there.
Place = tuple[str, str]


def code_pattern(codes: Iterable[str]) -> re.Pattern[str]:
    """Find one-time codes as whole words; the digits after the point of a time or an amount are none."""
    return re.compile(rf"(?<![\w.:])(?:{'|'.join(sorted(codes))})(?!\w|[.:]\d)")


def secret_pattern(secrets: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(secret) for secret in sorted(secrets)))


def spellings(secret: SecretStr) -> frozenset[str]:
    """An authenticator's secret as apps show it, and its bytes in the ways that programs print bytes."""
    text = secret.get_secret_value()
    raw = base64.b32decode(text)
    return frozenset({text, text.lower(), raw.hex(), base64.b64encode(raw).decode(), raw.decode("latin-1")})


def rows_in(database: Path) -> Iterator[Place]:
    """Every value of every column of every table of a SQLite file; its freed pages are not read."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            cursor = connection.execute(f'SELECT * FROM "{name}"')
            columns = [column[0] for column in cursor.description]
            for row in cursor:
                for column, value in zip(columns, row, strict=True):
                    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                    yield f"{database.name}: {name}.{column}", text


def files_in(*folders: Path) -> Iterator[Place]:
    """Every file of some folders, and of theirs, byte by byte."""
    for folder in folders:
        for file in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if file.is_file():
                yield file.name, file.read_bytes().decode("latin-1")


def found(pattern: re.Pattern[str], places: Iterable[Place]) -> list[str]:
    """Name every place where the pattern occurs, with what stands around it."""
    return [
        f"{place}: ...{text[max(0, match.start() - 60) : match.end() + 60]!r}"
        for place, text in places
        for match in pattern.finditer(text)
    ]
