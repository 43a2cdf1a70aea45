"""Fixtures for all tests come from these plugins."""

pytest_plugins = [
    "tests.nightly",
    "tests.postgres_server",
    "tests.prefect_stack",
    "tests.sql_server",
    "tests.xdist_groups",
]
