"""Train the fraud model on the simulated world and release it: one command, fixed seeds."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import onnx

from data.world import WorldSettings
from features.case_contract import case_contract
from serving.fraud import MODEL_NAME, TREES_FILE, FraudModel
from serving.release import Release, open_folder
from training.fraud.boost import Boosted, fit
from training.fraud.calibration import Calibration, calibrate
from training.fraud.card import write_card
from training.fraud.graph import INPUT, ML_OPSET, OPSET, build_graph
from training.fraud.linear import fit_linear, linear_scores
from training.fraud.measure import Figures, served_figures, side_by_side
from training.fraud.parity import Parity, prove_parity
from training.fraud.settings import FraudSettings, LabelNoise, read_settings
from training.fraud.table import Matrix, Part, Table
from training.fraud.trees import make_exact
from training.fraud.world_table import Measured, replay_world
from training.release import write_release
from training.tracking import track

GOLDEN_ROWS = 64


@dataclass(frozen=True)
class Exported:
    """A fitted model in every form it is released in."""

    boosted: Boosted
    trees: lightgbm.Booster
    calibration: Calibration
    graph: onnx.ModelProto
    parity: Parity


def train_fraud(
    out: Path, *, settings: FraudSettings | None = None, version: str = "1", quiet: bool = False
) -> Path:
    """Simulate, fit, calibrate, export, prove and release into `out`; return that folder.

    The run is tracked in MLflow. The same settings on the same versions of the libraries give the same model.
    """
    settings = settings or read_settings()
    world = WorldSettings(seed=settings.world_seed, returns=settings.returns, prevalence=settings.prevalence)
    with track(MODEL_NAME, f"fraud {version}") as run:
        run.parameters(_flat(settings))
        table, measured = replay_world(world, settings.split, settings.labels, quiet=quiet)
        exported = export(table, settings, stage_feature=0)
        draft = _release(out, version, settings, table, exported, {}, {})
        served, others = _measure(draft, table, measured)
        _release(out, version, settings, table, exported, served, others)
        run.metrics({f"{m}_{name}": f.value for m, row in served.items() for name, f in row.items()})
        run.folder(out)
    return out


def export(table: Table, settings: FraudSettings, *, stage_feature: int | None) -> Exported:
    """Fit on a table, calibrate on its later part, and prove the exported graph on all its rows."""
    boosted = fit(table, settings.boosting)
    trees = make_exact(boosted.booster)
    calibration = _calibrate(trees, table.only(Part.CALIBRATE), settings.labels, stage_feature)
    graph = build_graph(trees, calibration, features=len(table.names), stage_feature=stage_feature)
    parity = prove_parity(trees, graph, calibration, table.matrix, stage_feature)
    return Exported(boosted, trees, calibration, graph, parity)


def _calibrate(
    trees: lightgbm.Booster, later: Table, noise: LabelNoise, stage_feature: int | None
) -> Calibration:
    raw = np.asarray(trees.predict(later.matrix, raw_score=True), dtype=np.float64)
    stages = 1 if stage_feature is None else 3
    return calibrate(raw, later.target, later.weight, later.stage, stages, noise)


def _measure(release: Release, table: Table, measured: Measured) -> tuple[Figures, Figures]:
    served = served_figures(FraudModel.open(release), measured)
    linear = fit_linear(table)
    verified = measured.where(measured.moment == 2)
    return served, side_by_side(measured, {"linear": linear_scores(linear, verified.matrix)})


def _release(
    out: Path,
    version: str,
    settings: FraudSettings,
    table: Table,
    exported: Exported,
    served: Figures,
    others: Figures,
) -> Release:
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.onnx"
        onnx.save(exported.graph, str(model))
        write_release(
            out,
            name=MODEL_NAME,
            version=version,
            model=model,
            manifest=_manifest(settings, table, exported, served, others),
            card=_card(settings, version, table, exported, served, others),
            golden_inputs={INPUT: _golden(table)},
            golden_tolerance=1e-6,
            extra_files={TREES_FILE: exported.trees.model_to_string().encode()},
        )
    return open_folder(out)


def _card(
    settings: FraudSettings, version: str, table: Table, exported: Exported, served: Figures, others: Figures
) -> str:
    if not served:
        return "Being measured."
    rows = len(table.only(Part.FIT, Part.STOP))
    return write_card(
        settings,
        version=version,
        rounds=exported.boosted.rounds,
        rows=rows,
        parity=exported.parity,
        served=served,
        others=others,
    )


def _manifest(
    settings: FraudSettings, table: Table, exported: Exported, served: Figures, others: Figures
) -> dict[str, Any]:
    calibration, parity = exported.calibration, exported.parity
    return {
        "input_contract": case_contract().describe(),
        "classes": ["honest", "fraud"],
        "opset": {"": OPSET, "ai.onnx.ml": ML_OPSET},
        "outputs": {"raw": "log odds of the trees", "probability": "calibrated probability of fraud"},
        "calibration": {
            "kind": "one slope and offset a moment, inside the graph",
            "moments": ["T0", "T1", "T2"],
            "slopes": list(calibration.slopes),
            "offsets": list(calibration.offsets),
        },
        "thresholds": "serving/policies/fraud-1.yaml",
        "training": {
            "data": "simulated world (data/world)",
            "data_sha256": table.sha256(),
            "rows": {part.name.lower(): int((table.part == part).sum()) for part in Part},
            "rounds": exported.boosted.rounds,
            "settings": _flat(settings),
        },
        "parity": {
            "rows": parity.rows,
            "edge_rows": parity.edge_rows,
            "raw_difference": parity.raw_difference,
            "probability_difference": parity.probability_difference,
        },
        "metrics": {
            "measured_on": "later returns of the simulated world, against its truth",
            "interval": "95 % bootstrap",
            "served": _as_json(served),
            "side_by_side_at_T2": _as_json(others),
        },
    }


def _as_json(figures: Figures) -> dict[str, Any]:
    return {key: {name: one.as_json() for name, one in row.items()} for key, row in figures.items()}


def _golden(table: Table) -> Matrix:
    """Choose rows of every stage, evenly over time."""
    order = np.argsort(table.stage, kind="stable")
    return table.matrix[order[np.linspace(0, len(order) - 1, GOLDEN_ROWS).astype(np.int64)]]


def _flat(settings: FraudSettings) -> dict[str, Any]:
    return {
        "world_seed": settings.world_seed,
        "returns": settings.returns,
        "prevalence": settings.prevalence,
        **{f"split_{key}": value for key, value in vars(settings.split).items()},
        **{f"labels_{key}": value for key, value in vars(settings.labels).items()},
        **{f"boosting_{key}": value for key, value in settings.boosting.parameters.items()},
        "seed": settings.boosting.seed,
    }
