"""A small web service on loopback that takes what is posted to it, and can be told to refuse."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class LocalWebService:
    """A service on a free port of 127.0.0.1, up inside a `with` block. What was posted is in `posted`."""

    def __init__(self) -> None:
        self.posted: list[str] = []
        # What every request is answered.
        self.status = 200
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="web service")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def place(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Go down: further requests are refused by the machine."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        def take(request: BaseHTTPRequestHandler) -> None:
            body = request.rfile.read(int(request.headers.get("Content-Length", "0")))
            service.posted.append(body.decode())
            request.send_response(service.status)
            request.send_header("Content-Length", "0")
            request.end_headers()

        silent = {"do_POST": take, "log_message": lambda *_: None}
        return type("Handler", (BaseHTTPRequestHandler,), silent)
