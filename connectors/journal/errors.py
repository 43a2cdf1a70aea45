"""What can go wrong with the journal. Each error says what, where, expected, found, and the way out."""

from typing import Any

from connectors.journal.records import ExportRecord
from jobcost.lifecycle import ExportState


class JournalError(Exception):
    """The journal refused, and nothing was changed."""

    def __init__(self, what: str, *, where: str, expected: str, found: str, way_out: str) -> None:
        """Keep the five facts apart, for messages and for people who read them by field."""
        super().__init__(what)
        self.what = what
        self.where = where
        self.expected = expected
        self.found = found
        self.way_out = way_out

    def __str__(self) -> str:
        """Say them in one line."""
        return f"{self.where}: {self.what} Expected {self.expected}; found {self.found}. {self.way_out}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way from one process to another, which exceptions with their own constructor otherwise do not."""
        return (_rebuilt, (type(self), self.args, dict(self.__dict__)))


def _rebuilt(kind: type[JournalError], args: tuple[Any, ...], facts: dict[str, Any]) -> JournalError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(facts)
    return error


class JournalUrlWrong(JournalError):
    """JOURNAL_URL names no database that the journal can live in."""


class JournalUnavailable(JournalError):
    """The database could not be reached, or broke off; what was under way was not recorded."""


class JournalBusy(JournalUnavailable):
    """Another process held the database longer than we wait."""


class JournalNotMigrated(JournalError):
    """The database is older than this program."""


class JournalNewer(JournalError):
    """The database was migrated by a later version of this program."""


class JournalDamaged(JournalError):
    """What is stored is not what was recorded."""


class UnknownExport(JournalError):
    """There is no export with this id."""

    def __init__(self, export_id: str) -> None:
        """Name the id."""
        super().__init__(
            "There is no such export.",
            where=f"Export {export_id}",
            expected="the id of a recorded export, such as EX-20261123-7F3K9Q",
            found=f"{export_id!r}",
            way_out="Look the id up in the inbox or in the job's history.",
        )


class WrongCompany(JournalError):
    """The export belongs to other companies than the ones that are opened: nothing of it may be read or written."""


class ExportIdTaken(JournalError):
    """An export with this id was opened before, by someone else or for another project."""


class OpenExportExists(JournalError):
    """The job or project has an export that has not ended (invariant 9)."""

    def __init__(self, first: ExportRecord) -> None:
        """Name the export that is open, its state, its sender, since when, and the way out."""
        job = f", job {first.job} in company {first.jcco}" if first.job else ""
        self.first = first
        super().__init__(
            "An export of this job is already open.",
            where=f"Project {first.project_id}{job}",
            expected="no open export",
            found=f"{first.id}, which is {first.state}, sent by {first.submitted_by}"
            f" on {first.created_at:%Y-%m-%d %H:%M} UTC",
            way_out=_WAYS_OUT[first.state].format(id=first.id),
        )


_CONTINUE = "Continue {id}: run its flow again; it goes on from where it stopped."
_WAYS_OUT = dict.fromkeys(ExportState, _CONTINUE) | {
    ExportState.PROPOSED: "Continue {id} by running its flow again, or retrieve it and send the budget anew.",
    ExportState.AWAITING_ACCEPTANCE: "Decide {id} (accept or reject), or retrieve it and send the budget anew.",
}


class ExportMoved(JournalError):
    """The export is no longer where the caller believed it to be; someone else was first."""

    def __init__(self, export_id: str, *, expected: frozenset[ExportState], found: ExportState) -> None:
        """Name the state that was expected and the one found."""
        self.export_id = export_id
        self.expected_states = expected
        self.found_state = found
        super().__init__(
            "The export has moved.",
            where=f"Export {export_id}",
            expected=" or ".join(sorted(expected)),
            found=str(found),
            way_out="Read the export again: its transitions say who moved it, when and why.",
        )


class NotAccepted(JournalError):
    """No accepted decision for exactly this plan stands in the journal, so nothing may be written (invariant 1)."""


class NoPlan(JournalError):
    """The export has no plan."""


class PlanMismatch(JournalError):
    """The plan does not belong to this export, or cannot lead to the state asked for."""


class DecisionRefused(JournalError):
    """A decision cannot count. The export was not changed."""


class AnswerOutdated(DecisionRefused):
    """Another answer came first; this one was judged against a question that is no longer open. Judge it again."""


class OtherPlanDecided(DecisionRefused):
    """The answer speaks about another plan than the export's."""


class OtherConsent(DecisionRefused):
    """The first of two approvers accepted another form of the plan: with deleted lines kept, or set to zero."""


class DeadlinePassed(DecisionRefused):
    """The answer came after the deadline (invariant 5)."""


class SenderMayNotAccept(DecisionRefused):
    """The sender of a budget never accepts it (invariant 6)."""


class AcceptedBefore(DecisionRefused):
    """The same person or authority accepted this plan already; a second approver is another (invariant 6)."""


class AcceptedByOne(JournalError):
    """The first of two approvers has accepted the export; its sender cannot take it back any more."""


class ApproverNotEnrolled(DecisionRefused):
    """The person is not enrolled as an approver, or no longer."""


class ApproverLocked(DecisionRefused):
    """Too many wrong one-time codes were given in the person's name."""


class NoDeputy(DecisionRefused):
    """The person does not stand in for the approver in whose place they decided."""


class CodeMissing(DecisionRefused):
    """No one-time code proved who decided; without a proof nothing is decided."""


class CodeUsedBefore(DecisionRefused):
    """The one-time code, or a later one, has counted before."""


class EnrolmentRefused(JournalError):
    """An enrolment cannot be changed so. Nothing was changed."""


class EnrolmentWrong(EnrolmentRefused):
    """What was to be enrolled makes no sense."""


class SamePerson(EnrolmentRefused):
    """Who asks for an enrolment, who confirms it, and whom it is about are three different people."""


class RoleFixed(EnrolmentRefused):
    """Nobody is both approver and operator: a role ends with a revocation before another begins."""


class NothingPending(EnrolmentRefused):
    """No such enrolment waits to be confirmed."""


class NotEnrolled(EnrolmentRefused):
    """There is no such enrolment to revoke or unlock."""


class ReasonMissing(JournalError):
    """A decision that must be explained came without a reason."""


class VerificationContradicted(JournalError):
    """The line results do not carry the outcome that was to be recorded (invariant 4)."""


class NotClearable(JournalError):
    """There is no failed verification to clear here, or it was cleared before."""
