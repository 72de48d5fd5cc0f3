"""Measure a released fraud model through serving in a simulated world it was not trained on."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from data.fraud import Moment
from data.world import WorldSettings, simulate
from data.world.figures import TYPOLOGIES
from serving.fraud.model import MODEL_NAME, FraudModel
from serving.release import Release
from training.fraud.fraud_measures import MEASURES, TOP_SHARE
from training.fraud.operating import OperatingPoint, at_threshold, every_point
from training.fraud.points_rule import points, points_rules
from training.fraud.report.policy_file import write_policy
from training.fraud.report.report import write_page
from training.fraud.trees.linear import LINEAR_FILE, LinearModel
from training.fraud.world.rated import Rated, Rating, rate
from training.fraud.world.side_by_side import kind_figures, served_figures, side_by_side
from training.fraud.world.world_rows import Measured, join_measured, measure_block
from training.metrics.bootstrap import Bootstrap, resampled_share
from training.metrics.ranked import Bools, Scores
from training.release import given_release

WARM_UP_DAYS = 90.0
VALUE_BANDS_USD = (0.0, 150.0, 500.0, 1000.0, float("inf"))
Body = dict[str, Any]


def evaluate_fraud(
    *,
    out: Path,
    release: Path | None = None,
    world: WorldSettings | None = None,
    policy: Path | None = None,
    quiet: bool = False,
) -> Path:
    """Simulate a world, score its returns by the serving code, write report.html and report.json to `out`.

    release: a release folder; the champion by default. policy: where to write a policy with the operating
    points that were measured. The first 90 days of the world only fill the histories.
    """
    world = world or WorldSettings(seed=1_011, returns=60_000)
    opened = given_release(MODEL_NAME, release)
    model = FraudModel.open(opened)
    measured = join_measured(list(_replay(world, quiet=quiet)))
    rating = {moment: rate(model, measured.at(moment)) for moment in Moment}
    report = _report(model, opened, world, measured, rating)
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if policy is not None:
        write_policy(report, policy)
    return write_page(report, rating, _rivals(opened, rating[Moment.T2]), out / "report.html")


def _replay(world: WorldSettings, *, quiet: bool) -> Iterator[Measured]:
    with tqdm(total=world.returns, unit=" returns", desc="replay", disable=quiet) as progress:
        for block in simulate(world):
            yield measure_block(block, world, first_day=WARM_UP_DAYS)
            progress.update(len(block))


def _report(
    model: FraudModel, release: Release, world: WorldSettings, measured: Measured, rating: Rating
) -> Body:
    verified = rating[Moment.T2]
    rivals = _rivals(release, verified)
    others = {"score_without_surprise": verified.scores, **rivals}
    metrics = release.manifest["metrics"]
    return {
        "model": {"name": release.name, "version": release.version, "sha256": model.identity.sha256},
        "world": {key: str(value) for key, value in vars(world).items()},
        "caveat": "A simulated world: these figures compare models in it and are not field performance.",
        "served": {
            moment: {name: one.to_json() for name, one in figures.items()}
            for moment, figures in served_figures(model, measured).items()
        },
        "side_by_side_at_T2": {
            name: {measure: one.to_json() for measure, one in figures.items()}
            for name, figures in side_by_side(measured, {"linear": rivals["linear"]}).items()
        },
        "operating_points": {
            "model": [point.to_json() | _slices(verified, point) for point in every_point(verified.scored())],
            **{
                name: [point.to_json() for point in every_point(verified.scored(scores))]
                for name, scores in others.items()
            },
        },
        "thresholds": _thresholds(rating),
        "policy": _policy(model, verified),
        "kinds": {name: one.to_json() for name, one in kind_figures(model, measured).items()},
        "withheld": metrics["withheld_recall_at_5_percent"],
        "by_typology": _by_typology(verified),
        "by_channel": {name: _slice(verified, kept) for name, kept in verified.channels().items()},
        "by_value": {name: _slice(verified, kept) for name, kept in _value_bands(verified).items()},
    }


def _rivals(release: Release, verified: Rated) -> dict[str, Scores]:
    """Return the scores of the linear model that travels with the release, and of the points rule."""
    linear = LinearModel.read((release.folder / LINEAR_FILE).read_bytes())
    return {"linear": linear.scores(verified.rows.matrix), "points_rule": _rule(verified)}


def _rule(verified: Rated) -> Scores:
    """Return the points of each row; the order within a tie is drawn, so that a capacity can be met."""
    drawn = np.random.default_rng(0).random(len(verified.scores))
    return points(verified.rows.matrix, points_rules()) + 1e-6 * drawn


def _thresholds(rating: Rating) -> Body:
    """Return the review threshold of every operating point at each moment."""
    found: Body = {}
    for moment, rated in rating.items():
        for point in every_point(rated.scored()):
            found.setdefault(point.name, {})[moment.value] = round(point.threshold, 4)
    return found


def _policy(model: FraudModel, verified: Rated) -> Body:
    """Return the figures of the policy in force at T2."""
    review, hold = model.policy.review[Moment.T2], model.policy.hold[Moment.T2]
    return {
        "review": at_threshold("review", review, verified.scored()).to_json(),
        "hold": at_threshold("hold", hold, verified.scored(verified.scores)).to_json(),
    }


def _slices(verified: Rated, point: OperatingPoint) -> Body:
    """Return what one operating point does by kind, channel and value band."""
    rows = verified.scored()
    caught = rows.scores >= point.threshold
    kinds = {
        typology.value: resampled_share(caught[verified.rows.typology == code]).to_json()
        for code, typology in enumerate(TYPOLOGIES)
    }
    places = {"by_channel": verified.channels(), "by_value": _value_bands(verified)}
    return {
        "recall_by_typology": kinds,
        **{
            title: {
                name: at_threshold(point.name, point.threshold, rows.where(kept)).to_json()
                for name, kept in parts.items()
            }
            for title, parts in places.items()
        },
    }


def _by_typology(verified: Rated) -> Body:
    """Return the share of each kind of fraud that lies in the highest-scored 5 % of all rows."""
    edge = np.quantile(verified.scores, 1.0 - TOP_SHARE)
    kinds = {typology: verified.rows.typology == code for code, typology in enumerate(TYPOLOGIES)}
    return {
        typology.value: {
            "recall_at_5_percent": resampled_share(verified.scores[kept] >= edge).to_json(),
            "mean_probability": round(float(verified.scores[kept].mean()), 4),
        }
        for typology, kept in kinds.items()
        if kept.any()
    }


def _value_bands(verified: Rated) -> dict[str, Bools]:
    value = verified.rows.value_usd
    return {
        f"{low:g} USD and more" if np.isinf(high) else f"{low:g} to {high:g} USD": (value >= low)
        & (value < high)
        for low, high in pairwise(VALUE_BANDS_USD)
    }


def _slice(verified: Rated, rows: Bools) -> Body:
    """Return recall and calibration of some rows, each ranked among themselves."""
    truth, scores = verified.truth[rows], verified.scores[rows]
    if not truth.any():
        return {"n": len(truth)}
    sample = Bootstrap.by_row(truth, scores)
    names = ("recall_at_5_percent", "calibration_error")
    return {"n": len(truth), **{name: sample.figure(MEASURES[name]).to_json() for name in names}}
