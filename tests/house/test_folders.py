"""A folder holds no more than a newcomer can take in, and a name says in one way where to look."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

MAX_FILES = 20
ROOMS = ("data", "features", "serving", "training")

# What a name means wherever it stands. A name that is not here stands in one folder only.
MEANINGS = {
    "card": "the card of a release, as Markdown",
    "evaluate": "measure a release through the code that serves it",
    "findings": "what was found on a device, as the bench or a model reports it",
    "history": "earlier orders and returns of a customer",
    "model": "a released model, opened and asked",
    "plots": "the figures of a report",
    "policy": "the versioned file that turns an answer into an action",
    "release": "a released model's folder with its manifest: opened in serving, written in training",
    "report": "what a person reads of a run, with its figures",
    "rma": "a return authorisation",
    "settings": "what one run may be told, read from a file or the environment",
    "train": "fit a model and write its release",
    "verbs": "the verbs that a room offers on the command line",
    "verification": "what the bench found when it opened the parcel",
}


def modules(clone: Path) -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((clone / room).rglob("*.py"))


def test_no_folder_holds_more_than_a_newcomer_takes_in(clone: Path) -> None:
    tests = [path for path in (clone / "tests").rglob("*.py") if "node_modules" not in path.parts]
    counts = Counter(str(path.parent.relative_to(clone)) for path in [*modules(clone), *tests])

    assert {folder: files for folder, files in counts.items() if files > MAX_FILES} == {}


def test_every_folder_of_code_is_a_package(clone: Path) -> None:
    # What has no __init__.py is not seen by import-linter, so that no contract would hold there.
    folders = {path.parent for path in modules(clone)}

    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_a_module_name_in_two_folders_has_one_meaning(clone: Path) -> None:
    folders = defaultdict(list)
    for path in modules(clone):
        if path.name != "__init__.py":
            folders[path.stem].append(str(path.parent.relative_to(clone)))
    shared = {name: places for name, places in folders.items() if len(places) > 1}

    unexplained = {name: places for name, places in shared.items() if name not in MEANINGS}
    assert unexplained == {}, "give each another name, or say in MEANINGS what the name means in all of them"
    assert sorted(MEANINGS.keys() - shared) == [], "explained, but no longer shared"
