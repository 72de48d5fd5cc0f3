"""Say how a decision that was taken again differs from the one that was kept, and what may be why."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_NOTHING = object()


class Outcome(StrEnum):
    """How a replay came out."""

    EQUAL = "equal"
    """The decision is the same to the bit."""
    DIFFERS = "differs"
    """It is another one, or something that it was taken with is gone or was changed."""
    ERASED = "erased"
    """What it was taken by was erased, on request or because its time was over."""
    NOT_KEPT = "not_kept"
    """It was taken before everything that decides was kept."""


class InputKind(StrEnum):
    """What a decision follows from, and what may be wrong with it."""

    FILE = "file"
    CONFIGURATION = "configuration"
    COMPUTING = "computing"
    PHOTO = "photo"
    CASE = "case"
    DECISION = "decision"


@dataclass(frozen=True)
class DifferingInput:
    """One input that is not what it was: which, and in words what is the matter."""

    kind: InputKind
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.text}" if self.name else f"{self.kind}: {self.text}"


@dataclass(frozen=True)
class DifferingField:
    """One field of the decision, as it was kept and as it comes out now; None where it is not there."""

    name: str
    kept: Any
    now: Any

    def __str__(self) -> str:
        return f"{self.name}: {_short(self.kept)} was kept, {_short(self.now)} comes out now"


@dataclass(frozen=True)
class Replayed:
    """One decision, and how its replay came out; `why` says it in words where there is something to say."""

    decision_id: str
    outcome: Outcome
    configuration_sha256: str | None = None
    why: str = ""
    inputs: tuple[DifferingInput, ...] = ()
    fields: tuple[DifferingField, ...] = field(default=())


def differing_fields(kept: str, now: str) -> tuple[DifferingField, ...]:
    """Return every value of two decisions in canonical JSON that differs, by its place."""
    return tuple(_differences("", json.loads(kept), json.loads(now)))


def differing_computing(kept: Mapping[str, str], now: Mapping[str, str]) -> tuple[DifferingInput, ...]:
    """Return what is computed with now and was not then."""
    names = sorted(name for name in kept.keys() | now.keys() if kept.get(name) != now.get(name))
    return tuple(
        DifferingInput(
            InputKind.COMPUTING, name, f"{_told(kept.get(name))} decided, {_told(now.get(name))} is here now"
        )
        for name in names
    )


def _differences(place: str, kept: Any, now: Any) -> Iterator[DifferingField]:
    if isinstance(kept, dict) and isinstance(now, dict):
        for key in sorted(kept.keys() | now.keys()):
            inner = f"{place}.{key}" if place else key
            yield from _differences(inner, kept.get(key, _NOTHING), now.get(key, _NOTHING))
    elif isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        for index, pair in enumerate(zip(kept, now, strict=True)):
            yield from _differences(f"{place}[{index}]", *pair)
    # Not by value alone: 1 and 1.0 are other bits.
    elif type(kept) is not type(now) or kept != now:
        yield DifferingField(place, *(None if value is _NOTHING else value for value in (kept, now)))


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _told(value: str | None) -> str:
    if value is None:
        return "nothing"
    return value if len(value) < 64 else value[:12]
