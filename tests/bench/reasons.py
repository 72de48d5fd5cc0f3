"""Print how much faster a score is without its reasons, in one run: `python -m tests.bench.reasons`."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from rich.console import Console

from data.case import case_of, read_case
from data.world import WorldSettings, simulate
from data.world.figures import load_figures
from data.world.written.messages import case_messages
from serving.fraud.model import MODEL_NAME, FraudModel
from serving.fraud.scorer import score_in_order
from serving.http.answers import json_text, scores_values
from serving.release import open_release
from tests.bench.machine import describe_machine, one_core
from tests.bench.tables import throughput_table
from tests.bench.timing import Throughput, measure_throughput

WORLD = WorldSettings(seed=7, returns=300)
CASES, BATCHES = 100, 8
ASKED = (5, 0)


def main() -> None:
    """Score the same simulated cases with five reasons and with none, parsed and from JSON to answer."""
    console = Console(width=120)
    console.print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, seed {WORLD.seed}", highlight=False)
    for line in describe_machine():
        console.print(line, highlight=False)
    with one_core():
        measured = _measured(FraudModel.open(open_release(MODEL_NAME)))
    for title, rates in measured.items():
        console.print(throughput_table(title, rates))
        full, bare = (rate.p50 for rate in rates)
        share = f"reasons are {1 - full / bare:.0%} of the time"
        console.print(f"without reasons {bare / full:.2f} times the cases; {share}", highlight=False)


def _measured(model: FraudModel) -> dict[str, list[Throughput]]:
    lines = _lines()
    cases = [read_case(line) for line in lines]
    return {
        "Cases that are parsed, to scores": _rates(lambda most: model.score(cases, reasons=most)),
        "JSON to JSON, as regrade score": _rates(lambda most: _answers(model, lines, most)),
    }


def _rates(score: Callable[[int], object]) -> list[Throughput]:
    return [
        measure_throughput(f"{most} reasons", partial(score, most), batch=CASES, n=BATCHES) for most in ASKED
    ]


def _answers(model: FraudModel, lines: Sequence[bytes], most: int) -> str:
    scores = score_in_order(model, lines, case_of, reasons=most)
    return json_text(scores_values([json.loads(line) for line in lines], scores))


def _lines() -> list[bytes]:
    """Return cases of the simulated world, as they are at their last moment."""
    messages = (
        json.dumps(message).encode()
        for block in simulate(WORLD)
        for message in case_messages(block, load_figures(), WORLD)
    )
    return [line for line, _ in zip(messages, range(CASES), strict=False)]


if __name__ == "__main__":
    main()
