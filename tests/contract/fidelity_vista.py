"""How faithful the sandbox Vista is: every behaviour it reproduces, and every one it cannot, with where that is tested.

`test_sandbox_vista_fidelity.py` performs every row through SQL on the views, and on a SQL Server
`test_sandbox_vista_sql_server_fidelity.py` does, with the rows that SQLite cannot show.
"""

from dataclasses import dataclass

from tests.contract.fidelity_vista_changes import CHANGED
from tests.contract.fidelity_vista_detail import DETAIL
from tests.contract.fidelity_vista_orders import ORDERS
from tests.contract.fidelity_vista_phases import OTHERS, PHASES
from tests.contract.fidelity_vista_pm import PM
from tests.contract.fidelity_vista_postings import POSTED
from tests.contract.fidelity_vista_refusals import REFUSED
from tests.contract.fidelity_vista_types import ACCESS, TYPES

FIDELITY = (*ACCESS, *TYPES, *REFUSED, *POSTED, *CHANGED, *PHASES, *OTHERS, *ORDERS, *PM, *DETAIL)


@dataclass(frozen=True, slots=True)
class NotReproduced:
    """One behaviour of Vista on SQL Server that SQLite cannot show."""

    id: str
    # Section of facts/vista.md or facts/sqlserver.md.
    source: str
    # What the sandbox does instead.
    instead: str
    # The test that covers it, as file::function, some on a SQL Server alone; empty if only a genuine Vista can.
    tested_in: str


_SQL_SERVER = "tests/contract/test_sandbox_vista_sql_server_fidelity.py::test_the_sandbox_does_what_vista_does"
_SQL_TEXT = "tests/connectors/test_vista_sql_server_text.py"

NOT_REPRODUCED = (
    NotReproduced(
        "334-output-on-a-table-with-triggers",
        "vista 6, sqlserver rule 1",
        "SQLite accepts RETURNING",
        f"{_SQL_TEXT}::test_no_statement_asks_for_output_or_merges",
    ),
    NotReproduced(
        "50000-then-3609", "vista 2, 6", "one IntegrityError with the text, the transaction gone", _SQL_SERVER
    ),
    NotReproduced(
        "values-inside-messages",
        "vista 2, 9",
        "SQLite's RAISE takes a literal: <phase> stands for the phase",
        _SQL_SERVER,
    ),
    NotReproduced(
        "like-is-case-sensitive", "vista 1.1", "SQLite's LIKE is not; triggers compare with substr", _SQL_SERVER
    ),
    NotReproduced("code-page-1252", "vista 1.1", "any Unicode text is kept", _SQL_SERVER),
    NotReproduced(
        "row-locks-hints-and-applock",
        "vista 6, sqlserver rule 5",
        "a writer locks the whole file",
        f"{_SQL_TEXT}::test_the_re_read_holds_what_it_read",
    ),
    NotReproduced("multi-row-statements", "vista 2, 6 MERGE", "SQLite's triggers run row by row", _SQL_SERVER),
    NotReproduced(
        "a-plugged-line-gets-a-projection-row",
        "vista 2.7",
        "no PF row for a line with Plugged Y of a job with UpdatePlugs Y: its amounts are not known",
        "",
    ),
    NotReproduced(
        "what-changing-or-deleting-a-change-order-posts",
        "vista 2.7",
        "both are refused, in words of the sandbox's own",
        "tests/connectors/test_vista_sql_server_text.py"
        "::test_nothing_changes_or_takes_out_a_change_order_and_nothing_writes_what_vista_posts",
    ),
    NotReproduced("columns-named-in-any-case", "vista 1.1", "a binary database default would refuse jcco", ""),
)
