"""Which tests share a process of pytest-xdist, and which begin first.

Lets `xdist_group` marks have an effect: pytest-xdist 3.8 writes the group into an attribute that pytest 9.2 dropped.

Without this, tests that share one server run in several processes, and each starts its own. Away with it as soon as
pytest-xdist knows pytest 9.2: `pytest -n 2 --dist loadgroup -v` then shows `@group` behind the names without it.
"""

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a process of pytest-xdist, append the group to each test's id, as its scheduler expects."""
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        groups = sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")})
        suffix = "@" + "_".join(groups)
        if groups and not item.nodeid.endswith(suffix):
            item._id = type(item._id).parse(item.nodeid + suffix)
    # The longest begins first: alone at the end, it would let the other processes wait.
    items.sort(key=lambda item: not item.nodeid.startswith("tests/model/"))
