"""How laws are tried: the same examples on every machine, few enough to be quick, no wall clock.

`LAW_EXAMPLES=2000 pytest tests/property` tries each law as often as that.
"""

import os

from hypothesis import HealthCheck, Phase, settings

_EXAMPLES = int(os.environ.get("LAW_EXAMPLES", "30"))

LAW = settings(
    max_examples=_EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    # Explaining a failure takes a minute and more; its smallest example says enough.
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    # A busy machine draws examples slowly; that says nothing about the law.
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
# For laws whose single try costs microseconds.
CHEAP_LAW = settings(LAW, max_examples=3 * _EXAMPLES)
