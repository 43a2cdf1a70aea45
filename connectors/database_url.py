"""Reads the address of a database and repeats nothing of it: where it is wrong, a password may stand anywhere.

SQLAlchemy takes what follows a stray @, : or / of a password for the server, its port or the database, quotes it in its
own error, or hands it on as a name that every message shows. So it does with ;PWD=..., as other tools write it.
"""

import re

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from connectors.server_name import is_server_name

_FORM = (
    "expected driver://login:password@server/database with special characters of login and password percent-encoded "
    "(%40 for @, %3A for :, %2F for /), and server and database each a name without ; , & = { } @ : / or %"
)
# Blanks inside are part of a name; before a - they would begin an option of sqlcmd.
_DATABASE = re.compile(r"[\w.$#()'+-]+( [\w.$#()'+][\w.$#()'+-]*)*")


def read_database_url(text: str) -> URL:
    """Read an address; in one of a server there is one @ at most, right before the server, and no odd name.

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
        # A file's path may hold any sign; nobody logs in there, and no server is named.
        return url.host is None and url.username is None and "://" not in (url.database or "")
    if text.count("@") > 1 or not _DATABASE.fullmatch(url.database or "none"):
        return False
    # A server may stand in an option instead.
    return url.host is None or is_server_name(url.host)
