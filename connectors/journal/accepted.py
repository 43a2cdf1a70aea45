"""The forms in which a plan may be accepted: as it was proposed, or with the consent to set deleted lines to zero.

Rule: no form but these is ever accepted, and every acceptance of an export is of the same form.
"""

from pydantic import ValidationError
from sqlalchemy import Connection, select

from connectors.journal import models
from connectors.journal.records import ExportRecord
from jobcost.plan import Digest, Plan, plan_from_canonical_text

# How the canonical text of a plan with deleted lines mentions them; no name or text in it can hold this.
_MENTIONS_DELETED = '"deleted":['


def forms_of(plan: Plan) -> frozenset[Digest]:
    """Return the digests that an acceptance of this plan may name."""
    return frozenset({plan.digest, plan.with_zeroing().digest} if plan.deleted else {plan.digest})


def forms_of_text(text: object, digest: object) -> frozenset[object]:
    """Return the digests that an acceptance may name, from a plan's stored text; its own where the text is no plan."""
    if not isinstance(text, str) or _MENTIONS_DELETED not in text:
        return frozenset({digest})
    try:
        return frozenset({digest}) | forms_of(plan_from_canonical_text(text))
    except ValidationError:
        return frozenset({digest})


def acceptable_digests(connection: Connection, existing: ExportRecord) -> frozenset[object]:
    """Return the digests that an acceptance of this export may name; none before it has a plan."""
    if existing.plan_digest is None:
        return frozenset()
    text = connection.scalar(select(models.plan.c.canonical_text).where(models.plan.c.export_id == existing.id))
    return forms_of_text(text, existing.plan_digest)
