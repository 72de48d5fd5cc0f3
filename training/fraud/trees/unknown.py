"""Let what is not known count as one value that a case could have.

A tree sends NaN by its own choice at every node, so that unknown can end in a leaf that no value of the
feature reaches, better than the best of them; a direction does not keep it from that, for a node may part all
that is known from what is not. So NaN is made to go where one usual value goes, in learning and in the trees
that are released. Under a direction it is then no better than the best value and no worse than the worst.
"""

from collections.abc import Iterator, Mapping, Sequence

import lightgbm
import numpy as np

from serving.fraud.trees import LEFT_WHEN_MISSING, MISSING_IS_NAN
from training.fraud.rows import Matrix
from training.fraud.settings import BoostSettings
from training.fraud.trees.exact import without_sizes


def learnable(matrix: Matrix, names: Sequence[str], settings: BoostSettings) -> Matrix:
    """Return (n, features) with unknown filled in as the settings say, and unused features all alike."""
    places = {name: place for place, name in enumerate(names)}
    if not settings.unknown_as and not settings.unused:
        return matrix
    found = matrix.copy()
    for name, value in settings.unknown_as.items():
        column = found[:, places[name]]
        column[np.isnan(column)] = value
    for name in settings.unused:
        found[:, places[name]] = 0.0
    return found


def teach_unknown(
    booster: lightgbm.Booster, names: Sequence[str], settings: BoostSettings
) -> lightgbm.Booster:
    """Return the booster whose splits send NaN where the value goes that unknown counts as."""
    if not settings.unknown_as:
        return booster
    values = {
        place: settings.unknown_as[name] for place, name in enumerate(names) if name in settings.unknown_as
    }
    head, *trees = booster.model_to_string().split("\nTree=")
    text = "\nTree=".join([head, *(_taught(tree, values) for tree in trees)])
    return lightgbm.Booster(model_str=without_sizes(text))


def _taught(tree: str, values: Mapping[int, float]) -> str:
    fields = dict(line.partition("=")[::2] for line in tree.split("\n") if "=" in line)
    kinds = " ".join(str(kind) for kind in _kinds(fields, values))
    return "\n".join(
        f"decision_type={kinds}" if line.startswith("decision_type=") and kinds else line
        for line in tree.split("\n")
    )


def _kinds(fields: Mapping[str, str], values: Mapping[int, float]) -> Iterator[int]:
    """Yield the decision type of each node, in LightGBM's bits."""
    splits = (fields.get(name, "").split() for name in ("split_feature", "threshold", "decision_type"))
    for feature, threshold, kind in zip(*splits, strict=True):
        if int(feature) not in values:
            yield int(kind)
        else:
            goes_left = float(np.float32(values[int(feature)])) <= float(threshold)
            yield MISSING_IS_NAN | (LEFT_WHEN_MISSING if goes_left else 0)
