"""`python -m sandbox mail`: catches mails until it is told to stop."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from sandbox.mail.catcher import MailCatcher


def main(argv: list[str]) -> None:
    """Catch mails until SIGTERM or SIGINT; print the server's address as one line of JSON when ready."""
    parser = argparse.ArgumentParser(prog="python -m sandbox mail", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--folder", type=Path, required=True, help="where each mail is kept as a file")
    options = parser.parse_args(argv)
    try:
        asyncio.run(_catch(options.folder, options.port))
    except (OSError, OverflowError) as error:
        sys.exit(f"sandbox mail: {error}")


async def _catch(folder: Path, port: int) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    catcher = MailCatcher(folder, port)
    server = await catcher.start()
    sys.stdout.write(json.dumps({"mail_server": catcher.url}) + "\n")
    sys.stdout.flush()
    await stop.wait()
    server.close()
