"""Fixtures for all tests come from these plugins."""

pytest_plugins = ["tests.nightly", "tests.postgres_server", "tests.prefect_stack", "tests.xdist_groups"]
