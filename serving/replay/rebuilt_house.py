"""Lay out the code of today with the files of a kept configuration, in a folder of its own.

The code finds its files beside itself, and many of them once for a process. So what is kept is put where the
code looks, and a process of its own is started there: no path is taken that the service does not take.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from serving.computing import ROOMS, room_folder
from serving.deciding_files import (
    CHAMPIONS,
    OWN_PREVALENCE,
    OWN_RATES,
    OWN_SIZES,
    POLICY,
    RELEASED,
    files_of_release,
    shipped_files,
)
from serving.release import CHAMPIONS_FILE, MODELS_VARIABLE
from serving.settings import (
    POLICY_VARIABLE,
    PREFIX,
    PREVALENCE_VARIABLE,
    RATES_VARIABLE,
    SIZES_VARIABLE,
    THREADS_VARIABLE,
)

_MODELS = "released"
_CHOSEN = {
    POLICY: POLICY_VARIABLE,
    OWN_SIZES: SIZES_VARIABLE,
    OWN_PREVALENCE: PREVALENCE_VARIABLE,
    OWN_RATES: RATES_VARIABLE,
}


class NotRebuilt(ValueError):
    """A kept configuration can't be laid out by this release; the message says why."""


def rebuild(folder: Path, files: Mapping[str, bytes], threads: int) -> dict[str, str]:
    """Lay out code and files below a folder, and return the environment to start a process there with.

    Raises NotRebuilt.
    """
    for room in ROOMS:
        _link_code(room_folder(room), folder / room)
    for part, path in shipped_files().items():
        _put_shipped(folder, path, files.get(part))
    _put_releases(folder / _MODELS, files)
    chosen = {}
    for part, variable in _CHOSEN.items():
        if part in files:
            chosen[variable] = str(_put(folder / f"{part.replace(' ', '-')}.yaml", files[part]))
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(PREFIX)},
        **chosen,
        MODELS_VARIABLE: str(folder / _MODELS),
        THREADS_VARIABLE: str(threads),
        "PYTHONPATH": str(folder),
        # Neither the folder that somebody stands in nor compiled files of another path may come first.
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def parts_apart(kept: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return which parts only this release has a file for, and which only the kept configuration had."""
    optional = {OWN_SIZES, OWN_PREVALENCE, OWN_RATES}
    of_releases = {part for part in kept if part.partition("/")[0] in RELEASED and "/" in part}
    known = {*shipped_files(), POLICY, CHAMPIONS}
    return sorted(known - kept.keys()), sorted(kept.keys() - known - optional - of_releases)


def _link_code(room: Path, target: Path) -> None:
    for path in room.rglob("*.py"):
        link = target / path.relative_to(room)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path)


def _put_shipped(folder: Path, path: Path, body: bytes | None) -> None:
    """Put a kept file where the code looks for it today; one that was not kept is today's."""
    room = next(room for room in ROOMS if path.is_relative_to(room_folder(room)))
    target = folder / room / path.relative_to(room_folder(room))
    if body is None:
        target.symlink_to(path)
    else:
        _put(target, body)


def _put_releases(root: Path, files: Mapping[str, bytes]) -> None:
    try:
        champions = json.loads(files[CHAMPIONS])
        versions = {model: str(champions[model]) for model in RELEASED}
    except (KeyError, TypeError, ValueError) as error:
        raise NotRebuilt(f"the kept {CHAMPIONS_FILE} names no release of {' and '.join(RELEASED)}") from error
    _put(root / CHAMPIONS_FILE, files[CHAMPIONS])
    for model, version in versions.items():
        for name, body in files_of_release(files, model).items():
            _put(root / model / _plain(version) / _plain(name), body)


def _plain(name: str) -> str:
    """Return a name of a file; what leads out of the folder was never written by us."""
    if Path(name).name != name:
        raise NotRebuilt(f"{name!r} is no name of a file of a release")
    return name


def _put(path: Path, body: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path
