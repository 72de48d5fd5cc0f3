"""Give a test a disk that is small enough to be filled, where this user may mount one."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def small_disk(folder: Path, *, mebibytes: int = 64) -> Iterator[None]:
    """Lay a disk of its own under a folder; without the right to mount it stays what it is.

    The files that decide, models among them, are kept there as well.
    """
    command: list[str | Path] = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", folder]
    mount = subprocess.run(command, capture_output=True, check=False)
    try:
        yield
    finally:
        if mount.returncode == 0:
            subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Leave not a byte on the disk under a folder; skip the test where it is none of its own."""
    if not folder.is_mount():
        pytest.skip("this user may not mount a small disk")
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 512, 1):
            while _writes(file, size):
                pass
    try:
        yield
    finally:
        filler.unlink()


def _writes(file: Any, size: int) -> bool:
    try:
        return file.write(b"x" * size) > 0
    except OSError:
        return False
