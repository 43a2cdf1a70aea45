r"""Tells whether a text can be the name of a server: in an address, anything else may be a password in a wrong place.

Every message names the server, so whatever reads an address asks here first, and repeats nothing that is refused.
"""

import re
from typing import TypeGuard

_NAME = re.compile(r"[\w.-]+(\\[\w.$-]+)?|[0-9A-Fa-f:.]+")


def is_server_name(text: str | None) -> TypeGuard[str]:
    r"""Tell whether a text is a server's name, a SQL Server's with its instance, or a numeric address.

    >>> [is_server_name(text) for text in ("vista.example.com", r"VISTA\JOBCOST", "2001:db8::7")]
    [True, True, True]
    >>> [is_server_name(text) for text in ("vista;PWD=secret", "me%3Asecret%40vista", "me:secret", "", None)]
    [False, False, False, False, False]
    """
    return _NAME.fullmatch(text or "") is not None
