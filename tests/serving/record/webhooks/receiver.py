"""Receive webhooks as an RMA system would: a real HTTP server that answers as a test wants."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from serving.demo.running_service import free_port


@dataclass(frozen=True)
class Received:
    """One message as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def values(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass
class Receiver:
    """What arrived, and what the next answer is: a status, its headers, and how long it takes."""

    port: int = field(default_factory=free_port)
    received: list[Received] = field(default_factory=list)
    status: Callable[[Received], int] = lambda _: 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    @property
    def ids(self) -> list[str]:
        return [message.message_id for message in self.received]

    def wait_for(self, count: int, within_s: float = 60.0) -> None:
        """Wait until so many messages have arrived."""
        end_s = time.monotonic() + within_s
        while len(self.received) < count:
            assert time.monotonic() < end_s, f"{len(self.received)} of {count} messages arrived"
            time.sleep(0.05)

    @contextmanager
    def listening(self) -> Iterator["Receiver"]:
        server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers["content-length"])
                body = self.rfile.read(size)
                if len(body) < size:
                    # Whoever sent it was killed meanwhile: no message has arrived.
                    return
                message = Received({name.lower(): value for name, value in self.headers.items()}, body)
                receiver.received.append(message)
                time.sleep(receiver.delay_s)
                self.send_response(receiver.status(message))
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
