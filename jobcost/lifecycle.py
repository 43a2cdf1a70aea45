"""The life of an export, as a table.

Rule 1: a state is left only along a row of the table; anything else raises and changes nothing.
Rule 2: the table knows no systems. Who moves an export, and why, is recorded by the journal.
"""

from enum import StrEnum


class ExportState(StrEnum):
    """Where an export is. See docs/lifecycle.md for the picture."""

    PROPOSED = "proposed"
    BLOCKED = "blocked"
    UNCHANGED = "unchanged"
    AWAITING_ACCEPTANCE = "awaiting_acceptance"
    REJECTED = "rejected"
    RETRIEVED = "retrieved"
    EXPIRED = "expired"
    STALE = "stale"
    ACCEPTED = "accepted"
    APPLYING = "applying"
    FAILED = "failed"
    APPLIED = "applied"
    VERIFIED = "verified"
    VERIFICATION_FAILED = "verification_failed"


_S = ExportState

TRANSITIONS: dict[ExportState, frozenset[ExportState]] = {
    # proposed -> failed: reading or planning broke for good; nothing was written.
    _S.PROPOSED: frozenset({_S.BLOCKED, _S.UNCHANGED, _S.AWAITING_ACCEPTANCE, _S.RETRIEVED, _S.FAILED}),
    _S.AWAITING_ACCEPTANCE: frozenset({_S.REJECTED, _S.RETRIEVED, _S.EXPIRED, _S.STALE, _S.ACCEPTED}),
    _S.ACCEPTED: frozenset({_S.APPLYING, _S.STALE}),
    # applying -> stale: the before-image no longer held inside the transaction; it was rolled back.
    # applying -> verification_failed: after a crash nobody can prove whether the write happened (docs/adr/0004).
    _S.APPLYING: frozenset({_S.APPLIED, _S.STALE, _S.FAILED, _S.VERIFICATION_FAILED}),
    _S.APPLIED: frozenset({_S.VERIFIED, _S.VERIFICATION_FAILED}),
    _S.BLOCKED: frozenset(),
    _S.UNCHANGED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.RETRIEVED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.STALE: frozenset(),
    _S.FAILED: frozenset(),
    _S.VERIFIED: frozenset(),
    _S.VERIFICATION_FAILED: frozenset(),
}

OPEN_STATES: frozenset[ExportState] = frozenset(state for state, following in TRANSITIONS.items() if following)


class IllegalTransition(Exception):
    """An export was asked to leave a state along no row of the table; nothing was changed."""

    def __init__(self, existing: ExportState, desired: ExportState, believed: ExportState | None = None) -> None:
        """Name both states and, if it was another one, the state in which the export was believed to be."""
        super().__init__(existing, desired, believed)
        self.existing = existing
        self.desired = desired
        self.believed = believed

    def __str__(self) -> str:
        """Say what was asked and what is possible."""
        if self.believed not in {None, self.existing}:
            return (
                f"An export that is {self.existing} cannot become {self.desired} for what was found while it was"
                f" {self.believed}: another run brought it further. Read the export again."
            )
        possible = ", ".join(sorted(TRANSITIONS[self.existing])) or "nothing: it has ended"
        return f"An export that is {self.existing} cannot become {self.desired}; possible from here: {possible}."


def checked_move(existing: ExportState, desired: ExportState, believed: ExportState | None = None) -> ExportState:
    """Return the desired state if the table allows the move.

    Args:
        existing: where the export is.
        desired: where it is to go.
        believed: where it was when the reason for the move was found; None if the reason holds wherever it is. What
            was found in an accepted export ("nothing was written") is no longer true of one that is applying.

    Raises:
        IllegalTransition: if it does not, or the export has moved on since; the caller must then change nothing.
    """
    if desired not in TRANSITIONS[existing] or believed not in {None, existing}:
        raise IllegalTransition(existing, desired, believed)
    return desired
