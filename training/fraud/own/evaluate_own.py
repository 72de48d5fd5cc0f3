"""Measure a released fraud model through serving on an operator's own returns, and estimate its base rate."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from data.fraud import Moment
from serving.fraud.base_rate import LEAST_RATE, MOST_RATE, learnt_rate
from serving.fraud.model import MODEL_NAME, FraudModel
from serving.fraud.policy import FraudPolicy, read_fraud_policy
from serving.release import Release
from serving.settings import Settings
from serving.startup import own_fraud_policy
from training.fraud.fraud_measures import MEASURES
from training.fraud.operating import OperatingPoint, read_costs
from training.fraud.own.adapt import Start, confirmed_shares
from training.fraud.own.own_base_rate import estimate_base_rate
from training.fraud.own.own_figures import Figures, at_moment, own_figures
from training.fraud.own.own_points import Prioritised
from training.fraud.own.own_policy import write_own_policy
from training.fraud.own.own_rows import Matched, NoReturns, OwnRows, all_rows
from training.fraud.own.settings import OwnSettings
from training.fraud.own.train_own import dates_of, rate_line
from training.fraud.rows import Values
from training.metrics.figure import Figure
from training.release import given_release

REPORT_FILE = "report.json"


def evaluate_own(
    matched: Matched,
    out: Path,
    *,
    settings: OwnSettings,
    release: Path | None = None,
    policy: Path | None = None,
) -> Iterator[str]:
    """Score all returns by the code that serves, write report.json to `out`, and yield what came out.

    Returns asked for up to the last that a release learnt from are left out. The policy in force - the
    operator's own by REGRADE_FRAUD_POLICY, or the shipped one - is written to `policy` with the operating
    points and the base rate that were found. Raises NoReturns where nothing is left.
    """
    opened = given_release(MODEL_NAME, release)
    rows = all_rows(matched, settings.labels.weight_limit)
    later = _unlearnt(rows, opened)
    if len(later) < len(rows):
        left_out = rows.returns - later.returns
        yield f"{left_out:,} returns are left out: fraud {opened.version} learnt up to them"
    start = Start.of(opened)
    confirmed = confirmed_shares(later, start, settings)
    rate = estimate_base_rate(later, confirmed, settings.labels.confirmed_falsely)
    yield rate_line(rate, settings)
    in_force = _at_base_rate(own_fraud_policy(Settings.of()) or read_fraud_policy(), rate, opened)
    if rate is not None:
        yield f"to set it, write into the fraud policy: base_rate: {in_force.base_rate}"
    model = FraudModel.open(opened, in_force)
    figures = {moment: _figures(model, later.where(at_moment(later, moment))) for moment in Moment}
    yield from _figure_lines(figures)
    points = {
        moment: _points(model, later.where(at_moment(later, moment)))
        for moment in Moment
        if at_moment(later, moment).any()
    }
    yield from _point_lines(points)
    out.mkdir(parents=True, exist_ok=True)
    report = _report(opened, model, later, rate, figures, points)
    (out / REPORT_FILE).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if policy is not None:
        yield _write_policy(in_force, points, model, later, policy)
    yield str(out / REPORT_FILE)


def _unlearnt(rows: OwnRows, release: Release) -> OwnRows:
    until = release.manifest.get("training", {}).get("requested_until")
    if until is None:
        return rows
    later = rows.where(rows.requested_s > datetime.fromisoformat(until).timestamp())
    if not len(later):
        raise NoReturns(
            f"fraud {release.version} learnt from returns asked for up to {until}, and none of these is "
            "later: give later ones, what it learnt says nothing of how right it is"
        )
    return later


def _at_base_rate(policy: FraudPolicy, rate: Figure | None, release: Release) -> FraudPolicy:
    """Return the policy with the estimate, as far as a base rate may go and the release can be moved."""
    if rate is None or learnt_rate(release.manifest) is None:
        return policy
    value = round(min(max(rate.value, LEAST_RATE), MOST_RATE), 4)
    return policy.model_copy(update={"base_rate": value})


def _figures(model: FraudModel, rows: OwnRows) -> Figures | None:
    known = rows.where(rows.is_known)
    if not known.is_fraud.any() or known.is_fraud.all():
        return None
    return own_figures(known, model.probabilities(known.matrix).astype(np.float64))


def _points(model: FraudModel, rows: OwnRows) -> list[OperatingPoint]:
    scores = model.probabilities(rows.matrix).tolist()
    surprises = [signal.surprise for signal in model.signals(rows.matrix)]
    pairs = zip(scores, surprises, strict=True)
    priority: Values = np.array([model.policy.priority(*pair) for pair in pairs])
    return Prioritised(rows, priority, read_costs()).points()


def _figure_lines(figures: Mapping[Moment, Figures | None]) -> Iterator[str]:
    for moment, found in figures.items():
        if found is None:
            yield f"{moment.value}: not measured, for not both fraud and honest returns are known of it"
            continue
        told = ", ".join(f"{name.replace('_', ' ')} {found[name]}" for name in MEASURES)
        yield f"{moment.value}, {found['auc'].n:,} outcomes, {found['auc'].positives:,} fraud: {told}"


def _point_lines(points: Mapping[Moment, Sequence[OperatingPoint]]) -> Iterator[str]:
    for moment, several in points.items():
        for point in several:
            yield (
                f"{moment.value} {point.name}: from {point.threshold:.4f} on {point.reviewed_share:.1%} are "
                f"reviewed, precision {point.precision:.3f}, recall {point.recall:.3f}"
            )


def _write_policy(
    policy: FraudPolicy,
    points: Mapping[Moment, Sequence[OperatingPoint]],
    model: FraudModel,
    rows: OwnRows,
    path: Path,
) -> str:
    lacking = [moment.value for moment in Moment if moment not in points]
    if lacking:
        raise NoReturns(
            f"no return reached {', '.join(lacking)}, so nothing says what to review there: give cases with "
            "scans and a verification"
        )
    first, last = dates_of(rows)
    source = (
        f"Set for release {model.identity.version} ({model.identity.sha256[:12]}) on {rows.returns:,} own "
        f"returns asked for from {first} to {last}; costs are those of training/fraud/costs.yaml."
    )
    written = write_own_policy(policy, points, source, path)
    return f"fraud policy {written.version} written to {path}; REGRADE_FRAUD_POLICY serves it"


def _report(
    release: Release,
    model: FraudModel,
    rows: OwnRows,
    rate: Figure | None,
    figures: Mapping[Moment, Figures | None],
    points: Mapping[Moment, Sequence[OperatingPoint]],
) -> dict[str, Any]:
    first, last = dates_of(rows)
    return {
        "model": {"name": release.name, "version": release.version, "sha256": model.identity.sha256},
        "returns": {"count": rows.returns, "first_request": first, "last_request": last},
        "caveat": "Against what reviews told, which miss fraud; outcomes stand for others like them.",
        "base_rate": None if rate is None else rate.to_json(),
        "policy_base_rate": model.policy.base_rate,
        "figures": {
            moment.value: found and {name: one.to_json() for name, one in found.items()}
            for moment, found in figures.items()
        },
        "operating_points": {
            moment.value: [point.to_json() for point in several] for moment, several in points.items()
        },
    }
