"""Undos of undos: which exports of a job were taken back for good, and by which. Pure."""

from collections.abc import Iterable


def taken_back_by(exports: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Map the id of each export that was taken back to the id of the export that did so and stands itself.

    An undo that was itself taken back took nothing back: what it undid stands again.

    Args:
        exports: (id, id of the export that it takes back; "" for none) of exports of one job, the oldest first.
    """
    found: dict[str, str] = {}
    # An undo is later than what it takes back: from the latest on, it is known of each whether it stands.
    for export_id, undoes in reversed(tuple(exports)):
        if undoes and export_id not in found:
            found.setdefault(undoes, export_id)
    return found
