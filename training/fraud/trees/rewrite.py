"""Rewrite single splits of boosted trees in LightGBM's own text."""

from collections.abc import Callable

import lightgbm

from training.fraud.trees.exact import without_sizes

Change = Callable[[int, str, str], tuple[str, str]]
"""From the feature, the threshold and the decision type of a split: its new threshold and decision type."""


def rewrite_splits(booster: lightgbm.Booster, change: Change) -> lightgbm.Booster:
    """Return the booster with every split changed; which leaves there are and what they say stays."""
    head, *trees = booster.model_to_string().split("\nTree=")
    text = "\nTree=".join([head, *(_rewritten(tree, change) for tree in trees)])
    return lightgbm.Booster(model_str=without_sizes(text))


def _rewritten(tree: str, change: Change) -> str:
    fields = dict(line.partition("=")[::2] for line in tree.split("\n") if "=" in line)
    columns = (fields.get(name, "").split() for name in ("split_feature", "threshold", "decision_type"))
    changed = [change(int(feature), *rest) for feature, *rest in zip(*columns, strict=True)]
    if not changed:
        return tree
    thresholds, kinds = (" ".join(column) for column in zip(*changed, strict=True))
    new = {"threshold": thresholds, "decision_type": kinds}
    lines = ((line, line.partition("=")[0]) for line in tree.split("\n"))
    return "\n".join(f"{key}={new[key]}" if key in new else line for line, key in lines)
