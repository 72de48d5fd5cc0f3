"""Search settings of the trees by how well they do on later rows than they were fitted on."""

from dataclasses import dataclass, replace
from typing import Any

import optuna

from training.fraud.rows import Labelled
from training.fraud.settings import BoostSettings, SearchSettings
from training.fraud.trees.boost import fit_first


@dataclass(frozen=True)
class Trial:
    """One combination that was tried, with its loss on later rows and the rounds it took."""

    parameters: dict[str, Any]
    loss: float
    rounds: int


def search(labelled: Labelled, settings: BoostSettings, asked: SearchSettings, *, quiet: bool) -> list[Trial]:
    """Fit on the FIT part for each combination and judge it on the STOP part; return all, the best first."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    some = labelled.where(labelled.group % max(1, round(labelled.returns / asked.returns)) == 0)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=settings.seed))

    def attempt(trial: optuna.Trial) -> float:
        chosen = {name: trial.suggest_categorical(name, values) for name, values in asked.values.items()}
        tried = fit_first(some, replace(settings, parameters={**settings.parameters, **chosen}))
        trial.set_user_attr("rounds", tried.rounds)
        return tried.stopped_loss

    study.enqueue_trial({name: values[0] for name, values in asked.values.items()})
    study.optimize(attempt, n_trials=asked.trials, show_progress_bar=not quiet)
    found = [Trial(one.params, float(one.values[0]), one.user_attrs["rounds"]) for one in study.trials]
    return sorted(found, key=lambda one: one.loss)
