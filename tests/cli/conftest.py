"""The desk for the tests of the command line."""

from tests.cli.desk import desk
from tests.cli.office import office
from tests.flows.bench_setting import bench, open_bench, procore_server, real_bench, templates

__all__ = ["bench", "desk", "office", "open_bench", "procore_server", "real_bench", "templates"]
