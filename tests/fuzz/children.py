"""Have photos read in a child process, so that a death is seen and each photo's cost is its own."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.fuzz.reader import LENGTH_BYTES


@dataclass(frozen=True)
class Outcome:
    """What came of one photo: read, refused, unexpected or died; what was said, and what it cost."""

    name: str
    outcome: str
    said: str
    cpu_s: float
    memory_mib: float


def read_in_child(photos: Iterable[tuple[str, bytes]], *, grade: bool = False) -> Iterator[Outcome]:
    """Yield the outcome of each photo; a child that died is followed by another."""
    todo = iter(photos)
    following = next(todo, None)
    while following is not None:
        with _child(grade) as child:
            while following is not None:
                outcome = _ask(child, *following)
                following = next(todo, None)
                yield outcome
                if outcome.outcome == "died":
                    break


@contextmanager
def _child(grade: bool) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.fuzz.reader", *["--grade"] * grade]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        yield child


def _ask(child: subprocess.Popen[bytes], name: str, body: bytes) -> Outcome:
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(len(body).to_bytes(LENGTH_BYTES) + body)
        child.stdin.flush()
        return Outcome(name, **json.loads(child.stdout.readline()))
    except (BrokenPipeError, ValueError):
        return Outcome(name, "died", f"exit code {child.wait()}", 0.0, 0.0)
