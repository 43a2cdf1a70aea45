"""What a worker starts for a flow run (tests.zygote): it stands for another process. Needs nothing but Python."""

import json
import os
import signal
import socket
import sys


def main() -> None:
    """Ask for a process, pass signals on to it, and end as it does."""
    with socket.socket(socket.AF_UNIX) as zygote:
        zygote.connect(os.environ["ZYGOTE_SOCKET"])
        environment = json.dumps({**os.environ, "PWD": os.getcwd()})  # noqa: PTH109 - pathlib takes long to import
        socket.send_fds(zygote, [environment.encode()], [1, 2])
        answers = zygote.makefile()
        process = int(answers.readline())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, _: os.kill(process, received))
        status = int(answers.readline())
    if status < 0:
        # Only the two that are passed on have a handler here.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


if __name__ == "__main__":
    main()
