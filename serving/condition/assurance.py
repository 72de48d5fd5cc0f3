"""Check whether the error that a release measured for its grades holds for the rules in use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from data.condition import Assurance
from data.device import Surface
from data.versioned_file import VersionedFile, read_versioned

MEASURED_WITH = Path(__file__).parent / "measured-with-1.yaml"
CRITERIA = "criteria"
"""The role of the house pack: the one file that every statement names."""

NOTHING_STATED = "no release states the error of its grades"
_STATED = (
    "threshold",
    "over_graded_at_most",
    "under_graded_at_most",
    "confidence",
    "devices",
    "measured_on",
    CRITERIA,
)


class RuleFile(Protocol):
    """A versioned file from which the odds of a grade follow."""

    @property
    def name(self) -> str:
        """Return the name of the file."""

    @property
    def version(self) -> str:
        """Return the version of the file."""

    @property
    def sha256(self) -> str:
        """Return the hash of its bytes."""


class MeasuredWith(VersionedFile):
    """The hash of each rule file, by its role, for a statement that names its house pack alone."""

    source: str
    hashes: dict[str, str]


class NotAssured(ValueError):
    """Rules for which no measured error holds; the message says why."""


@dataclass(frozen=True)
class SeenAssurance:
    """What a release states of grades as far as seen, for photos of these large sides, at least so many."""

    sides: frozenset[Surface]
    photos: int
    assurance: Assurance


def read_seen_assurances(
    stated: Sequence[Mapping[str, Any]], rules: Mapping[str, RuleFile], *, at_least: float
) -> tuple[tuple[SeenAssurance, ...], str]:
    """Read what a release states for each set of sides, without what does not hold for the rules in use.

    With it comes why the last one that was left out does not hold; nothing where all do.
    """
    read, why = [], ""
    for one in stated:
        try:
            assurance = read_assurance(one, rules, at_least=at_least)
        except NotAssured as reason:
            why = str(reason)
        else:
            read.append(SeenAssurance(frozenset(map(Surface, one["sides"])), int(one["photos"]), assurance))
    return tuple(read), why


def assurance_of(stated: Sequence[SeenAssurance], sides: frozenset[Surface], photos: int) -> Assurance | None:
    """Return what is stated of photos of exactly these sides, by as many of them as were given at most."""
    fitting = [one for one in stated if one.sides == sides and one.photos <= photos]
    return max(fitting, key=lambda one: one.photos).assurance if fitting else None


@cache
def read_measured_with(path: Path = MEASURED_WITH) -> MeasuredWith:
    """Read what the statements of earlier releases were measured with; raises InvalidFile."""
    return read_versioned(path, MeasuredWith)


def read_assurance(
    stated: Mapping[str, Any] | None, rules: Mapping[str, RuleFile], *, at_least: float
) -> Assurance:
    """Read what a release states about its grades, for rule files by their role.

    `at_least` is the least probability that the house pack itself asks for; the stricter one counts. Raises
    NotAssured where nothing is stated, no bound was reached, or a file is not the one that was measured with.
    """
    if not stated:
        raise NotAssured(NOTHING_STATED)
    lacking = [name for name in _STATED if name not in stated]
    if lacking:
        raise NotAssured(f"what the release states of its grades (abstention) lacks {', '.join(lacking)}")
    if stated["threshold"] is None:
        raise NotAssured("the release found no probability from which the error of its grades is bounded")
    _require_measured(stated, rules)
    return Assurance(
        least_probability=max(float(stated["threshold"]), at_least),
        over_graded_at_most=float(stated["over_graded_at_most"]),
        under_graded_at_most=float(stated["under_graded_at_most"]),
        confidence=float(stated["confidence"]),
        devices=int(stated["devices"]),
        measured_on=str(stated["measured_on"]),
    )


def _require_measured(stated: Mapping[str, Any], rules: Mapping[str, RuleFile]) -> None:
    """Raise NotAssured unless every file has the bytes that the error was measured with.

    A comment changes the hash too: whether it changed more, only the old bytes could tell.
    """
    measured = {CRITERIA: stated[CRITERIA], **stated.get("measured_with", read_measured_with().hashes)}
    for role, file in rules.items():
        known = str(measured.get(role, "none"))
        if known != file.sha256:
            raise NotAssured(
                f"the {role} file {file.name} {file.version} ({file.sha256[:12]}) is not the one that the "
                f"error of its grades was measured with ({known[:12]})"
            )
