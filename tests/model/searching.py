"""How the machine is let loose: how many sequences, of which seed, in which shares."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.internal.conjecture.engine import ConjectureRunner
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import FoldingProject, Project, ProjectWithoutChanges

SEQUENCES_OF_MAKE_TEST = 300
SEQUENCES = int(os.environ.get("MODEL_SEQUENCES", str(SEQUENCES_OF_MAKE_TEST)))
# The beginning counts as one.
STEPS = int(os.environ.get("MODEL_STEPS", "8" if SEQUENCES <= SEQUENCES_OF_MAKE_TEST else "12"))
# Of six sequences, so many are of this policy.
SHARES: dict[type[Project], int] = {Project: 4, FoldingProject: 1, ProjectWithoutChanges: 1}
FIXED_SEED = 1


@dataclass(frozen=True)
class Found:
    """What a search came to."""

    # The failure in its first words; "" if nothing was found.
    what: str
    sequences: int

    def __str__(self) -> str:
        found = f"found after {self.sequences} sequences" if self.what else f"NOT FOUND in {self.sequences} sequences"
        return f"{found} ({self.what})" if self.what else found


def let_loose(machine: type[Project], sequences: int, seed_number: int, *, shrinks: bool = True) -> None:
    """Run random sequences; the first failure is raised, with its steps."""
    phases = [Phase.generate, Phase.shrink] if shrinks else [Phase.generate]
    chosen = settings(
        max_examples=sequences,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        phases=phases,
        report_multiple_bugs=False,
    )
    with _every_sequence_drawn_anew():
        run_state_machine_as_test(seed(f"{seed_number} {machine.__name__}")(machine), settings=chosen)


@contextmanager
def _every_sequence_drawn_anew() -> Iterator[None]:
    """Keep hypothesis from following each sequence by five in which parts of it are repeated.

    That finds bugs of values. Of sequences of acts it makes few of many; without it as many find five times as much.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ConjectureRunner, "generate_mutations_from", lambda _runner, _sequence: None)
        yield


def searched(machine: type[Project], seed_number: int = FIXED_SEED) -> Found:
    """Run one project's share of the sequences until something is found, and count them."""
    before = machine.told
    try:
        let_loose(machine, share_of(machine), seed_number, shrinks=False)
    except Exception as problem:  # noqa: BLE001 # whatever it is, it was found
        words = f"{type(problem).__name__}: {problem}".split("\n")[0]
        return Found(words[:100], machine.told - before)
    return Found("", machine.told - before)


def share_of(machine: type[Project]) -> int:
    """How many sequences are of this project."""
    return SEQUENCES * SHARES[machine] // sum(SHARES.values())
