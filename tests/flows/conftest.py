"""The workbench for the tests of the steps."""

from tests.flows.bench_setting import bench, open_bench, procore_server, real_bench, templates

__all__ = ["bench", "open_bench", "procore_server", "real_bench", "templates"]
