"""The newest version of each file of figures is the one that is read, and every one has its reader."""

import re
from collections import defaultdict
from pathlib import Path

ROOMS = ("data", "features", "serving", "training")
NAMED = re.compile(r"(?P<name>.+)-(?P<version>[0-9]+)")


def test_the_newest_version_of_every_file_is_the_one_that_the_code_names(clone: Path) -> None:
    """A new version that no line of code names changes nothing, however right its figures are."""
    code = [path.read_text(encoding="utf-8") for room in ROOMS for path in (clone / room).rglob("*.py")]
    newest = [max(versions.items())[1] for versions in files(clone).values()]

    assert len(newest) > 10
    assert [path.name for path in newest if not any(is_named(path, text) for text in code)] == []


def files(clone: Path) -> dict[Path, dict[int, Path]]:
    """Return the files that carry a version, by their name without it."""
    found: dict[Path, dict[int, Path]] = defaultdict(dict)
    for room in ROOMS:
        for path in (clone / room).rglob("*-*.yaml"):
            if named := NAMED.fullmatch(path.stem):
                found[path.with_name(named["name"])][int(named["version"])] = path
    return found


def is_named(path: Path, text: str) -> bool:
    """Return whether code names a file as a value; a docstring that mentions it does not read it."""
    return f'"{path.name}"' in text or f'"{path.stem}"' in text
