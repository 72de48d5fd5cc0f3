"""Train the fraud model on the simulated world and release it: one command, fixed seeds."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import onnx

from data.fraud import Moment
from data.world import WorldSettings
from data.world.figures import TYPOLOGIES
from features.case.contract import case_contract
from serving.fraud.model import MODEL_NAME, TREES_FILE, FraudModel
from serving.fraud.signals import SIGNALS_FILE, SIGNALS_GOLDEN_FILE
from serving.release import Release, open_folder
from training.fraud.calibration import (
    CalibrationRows,
    ScoreCalibration,
    calibrate,
    confirmation,
    confirmed_of_each,
)
from training.fraud.report.card import write_card
from training.fraud.rows import Labelled, Matrix, Part, Values
from training.fraud.settings import FraudSettings, LabelNoise, read_settings
from training.fraud.signals.fit_signals import FittedSignals, fit_signals
from training.fraud.trees.boost import Boosted, fit
from training.fraud.trees.exact import make_exact
from training.fraud.trees.graph import INPUT, ML_OPSET, OPSET, build_graph
from training.fraud.trees.linear import LINEAR_FILE, LinearModel
from training.fraud.trees.parity import Parity, prove_parity
from training.fraud.trees.search import search
from training.fraud.world.side_by_side import Figures, Measures, kind_figures, served_figures, side_by_side
from training.fraud.world.unsent import Senders
from training.fraud.world.withheld import study_withheld
from training.fraud.world.world_rows import Measured, replay_world
from training.release import golden_bytes, write_release
from training.tracking import track

GOLDEN_ROWS = 64


@dataclass(frozen=True)
class Exported:
    """A fitted model in every form it is released in."""

    boosted: Boosted
    trees: lightgbm.Booster
    calibration: ScoreCalibration
    graph: onnx.ModelProto
    parity: Parity
    signals: FittedSignals


def train_fraud(
    out: Path,
    *,
    settings: FraudSettings | None = None,
    version: str = "1",
    trials: int = 0,
    quiet: bool = False,
) -> Path:
    """Simulate, fit, calibrate, export, prove and release into `out`; return that folder.

    trials: so many settings of the trees are tried first, and the best taken. The run is tracked in MLflow.
    The same settings on the same versions of the libraries give the same model.
    """
    settings = settings or read_settings()
    world = WorldSettings(seed=settings.world_seed, returns=settings.returns, prevalence=settings.prevalence)
    with track(MODEL_NAME, f"fraud {version}") as run:
        senders = Senders(settings.unsent, settings.world_seed)
        labelled, measured = replay_world(
            world, settings.split, settings.labels, senders=senders, quiet=quiet
        )
        if trials:
            settings = _searched(labelled, settings, trials, quiet=quiet)
        run.parameters(_flat(settings))
        exported = export(labelled, settings, stage_feature=0)
        linear = LinearModel.fit(weight_up_missed(labelled, settings.labels))
        draft = _release(out, version, settings, labelled, exported, linear, None)
        measures = _measure(draft, labelled, measured, settings, exported, linear, quiet=quiet)
        _release(out, version, settings, labelled, exported, linear, measures)
        served = measures.served
        run.metrics({f"{m}_{name}": f.value for m, row in served.items() for name, f in row.items()})
        run.folder(out)
    return out


def _searched(labelled: Labelled, settings: FraudSettings, trials: int, *, quiet: bool) -> FraudSettings:
    """Return the settings with the best of some that are tried on a part of the returns."""
    asked = replace(settings.search, trials=trials)
    best = search(weight_up_missed(labelled, settings.labels), settings.boosting, asked, quiet=quiet)[0]
    parameters = {**settings.boosting.parameters, **best.parameters}
    return replace(settings, boosting=replace(settings.boosting, parameters=parameters))


def export(labelled: Labelled, settings: FraudSettings, *, stage_feature: int | None) -> Exported:
    """Fit on labelled rows, calibrate on the later ones, and prove the exported graph on all of them."""
    signals = fit_signals(labelled, case_contract(), settings.signals)
    boosted = fit(weight_up_missed(labelled, settings.labels), settings.boosting)
    trees = make_exact(boosted.booster)
    later = labelled.only(Part.CALIBRATE)
    confirmed = confirmation(signals.kinds.shares(later.matrix), confirmed_of_each(settings.labels))
    calibration = _calibrate(trees, later, confirmed, settings.labels, stage_feature)
    graph = build_graph(trees, calibration, features=len(labelled.names), stage_feature=stage_feature)
    parity = prove_parity(trees, graph, calibration, labelled.matrix, stage_feature)
    return Exported(boosted, trees, calibration, graph, parity, signals)


def weight_up_missed(labelled: Labelled, noise: LabelNoise) -> Labelled:
    """Return weights by which each confirmed fraud stands for those of its kind that reviews miss."""
    of_each = confirmed_of_each(noise)
    kind = np.maximum(labelled.typology, 0)
    counts = (labelled.target == 1) & (labelled.typology >= 0)
    return replace(labelled, weight=labelled.weight * np.where(counts, noise.confirmed / of_each[kind], 1.0))


def _calibrate(
    trees: lightgbm.Booster, later: Labelled, confirmed: Values, noise: LabelNoise, stage_feature: int | None
) -> ScoreCalibration:
    raw = np.asarray(trees.predict(later.matrix, raw_score=True), dtype=np.float64)
    # One pair for every moment: with one of its own each, a part that goes missing would change the pair, and
    # could make a score better than the best that the part can say. None is worse calibrated by it.
    alike = np.zeros_like(later.stage)
    one = calibrate(CalibrationRows(raw, later.target, later.weight, alike, confirmed), 1, noise)
    moments = 1 if stage_feature is None else len(Moment)
    return ScoreCalibration(one.slopes * moments, one.offsets * moments)


def _measure(
    release: Release,
    labelled: Labelled,
    measured: Measured,
    settings: FraudSettings,
    exported: Exported,
    linear: LinearModel,
    *,
    quiet: bool,
) -> Measures:
    model = FraudModel.open(release)
    return Measures(
        served_figures(model, measured),
        side_by_side(measured, {"linear": linear.scores(measured.at(Moment.T2).matrix)}),
        kind_figures(model, measured),
        study_withheld(
            weight_up_missed(labelled, settings.labels),
            measured,
            settings,
            rounds=exported.boosted.rounds,
            calibration=exported.calibration,
            policy=model.policy,
            quiet=quiet,
        ),
    )


def _release(
    out: Path,
    version: str,
    settings: FraudSettings,
    labelled: Labelled,
    exported: Exported,
    linear: LinearModel,
    measures: Measures | None,
) -> Release:
    signals = exported.signals.graph.SerializeToString()
    write_release(
        out,
        name=MODEL_NAME,
        version=version,
        graph=exported.graph.SerializeToString(),
        manifest=_manifest(settings, labelled, exported, measures),
        card=_card(settings, version, labelled, exported, measures),
        golden_inputs={INPUT: _golden(labelled)},
        golden_tolerance=1e-6,
        extra_files={
            TREES_FILE: exported.trees.model_to_string().encode(),
            LINEAR_FILE: linear.to_bytes(),
            SIGNALS_FILE: signals,
            SIGNALS_GOLDEN_FILE: golden_bytes(signals, {INPUT: _golden(labelled)}),
        },
    )
    return open_folder(out)


def _card(
    settings: FraudSettings, version: str, labelled: Labelled, exported: Exported, measures: Measures | None
) -> str:
    if measures is None:
        return "Being measured."
    rows = len(labelled.only(Part.FIT, Part.STOP))
    return write_card(
        settings,
        version=version,
        rounds=exported.boosted.rounds,
        rows=rows,
        parity=exported.parity,
        kind_rows=exported.signals.kinds.rows,
        measures=measures,
    )


def _manifest(
    settings: FraudSettings, labelled: Labelled, exported: Exported, measures: Measures | None
) -> dict[str, Any]:
    calibration, parity = exported.calibration, exported.parity
    return {
        "input_contract": case_contract().describe(),
        "classes": ["honest", "fraud"],
        "opset": {"": OPSET, "ai.onnx.ml": ML_OPSET},
        "outputs": {"raw": "log odds of the trees", "probability": "calibrated probability of fraud"},
        "calibration": {
            "kind": "one slope and offset, the same at every moment, inside the graph",
            "moments": ["T0", "T1", "T2"],
            "slopes": list(calibration.slopes),
            "offsets": list(calibration.offsets),
        },
        "signals": {
            "file": SIGNALS_FILE,
            "outputs": {
                "typologies": "shares of the kinds of abuse, if it is one; they add up to 1",
                "unusual": "share of earlier returns at this moment that were less unusual",
                "surprise": "nats by which the findings are rarer than usual, added over the reasons",
            },
            "typologies": [typology.value for typology in TYPOLOGIES],
            "rounds": exported.signals.kinds.rounds,
            "confirmed_rows": exported.signals.kinds.rows,
            "parity_rows": exported.signals.rows,
            "difference": exported.signals.difference,
        },
        "thresholds": "serving/fraud/policies/fraud-4.yaml",
        "training": {
            "data": "simulated world (data/world)",
            "data_sha256": labelled.sha256(),
            "rows": {part.name.lower(): int((labelled.part == part).sum()) for part in Part},
            "rounds": exported.boosted.rounds,
            "settings": _flat(settings),
        },
        "parity": {
            "rows": parity.rows,
            "edge_rows": parity.edge_rows,
            "raw_difference": parity.raw_difference,
            "probability_difference": parity.probability_difference,
        },
        "metrics": _metrics(measures) if measures else {},
    }


def _metrics(measures: Measures) -> dict[str, Any]:
    return {
        "measured_on": "later returns of the simulated world, against its truth",
        "interval": "95 % bootstrap",
        "served": _to_json(measures.served),
        "side_by_side_at_T2": _to_json(measures.others),
        "likeliest_kind_at_T2": {name: one.to_json() for name, one in measures.kinds.items()},
        "withheld_recall_at_5_percent": {name: one.to_json() for name, one in measures.withheld.items()},
    }


def _to_json(figures: Figures) -> dict[str, Any]:
    return {key: {name: one.to_json() for name, one in row.items()} for key, row in figures.items()}


def _golden(labelled: Labelled) -> Matrix:
    """Choose rows of every stage, evenly over time."""
    order = np.argsort(labelled.stage, kind="stable")
    return labelled.matrix[order[np.linspace(0, len(order) - 1, GOLDEN_ROWS).astype(np.int64)]]


def _flat(settings: FraudSettings) -> dict[str, Any]:
    return {
        "world_seed": settings.world_seed,
        "returns": settings.returns,
        "prevalence": settings.prevalence,
        **{f"split_{key}": value for key, value in vars(settings.split).items()},
        **{f"labels_{key}": value for key, value in vars(settings.labels).items()},
        **{f"unsent_{name}": sender.share for name, sender in settings.unsent.senders.items()},
        "unused": ", ".join(settings.boosting.unused),
        **{f"boosting_{key}": value for key, value in settings.boosting.parameters.items()},
        "seed": settings.boosting.seed,
    }
