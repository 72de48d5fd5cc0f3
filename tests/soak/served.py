"""Run a service that is killed and started again on the same port, record and photos."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from serving.demo.running_service import free_port
from tests.processes import kill_all, workers_of

WORKERS = 2
READY_WITHIN_S = 300.0
_ASK_AGAIN_S = 0.05


@dataclass
class Served:
    """A service with two workers; `log` takes what all its lives print."""

    record: str
    log: Path
    webhooks: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        command = [sys.executable, "-m", "regrade", "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--workers", str(WORKERS), "--record", self.record, "--webhooks", str(self.webhooks)]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until a worker says that decisions can be kept."""
        end_s = time.monotonic() + READY_WITHIN_S
        while not self._is_ready():
            ended = self._process is None or self._process.poll() is not None
            assert not ended, f"the service ended by itself; see {self.log}"
            assert time.monotonic() < end_s, f"not ready within {READY_WITHIN_S:.0f} s; see {self.log}"
            time.sleep(_ASK_AGAIN_S)

    def kill_worker(self, random_: random.Random) -> None:
        """Kill one of the processes that answer; the service puts another in its place."""
        kill_all([random_.choice(workers_of(self.record))])

    def kill(self) -> None:
        """Kill every process of it at once."""
        own = [self._process.pid] if self._process else []
        kill_all([*own, *workers_of(self.record)])
        if self._process:
            self._process.wait()

    def kill_and_start(self, _: random.Random) -> None:
        """Kill every process of it at once, and start it anew."""
        self.kill()
        self.start()

    def _is_ready(self) -> bool:
        try:
            ready = httpx.get(f"{self.address}/readyz", timeout=5.0, trust_env=False, verify=False)
        except httpx.TransportError:
            return False
        return ready.is_success


@contextmanager
def served(record: str, folder: Path, webhooks: Path) -> Iterator[Served]:
    """Serve until the block ends."""
    service = Served(record, folder / "service.log", webhooks)
    try:
        service.start()
        yield service
    finally:
        service.kill()
