"""Print how fast the running service and the same code in process answer: `python -m tests.bench`."""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from data.case import parse_case
from features.photo import read_photo
from serving.condition import ConditionModel
from serving.demo_returns import DemoReturn, shipped_returns
from serving.fraud import MODEL_NAME, FraudModel
from serving.process import running_service
from serving.release import open_release
from serving.settings import DEFAULT_THREADS
from tests.bench.machine import describe_machine
from tests.bench.photos import twelve_megapixels
from tests.bench.timing import Timing, measure

SEED = 7
# What the project promises: a 12-megapixel photo over HTTP, and one fraud score over HTTP.
GRADE_LIMIT_MS = 600.0
SCORE_LIMIT_MS = 10.0


def main() -> None:
    """Measure every call one after the other and print the percentiles."""
    options = _options()
    example = shipped_returns()[0]
    photo = twelve_megapixels(example.photos[0].path, seed=SEED)
    console = Console(width=120)
    for line in describe_machine():
        console.print(line, highlight=False)
    console.print(
        f"photo     drawn, 12.2 megapixels, {len(photo) / 1e6:.1f} MB JPEG; {DEFAULT_THREADS} threads a model"
    )
    with _client() as client:
        grading = _grading(client, photo, options.photos)
        scoring = _scoring(client, example, options.scores)
    console.print(_table("One photo of 12 megapixels", grading, GRADE_LIMIT_MS))
    console.print(_table("One fraud score", scoring, SCORE_LIMIT_MS))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument(
        "--photos", type=int, default=40, metavar="N", help="photos graded (default: %(default)s)"
    )
    parser.add_argument(
        "--scores", type=int, default=1000, metavar="N", help="cases scored (default: %(default)s)"
    )
    return parser.parse_args()


@contextmanager
def _client() -> Iterator[httpx.Client]:
    with tempfile.TemporaryDirectory() as folder:
        record = f"sqlite:///{folder}/record.sqlite"
        with (
            running_service(record=record, log=Path(folder) / "service.log") as address,
            httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
        ):
            yield client


def _grading(client: httpx.Client, photo: bytes, n: int) -> list[Timing]:
    model = ConditionModel.open(threads=DEFAULT_THREADS)
    return [
        measure(
            "over HTTP, whole answer",
            _posting(client, "/v1/grade", files=[("photos", ("12mp.jpg", photo))]),
            n=n,
        ),
        measure("in process, whole answer", lambda: model.grade([photo]), n=n),
        measure("in process, decoding alone", lambda: read_photo(photo), n=n),
    ]


def _scoring(client: httpx.Client, example: DemoReturn, n: int) -> list[Timing]:
    model = FraudModel.open(open_release(MODEL_NAME))
    case = parse_case(example.case)
    body = json.dumps({"returns": [example.case]}).encode()
    return [
        measure("over HTTP, whole answer", _posting(client, "/v1/fraud/score", content=body), n=n),
        measure("in process, with reasons", lambda: model.score([case]), n=n),
    ]


def _posting(client: httpx.Client, path: str, **request: object) -> Callable[[], object]:
    headers = {"Content-Type": "application/json"} if "content" in request else {}
    return lambda: client.post(path, headers=headers, **request).raise_for_status()  # type: ignore[arg-type]


def _table(title: str, timings: list[Timing], limit_ms: float) -> Table:
    table = Table(
        title=title, caption=f"ratio: p50 over that of the first row; promised: under {limit_ms:.0f} ms"
    )
    for heading in ("", "n", "p50 ms", "p95 ms", "p99 ms", "ratio", "of promise"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for timing in timings:
        milliseconds = [f"{value:.2f}" for value in (timing.p50_ms, timing.p95_ms, timing.p99_ms)]
        ratio, promise = timing.p50_ms / timings[0].p50_ms, timing.p50_ms / limit_ms
        table.add_row(timing.name, str(timing.n), *milliseconds, f"{ratio:.2f}", f"{promise:.0%}")
    return table


if __name__ == "__main__":
    main()
