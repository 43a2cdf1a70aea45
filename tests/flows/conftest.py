"""The workbench for the tests of the steps, and the server for those that kill the flow's processes."""

from tests.flows.bench_setting import bench, open_bench, procore_server, real_bench, templates
from tests.flows.lone_server import lone_server, mortals, server

__all__ = ["bench", "lone_server", "mortals", "open_bench", "procore_server", "real_bench", "server", "templates"]
