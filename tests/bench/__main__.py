"""Print how fast the running service and the same code in process answer: `python -m tests.bench`."""

import argparse
from collections.abc import Callable
from itertools import cycle

import httpx
from rich.console import Console

from features.photo.photo import read_photo
from serving.condition.model import ConditionModel
from serving.demo.returns import DemoReturn, shipped_returns
from serving.settings import DEFAULT_THREADS
from tests.bench.evidence import measure_evidence
from tests.bench.fraud import measure_bulk, time_one_score
from tests.bench.machine import describe_machine, one_core
from tests.bench.memory import measure_large_record
from tests.bench.photos import twelve_megapixels
from tests.bench.record import measure_chain
from tests.bench.service import measure_starts, served
from tests.bench.sizes import measure_sizes
from tests.bench.tables import throughput_table, timing_table
from tests.bench.timing import Timing, measure

SEED = 7
# What the project promises of photos of 12 megapixels: one over HTTP, one and eight on one core.
GRADE_LIMIT_MS = 600.0
ONE_PHOTO_LIMIT_MS, EIGHT_PHOTOS_LIMIT_MS = 250.0, 2000.0
EIGHT, TIMES_EIGHT = 8, 5
TIMES_BESIDE = 200


def main() -> None:
    """Measure every call one after the other and print the percentiles."""
    options = _options()
    console = Console(width=120)
    for line in describe_machine():
        console.print(line, highlight=False)
    example = shipped_returns()[0]
    if options.starts:
        console.print(str(measure_starts(options.starts)), highlight=False)
    _print_answers(console, example, options)
    if options.photos:
        console.print(
            timing_table("Drawn photos, 12.2 megapixels, on one core", _on_one_core(options.photos))
        )
    _print_record(console, example, options)
    if options.batches:
        console.print(throughput_table("Fraud in bulk, on one thread", measure_bulk(options.batches)))


def _print_record(console: Console, example: DemoReturn, options: argparse.Namespace) -> None:
    if options.decisions:
        photo = twelve_megapixels(example.photos[0].path, seed=SEED)
        cost = measure_evidence(photo, example.case, options.decisions)
        console.print(str(cost), highlight=False)
    if options.sizes:
        console.print(str(measure_sizes(options.sizes)), highlight=False)
    if options.beside:
        for large in measure_large_record(options.beside, TIMES_BESIDE):
            console.print(str(large), highlight=False)
    if options.appends:
        chain = measure_chain(options.appends)
        console.print(str(chain or "record    left out: no PostgreSQL server is installed"), highlight=False)


def _print_answers(console: Console, example: DemoReturn, options: argparse.Namespace) -> None:
    with served() as client:
        if options.scores:
            scoring = time_one_score(client, example.case, options.scores)
            console.print(timing_table("One fraud score, on one thread", scoring))
        if options.photos:
            photo = twelve_megapixels(example.photos[0].path, seed=SEED)
            title = f"One drawn photo, 12.2 megapixels, {len(photo) / 1e6:.1f} MB, {DEFAULT_THREADS} threads"
            grading = _grading(client, photo, options.photos)
            console.print(timing_table(title, grading))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench", description=f"{__doc__} 0 leaves a part out.")
    for name, default, meaning in (
        ("starts", 3, "starts of the service"),
        ("scores", 1000, "cases scored"),
        ("batches", 200, "batches of vectors scored"),
        ("photos", 40, "photos graded"),
        ("decisions", 40, "decisions by a photo, kept and not kept"),
        ("sizes", 300, "decisions kept to see how large one is"),
        ("beside", 100_000, "decisions in the record beside which one is taken"),
        ("appends", 1500, "decisions kept by each of four writers"),
    ):
        parser.add_argument(
            f"--{name}", type=int, default=default, metavar="N", help=f"{meaning} (default: %(default)s)"
        )
    return parser.parse_args()


def _grading(client: httpx.Client, photo: bytes, n: int) -> list[Timing]:
    model = ConditionModel.open(threads=DEFAULT_THREADS)
    return [
        measure(
            "over HTTP, whole answer",
            _posting(client, "/v1/grade", files=[("photos", ("12mp.jpg", photo))]),
            n=n,
            limit_ms=GRADE_LIMIT_MS,
        ),
        measure("in process, whole answer", lambda: model.grade([photo]), n=n),
        measure("in process, decoding alone", lambda: read_photo(photo), n=n),
    ]


def _on_one_core(n: int) -> list[Timing]:
    """Time one photo of eight in turn, decode to answer, and all eight at once, every fifth as often."""
    paths = [photo.path for example in shipped_returns() for photo in example.photos]
    photos = [twelve_megapixels(paths[number % len(paths)], seed=SEED + number) for number in range(EIGHT)]
    model, turn = ConditionModel.open(threads=1), cycle(photos)
    with one_core():
        return [
            measure(
                "one photo, decode to answer",
                lambda: model.grade([next(turn)]),
                n=n,
                limit_ms=ONE_PHOTO_LIMIT_MS,
            ),
            measure(
                "eight photos, decode to answer",
                lambda: model.grade(photos),
                n=-(-n // TIMES_EIGHT),
                warm_up=1,
                limit_ms=EIGHT_PHOTOS_LIMIT_MS,
                limits_p95=True,
            ),
        ]


def _posting(client: httpx.Client, path: str, **request: object) -> Callable[[], object]:
    return lambda: client.post(path, **request).raise_for_status()  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
