"""Study how repeatable the labels are that were given to real photos by eye, and what they found."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from data.defect import DefectKind
from data.labelled.photo_set import LabelledPhoto, read_photo_set
from serving.release import sha256_of
from training.condition.labels.eye_labels import BY_EYE, EyeLabel, read_looks, settled
from training.condition.measure.eye_agreement import agreements, outline_overlaps, third_looks

_ENDS = (5, 50)


def study_photo_labels(labels: Path = BY_EYE, photos: Path | None = None) -> Iterator[str]:
    """Yield a line for each thing that was asked: how two passes agree, then how often it was found.

    `photos` is a folder as data.labelled.photo_set says, whose own labels are held against what was seen.
    """
    looks = read_looks(labels)
    yield f"{len(looks):,} photos, looked at twice, {third_looks(looks):,} of them a third time"
    yield from map(str, agreements(looks))
    overlaps = outline_overlaps(looks)
    low, middle = np.percentile(overlaps, _ENDS)
    yield (
        f"outlines         boxes around {len(overlaps):,} pairs overlap by {middle:.2f} in the median, "
        f"by {low:.2f} or less in 5 of 100"
    )
    known = {sha256: settled(rounds) for sha256, rounds in looks.items()}
    yield from _found(list(known.values()))
    if photos:
        yield from _against_the_set(known, read_photo_set(photos))


def _found(settled_labels: list[EyeLabel]) -> Iterator[str]:
    sides = Counter(str(label.side) for label in settled_labels)
    yield "settled sides    " + ", ".join(f"{name} {count:,}" for name, count in sides.most_common())
    classes = Counter(str(label.device_class) for label in settled_labels)
    yield "settled classes  " + ", ".join(f"{name} {count:,}" for name, count in classes.most_common())
    for kind in DefectKind:
        told = Counter(label.kinds.get(kind) for label in settled_labels)
        counts = f"there {told[True]:,}, not there {told[False]:,}, cannot tell {told[None]:,}"
        yield f"settled {kind:<16} {counts}"


def _against_the_set(known: Mapping[str, EyeLabel], photos: Sequence[LabelledPhoto]) -> Iterator[str]:
    told: dict[tuple[DefectKind, bool], Counter[bool | None]] = {}
    for photo in photos:
        label = known.get(sha256_of(photo.path))
        for kind, is_there in photo.labels.items() if label else ():
            told.setdefault((kind, is_there), Counter())[label.kinds.get(kind) if label else None] += 1
    for (kind, is_there), counts in sorted(told.items()):
        yield (
            f"the set says {kind} is {'there' if is_there else 'not there'} on {counts.total():,}: seen on "
            f"{counts[True]:,}, not on {counts[False]:,}, cannot tell on {counts[None]:,}"
        )
