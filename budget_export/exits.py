"""What the command's exit code says. Documented in docs/cli.md."""

from enum import IntEnum

from connectors.config_file import ConfigProblem
from connectors.journal.errors import JournalDamaged, JournalError, JournalUnavailable, OpenExportExists
from connectors.journal.vault import JournalKeyWrong
from connectors.procore.errors import ProcoreError
from connectors.profile_files import ProfileProblem, UnknownProfile
from connectors.settings import SettingsProblem
from connectors.vista.errors import JobCodeDoesNotFit, VistaError
from tasks.prefect_set_up import PrefectNotReady
from tasks.profiles import ProfilesFailed
from tasks.runs import RunNotAnswered
from tasks.steps.enrol import ChangeRefused
from tasks.steps.propose import NotSendable
from tasks.steps.retrieve import NotRetrieved


class Exit(IntEnum):
    """The exit codes."""

    DONE = 0
    UNEXPECTED = 1
    WRONG_USAGE = 2
    # A finding or a rule forbids it; nothing was written.
    REFUSED = 3
    # Vista does not hold what the plan says, or the journal not what was recorded.
    NOT_AS_PLANNED = 4
    # Settings are wrong, or a system could not be reached or refused to answer.
    SURROUNDINGS = 5


# Errors whose message is written for people; anything else is a defect and keeps its traceback.
_EXITS: tuple[tuple[type[Exception], Exit], ...] = (
    (JournalUnavailable, Exit.SURROUNDINGS),
    (JournalKeyWrong, Exit.SURROUNDINGS),
    (JournalDamaged, Exit.NOT_AS_PLANNED),
    (OpenExportExists, Exit.REFUSED),
    (NotSendable, Exit.REFUSED),
    (NotRetrieved, Exit.REFUSED),
    (ChangeRefused, Exit.REFUSED),
    (RunNotAnswered, Exit.SURROUNDINGS),
    (PrefectNotReady, Exit.SURROUNDINGS),
    (SettingsProblem, Exit.SURROUNDINGS),
    (UnknownProfile, Exit.WRONG_USAGE),
    (ProfileProblem, Exit.SURROUNDINGS),
    (ProfilesFailed, Exit.SURROUNDINGS),
    (ConfigProblem, Exit.SURROUNDINGS),
    (ProcoreError, Exit.SURROUNDINGS),
    # What was typed can be no job, wherever it is looked up.
    (JobCodeDoesNotFit, Exit.WRONG_USAGE),
    (VistaError, Exit.SURROUNDINGS),
    (JournalError, Exit.REFUSED),
)


def exit_of(error: Exception) -> Exit:
    """Return the exit code of an error."""
    return next((code for kind, code in _EXITS if isinstance(error, kind)), Exit.UNEXPECTED)


def is_for_people(error: Exception) -> bool:
    """The error's own message is enough."""
    return exit_of(error) is not Exit.UNEXPECTED
