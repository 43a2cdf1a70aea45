"""Starts a sandbox: `python -m sandbox procore ...`, `python -m sandbox vista ...` or `python -m sandbox mail ...`."""

import sys
from importlib import import_module

SYSTEMS = ("procore", "vista", "mail")


def main(argv: list[str]) -> None:
    """Hand the remaining arguments to the named system's own command line."""
    if not argv or argv[0] not in SYSTEMS:
        found = argv[0] if argv else "nothing"
        sys.exit(f"python -m sandbox: expected one of {', '.join(SYSTEMS)}, found {found}")
    # Only the system asked for is imported: neither needs the other's libraries.
    import_module(f"sandbox.{argv[0]}.cli").main(argv[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
