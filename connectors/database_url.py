"""Reads the address of a database and repeats nothing of it: where it is wrong, a password may stand anywhere.

SQLAlchemy takes what follows a stray @, : or / of a password for the server, its port or the database, quotes it in its
own error, or hands it on as a server's name that every message shows.
"""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_FORM = (
    "expected driver://login:password@server/database with special characters of login and password percent-encoded "
    "(%40 for @, %3A for :, %2F for /)"
)


def read_database_url(text: str) -> URL:
    """Read an address; in one of a server there is one @ at most, right before the server.

    Raises:
        ValueError: saying what was expected. It repeats nothing of the address, and has no context that does.
    """
    url = _parsed(text)
    if url is None or not _stands_where_it_should(text, url):
        raise ValueError(_FORM)
    return url


def _parsed(text: str) -> URL | None:
    try:
        return make_url(text)
    except (ArgumentError, ValueError):
        # A ValueError is that of int(), which quotes what stands where the port should.
        return None


def _stands_where_it_should(text: str, url: URL) -> bool:
    if url.get_backend_name() == "sqlite":
        # A file's path may hold any sign, and there is no password.
        return True
    return text.count("@") <= 1 and "@" not in f"{url.host or ''}{url.database or ''}"
