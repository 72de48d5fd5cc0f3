"""Ask how far the released recipe is from a model ten times as large on ten times the returns.

Run it with `python -m training.fraud.tenfold --returns 60000 --out DIR`; it prints what came out.
"""

import argparse
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from data.fraud import Moment
from data.world import WorldSettings
from training.fraud.boost import Boosted, fit_first
from training.fraud.metrics import DRAWS, LEVEL, Figure, Ranked, Scores, Truth, average_precision, figure
from training.fraud.settings import BoostSettings, FraudSettings, read_settings
from training.fraud.train import made_up
from training.fraud.world_table import Measured, replay_world

TIMES = 10


@dataclass(frozen=True)
class Tenfold:
    """Average precision at T2 against truth: the recipe, the larger model, and the recipe's share of it."""

    returns: int
    recipe: Figure
    larger: Figure
    share: Figure
    rounds: tuple[int, int]
    leaves: tuple[int, int]

    def as_json(self) -> dict[str, Any]:
        """Return the comparison for a report."""
        return {
            "returns": [self.returns, self.returns * TIMES],
            "rounds": list(self.rounds),
            "leaves_a_tree": list(self.leaves),
            "recipe": self.recipe.as_json(),
            "larger": self.larger.as_json(),
            "share": self.share.as_json(),
        }


def compare_tenfold(settings: FraudSettings, *, returns: int, quiet: bool = False) -> Tenfold:
    """Fit both on one world, the recipe on a tenth of its returns, and measure both on the same later ones.

    Both stop on later rows and are not fitted again on those. The larger model has every row, trees of twice
    the leaves, and a rate for five times the rounds.
    """
    world = WorldSettings(seed=settings.world_seed, returns=returns * TIMES, prevalence=settings.prevalence)
    table, measured = replay_world(world, settings.split, settings.labels, quiet=quiet)
    table = made_up(table, settings.labels)
    small = fit_first(table.where(table.group % TIMES == 0), settings.boosting)
    large = fit_first(table, larger(settings.boosting))
    verified = measured.at(Moment.T2)
    truth = verified.is_fraud
    scores, larger_scores = _scores(small, verified), _scores(large, verified)
    return Tenfold(
        returns=returns,
        recipe=figure(average_precision, truth, scores),
        larger=figure(average_precision, truth, larger_scores),
        share=_share(truth, scores, larger_scores),
        rounds=(small.rounds, large.rounds),
        leaves=(_leaves(settings.boosting), _leaves(larger(settings.boosting))),
    )


def write_tenfold(returns: int, out: Path) -> str:
    """Compare with the settings of the release, write tenfold.json to `out`, and say what came out."""
    found = compare_tenfold(read_settings(), returns=returns)
    out.mkdir(parents=True, exist_ok=True)
    (out / "tenfold.json").write_text(json.dumps(found.as_json(), indent=2) + "\n", encoding="utf-8")
    return (
        f"AP at T2, n {found.share.n:,}: {found.recipe} on {returns:,} returns, {found.larger} by a model "
        f"ten times as large on {returns * TIMES:,}; share {found.share}"
    )


def larger(settings: BoostSettings) -> BoostSettings:
    """Return settings of a model that may grow ten times the leaves in all."""
    parameters = {
        **settings.parameters,
        "num_leaves": 2 * _leaves(settings),
        "learning_rate": settings.parameters["learning_rate"] / 5.0,
    }
    return replace(
        settings, parameters=parameters, rounds=5 * settings.rounds, patience=3 * settings.patience
    )


def _leaves(settings: BoostSettings) -> int:
    return int(settings.parameters["num_leaves"])


def _scores(fitted: Boosted, rows: Measured) -> Scores:
    return np.asarray(fitted.booster.predict(rows.matrix, raw_score=True), dtype=np.float64)


def _share(truth: Truth, small: Scores, large: Scores) -> Figure:
    """Divide one average precision by the other, both on the same draws of rows."""
    rng = np.random.default_rng(0)
    whole = _ratio(truth, small, large, np.ones(len(truth)))
    drawn = [
        _ratio(truth, small, large, rng.poisson(1.0, len(truth)).astype(np.float64))
        for _ in range(DRAWS // 4)
    ]
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(whole, float(low), float(high), len(truth), int(truth.sum()))


def _ratio(truth: Truth, small: Scores, large: Scores, weight: Scores) -> float:
    one, other = (average_precision(Ranked.of(truth, scores, weight)) for scores in (small, large))
    return one / other


def main() -> None:
    """Compare as the command line asks."""
    parser = argparse.ArgumentParser(description="the recipe on N returns, and ten times the model on 10 N")
    parser.add_argument("--returns", type=int, default=60_000, metavar="N")
    parser.add_argument("--out", type=Path, default=Path("runs/fraud/tenfold"), metavar="DIR")
    options = parser.parse_args()
    sys.stdout.write(write_tenfold(options.returns, options.out) + "\n")


if __name__ == "__main__":
    main()
