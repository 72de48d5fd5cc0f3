"""Read what two passes by eye saw on real photos, and settle where they differ.

`by_eye.csv` names a photo by the SHA-256 of its file and holds what each round wrote, as `by_eye.md` asks:
the first and the second looked at every photo without knowing the other, the third where they differed.
"""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data.defect import DefectKind
from data.device import DeviceClass

BY_EYE = Path(__file__).parent / "by_eye.csv"
FIRST, SECOND, THIRD = "1", "2", "3"

Outline = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Look:
    """What one round wrote of one photo; in the third round None is what was not asked.

    `kinds` says there (True), not there (False) or cannot tell (None). `outline` is (4, 2) corners of the
    main device as shares of width and height, clockwise from the top left; None where none was drawn.
    """

    device_class: str | None
    side: str | None
    held: str | None
    lit: str | None
    count: int | None
    outline: Outline | None
    kinds: Mapping[DefectKind, bool | None]
    note: str = ""


@dataclass(frozen=True)
class EyeLabel:
    """What is settled of one photo: None where the looks do not settle it.

    `device_class` is None of no device and of what is not settled; `is_alone` says that both looks saw one
    device; `kinds` holds only what was told, there (True) or not there (False) on the sides that show.
    """

    device_class: DeviceClass | None
    side: str | None
    held: str | None
    is_lit: bool | None
    is_alone: bool
    outline: Outline | None
    kinds: Mapping[DefectKind, bool]


@cache
def eye_labels(path: Path = BY_EYE) -> dict[str, EyeLabel]:
    """Return the settled label of each photo, by the SHA-256 of its file."""
    return {sha256: settled(looks) for sha256, looks in read_looks(path).items()}


def seen_by_eye(body: bytes) -> EyeLabel | None:
    """Return what was seen on a photo, by the bytes of its file; None where nobody looked."""
    return eye_labels().get(hashlib.sha256(body).hexdigest())


def known_kinds(
    labels: Mapping[DefectKind, bool], seen: EyeLabel | None, clean_of: Iterable[DefectKind] = ()
) -> dict[DefectKind, bool]:
    """Return what is known of a photo's kinds.

    A label of the set's own outweighs what was seen, and that what the photo's source is said to be free of.
    """
    return {**dict.fromkeys(clean_of, False), **(seen.kinds if seen else {}), **labels}


def read_looks(path: Path = BY_EYE) -> dict[str, dict[str, Look]]:
    """Return what each round wrote, by the SHA-256 of the file and the number of the round."""
    looks: dict[str, dict[str, Look]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            looks.setdefault(row["sha256"], {})[row["round"]] = _look(row)
    return looks


def settled(looks: Mapping[str, Look]) -> EyeLabel:
    """Return what two looks agree in, and what a third one said where they differ."""
    first, second, third = looks[FIRST], looks[SECOND], looks.get(THIRD)
    kinds = {kind: _settled_kind(kind, first, second, third) for kind in DefectKind}
    named = _agreed(first.device_class, second.device_class, third.device_class if third else None)
    lit = _agreed(first.lit, second.lit)
    return EyeLabel(
        device_class=DeviceClass(named) if named not in {None, "none"} else None,
        side=_agreed(first.side, second.side, third.side if third else None),
        held=_agreed(first.held, second.held),
        is_lit=None if lit is None else lit == "on",
        is_alone=first.count == second.count == 1,
        outline=_settled_outline(first, second, third),
        kinds={kind: told for kind, told in kinds.items() if told is not None},
    )


def _settled_kind(kind: DefectKind, first: Look, second: Look, third: Look | None) -> bool | None:
    one, other = first.kinds[kind], second.kinds[kind]
    if one is other:
        return one
    # Who could not tell outweighs who did not see it; one who saw it calls for a third look.
    return third.kinds.get(kind) if third and True in {one, other} else None


def _settled_outline(first: Look, second: Look, third: Look | None) -> Outline | None:
    if third is not None and third.outline is not None:
        return third.outline
    if first.outline is None or second.outline is None:
        return None
    return (first.outline + second.outline) / 2.0


def _agreed(one: str | None, other: str | None, third: str | None = None) -> str | None:
    return third or (one if one == other else None)


def _look(row: Mapping[str, str]) -> Look:
    is_third = row["round"] == THIRD
    return Look(
        device_class=row["class"] or None,
        side=row["side"] or None,
        held=row["held"] or None,
        lit=row["lit"] or None,
        count=int(row["count"]) if row["count"] else None,
        outline=_outline(row["outline"]),
        kinds=dict(_told(row, only_listed=is_third)),
        note=row["note"],
    )


def _told(row: Mapping[str, str], *, only_listed: bool) -> Iterator[tuple[DefectKind, bool | None]]:
    there, unsure, absent = (row[name].split() for name in ("there", "cannot_tell", "not_there"))
    for kind in DefectKind:
        if kind in there:
            yield kind, True
        elif kind in unsure:
            yield kind, None
        elif kind in absent or not only_listed:
            yield kind, False


def _outline(text: str) -> Outline | None:
    return np.array(text.split(), np.float64).reshape(4, 2) / 100.0 if text else None
