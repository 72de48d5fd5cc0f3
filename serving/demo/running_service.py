"""Run the service as a process of its own, as an operator does, and stop it cleanly."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

# Generous, for a machine that is busy with something else.
READY_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 15.0
LOG_TAIL_LINES = 20


class ServiceNotReady(RuntimeError):
    """A service that ended or stayed silent instead of becoming ready; the message ends with its log."""


@contextmanager
def running_service(
    *,
    record: str,
    log: Path,
    workers: int = 1,
    python: str | Path = sys.executable,
    ready_timeout_s: float = READY_TIMEOUT_S,
) -> Iterator[str]:
    """Serve on a free port of this machine until the block ends, and yield the base address.

    `record` is the record's database URL, `log` takes what the service prints, and `python` is that of
    the environment to serve from. Raises ServiceNotReady.
    """
    port = free_port()
    # -P: what is installed there, not what happens to lie in the folder this was started from.
    command = [str(python), "-P", "-m", "regrade", "serve", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", str(workers), "--record", record]
    with log.open("wb") as output:
        # A session of its own, so that Ctrl-C reaches the caller alone, which then stops the service.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_ready(process, address, log, ready_timeout_s)
        yield address
    finally:
        _stop(process)


def free_port() -> int:
    """Return a port that nothing on this machine listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], address: str, log: Path, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while not _is_ready(address):
        if process.poll() is not None:
            raise ServiceNotReady(f"the service ended with exit code {process.returncode}:\n{_tail(log)}")
        if time.monotonic() > deadline:
            raise ServiceNotReady(f"the service was not ready within {timeout_s:.0f} s:\n{_tail(log)}")
        time.sleep(0.1)


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=2.0, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
