"""The way out for each reason why SQL Server, or Microsoft's driver on the way to it, refuses a connection.

Source: facts/sqlserver.md (drivers); the words stand in Microsoft's ODBC driver 18 itself. The numbers are those of
SQL Server, which pyodbc shows in brackets and mssql-python hides. docs/sql-server.md tells more.
UNVERIFIED: the words of OpenSSL behind `SSL Provider:`, as a real SQL Server brings them about; numbers and words of a
server that is not ready (17187, 18401, 18451, 18461), of a login without a user (916) and of a logon trigger (17892).
"""

import re

# These come with the words or the state of a refused login, which is none: asking again locks nobody out.
_SERVER = (
    (
        r"(?:script upgrade|single user) mode|administrators may connect|not ready to accept|\((?:17187|184[056]1)\)",
        "The server is starting, being upgraded or being looked after: wait until it is done, then run it again.",
    ),
    (
        r"Cannot open (?:user default )?database|\(406[04]\)",
        "Check the database's name, that the login is a user of it, and that it is not being restored.",
    ),
    (
        r"is not able to access the database|\(916\)",
        "Make the login a user of the database (docs/sql-server.md, section 1).",
    ),
    (r"due to trigger execution|\(17892\)", "A logon trigger of the server keeps the login out: ask who runs it."),
    (
        r"Kerberos|SSPI|GSSAPI|untrusted domain|\(18452\)",
        "Get a Kerberos ticket for the account (kinit), or name the server's ServerSPN.",
    ),
)
_LOGIN = (
    (
        r"account (?:is disabled|is currently locked out|has expired|must be changed)|\((?:18470|1848[678])\)",
        "The login is known but closed: let whoever runs SQL Server enable it, or give it a new password.",
    ),
    (
        r"Login failed|\(18456\)|\[28000\]|Invalid authorization specification",
        "Check login and password, and that SQL Server takes SQL logins (mixed mode).",
    ),
)
_ENCRYPTION = (
    (
        r"OpenSSL library|requires OpenSSL",
        "Install OpenSSL 3 (Debian: libssl3), which the driver encrypts with.",
    ),
    (
        r"subject name does not match|host ?name mismatch|principal name",
        "Name the server as its certificate does, or give HostNameInCertificate the name in it.",
    ),
    (
        r"certificate has expired|expired or not valid|certificate is not yet valid",
        "Let whoever runs SQL Server renew its certificate; check this machine's clock, too.",
    ),
    (
        r"Provided certificate doesn't match|Custom server certificate|file path for server certificate",
        "Give ServerCertificate a file with the certificate that the server shows now.",
    ),
    (
        r"certificate verify failed|self.signed|local issuer|certificate chain|not trusted",
        "Let this machine trust the authority of the server's certificate (docs/sql-server.md, section 3).",
    ),
    (
        r"unsupported protocol|no protocols available|protocol version|handshake failure|key too small",
        "The server offers only an old TLS: let whoever runs it enable TLS 1.2 or later.",
    ),
    (
        r"Encryption not supported|no valid certificate",
        "The server has no certificate to encrypt with: give it one. Encrypt=no is for where nobody can listen in.",
    ),
    (
        r"SSL Provider|Encryption\(ssl/tls\)|certificate",
        "Check what the server encrypts with: TLS 1.2 or later, and a certificate that this machine trusts.",
    ),
)
_NETWORK = (
    (
        r"shared object|dlopen|load (?:the )?(?:driver|library)|Can't open lib|\[IM00[23]\]|Data source name not found",
        "Install what the driver needs: libltdl7, libkrb5-3, libgssapi-krb5-2; for mssql+pyodbc also msodbcsql18.",
    ),
    (
        r"Invalid value specified for connection string|Invalid connection string attribute|ConnectionString",
        "Correct the option of the address that is named here; if none is, look at the value of each.",
    ),
    (
        r"Server/Instance Specified|requested instance",
        "Check the instance's name, or write server:port instead of the instance, which needs no SQL Server Browser.",
    ),
    # 11001 and 11002.
    (r"0x2AF[9A]", "Check the server's name, and that this machine can find its address."),
    # 10057 and 10061.
    (r"0x2749|0x274D", "Check the server's port, that SQL Server listens on TCP there, and the firewall."),
    # 10054.
    (
        r"0x2746",
        "The server hung up: with Encrypt=strict it must be SQL Server 2022 or later; otherwise look into its log.",
    ),
    (
        r"timeout|timed out|08001|network-related|TCP Provider|Client unable to establish connection",
        "Check the server's name, port and firewall, that it listens on TCP, and VISTA_LOGIN_SECONDS.",
    ),
)

_LOGINS_NAME = re.compile(r"for (?:user|login) '[^']*'", re.IGNORECASE)


def way_in(said: str) -> str:
    """Tell what a person can do about a connection that failed.

    Args:
        said: everything that the driver said, with its numbers; the first reason in the tables above counts.
    """
    for table in (_SERVER, _LOGIN, _ENCRYPTION, _NETWORK):
        way_out = _first(table, said)
        if way_out:
            return way_out
    return "Check the server, the login and the network, then run it again."


def is_login_refused(said: str) -> bool:
    """Tell whether login or password were wrong or closed: repeating that may lock the login."""
    return not _first(_SERVER, said) and bool(_first(_LOGIN, said))


def _first(table: tuple[tuple[str, str], ...], said: str) -> str:
    """Return the way out of the first pattern in a table that is found; "" if none is."""
    # A login may be called svc-kerberos.
    words = _LOGINS_NAME.sub("for user", said)
    return next((way_out for pattern, way_out in table if re.search(pattern, words, re.IGNORECASE)), "")
