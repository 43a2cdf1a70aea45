"""Random sequences of everything that anybody can do, each held against the model after each step.

300 of them in `make test`, of a seed that stays, so that a red run is no accident; MODEL_SEQUENCES=10000 in a night
(`make night`), of a seed that is new each time. A failure prints its steps and its seed: `pytest tests/model
--hypothesis-seed=N` tells it again, with the same number of sequences.
"""

import logging
import secrets

import pytest

from tests.model.machine import Project
from tests.model.searching import FIXED_SEED, SEQUENCES, SEQUENCES_OF_MAKE_TEST, SHARES, STEPS, let_loose, share_of

SEED_MAX = 1_000_000


@pytest.fixture(autouse=True)
def _in_silence(caplog: pytest.LogCaptureFixture) -> None:
    # Everything breaks here all the time; nobody reads a thousand warnings about it.
    for name in ("connectors", "tasks"):
        caplog.set_level(logging.CRITICAL, name)


@pytest.fixture(scope="session")
def seed_number(request: pytest.FixtureRequest) -> int:
    """The seed that was asked for; else the one that stays, or a new one for a night."""
    asked: str | None = request.config.getoption("--hypothesis-seed")
    if asked is not None and asked != "random":
        return int(asked)
    is_night = SEQUENCES > SEQUENCES_OF_MAKE_TEST or asked == "random"
    return secrets.randbelow(SEED_MAX) if is_night else FIXED_SEED


# A night of ten thousand takes an hour; the shrinking of a failure comes on top.
@pytest.mark.timeout(6 * 60 * 60)
@pytest.mark.parametrize("machine", SHARES, ids=lambda machine: machine.policy)
def test_vista_holds_what_the_model_says(machine: type[Project], seed_number: int) -> None:
    try:
        let_loose(machine, share_of(machine), seed_number)
    except BaseException as failure:
        size = f"MODEL_SEQUENCES={SEQUENCES} MODEL_STEPS={STEPS}"
        told = f"{size} pytest tests/model -k {machine.policy} --hypothesis-seed={seed_number}"
        failure.add_note(f"Told again by: {told}")
        raise
