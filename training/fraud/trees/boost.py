"""Fit boosted trees: early stopping on later rows, then once more on both, reproducibly."""

from dataclasses import dataclass, replace

import lightgbm
import numpy as np
from tqdm import tqdm

from training.fraud.rows import Labelled, Part
from training.fraud.settings import BoostSettings
from training.fraud.trees.gaps import close_gaps
from training.fraud.trees.unknown import learnable, teach_unknown


@dataclass(frozen=True)
class Boosted:
    """A fitted booster and how many rounds later rows asked for."""

    booster: lightgbm.Booster
    rounds: int
    stopped_loss: float


def fit(labelled: Labelled, settings: BoostSettings) -> Boosted:
    """Find the number of rounds on the STOP part, then fit FIT and STOP together with it."""
    trial = fit_first(labelled, settings)
    return replace(trial, booster=fit_rounds(labelled, settings, trial.rounds))


def fit_rounds(labelled: Labelled, settings: BoostSettings, rounds: int) -> lightgbm.Booster:
    """Fit FIT and STOP together for a given number of rounds."""
    parameters = parameters_of(labelled.names, settings)
    both = _dataset(labelled.only(Part.FIT, Part.STOP), parameters, settings)
    return _taught(lightgbm.train(parameters, both, num_boost_round=rounds), labelled, settings)


def fit_first(labelled: Labelled, settings: BoostSettings, *, quiet: bool = True) -> Boosted:
    """Fit the FIT part until the later rows of the STOP part stop getting better."""
    with tqdm(total=settings.rounds, unit=" rounds", desc="fit", disable=quiet) as progress:
        return _fit_first(labelled, settings, progress)


def _fit_first(labelled: Labelled, settings: BoostSettings, progress: tqdm) -> Boosted:
    first = labelled.only(Part.FIT)
    later = labelled.only(Part.STOP)
    parameters = parameters_of(labelled.names, settings)
    trial = lightgbm.train(
        parameters,
        _dataset(first, parameters, settings),
        num_boost_round=settings.rounds,
        valid_sets=[_dataset(later, parameters, settings)],
        valid_names=["later"],
        callbacks=[
            lightgbm.early_stopping(settings.patience, verbose=False),
            lambda _: progress.update() and None,
        ],
    )
    loss = float(trial.best_score["later"]["binary_logloss"])
    return Boosted(_taught(trial, labelled, settings), max(trial.best_iteration, 1), loss)


def _taught(booster: lightgbm.Booster, labelled: Labelled, settings: BoostSettings) -> lightgbm.Booster:
    """Return the booster with what no row could teach it: where unknown goes, and values that none had."""
    # The gaps first: unknown goes where its value goes once the cuts have moved.
    return teach_unknown(close_gaps(booster, labelled.names, settings.gaps), labelled.names, settings)


def _dataset(labelled: Labelled, parameters: dict[str, object], settings: BoostSettings) -> lightgbm.Dataset:
    return lightgbm.Dataset(
        learnable(labelled.matrix, labelled.names, settings),
        label=labelled.target.astype(np.float64),
        weight=labelled.weight,
        feature_name=list(labelled.names),
        free_raw_data=True,
        params=parameters,
    )


def parameters_of(names: tuple[str, ...], settings: BoostSettings) -> dict[str, object]:
    """Return what LightGBM is asked for where the answer is a probability of fraud."""
    return {
        "objective": "binary",
        "metric": "binary_logloss",
        "monotone_constraints": [settings.monotone.get(name, 0) for name in names],
        **reproducible(settings),
    }


def reproducible(settings: BoostSettings) -> dict[str, object]:
    """Return the settings as LightGBM takes them, with all that makes a fit come out the same again."""
    return {
        "verbosity": -1,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": settings.threads,
        "seed": settings.seed,
        **settings.parameters,
    }
