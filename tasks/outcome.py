"""How an export ends, as the final state of its flow run: what people see in the Prefect UI's list."""

from typing import Any

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from connectors.journal.records import ExportRecord
from jobcost.lifecycle import ExportState
from jobcost.rendering.outcome import outcome_sentence
from tasks.profiles import profile_of
from tasks.systems import open_systems

_GOOD_ENDS = frozenset({ExportState.VERIFIED, ExportState.UNCHANGED, ExportState.REJECTED, ExportState.RETRIEVED})


def final_state(export: ExportRecord, profile: str = "") -> State[Any]:
    """Name the run's final state after the export's. What a person must look into counts as failed."""
    with open_systems(profile_of(profile, export)) as systems:
        last = systems.journal.transitions(export.id)[-1]
    sentence = outcome_sentence(
        export.state,
        project=export.project_name or str(export.project_id),
        job=export.job,
        detail=last.reason,
        kind=export.kind,
    )
    name = str(export.state).replace("_", " ").capitalize()
    make = Completed if export.state in _GOOD_ENDS else Failed
    return make(name=name, message=f"{export.id}: {sentence}")
