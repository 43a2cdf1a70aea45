"""Compare a text with the one that was read and found good. UPDATE_GOLDEN=1 writes it anew, to be read again."""

import os
from pathlib import Path

_FOLDER = Path(__file__).parent / "golden"


def golden(name: str, made: str) -> str:
    """Return the good text; lines end as they are made, also in CSV files."""
    path = _FOLDER / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8", newline="")
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()
