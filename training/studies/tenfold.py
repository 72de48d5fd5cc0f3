"""Compare the released recipe with a model ten times as large on ten times the returns."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from data.fraud import Moment
from data.world import WorldSettings
from serving.fraud.model import MODEL_NAME, FraudModel
from training.fraud.rows import Labelled, Part
from training.fraud.settings import BoostSettings, FraudSettings, read_settings
from training.fraud.train import weight_up_missed
from training.fraud.trees.boost import Boosted, fit_first
from training.fraud.world.world_rows import (
    Measured,
    join_labelled,
    join_measured,
    replay_blocks,
    sample_returns,
)
from training.metrics.bootstrap import ROW_DRAWS, Bootstrap
from training.metrics.figure import Figure, interval_of
from training.metrics.ranked import Bools, Ranked, Scores, average_precision
from training.release import CARD_FILE, given_release
from training.studies.tenfold_card import write_into_card

TIMES = 10
RETURNS = 60_000
FOUND_FILE = "tenfold.json"
# Of three ways to grow ten times as large, this one had the least loss on the later rows of 400,000 returns:
# 0.1508; four times the leaves and 2.5 times the rounds had 0.1514, ten times the leaves 0.1531.
MORE_LEAVES, MORE_ROUNDS = 2, 5


@dataclass(frozen=True)
class Rival:
    """Average precision at T2 against truth of a smaller model, and its share of what the larger reaches."""

    reached: Figure
    share: Figure

    def to_json(self) -> dict[str, Any]:
        """Return both for a report."""
        return {"average_precision": self.reached.to_json(), "share": self.share.to_json()}


@dataclass(frozen=True)
class Tenfold:
    """The recipe on `returns`, the released model, and the larger model that both are set against.

    rounds, leaves_a_tree and rows are pairs: of the recipe, and of the larger model.
    """

    returns: int
    world_seed: int
    larger: Figure
    recipe: Rival
    released: Rival
    release: str
    rounds: tuple[int, int]
    most_rounds: tuple[int, int]
    leaves_a_tree: tuple[int, int]
    rows: tuple[int, int]

    def __str__(self) -> str:
        return (
            f"AP at T2, n {self.larger.n:,}: {self.recipe.reached} on {self.returns:,} returns, "
            f"{self.larger} by a model ten times as large on {self.returns * TIMES:,}; "
            f"share {self.recipe.share}; release {self.release} {self.released.reached}, "
            f"share {self.released.share}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the comparison for a report."""
        return {
            "measured": "average precision at T2 against truth, on later returns of the larger world",
            "interval": "95 % bootstrap; shares on the same draws of rows",
            "world_seed": self.world_seed,
            "returns": [self.returns, self.returns * TIMES],
            "rows": list(self.rows),
            "rounds": list(self.rounds),
            "most_rounds": list(self.most_rounds),
            "leaves_a_tree": list(self.leaves_a_tree),
            "larger": self.larger.to_json(),
            "recipe": self.recipe.to_json(),
            "release": self.release,
            "released": self.released.to_json(),
        }


def study_tenfold(
    *,
    out: Path,
    release: Path | None = None,
    returns: int = RETURNS,
    found: Path | None = None,
    card: bool = False,
) -> Iterator[str]:
    """Compare with the settings that ship, write tenfold.json to `out`, and say what came out.

    release: the folder of the released model to measure beside them, the champion by default; with `card`,
    what came out is written into its card. found: the tenfold.json of an earlier run, taken instead of
    comparing. Raises BrokenRelease, and OtherRelease if the earlier run measured another one.
    """
    if found is None:
        model = FraudModel.open(given_release(MODEL_NAME, release))
        compared = compare_tenfold(read_settings(), returns=returns, released=model)
        found = out / FOUND_FILE
        out.mkdir(parents=True, exist_ok=True)
        found.write_text(json.dumps(compared.to_json(), indent=2) + "\n", encoding="utf-8")
        yield str(compared)
    if card and release:
        write_into_card(json.loads(found.read_text(encoding="utf-8")), release)
        yield f"written into {release / CARD_FILE}"


def compare_tenfold(
    settings: FraudSettings, *, returns: int, released: FraudModel, quiet: bool = False
) -> Tenfold:
    """Fit both on one world, the recipe on a tenth of its returns, and measure both on the same later ones.

    Both stop on later rows and are not fitted again on those. The larger model has every row, trees of twice
    the leaves, and a rate for five times the rounds. The released model was fitted on a world of its own, and
    is measured on the same rows.
    """
    labelled, verified = _replay(settings, returns, quiet=quiet)
    truth = verified.is_fraud
    tenth = labelled.where(labelled.group % TIMES == 0)
    small = fit_first(tenth, settings.boosting, quiet=quiet)
    more = larger(settings.boosting)
    large = fit_first(labelled, more, quiet=quiet)
    most = _scores(large, verified)
    raw = np.asarray(released.raw_scores(verified.matrix), dtype=np.float64)
    return Tenfold(
        returns=returns,
        world_seed=settings.world_seed,
        larger=Bootstrap.by_row(truth, most).figure(average_precision),
        recipe=_rival(truth, _scores(small, verified), most),
        released=_rival(truth, raw, most),
        release=released.identity.version,
        rounds=(small.rounds, large.rounds),
        most_rounds=(settings.boosting.rounds, more.rounds),
        leaves_a_tree=(_leaves(settings.boosting), _leaves(more)),
        rows=(int((tenth.part == Part.FIT).sum()), int((labelled.part == Part.FIT).sum())),
    )


def larger(settings: BoostSettings) -> BoostSettings:
    """Return settings of a model that may grow ten times the leaves in all."""
    parameters = {
        **settings.parameters,
        "num_leaves": MORE_LEAVES * _leaves(settings),
        "learning_rate": settings.parameters["learning_rate"] / MORE_ROUNDS,
    }
    return replace(
        settings,
        parameters=parameters,
        rounds=MORE_ROUNDS * settings.rounds,
        patience=3 * settings.patience,
    )


def _replay(settings: FraudSettings, returns: int, *, quiet: bool) -> tuple[Labelled, Measured]:
    """Return the rows to fit and to stop on, and later rows at T2: of a tenth of the returns is enough."""
    world = WorldSettings(seed=settings.world_seed, returns=returns * TIMES, prevalence=settings.prevalence)
    kept, measured = [], []
    for labelled, later in replay_blocks(world, settings.split, settings.labels, every=TIMES, quiet=quiet):
        kept.append(labelled.only(Part.FIT, Part.STOP))
        measured.append(later.at(Moment.T2))
    verified = sample_returns(join_measured(measured), settings.split.test_returns, settings.world_seed)
    return weight_up_missed(join_labelled(kept), settings.labels), verified


def _leaves(settings: BoostSettings) -> int:
    return int(settings.parameters["num_leaves"])


def _scores(fitted: Boosted, rows: Measured) -> Scores:
    return np.asarray(fitted.booster.predict(rows.matrix, raw_score=True), dtype=np.float64)


def _rival(truth: Bools, scores: Scores, larger_scores: Scores) -> Rival:
    reached = Bootstrap.by_row(truth, scores).figure(average_precision)
    return Rival(reached, _share(truth, scores, larger_scores))


def _share(truth: Bools, small: Scores, large: Scores) -> Figure:
    """Divide one average precision by the other, both on the same draws of rows."""
    rng = np.random.default_rng(0)
    weights = rng.poisson(1.0, (ROW_DRAWS // 4, len(truth))).astype(np.float64)
    low, high = interval_of(_ratio(truth, small, large, weights))
    whole = float(_ratio(truth, small, large, np.ones((1, len(truth))))[0])
    positives = int(truth.sum())
    return Figure(whole, low, high, positives, len(truth) - positives)


def _ratio(truth: Bools, small: Scores, large: Scores, weights: Scores) -> Scores:
    one, other = (average_precision(Ranked.of(truth, scores, weights)) for scores in (small, large))
    return one / other
