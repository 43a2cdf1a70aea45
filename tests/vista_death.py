"""Applies the plan on standard input and dies at a named point: `python -m tests.vista_death URL POINT`."""

import os
import sys

from connectors.vista.sql import SqlVista
from jobcost.plan import plan_from_canonical_text
from tests.vista_plans import permit_for


def main() -> None:
    """Die as a killed process does: no rollback, no goodbye."""
    url, point = sys.argv[1:]

    def die(name: str) -> None:
        if name == point:
            os._exit(9)

    plan = plan_from_canonical_text(sys.stdin.read())
    with SqlVista(url, plan.jcco, checkpoint=die) as vista:
        vista.apply(plan, permit_for(plan))


if __name__ == "__main__":
    main()
