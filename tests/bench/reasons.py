"""Print what reasons cost and how fast cases are scored, beside LightGBM: `python -m tests.bench.reasons`.

All in one run, on one core, of its own time: ratios hold on other machines, the figures do not.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import lightgbm
from rich.console import Console

from data.case import case_of, read_case
from data.world import WorldSettings, simulate
from data.world.figures import load_figures
from data.world.written.messages import case_messages
from features.case.case_vector import vectorise_many
from serving.fraud.contributions import Explainer
from serving.fraud.model import MODEL_NAME, TREES_FILE, FraudModel
from serving.fraud.scorer import score_in_order
from serving.fraud.trees import read_trees
from serving.http.answers import json_text, scores_values
from serving.release import open_release
from tests.bench.machine import describe_machine, one_core
from tests.bench.tables import throughput_table
from tests.bench.timing import Throughput, measure_throughput

SEED = 7
REASONS = 5


@dataclass(frozen=True)
class Rates:
    """How many cases a second each step works off, and how often in a second each part of a model opens."""

    steps: dict[str, Throughput]
    starts: dict[str, Throughput]

    def ratios(self) -> list[str]:
        """Return each rate that is promised or told as a ratio to another one of the same run."""
        pairs = (
            ("SHAP values alone", "LightGBM pred_contrib"),
            (f"score, {REASONS} reasons", "LightGBM pred_contrib"),
            (f"JSON to JSON, {REASONS} reasons", "LightGBM pred_contrib"),
            ("JSON to JSON, no reasons", "json.loads + booster.predict"),
            ("score, no reasons", f"score, {REASONS} reasons"),
            ("JSON to JSON, no reasons", f"JSON to JSON, {REASONS} reasons"),
        )
        told = [
            f"{one}: {self.steps[one].p50 / self.steps[other].p50:.2f} times {other}" for one, other in pairs
        ]
        explainer, model = (self.starts[name].p50 for name in ("tables of SHAP values", "whole model"))
        return [*told, f"to open the tables takes {model / explainer:.0%} of the time to open the model"]


def main() -> None:
    """Score the same simulated cases in every way, and print the rates with their ratios."""
    options = _options()
    console = Console(width=120)
    console.print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, seed {SEED}", highlight=False)
    for line in describe_machine():
        console.print(line, highlight=False)
    with one_core():
        rates = measure_rates(cases_of_world(options.cases), options.batches)
    console.print(throughput_table("Cases a second, on one core", list(rates.steps.values())))
    console.print(throughput_table("Times opened a second", list(rates.starts.values())))
    for line in rates.ratios():
        console.print(line, highlight=False)


def cases_of_world(most: int) -> list[bytes]:
    """Return cases of the simulated world, as they are at their last moment."""
    world = WorldSettings(seed=SEED, returns=most)
    messages = (
        json.dumps(message).encode()
        for block in simulate(world)
        for message in case_messages(block, load_figures(), world)
    )
    return [line for line, _ in zip(messages, range(most), strict=False)]


def measure_rates(lines: Sequence[bytes], batches: int) -> Rates:
    """Measure all steps on the same cases, in as many batches of all of them."""
    release = open_release(MODEL_NAME)
    model = FraudModel.open(release)
    text = release.path_of(TREES_FILE).read_text(encoding="utf-8")
    booster = lightgbm.Booster(model_str=text)
    cases = [read_case(line) for line in lines]
    vectors = vectorise_many(cases, [None] * len(cases))
    steps: dict[str, Callable[[], object]] = {
        "LightGBM pred_contrib": lambda: booster.predict(vectors, pred_contrib=True, num_threads=1),
        "SHAP values alone": lambda: model.contributions(vectors),
        f"score, {REASONS} reasons": lambda: model.score(cases, reasons=REASONS),
        "score, no reasons": lambda: model.score(cases, reasons=0),
        "json.loads + booster.predict": lambda: _plainly(booster, lines, vectors),
        "reading cases": lambda: [read_case(line) for line in lines],
        "features": lambda: vectorise_many(cases, [None] * len(cases)),
        "JSON to JSON, no reasons": lambda: _answers(model, lines, 0),
        f"JSON to JSON, {REASONS} reasons": lambda: _answers(model, lines, REASONS),
    }
    starts: dict[str, Callable[[], object]] = {
        "tables of SHAP values": lambda: Explainer.of(read_trees(text), features=vectors.shape[1]),
        "whole model": lambda: FraudModel.open(release),
    }
    return Rates(_rates(steps, len(lines), batches), _rates(starts, 1, batches))


def _rates(steps: dict[str, Callable[[], object]], size: int, batches: int) -> dict[str, Throughput]:
    return {name: measure_throughput(name, step, batch=size, n=batches) for name, step in steps.items()}


def _plainly(booster: lightgbm.Booster, lines: Sequence[bytes], vectors: object) -> object:
    parsed = [json.loads(line) for line in lines]
    return parsed, booster.predict(vectors, num_threads=1)


def _answers(model: FraudModel, lines: Sequence[bytes], most: int) -> list[str]:
    """Answer as `regrade score` does."""
    scores = score_in_order(model, lines, case_of, reasons=most)
    return [json_text(values) for values in scores_values([None] * len(lines), scores)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench.reasons", description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000, help="cases in a batch (default: %(default)s)")
    parser.add_argument("--batches", type=int, default=5, help="batches a step (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
