"""Give a test an S3 store that is reached over HTTP: moto's server, in a process of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest

from serving.demo.running_service import free_port

READY_WITHIN_S = 120.0
# What the driver reads; moto lets everybody in.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "regrade",
    "AWS_SECRET_ACCESS_KEY": "regrade",
    "AWS_DEFAULT_REGION": "eu-central-1",
}


@dataclass(frozen=True)
class S3Server:
    """A running store, where its buckets are, and the process to kill."""

    address: str
    process: subprocess.Popen[bytes]

    def new_folder(self) -> str:
        """Return the URL of a folder in a bucket that is made for it."""
        bucket = f"regrade-{uuid4().hex[:12]}"
        httpx.put(f"{self.address}/{bucket}", trust_env=False).raise_for_status()
        return f"s3://{bucket}/photos"


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Run a store on a free port until the block ends; the driver finds it by its environment variables."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with pytest.MonkeyPatch.context() as environment:
        address = f"http://127.0.0.1:{port}"
        for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": address}.items():
            environment.setenv(name, value)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_until_ready(process, address)
            yield S3Server(address, process)
        finally:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        assert process.poll() is None, "the S3 server ended at once"
        assert time.monotonic() < deadline, "the S3 server did not answer"
        try:
            httpx.get(address, timeout=2, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
