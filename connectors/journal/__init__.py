"""The journal of exports. `Journal` and `open_journal` are the way in; `records` and `errors` say what comes out."""

from connectors.journal.journal import Journal, open_journal
from connectors.journal.migrate import migrate

__all__ = ["Journal", "migrate", "open_journal"]
