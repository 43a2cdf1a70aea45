"""`python -m sandbox procore`: serves the sandbox until it is told to stop."""

import argparse
import json
import signal
import sys
from pathlib import Path
from threading import Event

from sandbox.procore.limits import DOCUMENTED, UNLIMITED
from sandbox.procore.running import running_procore


def main(argv: list[str]) -> None:
    """Serve until SIGTERM or SIGINT; print the addresses as one line of JSON when ready."""
    options = _options(argv)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        with running_procore(
            options.seed,
            UNLIMITED if options.unlimited else DOCUMENTED,
            port=options.port,
            state_file=options.state,
        ) as running:
            running.state.client.token_seconds = options.token_seconds
            urls = {"login_url": running.login_url, "api_url": running.api_url, "control_url": running.control_url}
            sys.stdout.write(json.dumps(urls) + "\n")
            sys.stdout.flush()
            stop.wait()
    except (OSError, ValueError) as error:
        sys.exit(f"sandbox procore: {error}")


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox procore", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", default="public_works", help="public_works, empty or generated:<lines>")
    parser.add_argument("--state", type=Path, help="file the state is taken from, if it is there, and kept in")
    parser.add_argument("--unlimited", action="store_true", help="without the rate limits Procore documents")
    parser.add_argument("--token-seconds", type=int, default=5400, help="how long a token lives")
    return parser.parse_args(argv)
