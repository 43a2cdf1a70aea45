"""What only the database's own catalogue tells: asked by `budget-export doctor`, and by no export.

The tables beneath the views are named here and read nowhere. Source: facts/vista.md 1.2, 8 step 1.
"""

from sqlalchemy import text

from connectors.vista.tables import metadata

# What the login must be able to do besides reading every view; deployments/README.md tells the same.
# UPDATE is asked for column by column: a grant on the columns alone is enough.
WRITES_OF_ESTIMATES = (
    ("JCJP", "INSERT"),
    ("JCCH", "INSERT"),
    *((f"JCCH.{column}", "UPDATE") for column in ("OrigHours", "OrigUnits", "OrigCost")),
)
WRITES_OF_CHANGES = (("JCOH", "INSERT"), ("JCOI", "INSERT"), ("JCOD", "INSERT"))
READS = tuple((name, "SELECT") for name in sorted(metadata.tables))
PROCEDURE = ("bspJCADDPHASE", "EXECUTE")
# The tables beneath that an export fills, itself or through Vista's triggers.
FILLED = ("bJCCH", "bJCJP", "bJCCD", "bJCCP", "bJCOH", "bJCOI", "bJCOD")
# What no export needs. The first ones hold all the others.
EVERYTHING = (("sysadmin", "member"), ("db_owner", "member"), ("database", "CONTROL"))
_ROLES = ("db_datawriter", "db_datareader", "db_ddladmin", "db_securityadmin")
_VIEWS = tuple(table.removeprefix("b") for table in FILLED)
_RIGHTS_ON_OBJECTS = (
    *((view, "DELETE") for view in _VIEWS),
    *((table, permission) for permission in ("SELECT", "INSERT", "UPDATE", "DELETE") for table in FILLED),
)
_OTHER_UPDATES = tuple((f"{view} (other columns)" if view == "JCCH" else view, "UPDATE") for view in _VIEWS)
# Each column is asked for, because a DENY may name some and forget others.
_OTHER_UPDATE = (
    "SELECT '<name>' AS name, 'UPDATE' AS permission, "
    "MAX(HAS_PERMS_BY_NAME('dbo.<view>', 'OBJECT', 'UPDATE', c.name, 'COLUMN')) AS granted FROM sys.columns AS c "
    "WHERE c.object_id = OBJECT_ID('dbo.<view>') AND c.name NOT IN ('OrigHours', 'OrigUnits', 'OrigCost')"
)
NOT_ASKED = (*EVERYTHING, *((role, "member") for role in _ROLES), *_OTHER_UPDATES, *_RIGHTS_ON_OBJECTS)


def _permission(name: str, permission: str) -> str:
    view, _, column = name.partition(".")
    arguments = f"'dbo.{view}', 'OBJECT', '{permission}'" + (f", '{column}', 'COLUMN'" if column else "")
    return f"SELECT '{name}' AS name, '{permission}' AS permission, HAS_PERMS_BY_NAME({arguments}) AS granted"


def _other_update(name: str) -> str:
    return _OTHER_UPDATE.replace("<name>", name).replace("<view>", name.partition(" ")[0])


def _role(name: str) -> str:
    return f"SELECT '{name}' AS name, 'member' AS permission, IS_MEMBER('{name}') AS granted"


SERVER_SQLITE = text("SELECT 'SQLite ' || sqlite_version() AS server, 'none, a file' AS login")
SERVER = text(
    "SELECT CAST(SERVERPROPERTY('ProductVersion') AS varchar(128)) AS server, "
    "CAST(SERVERPROPERTY('Edition') AS varchar(128)) AS edition, SUSER_SNAME() AS login, USER_NAME() AS user_name, "
    "DB_NAME() AS database_name"
)
# UNVERIFIED on a genuine SQL Server whether a login without further rights sees every one of these.
COLLATION = text(
    "SELECT CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS varchar(128)) AS of_database, "
    "(SELECT c.collation_name FROM sys.columns AS c "
    "WHERE c.object_id = OBJECT_ID('dbo.JCCH') AND c.name = 'Phase') AS of_phase"
)
SNAPSHOTS = text(
    "SELECT d.is_read_committed_snapshot_on AS is_read_committed_snapshot_on, "
    "d.snapshot_isolation_state AS snapshot_isolation_state FROM sys.databases AS d WHERE d.database_id = DB_ID()"
)
CLOCK = text("SELECT SYSUTCDATETIME() AS utc, SYSDATETIME() AS local")
_IS_SYSADMIN = "SELECT 'sysadmin' AS name, 'member' AS permission, IS_SRVROLEMEMBER('sysadmin') AS granted"
_HAS_CONTROL = (
    # Quoted, because the function takes a name with a dot in it, such as Viewpoint.Test, for two.
    "SELECT 'database' AS name, 'CONTROL' AS permission, "
    "HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), 'DATABASE', 'CONTROL') AS granted"
)
BEYOND_NEED = text(
    " UNION ALL ".join(
        (
            _IS_SYSADMIN,
            _HAS_CONTROL,
            *(_role(name) for name in ("db_owner", *_ROLES)),
            *(_other_update(name) for name, _ in _OTHER_UPDATES),
            *(_permission(*one) for one in _RIGHTS_ON_OBJECTS),
        )
    )
)
PERMISSIONS = text(
    " UNION ALL ".join(_permission(*one) for one in (*READS, *WRITES_OF_ESTIMATES, *WRITES_OF_CHANGES, PROCEDURE))
)
TRIGGERS_SQLITE = text("SELECT name AS name, 0 AS is_disabled FROM sqlite_master WHERE type = 'trigger'")
TRIGGERS = text(
    "SELECT o.name AS table_name, t.name AS name, t.is_disabled AS is_disabled, m.definition AS definition "
    "FROM sys.triggers AS t JOIN sys.objects AS o ON o.object_id = t.parent_id "
    "LEFT JOIN sys.sql_modules AS m ON m.object_id = t.object_id "
    "WHERE o.name IN ('bJCCH', 'bJCJP', 'bJCCD', 'bJCCP', 'bJCOH', 'bJCOI', 'bJCOD')"
)
