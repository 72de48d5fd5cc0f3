"""Say with what answers are computed: the code, the libraries, and what the processor can do."""

import hashlib
import platform
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from serving.version import installed_version

ROOMS = ("data", "features", "serving")
# What reads photos and cases, and what computes with them.
LIBRARIES = (
    "numpy",
    "onnxruntime",
    "pi-heif",
    "pillow",
    "pydantic",
    "python-stdnum",
    "pyyaml",
    "scipy",
    "simplejpeg",
    "zxing-cpp",
)
# Pillow may be built with others than its wheels bring.
_DECODERS = ("jpg", "libjpeg_turbo", "webp", "zlib")


@cache
def computing() -> dict[str, str]:
    """Return what an answer depends on beside files and inputs, by name."""
    return {
        "regrade": installed_version(),
        "code": code_sha256(),
        "python": platform.python_version(),
        **{name: _version_of(name) for name in LIBRARIES},
        **_decoders(),
        "processor": platform.machine(),
        "processor extensions": " ".join(_extensions()),
    }


def computing_sha256() -> str:
    """Return one hash of all of it."""
    told = "\n".join(f"{name} {value}" for name, value in sorted(computing().items()))
    return hashlib.sha256(told.encode()).hexdigest()


@cache
def code_sha256() -> str:
    """Return one hash over every module of the rooms that answer, with its path."""
    digest = hashlib.sha256()
    for room in ROOMS:
        folder = room_folder(room)
        for path in sorted(folder.rglob("*.py")):
            name = f"{room}/{path.relative_to(folder).as_posix()}"
            body = path.read_bytes()
            digest.update(f"{name} {len(body)}\n".encode() + body)
    return digest.hexdigest()


def room_folder(room: str) -> Path:
    """Return the folder that a room is imported from."""
    return Path(str(import_module(room).__file__)).parent


def _version_of(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _decoders() -> dict[str, str]:
    from PIL import features

    found = {name: features.version(name) for name in _DECODERS}
    return {f"pillow {name}": text for name, text in found.items() if text}


def _extensions() -> list[str]:
    """Return which of the processor's extensions are used: sums may differ by them in the last bit."""
    import numpy as np

    config: Any = np.show_config(mode="dicts")
    found = config["SIMD Extensions"]
    return sorted([*found.get("baseline", []), *found.get("found", [])])
