"""Deliberate bugs, and whether the machine finds them: `python -m tests.model.mutants [NAME ...]`.

A machine that does not find them within the sequences of `make test` looks at too little.
"""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.model import bugs, bugs_later
from tests.model.beginnings import office_of
from tests.model.searching import searched

MUTANTS = bugs.BUGS | bugs_later.BUGS


@contextmanager
def mutated(name: str) -> Iterator[None]:
    """Let the product have a bug for a while."""
    with pytest.MonkeyPatch.context() as patch:
        MUTANTS[name].change(patch)
        yield


def main(names: list[str]) -> None:
    """Search for each bug, and say after how many sequences it was found."""
    logging.disable(logging.CRITICAL)
    missed = []
    for name in names or MUTANTS:
        machine = MUTANTS[name].machine
        # What a story begins with is told by the right product.
        office_of(machine.policy)
        started = time.process_time()
        with mutated(name):
            found = searched(machine)
        missed += [] if found.what else [name]
        print(f"{name}: {found}, {time.process_time() - started:.0f} s", flush=True)  # noqa: T201 # its output
    print(f"{len(missed)} missed: {', '.join(missed)}")  # noqa: T201 # the same


if __name__ == "__main__":
    main(sys.argv[1:])
