"""Find where two answers differ, and hold the differences that are meant against those that are there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from tests.answers.ask import Answer

_ABSENT = "(absent)"


@dataclass(frozen=True)
class Difference:
    """One value of one answer that is not as it was; `path` names it as in `photos[0].quality.ok`."""

    question: str
    path: str
    before: str
    after: str


@dataclass(frozen=True)
class Meant:
    """Differences that a change was to make: patterns of questions and paths, and why."""

    questions: str
    paths: str
    why: str

    def covers(self, difference: Difference) -> bool:
        """Return whether this difference is one of them."""
        return fnmatchcase(difference.question, self.questions) and fnmatchcase(difference.path, self.paths)


def read_meant(file: Path) -> tuple[Meant, ...]:
    """Read the list of meant differences."""
    return tuple(Meant(**entry) for entry in yaml.safe_load(file.read_text(encoding="utf-8"))["meant"])


def differences(before: Sequence[Answer], after: Sequence[Answer]) -> Iterator[Difference]:
    """Yield every value that differs; answers that are equal to the byte yield none."""
    old, new = ({answer.question: answer.text for answer in answers} for answers in (before, after))
    for question in dict.fromkeys([*old, *new]):
        one, other = old.get(question, _ABSENT), new.get(question, _ABSENT)
        if one != other:
            yield from _between(question, one, other)


def _between(question: str, before: str, after: str) -> Iterator[Difference]:
    old, new = dict(_values("", _parsed(before))), dict(_values("", _parsed(after)))
    changed = [path for path in dict.fromkeys([*old, *new]) if old.get(path) != new.get(path)]
    if not changed:
        yield Difference(question, "(order or spelling)", before, after)
    for path in changed:
        yield Difference(question, path, old.get(path, _ABSENT), new.get(path, _ABSENT))


def _parsed(text: str) -> Any:
    """Return an answer as JSON, its status beside its body; text that is none stays text."""
    status, _, body = text.partition(" ")
    for candidate in (text, body):
        try:
            value = json.loads(candidate)
        except ValueError:
            continue
        return {"status": status, "body": value} if candidate is body else value
    return text


def _values(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for name, item in value.items():
            yield from _values(f"{path}.{name}" if path else str(name), item)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _values(f"{path}[{index}]", item)
    else:
        yield path, json.dumps(value, ensure_ascii=False)
