"""Command line: `python -m sandbox vista --url URL [--seed SEED] [--variant NAME ...]`."""

import argparse
import json
import sys

from sqlalchemy.engine import make_url

from sandbox.vista.build import build_vista

# Drivers that this product does not bring: Microsoft's, under its own licence.
_PACKAGES = {
    "mssql+mssqlpython": "mssql-python",
    "mssql+pyodbc": "pyodbc, and Microsoft's package msodbcsql18; or take mssql+mssqlpython: pip install mssql-python",
}


def main(argv: list[str]) -> None:
    """Build the local Vista and print what it holds.

    Raises:
        NotASandbox: the file belongs to something else.
        ValueError: an unknown seed or variant.
    """
    parser = argparse.ArgumentParser(prog="python -m sandbox vista", description="Build a local Vista database.")
    parser.add_argument(
        "--url", required=True, help="sqlite:///FILE, or mssql+mssqlpython://login:password@server/database"
    )
    parser.add_argument("--seed", default="public_works", help="public_works or generated:<number of phases>")
    parser.add_argument("--variant", action="append", default=[], help="what shall be wrong; may be repeated")
    given = parser.parse_args(argv)
    try:
        site = build_vista(given.url, given.seed, tuple(given.variant))
    except ModuleNotFoundError as missing:
        sys.exit(_without_driver(given.url, missing))
    told = {
        "service": "vista",
        "url": make_url(given.url).render_as_string(hide_password=True),
        "seed": site.seed,
        "variants": given.variant,
        "jcco": site.jcco,
        "job": site.job,
        "contract": site.contract.rstrip(" "),
        "phases": len(site.phases),
    }
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _without_driver(url: str, missing: ModuleNotFoundError) -> str:
    driver = make_url(url).drivername
    package = _PACKAGES.get(driver, driver)
    return f"python -m sandbox vista: expected the driver of {driver}, found none ({missing}). pip install {package}"
