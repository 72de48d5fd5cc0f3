"""Fit the served fraud model on an operator's own returns and release it: from the released model on."""

from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from serving.fraud.base_rate import learnt_rate
from serving.fraud.model import MODEL_NAME, TREES_FILE
from serving.fraud.signals import SIGNALS_FILE, SIGNALS_GOLDEN_FILE
from serving.release import Release, open_folder, read_golden
from training.fraud.own.adapt import Start, adapt, confirmed_shares, stage_feature
from training.fraud.own.own_base_rate import estimate_base_rate
from training.fraud.own.own_card import OwnRelease, write_own_card
from training.fraud.own.own_figures import OwnFigures, measure_own
from training.fraud.own.own_rows import OwnRows
from training.fraud.own.settings import OwnSettings
from training.fraud.trees.graph import INPUT, build_graph
from training.fraud.trees.linear import LINEAR_FILE
from training.fraud.trees.parity import prove_parity
from training.metrics.figure import Figure
from training.release import given_release, write_release

# Rows that graph and trees are held against; every threshold is tried on some of them besides.
PARITY_ROWS = 5_000


class TooFewOutcomes(ValueError):
    """Own outcomes that nothing can be learnt from; the message says how many there are and are needed."""


def train_own(
    rows: OwnRows,
    out: Path,
    *,
    settings: OwnSettings,
    release: Path | None = None,
    version: str = "1",
) -> Iterator[str]:
    """Adapt a release, the champion by default, to rows of known outcome, and release it into `out`.

    What is measured is measured on the latest outcomes, by a model that has seen neither them nor their
    customers; what is released has learnt from all. Yields a line for each thing that was done, while it is.
    Raises TooFewOutcomes and BrokenRelease.
    """
    _require_outcomes(rows, settings)
    start = Start.of(given_release(MODEL_NAME, release))
    yield (f"starting from fraud {start.release.version} ({start.model.identity.sha256[:12]})")
    figures = yield from _measured(rows, start, settings)
    yield "fitting on all outcomes"
    adapted = adapt(rows, start, settings)
    yield from adapted.lines(settings)
    confirmed = confirmed_shares(rows, start, settings)
    rate = estimate_base_rate(rows, confirmed, settings.labels.confirmed_falsely)
    yield rate_line(rate, settings)
    graph = build_graph(
        adapted.trees, adapted.calibration, features=rows.matrix.shape[1], stage_feature=stage_feature()
    )
    some = np.random.default_rng(settings.seed).permutation(len(rows))[:PARITY_ROWS]
    parity = prove_parity(
        adapted.trees, graph, adapted.calibration, rows.matrix[np.sort(some)], stage_feature()
    )
    made = OwnRelease(adapted, rate if adapted.is_calibrated else None, parity, figures)
    _write(out, version, rows, start, made, settings, graph.SerializeToString())
    yield f"graph and trees agree on {parity.rows:,} rows and {parity.edge_rows:,} at every threshold"


def _require_outcomes(rows: OwnRows, settings: OwnSettings) -> None:
    last = rows.is_last
    frauds, honest = int((last & rows.is_fraud).sum()), int((last & (rows.target == 0)).sum())
    least = settings.calibration.least_frauds
    if frauds < least or honest < least:
        raise TooFewOutcomes(
            f"{frauds} confirmed frauds and {honest} honest returns are known of the cases; at least {least} "
            "of each are needed to say anything: give outcomes of more returns"
        )


def _measured(rows: OwnRows, start: Start, settings: OwnSettings) -> Generator[str, None, OwnFigures | None]:
    """Measure on the latest outcomes what learning from the earlier ones brought."""
    learnt, later = split_by_time(rows, settings.measured_share)
    try:
        _require_outcomes(learnt, settings)
        _require_outcomes(later, settings)
    except TooFewOutcomes as error:
        yield f"not measured on later outcomes: {error}"
        return None
    yield (f"measuring: fitting on {learnt.returns:,} earlier outcomes, for {later.returns:,} later ones")
    figures = measure_own(adapt(learnt, start, settings), start, later)
    yield from figures.lines()
    return figures


def split_by_time(rows: OwnRows, measured_share: float) -> tuple[OwnRows, OwnRows]:
    """Return rows to learn from, and the latest returns to measure on.

    Learnt is only from outcomes that were known when the first of the later returns was asked for, and from
    no customer of those.
    """
    edge = float(np.quantile(rows.requested_s[rows.is_last], 1.0 - measured_share))
    is_later = rows.requested_s >= edge
    is_known = rows.known_s < edge
    is_apart = ~np.isin(rows.customer, rows.customer[is_later])
    return rows.where(~is_later & is_known & is_apart), rows.where(is_later)


def rate_line(rate: Figure | None, settings: OwnSettings) -> str:
    """Say which share of all returns is fraud, and what that assumes."""
    if rate is None:
        return "base rate: not known, for no outcome says how likely it was to become known (propensity)"
    return (
        f"base rate: {rate.value:.4f} [{rate.low:.4f}, {rate.high:.4f}] of all returns are fraud, if reviews "
        f"confirm {settings.labels.confirmed:.0%} of it"
    )


def _write(
    out: Path,
    version: str,
    rows: OwnRows,
    start: Start,
    made: OwnRelease,
    settings: OwnSettings,
    graph: bytes,
) -> Release:
    kept = (LINEAR_FILE, SIGNALS_FILE, SIGNALS_GOLDEN_FILE)
    write_release(
        out,
        name=MODEL_NAME,
        version=version,
        graph=graph,
        manifest=_manifest(rows, start, made, settings),
        card=write_own_card(version, start, made, dates_of(rows), settings),
        # Those of the model it started from: no return of the operator travels with a release.
        golden_inputs={INPUT: read_golden(start.release)[f"input_{INPUT}"]},
        golden_tolerance=1e-6,
        extra_files={
            TREES_FILE: made.adapted.trees.model_to_string().encode(),
            **{name: start.release.path_of(name).read_bytes() for name in kept},
        },
    )
    return open_folder(out)


def dates_of(rows: OwnRows) -> tuple[str, str]:
    """Return the days of the first and the last request."""
    ends = (float(rows.requested_s.min()), float(rows.requested_s.max()))
    first, last = (datetime.fromtimestamp(end, UTC).date().isoformat() for end in ends)
    return first, last


def _manifest(rows: OwnRows, start: Start, made: OwnRelease, settings: OwnSettings) -> dict[str, Any]:
    adapted, before = made.adapted, start.release.manifest
    rate = made.base_rate
    until = datetime.fromtimestamp(float(rows.requested_s.max()), UTC)
    return {
        **{name: before[name] for name in ("input_contract", "classes", "opset", "outputs", "signals")},
        "calibration": {
            **before["calibration"],
            "slopes": list(adapted.calibration.slopes),
            "offsets": list(adapted.calibration.offsets),
        },
        "thresholds": "the operator's own policy: regrade evaluate fraud --cases --outcomes --policy FILE",
        "training": {
            "data": "an operator's own returns, starting from a release",
            "started_from": {"version": start.release.version, "sha256": start.model.identity.sha256},
            "outcomes": adapted.outcomes,
            "confirmed_frauds": adapted.frauds,
            "requested": dict(zip(("first", "last"), dates_of(rows), strict=True)),
            "requested_until": until.isoformat(),
            "leaves_moved": adapted.is_moved,
            "penalty": adapted.chosen.best.penalty if adapted.chosen else None,
            "calibrated": adapted.is_calibrated,
            "confirmed_assumed": settings.labels.confirmed,
            **_prevalence(rate, start),
        },
        "parity": vars(made.parity),
        "metrics": {"withheld_recall_at_5_percent": {}}
        | ({"later_outcomes": made.figures.to_json()} if made.figures else {}),
    }


def _prevalence(rate: Figure | None, start: Start) -> dict[str, Any]:
    """Return for which share of fraud the release is calibrated: its own, or that which it started from."""
    if rate is not None:
        return {"prevalence": rate.value, "prevalence_interval": [rate.low, rate.high]}
    before = learnt_rate(start.release.manifest)
    return {} if before is None else {"prevalence": before}
