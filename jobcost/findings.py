"""A finding: one thing to know about a budget before it is exported. Findings are values, never exceptions."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters. BLOCK forbids the export; WARNING is shown and may be accepted; NOTE only tells."""

    BLOCK = "block"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong or notable, where, what was expected, what was found, and the way out."""

    rule: str
    severity: Severity
    # The budget line or phase as people name it; "" when the finding is about the whole budget or job.
    where: str
    what: str
    expected: str
    found: str
    way_out: str

    def __str__(self) -> str:
        """One sentence per fact, for terminals and logs."""
        place = f"{self.where}: " if self.where else ""
        return f"[{self.rule}] {place}{self.what} Expected {self.expected}; found {self.found}. {self.way_out}"
