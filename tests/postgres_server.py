"""A private PostgreSQL server for the tests: made in a temporary folder, reached by a socket in it, gone afterwards."""

import getpass
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

START_SECONDS_MAX = 60
OWNER = "budget"


@dataclass(frozen=True)
class PostgresServer:
    """A running server; each database made on it is empty, or a copy of another one."""

    socket_folder: Path

    def new_database(self, template: str = "template1") -> str:
        """Make a database, empty unless another one is named as its template, and return its URL."""
        name = f"journal_{secrets.token_hex(6)}"
        with closing(self.connect("postgres")) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return f"postgresql+psycopg://{OWNER}@/{name}?host={self.socket_folder}"

    def connect(self, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.socket_folder), user=OWNER, dbname=database, autocommit=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Start a server of our own, or skip and say what is missing."""
    programs = _programs()
    # Not pytest's own folder: a server that may not run as root could not enter it.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        account = _account(folder)
        _initialise(programs, folder, account)
        process = _started(programs, folder, account)
        yield PostgresServer(socket_folder=folder)
    finally:
        if process is not None:
            _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """An empty PostgreSQL database of this test's own."""
    return postgres_server.new_database()


def _programs() -> Path:
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for candidate in candidates:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate
    pytest.skip(
        "NO POSTGRESQL: neither initdb on the PATH nor /usr/lib/postgresql/*/bin; install postgresql to run this"
    )


def _account(folder: Path) -> dict[str, Any]:
    """As whom the server runs: it refuses root, so root hands the folder to another account."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    pytest.skip(f"NO POSTGRESQL: it refuses to run as {getpass.getuser()}, and there is no account postgres or nobody")


def _initialise(programs: Path, folder: Path, account: dict[str, Any]) -> None:
    command = [
        str(programs / "initdb"),
        "-D",
        str(folder / "data"),
        "-U",
        OWNER,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
    ]
    done = subprocess.run(
        [*command, "--no-sync"], cwd=folder, capture_output=True, text=True, check=False, timeout=120, **account
    )
    if done.returncode != 0:
        pytest.skip(f"NO POSTGRESQL: initdb failed: {done.stderr[-800:]}")


def _started(programs: Path, folder: Path, account: dict[str, Any]) -> subprocess.Popen[bytes]:
    log = folder / "server.log"
    # No port is opened; durability is not what these tests look at.
    options = ["-c", "listen_addresses=", "-k", str(folder), "-c", "fsync=off", "-c", "max_connections=60"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(folder / "data"), *options],
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            **account,
        )
    server = PostgresServer(socket_folder=folder)
    give_up_at = time.monotonic() + START_SECONDS_MAX
    while process.poll() is None and time.monotonic() < give_up_at:
        try:
            server.connect("postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return process
    _stop(process)
    pytest.skip(f"NO POSTGRESQL: the server did not start: {log.read_text(errors='replace')[-800:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        # SIGINT is PostgreSQL's fast shutdown: sessions end, files are left whole.
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
