"""Fit the fraud trainer on any table with a specification, and write it as a release."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import onnx
import optuna

from data.labelled.labelled_table import TableSpec, read_spec
from features.encoding import ColumnEncoding
from training.fraud.calibration import CalibrationRows, ScoreCalibration, calibrate
from training.fraud.fraud_measures import measure_all
from training.fraud.rows import Matrix
from training.fraud.settings import LabelNoise
from training.fraud.table.csv_table import SourceTable, read_source
from training.fraud.table.folds import Folded, Folds, Recipe, fit_bag
from training.fraud.table.table_settings import TableSettings, read_table_settings
from training.fraud.trees.exact import make_exact
from training.fraud.trees.graph import INPUT, ML_OPSET, OPSET, build_graph
from training.fraud.trees.parity import Parity, prove_parity
from training.release import write_release

NAME = "fraud-table"
GOLDEN_ROWS = 64
CARD = """# A model of {table}

{rows:,} rows, {positives:,} of them positive; target `{target}`. Fitted by the trainer of the fraud model
(LightGBM, {rounds} rounds, exact ONNX, calibration inside).

Held-out figures below come from {how};
they chose the number of rounds and the parameters, so they flatter a little. Judge the model on rows
it has never seen.

{figures}

Columns left out because they never vary, or only name or number the rows: {dropped}; because what earlier
rows say of them is wrong of later ones (training/fraud/table/drift.py): {misleading}.

Graph and trees, on {parity.rows:,} rows and {parity.edge_rows:,} made to hit every threshold: raw scores
differ by at most {parity.raw_difference:.2g}, probabilities by {parity.probability_difference:.2g}.
"""


def train_table(
    table: Path,
    spec: Path,
    out: Path,
    *,
    settings: TableSettings | None = None,
    version: str = "1",
    trials: int | None = None,
    quiet: bool = False,
) -> Path:
    """Fit on a table as its specification says and write a release into `out`; return that folder.

    version: what to call the release; trials: how many combinations the search tries, in place of the
    settings'. Raises InvalidTable with what to change for a table that can't be learned from, or gives itself
    away.
    """
    settings = settings or read_table_settings()
    if trials is not None:
        settings = settings.model_copy(update={"trials": trials})
    read = read_spec(spec)
    source = read_source(table, read, settings.encoder, blocks=settings.blocks, seed=settings.seed)
    if source.misleading and not quiet:
        left_out = ", ".join(source.misleading)
        sys.stderr.write(f"left out: {left_out}; what earlier rows say of them is wrong of later ones\n")
    folds = Folds(source, blocks=settings.blocks, held_out=settings.held_out)
    fits = settings.bag.fits(len(source.target))
    recipes = _search(folds, read, settings, fits=fits, quiet=quiet)
    folded = folds.bagged(recipes)
    everything = np.ones(len(source.target), dtype=bool)
    encodings = source.encodings(everything)
    learned, matrix = source.learned_matrix(encodings, everything), source.matrix(encodings)
    names = tuple(name for one in encodings for name in one.features)
    trees = make_exact(fit_bag(learned, source.target, names, recipes))
    calibration = _calibration(folded)
    graph = build_graph(trees, calibration, features=len(names), stage_feature=None)
    parity = prove_parity(trees, graph, calibration, matrix, None)
    fitted = _Fitted(encodings, matrix, trees, calibration, graph, parity, folded, recipes)
    _release(out, version, table, source, fitted)
    return out


@dataclass(frozen=True)
class _Fitted:
    encodings: list[ColumnEncoding]
    matrix: Matrix
    trees: lightgbm.Booster
    calibration: ScoreCalibration
    graph: onnx.ModelProto
    parity: Parity
    folded: Folded
    recipes: list[Recipe]

    def figures(self) -> dict[str, Any]:
        """Measure on held-out rows."""
        stage = np.zeros(len(self.folded.raw), dtype=np.int8)
        scores = self.calibration.probability(self.folded.raw, stage)
        truth = self.folded.target.astype(bool)
        return measure_all(truth, scores)


def _search(
    folds: Folds, spec: TableSpec, settings: TableSettings, *, fits: int, quiet: bool
) -> list[Recipe]:
    """Try a few combinations of the search, the usual one first; return those that rank best, in turn.

    Held-out rows are few and times change, so no single combination is trusted: the best third of them shares
    the fits.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=settings.seed), direction="maximize")
    tried: dict[str, Recipe] = {}

    def attempt(trial: optuna.Trial) -> float:
        chosen = {name: trial.suggest_categorical(name, values) for name, values in settings.search.items()}
        recipe = folds.try_out(settings.boosting(chosen, spec))
        tried[str(chosen)] = recipe
        return recipe.auc

    study.enqueue_trial({name: values[0] for name, values in settings.search.items()})
    study.optimize(attempt, n_trials=settings.trials + 1, show_progress_bar=not quiet)
    ranked = sorted(tried.values(), key=lambda recipe: -recipe.auc)
    best = ranked[: max(1, len(ranked) // 3)]
    return [best[number % len(best)] for number in range(fits)]


def _calibration(folded: Folded) -> ScoreCalibration:
    count = len(folded.raw)
    stage = np.zeros(count, dtype=np.int8)
    rows = CalibrationRows(folded.raw, folded.target, np.ones(count), stage, np.ones(count))
    return calibrate(rows, 1, LabelNoise())


def _release(out: Path, version: str, table: Path, source: SourceTable, fitted: _Fitted) -> None:
    figures = fitted.figures()
    write_release(
        out,
        name=NAME,
        version=version,
        graph=fitted.graph.SerializeToString(),
        manifest=_manifest(table, source, fitted, figures),
        card=_card(table, source, fitted, figures),
        golden_inputs={INPUT: fitted.matrix[:: max(1, len(fitted.matrix) // GOLDEN_ROWS)]},
        golden_tolerance=1e-6,
        extra_files={"trees.txt": fitted.trees.model_to_string().encode()},
    )


def _manifest(table: Path, source: SourceTable, fitted: _Fitted, figures: dict[str, Any]) -> dict[str, Any]:
    return {
        "input_contract": {
            "kind": "table",
            "target": source.spec.target,
            "columns": [one.to_json() for one in fitted.encodings],
            "dropped": list(source.dropped),
            "misleading": list(source.misleading),
        },
        "classes": ["0", "1"],
        "opset": {"": OPSET, "ai.onnx.ml": ML_OPSET},
        "calibration": {
            "slopes": list(fitted.calibration.slopes),
            "offsets": list(fitted.calibration.offsets),
        },
        "training": {
            "table": table.name,
            "rows": len(source.target),
            "rounds": fitted.folded.rounds,
            "fits": [recipe.to_json() for recipe in fitted.recipes],
        },
        "parity": vars(fitted.parity),
        "metrics": {"held_out": {name: one.to_json() for name, one in figures.items()}},
    }


def _card(table: Path, source: SourceTable, fitted: _Fitted, figures: dict[str, Any]) -> str:
    how = "groups drawn at random" if source.is_drawn else "later blocks scored by trees of earlier ones"
    return CARD.format(
        table=table.name,
        rows=len(source.target),
        positives=int(source.target.sum()),
        target=source.spec.target,
        rounds=fitted.folded.rounds,
        how=how,
        figures="\n".join(f"- {name}: {one}, n {one.n:,}" for name, one in figures.items()),
        dropped=", ".join(source.dropped) or "none",
        misleading=", ".join(source.misleading) or "none",
        parity=fitted.parity,
    )
