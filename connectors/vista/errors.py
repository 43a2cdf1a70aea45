"""What can go wrong with Vista, as errors that say where, what was expected and found, and the way out.

    VistaError
    ├── DriverNotSupported    the address names a database or driver this product does not speak
    ├── VistaUnavailable      no connection, a lock or a deadlock; safe to run again
    │   └── LoginRefused      the server answered, and does not let the login in: asking again may lock it
    ├── CompanyNotVisible     the login does not see the company (row security), or it does not exist
    ├── VistaNotUnderstood    Vista lacks a setting, or holds one outside its own grammar
    ├── JobCodeDoesNotFit     the job code cannot be written in Vista's job format
    ├── PermitMismatch        the permit is for another plan (invariant 1); nothing was sent to Vista
    ├── StaleEstimate         Vista moved since the plan was made; rolled back
    ├── VistaRefused          a trigger, a constraint or a missing right said no; rolled back
    │   └── PostingDisagrees  Vista posted something else than planned; rolled back
    └── OutcomeUnknown        the commit's reply was lost, and reading the job did not tell

Each error is made of plain values, so that it survives pickling; none carries the address's password. What became of
the export is told by who knows it (`told_as`): whoever only read the job has nothing to say about writing.
"""

from dataclasses import dataclass

# Of one attempt to apply a plan, before or after others.
NOTHING_WRITTEN = "Nothing was written."

# A message names this many differences and counts the others.
_DIFFERENCES_SHOWN_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as expected."""

    where: str
    expected: str
    found: str

    def __str__(self) -> str:
        """One sentence."""
        return f"{self.where}: expected {self.expected}, found {self.found}."


class VistaError(Exception):
    """Any failure of the Vista connector. Catch this to catch them all."""


class ToldWithItsOutcome(VistaError):
    """A failure of one statement or connection; what it means for the export is known to whoever sent it."""

    # A sentence about what was written, or "".
    outcome = ""

    def told_as(self, outcome: str) -> None:
        """Say what was written when this went wrong.

        Args:
            outcome: a sentence such as NOTHING_WRITTEN, or "" where nobody knows.
        """
        self.outcome = outcome


class DriverNotSupported(VistaError):
    """The address names a database or driver that is not offered, or the driver is not installed."""


class VistaUnavailable(ToldWithItsOutcome):
    """The connection failed, or a lock was not had in time. It is safe to run again.

    Args:
        cause: where, what was expected and what was found; a sentence.
        way_out: what to do about it; a sentence.
    """

    def __init__(self, cause: str, way_out: str = "Run it again.") -> None:
        super().__init__(cause, way_out)
        self.cause = cause
        self.way_out = way_out

    def __str__(self) -> str:
        return sentences(self.cause, self.outcome, self.way_out)


class LoginRefused(VistaUnavailable):
    """The server does not let the login in. Nobody asks again by themselves: many wrong passwords lock a login."""


class CompanyNotVisible(VistaError):
    """The login does not see the job cost company."""


class VistaNotUnderstood(VistaError):
    """Vista lacks what every company has, or holds it in a form its own grammar does not know."""


class JobCodeDoesNotFit(VistaError):
    """The job code cannot be written in Vista's job format, so no such job can exist."""


class PermitMismatch(VistaError):
    """The permit is for another plan than the one to be applied. Nothing was sent to Vista.

    Args:
        job: the plan's job.
        expected_digest: the digest of the plan to be applied.
        found_digest: the digest that was accepted.
    """

    def __init__(self, job: str, expected_digest: str, found_digest: str) -> None:
        super().__init__(job, expected_digest, found_digest)
        self.job = job
        self.expected_digest = expected_digest
        self.found_digest = found_digest

    def __str__(self) -> str:
        return (
            f"Job {self.job}: expected a permit for the plan {self.expected_digest}, found one for "
            f"{self.found_digest}. Nothing was sent to Vista. Have exactly this plan accepted."
        )


class StaleEstimate(VistaError):
    """Vista no longer holds what the plan was made from; rolled back.

    Args:
        job: the plan's job.
        differences: everything that moved.
    """

    def __init__(self, job: str, differences: tuple[Difference, ...]) -> None:
        super().__init__(job, differences)
        self.job = job
        self.differences = differences

    def __str__(self) -> str:
        return (
            f"Job {self.job}: Vista no longer holds what the plan was made from. {listed(self.differences)} "
            "Nothing was written. Send the budget again: a new plan needs a new acceptance."
        )


class VistaRefused(ToldWithItsOutcome):
    """Vista said no; what was written in the transaction was rolled back.

    Args:
        where: the line, phase or statement Vista refused.
        vista_words: Vista's own message.
        way_out: what a person can do about it.
    """

    def __init__(self, where: str, vista_words: str, way_out: str) -> None:
        super().__init__(where, vista_words, way_out)
        self.where = where
        self.vista_words = vista_words
        self.way_out = way_out

    def __str__(self) -> str:
        return sentences(
            f"{self.where}: expected Vista to take it, found that it answered: {self.vista_words!r}.",
            self.outcome,
            self.way_out,
        )


class PostingDisagrees(VistaRefused):
    """Vista's triggers posted something else than the plan says; found inside the transaction, and rolled back.

    Args:
        job: the plan's job.
        differences: everything that is not as planned.
    """

    def __init__(self, job: str, differences: tuple[Difference, ...]) -> None:
        super().__init__(
            f"Job {job}",
            listed(differences),
            "Look at the triggers of bJCCH, bJCJP, bJCOH, bJCOI, bJCOD, bJCCD and bJCCP, also the site's own; run "
            "`budget-export doctor`.",
        )
        self.args = (job, differences)
        self.job = job
        self.differences = differences

    def __str__(self) -> str:
        return sentences(
            f"{self.where}: Vista did not post what the plan says. {self.vista_words} It was rolled back.",
            self.outcome,
            self.way_out,
        )


class OutcomeUnknown(VistaError):
    """The commit's reply was lost, and the job could not be read back to tell whether it was written.

    Args:
        job: the plan's job.
        found: what reading the job brought, or why it could not be read.
    """

    def __init__(self, job: str, found: str) -> None:
        super().__init__(job, found)
        self.job = job
        self.found = found

    def __str__(self) -> str:
        return (
            f"Job {self.job}: the reply to the commit was lost. Expected to read either the plan or what stood before "
            f"it, found: {self.found} Do not type the budget in by hand; compare the job with the plan, then apply "
            "the same plan again: it is written only if it is not there yet."
        )


def sentences(*parts: str) -> str:
    """Put sentences after each other, without the empty ones."""
    return " ".join(part for part in parts if part)


def listed(differences: tuple[Difference, ...]) -> str:
    """Name the first differences and count the rest."""
    shown = " ".join(str(difference) for difference in differences[:_DIFFERENCES_SHOWN_MAX])
    more = len(differences) - _DIFFERENCES_SHOWN_MAX
    return f"{shown} And {more} more." if more > 0 else shown
