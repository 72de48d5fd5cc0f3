"""Files of data are read in one way: checked, each wrong entry named, known by their hash."""

import hashlib
import json
from pathlib import Path

import pytest
from pydantic import model_validator

from data.strict import Frozen
from data.versioned_file import (
    Fault,
    Faults,
    InvalidFile,
    VersionedFile,
    read_mapping,
    read_versioned,
    read_yaml,
)

ROOMS = ("data", "features", "serving", "training")


class Stamps(Frozen):
    red: int
    blue: float = 0.5


class Sheet(VersionedFile):
    stamps: Stamps

    @model_validator(mode="after")
    def _few(self) -> "Sheet":
        if self.stamps.red > 100:
            raise ValueError("a sheet has at most 100 stamps: send a second one")
        return self


class InvalidSheet(ValueError):
    pass


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sheet.yaml"


def test_a_file_knows_its_name_version_and_the_hash_of_its_bytes(file):
    file.write_text('name: sheet\nversion: "1"\nstamps: {red: 3}\n')

    sheet = read_versioned(file, Sheet)

    assert (sheet.name, sheet.version, sheet.stamps.red) == ("sheet", "1", 3)
    assert sheet.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize(("kind", "found"), [(Stamps, Stamps(red=3)), (dict[str, int], {"red": 3})])
def test_a_file_without_a_name_is_read_as_a_model_or_a_dictionary(file, kind, found):
    file.write_text("red: 3\n")

    assert read_yaml(file, kind) == found


def test_json_is_read_as_what_it_says(file):
    entries = {"red": 3, "blue": 0.0055}
    file.write_text(json.dumps(entries))

    assert read_yaml(file, Stamps) == Stamps(**entries)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("red: many\nblue: 1", "red: give a whole number"),
        ("red: 1\ngreen: 1", "green: unknown field"),
        ("blue: 1", "red: Field required"),
        ("red: 1\nblue: .nan", "blue: give a finite number"),
        ("- red", "holds no mapping: it needs red$"),
        ("", "holds no mapping"),
        ("red: [", "is not YAML in UTF-8"),
    ],
)
def test_a_wrong_file_is_refused_by_name_with_each_wrong_entry(file, text, says):
    file.write_text(text)

    with pytest.raises(InvalidSheet, match=says) as refusal:
        read_yaml(file, Stamps, error=InvalidSheet)

    assert str(file) in str(refusal.value)


def test_a_file_that_is_wrong_as_a_whole_says_why_and_no_more(file):
    file.write_text('name: sheet\nversion: "1"\nstamps: {red: 300}\n')

    with pytest.raises(InvalidFile) as refusal:
        read_versioned(file, Sheet)

    assert str(refusal.value) == f"{file}:\n  a sheet has at most 100 stamps: send a second one"


class Album(VersionedFile):
    sheets: dict[str, Stamps]

    @model_validator(mode="after")
    def _bound(self) -> "Album":
        full = [name for name, sheet in self.sheets.items() if sheet.red > 9]
        if full:
            raise Faults(Fault(("sheets", name, "red"), f"sheets.{name}.red is over 9") for name in full)
        return self


@pytest.mark.parametrize(
    ("sheets", "says"),
    [
        ("  first: {red: 1}\n  second:\n    red: many", "line 6: sheets.second.red: give a whole number"),
        ("  first: {red: 1}\n  second: {blue: 1}", "line 5: sheets.second.red: Field required"),
        ("  first: {red: 11}\n  second:\n    red: 12", "line 4: sheets.first.red is over 9"),
        ("  first: {red: 11}\n  second:\n    red: 12", "line 6: sheets.second.red is over 9"),
    ],
)
def test_each_wrong_entry_is_told_with_its_line(file, sheets, says):
    file.write_text(f'name: album\nversion: "1"\nsheets:\n{sheets}\n')

    with pytest.raises(InvalidFile) as refusal:
        read_versioned(file, Album)

    assert any(line.strip().startswith(says) for line in str(refusal.value).splitlines())


def test_wrong_entries_are_told_from_the_top_of_the_file_down(file):
    file.write_text("blue: many\nred: many\n")

    with pytest.raises(InvalidFile) as refusal:
        read_yaml(file, Stamps)

    assert [line.strip()[:6] for line in str(refusal.value).splitlines()[1:]] == ["line 1", "line 2"]


def test_an_entry_that_stands_there_twice_is_refused(file):
    """YAML takes the last of both, and what was written first is lost without a word."""
    file.write_text("red: 1\nblue: 2\nred: 3\n")

    with pytest.raises(InvalidFile, match=r"'red' stands there twice.*line 3"):
        read_yaml(file, Stamps)


def test_a_file_in_another_encoding_is_refused(file):
    file.write_bytes("red: Köln".encode("latin1"))

    with pytest.raises(InvalidFile, match="is not YAML in UTF-8"):
        read_mapping(file, needs="stamps")


def test_a_file_that_is_not_there_is_refused_with_what_to_give(file):
    with pytest.raises(InvalidFile, match=r"can't be read \(No such file or directory\): give the path"):
        read_yaml(file, Stamps)


def test_no_other_module_reads_yaml_by_itself():
    root = Path(__file__).parents[2]
    readers = [
        str(path.relative_to(root))
        for room in ROOMS
        for path in sorted((root / room).rglob("*.py"))
        if "yaml.load(" in (text := path.read_text(encoding="utf-8")) or "yaml.safe_load" in text
    ]

    assert readers == ["data/versioned_file.py"]
