"""Put the trees of all members into one ensemble over one row of features, without categorical splits.

A split that asks whether a name is in a set becomes one that asks a feature of that set, 1 outside and 0
inside, whether it is at most 0.5: the same rows go left.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import lightgbm

from features.encoding import ColumnEncoding
from training.fraud.table.members import Categories, Member
from training.fraud.table.table_columns import Column
from training.fraud.trees.exact import LARGEST_SUM, add_trees

IS_CATEGORICAL, AS_NUMBER = 1, "2"  # decision_type of LightGBM's text
_BITS = 32
_CUT = ("cat_boundaries", "cat_threshold")
Fitted = Sequence[tuple[Member, lightgbm.Booster]]
Fields = dict[str, str]
Codes = tuple[int, ...]


def one_ensemble(
    fitted: Fitted, weights: Sequence[float], columns: Sequence[Column], encodings: Sequence[ColumnEncoding]
) -> tuple[lightgbm.Booster, list[ColumnEncoding], float]:
    """Return the weighted sum of the members' trees, the encodings of its features, and a divisor.

    Its raw score is the sum over the divisor, a power of two by which leaves stay small enough to be exact.
    """
    texts = [(member.categories, booster.model_to_string()) for member, booster in fitted]
    joint = _Joint(columns, encodings)
    for categories, text in texts:
        if categories is Categories.SETS:
            joint.collect(text)
    divisor = 1.0
    while sum(weight * _leaves(text) for weight, (_, text) in zip(weights, texts, strict=True)) >= (
        LARGEST_SUM / 2 * divisor
    ):
        divisor *= 2.0
    rewritten = [joint.rewrite(categories, text) for categories, text in texts]
    booster = add_trees(rewritten, [weight / divisor for weight in weights])
    return booster, joint.encodings(), divisor


class _Joint:
    """The features of all members side by side, and the sets of codes that are asked for in each column."""

    def __init__(self, columns: Sequence[Column], encodings: Sequence[ColumnEncoding]) -> None:
        self._columns, self._encodings = columns, encodings
        self._sets: list[dict[Codes, int]] = [{} for _ in columns]

    def collect(self, text: str) -> None:
        """Remember the sets that the trees of a text ask for."""
        for tree in _trees(text):
            for feature, _, _, codes in _splits(tree):
                if codes is not None:
                    self._sets[feature].setdefault(codes, len(self._sets[feature]))

    def encodings(self) -> list[ColumnEncoding]:
        """Return the encodings with the sets that were collected."""
        return [
            _with_sets(column, one, list(sets)) if sets else one
            for column, one, sets in zip(self._columns, self._encodings, self._sets, strict=True)
        ]

    def rewrite(self, categories: Categories, text: str) -> str:
        """Return a text with its features numbered as in all encodings, and no categorical split."""
        head, _, rest = text.partition("\nTree=")
        body, end, tail = rest.partition("\nend of trees")
        starts, places = self._starts(), self._places(categories)
        trees = [
            self._rewritten(starts, places, _fields(tree)) for tree in f"\nTree={body}".split("\nTree=")[1:]
        ]
        numbered = "".join(f"\nTree={number}\n{tree}\n\n" for number, tree in enumerate(trees))
        return f"{_head(head, starts[-1])}\n{numbered}{end}{tail}"

    def _rewritten(self, starts: list[int], places: list[int], tree: Fields) -> str:
        features, thresholds, kinds = [], [], []
        for feature, threshold, kind, codes in _splits(tree):
            if codes is None:
                features.append(places[feature])
                thresholds.append(threshold)
                kinds.append(kind)
            else:
                own = len(self._encodings[feature].features)
                features.append(starts[feature] + own + self._sets[feature][codes])
                thresholds.append("0.5")
                kinds.append(AS_NUMBER)
        changed = {
            "num_cat": "0",
            "split_feature": " ".join(map(str, features)),
            "threshold": " ".join(thresholds),
            "decision_type": " ".join(kinds),
        }
        return "\n".join(f"{key}={value}" for key, value in (tree | changed).items() if key not in _CUT)

    def _places(self, categories: Categories) -> list[int]:
        """Return the place among all features of each feature of a member."""
        starts = self._starts()[:-1]
        if categories is Categories.SETS:
            return starts
        return [
            start + number
            for start, one in zip(starts, self._encodings, strict=True)
            for number in range(len(one.features))
        ]

    def _starts(self) -> list[int]:
        """Return where the features of each column start, and last how many there are."""
        counts = [
            len(one.features) + len(sets) for one, sets in zip(self._encodings, self._sets, strict=True)
        ]
        return [0, *accumulate(counts)]


def _with_sets(column: Column, encoding: ColumnEncoding, sets: list[Codes]) -> ColumnEncoding:
    used = sorted({code for one in sets for code in one})
    place = {code: number for number, code in enumerate(used)}
    return replace(
        encoding,
        names=tuple(str(column.names[code]) for code in used),
        sets=tuple(tuple(place[code] for code in one) for one in sets),
    )


def _head(head: str, features: int) -> str:
    """Return the head of a text for so many features; monotone directions are met by the trees already."""
    fields = _fields(head)
    changed = {
        "max_feature_idx": str(features - 1),
        "feature_names": " ".join(f"f{number}" for number in range(features)),
        "feature_infos": " ".join(["[0:1]"] * features),
    }
    cut = ("tree_sizes", "monotone_constraints")
    lines = [f"{key}={value}" for key, value in (fields | changed).items() if key not in cut]
    return "\n".join(["tree", *lines])


def _trees(text: str) -> list[Fields]:
    return [_fields(tree) for tree in text.partition("\nend of trees")[0].split("\nTree=")[1:]]


def _fields(text: str) -> Fields:
    return dict(line.partition("=")[::2] for line in text.split("\n") if "=" in line)


def _splits(tree: Fields) -> list[tuple[int, str, str, Codes | None]]:
    """Return feature, threshold and kind of each split, and the codes that go left if it has a set."""
    bounds = [int(one) for one in tree.get("cat_boundaries", "").split()]
    words = [int(one) for one in tree.get("cat_threshold", "").split()]
    columns = (tree.get(name, "").split() for name in ("split_feature", "threshold", "decision_type"))
    return [
        (
            int(feature),
            threshold,
            kind,
            _codes(words, bounds, int(threshold)) if int(kind) & IS_CATEGORICAL else None,
        )
        for feature, threshold, kind in zip(*columns, strict=True)
    ]


def _codes(words: list[int], bounds: list[int], number: int) -> Codes:
    """Read a set as LightGBM writes it: bits of 32-bit words."""
    return tuple(
        place * _BITS + bit
        for place, word in enumerate(words[bounds[number] : bounds[number + 1]])
        for bit in range(_BITS)
        if word >> bit & 1
    )


def _leaves(text: str) -> float:
    """Return the largest sum that leaves of all trees could have."""
    return sum(max(abs(float(leaf)) for leaf in tree["leaf_value"].split()) for tree in _trees(text))
