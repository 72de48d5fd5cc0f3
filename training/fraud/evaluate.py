"""Measure a released fraud model in a simulated world it was not trained on, through the code that serves."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from data.fraud import Moment
from data.rma import Channel
from data.world import WorldSettings, simulate
from data.world.figures import TYPOLOGIES
from serving.fraud import MODEL_NAME, FraudModel
from serving.points import points, points_rules
from serving.release import Release, open_folder, open_release
from training.fraud.measure import served_figures, side_by_side
from training.fraud.metrics import Scores, Truth, calibration_error, figure, recall_at
from training.fraud.operating import at_capacity, at_threshold, best_paying, read_costs
from training.fraud.report import write_page
from training.fraud.world_table import Measured, join_measured, measure_block

WARM_UP_DAYS = 90.0
VALUE_BANDS_USD = (0.0, 150.0, 500.0, 1000.0, float("inf"))
TOP = 0.05
Body = dict[str, Any]


@dataclass(frozen=True)
class Verified:
    """Rows at T2 with their served scores."""

    rows: Measured
    scores: Scores

    @property
    def truth(self) -> Truth:
        """Return whether each row is fraud."""
        return self.rows.is_fraud


def evaluate_fraud(
    *, out: Path, release: Path | None = None, world: WorldSettings | None = None, quiet: bool = False
) -> Path:
    """Simulate a world, score its returns by the serving code, write report.html and report.json to `out`.

    release: a release folder; the champion by default. The first 90 days only fill the histories.
    """
    world = world or WorldSettings(seed=1_011, returns=60_000)
    opened = open_folder(release) if release else open_release(MODEL_NAME)
    model = FraudModel.open(opened)
    measured = join_measured(list(_replay(world, quiet=quiet)))
    report = _report(model, opened, world, measured)
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    scores = {moment: _scores(model, measured.at(moment)) for moment in Moment}
    truths = {moment: measured.at(moment).is_fraud for moment in Moment}
    return write_page(report, truths, scores, out / "report.html")


def _replay(world: WorldSettings, *, quiet: bool) -> Iterator[Measured]:
    with tqdm(total=world.returns, unit=" returns", desc="replay", disable=quiet) as progress:
        for block in simulate(world):
            yield measure_block(block, world, first_day=WARM_UP_DAYS)
            progress.update(len(block))


def _report(model: FraudModel, release: Release, world: WorldSettings, measured: Measured) -> Body:
    rows = measured.at(Moment.T2)
    verified = Verified(rows, _scores(model, rows))
    linear = release.manifest["metrics"]["side_by_side_at_T2"].get("linear")
    return {
        "model": {"name": release.name, "version": release.version, "sha256": model.identity.sha256},
        "world": {key: str(value) for key, value in vars(world).items()},
        "caveat": "A simulated world: these figures compare models in it and are not field performance.",
        "served": {
            moment: {name: one.as_json() for name, one in figures.items()}
            for moment, figures in served_figures(model, measured).items()
        },
        "side_by_side_at_T2": {
            name: {measure: one.as_json() for measure, one in figures.items()}
            for name, figures in side_by_side(measured, {}).items()
        },
        "linear_at_training": linear,
        "operating_points": _operating_points(verified),
        "policy": _policy(model, verified),
        "by_typology": _by_typology(verified),
        "by_channel": _by_channel(verified),
        "by_value": _by_value(verified),
    }


def _operating_points(verified: Verified) -> Body:
    costs, value = read_costs(), verified.rows.value_usd
    rule = points(verified.rows.matrix, points_rules())
    return {
        "model": [
            at_capacity(share, verified.truth, verified.scores, value, costs).as_json()
            for share in costs.capacities
        ],
        "points_rule": [
            at_capacity(share, verified.truth, rule, value, costs).as_json() for share in costs.capacities
        ],
        "best_paying": best_paying(verified.truth, verified.scores, value, costs).as_json(),
    }


def _policy(model: FraudModel, verified: Verified) -> Body:
    """Say what the policy in force does at T2."""
    costs, value = read_costs(), verified.rows.value_usd
    steps = {"review": model.policy.review[Moment.T2], "hold": model.policy.hold[Moment.T2]}
    return {
        name: at_threshold(threshold, verified.truth, verified.scores, value, costs).as_json()
        for name, threshold in steps.items()
    }


def _by_typology(verified: Verified) -> Body:
    """Return the share of each kind of fraud that lies in the highest-scored 5 % of all rows."""
    edge = np.quantile(verified.scores, 1.0 - TOP)
    found = {}
    for code, typology in enumerate(TYPOLOGIES):
        rows = verified.rows.typology == code
        if rows.any():
            found[typology.value] = {
                "n": int(rows.sum()),
                "recall_at_5_percent": round(float((verified.scores[rows] >= edge).mean()), 4),
                "mean_probability": round(float(verified.scores[rows].mean()), 4),
            }
    return found


def _by_channel(verified: Verified) -> Body:
    return {
        channel.value: _slice(verified, verified.rows.channel == code) for code, channel in enumerate(Channel)
    }


def _by_value(verified: Verified) -> Body:
    value = verified.rows.value_usd
    return {
        f"{low:g} USD and more" if np.isinf(high) else f"{low:g} to {high:g} USD": _slice(
            verified, (value >= low) & (value < high)
        )
        for low, high in pairwise(VALUE_BANDS_USD)
    }


def _slice(verified: Verified, rows: Truth) -> Body:
    """Return recall and calibration of some rows, each ranked among themselves."""
    truth, scores = verified.truth[rows], verified.scores[rows]
    if not truth.any():
        return {"n": len(truth)}
    return {
        "n": len(truth),
        "recall_at_5_percent": figure(recall_at(TOP), truth, scores).as_json(),
        "calibration_error": figure(calibration_error, truth, scores).as_json(),
    }


def _scores(model: FraudModel, rows: Measured) -> Scores:
    return model.probabilities(rows.matrix).astype(np.float64)
