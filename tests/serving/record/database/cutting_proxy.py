"""Stand between a program and its database server, and cut the line at a chosen word."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

ANSWER_WITHIN_S = 30


@dataclass
class CuttingProxy:
    """Pass everything on until a program sends `word`; then cut its line, before or after that is done."""

    server: tuple[str, int]
    listener: socket.socket
    word: bytes | None = None
    is_passed_on: bool = False
    cuts: int = 0
    cut_off: socket.socket | None = None
    answered: threading.Event = field(default_factory=threading.Event)
    lines: list[socket.socket] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def cut_at(self, word: str, *, after: bool) -> None:
        self.word, self.is_passed_on = word.encode(), after

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                program, _ = self.listener.accept()
                server = socket.create_connection(self.server)
                self.lines += [program, server]
                for source, target in ((program, server), (server, program)):
                    threading.Thread(
                        target=self._pass, args=(source, target, source is program), daemon=True
                    ).start()

    def close(self) -> None:
        for line in [self.listener, *self.lines]:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _pass(self, source: socket.socket, target: socket.socket, is_asking: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if is_asking and self.word and self.word in data:
                    self._cut(source, target, data)
                    return
                if target is self.cut_off:
                    self.answered.set()
                else:
                    target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)

    def _cut(self, program: socket.socket, server: socket.socket, data: bytes) -> None:
        self.word = None
        self.cuts += 1
        self.cut_off = program
        if self.is_passed_on:
            server.sendall(data)
            # What the server did is done before the program notices anything.
            assert self.answered.wait(ANSWER_WITHIN_S)
        program.shutdown(socket.SHUT_RDWR)
        server.shutdown(socket.SHUT_RDWR)


@contextmanager
def cutting_proxy(port: int) -> Iterator[CuttingProxy]:
    """Yield a proxy on a free port of this machine, before the server on `port`."""
    proxy = CuttingProxy(("127.0.0.1", port), socket.create_server(("127.0.0.1", 0)))
    threading.Thread(target=proxy.serve, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.close()
