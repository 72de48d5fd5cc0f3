"""Measure what a large record costs a decision: beside many decisions and beside none, in turn."""

import hashlib
import random
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track
from sqlalchemy import insert, text

from data.case import ReturnCase, parse_case
from features.photo.likeness.likeness import Likeness
from features.photo.likeness.likeness_measures import likeness_measures
from serving.memory.trait import PhotoTraits, traits_of
from serving.pipeline import DecisionRequest, Pipeline
from serving.record.entry import canonical_json, case_document, row_of
from serving.record.memory.trait_keys import TraitKeys, ensure_keys
from serving.record.memory.trait_marks import to_microseconds
from serving.record.photo_store.photo_trace import PhotoTrace
from serving.record.record import Record
from serving.record.tables import DECISIONS, MEMORY_KEYS, PHOTO_PRINTS
from serving.settings import Settings
from serving.startup import open_pipeline
from tests.bench.timing import seconds_of
from tests.postgres import postgres_server, program_path
from tests.serving.record.entries import entry

# What the project promises of 100,000 decisions in the record.
MOST_RATIO = 1.2
# Returns of one customer, from one address, with one payment: as many as are looked through for most.
RETURNS_EACH = 5
TOGETHER, WARM_UP = 500, 10
START = datetime(2026, 1, 1, tzinfo=UTC)
# With fsync, as an operator runs it.
SERVER = ("listen_addresses=127.0.0.1",)


@dataclass(frozen=True)
class LargeRecordCost:
    """Milliseconds of a decision and of its look-ups, beside many decisions and beside none, n of each."""

    database: str
    beside: int
    n: int
    decide_ms: tuple[float, float]
    look_up_ms: tuple[float, float]
    ratio: tuple[float, float, float]

    def __str__(self) -> str:
        ratio, low, high = self.ratio
        return (
            f"memory    {self.database}, a decision without photos: p50 {self.decide_ms[0]:.1f} ms beside "
            f"{self.beside:,} decisions, {self.decide_ms[1]:.1f} ms beside none, ratio {ratio:.3f} "
            f"[{low:.3f}, {high:.3f}], n = {self.n}; promised {MOST_RATIO:.2f}. Look-ups with one photo: p50 "
            f"{self.look_up_ms[0]:.2f} ms and {self.look_up_ms[1]:.2f} ms"
        )


def measure_large_record(beside: int, n: int) -> Iterator[LargeRecordCost]:
    """Measure on SQLite, and on PostgreSQL where a server is installed."""
    with tempfile.TemporaryDirectory() as folder:
        urls = tuple(f"sqlite:///{Path(folder) / name}.sqlite" for name in ("large", "empty"))
        yield _measure("SQLite", urls, beside, n)
    if program_path("initdb") is not None:
        with postgres_server(SERVER, in_memory=False) as server:
            yield _measure("PostgreSQL", (server.new_database(), server.new_database()), beside, n)


def _measure(database: str, urls: tuple[str, ...], beside: int, n: int) -> LargeRecordCost:
    with _opened(urls[0]) as large, _opened(urls[1]) as empty:
        _fill(large.record, beside, database)
        _go_on_counting(large.record)
        decided, looked_up = [], []
        for number in range(WARM_UP + n):
            case, photo = _case(beside + number), _photo(beside + number)
            decided.append([_decide(each, case) for each in (large, empty)])
            looked_up.append([_look_up(each, case, photo) for each in (large, empty)])
    decide_ms, look_up_ms = (np.array(each)[WARM_UP:] * 1000 for each in (decided, looked_up))
    return LargeRecordCost(database, beside, n, _medians(decide_ms), _medians(look_up_ms), _ratio(decide_ms))


def _decide(pipeline: Pipeline, case: ReturnCase) -> float:
    return seconds_of(lambda: pipeline.decide(DecisionRequest(case)))


def _look_up(pipeline: Pipeline, case: ReturnCase, photo: PhotoTraits) -> float:
    asked = case.model_copy(update={"rma": case.rma.model_copy(update={"rma_id": "RMA-ASKED"})})
    return seconds_of(lambda: pipeline.record.recall(asked, [photo]))


def _medians(times: np.ndarray) -> tuple[float, float]:
    large, empty = np.median(times, axis=0)
    return float(large), float(empty)


def _ratio(times: np.ndarray) -> tuple[float, float, float]:
    """Return the ratio of the medians, and where it lies in 95 of 100 resamples of the pairs."""
    picks = np.random.default_rng(7).integers(0, len(times), (2_000, len(times)))
    medians = np.median(times[picks], axis=1)
    low, high = np.percentile(medians[:, 0] / medians[:, 1], [2.5, 97.5])
    large, empty = np.median(times, axis=0)
    return float(large / empty), float(low), float(high)


@contextmanager
def _opened(url: str) -> Iterator[Pipeline]:
    with tempfile.TemporaryDirectory() as photos:
        settings = Settings(record_url=url, photos=photos)
        pipeline = open_pipeline(settings, clock=lambda: datetime.now(UTC), new_id=_new_id)
        yield pipeline
        pipeline.record.close()


def _fill(record: Record, decisions: int, database: str) -> None:
    """Lay in many decisions with all that look-ups go by; past the journal, which they do not read."""
    keys, given = ensure_keys(record.database), entry()
    written = row_of(given)
    for start in track(range(0, decisions, TOGETHER), f"Filling {database}"):
        numbers = range(start + 1, start + TOGETHER + 1)
        cases = {number: (_case(number), _photo(number)) for number in numbers}
        with record.engine.begin() as connection:
            connection.execute(insert(DECISIONS), [_row(written, n, *cases[n]) for n in numbers])
            connection.execute(insert(PHOTO_PRINTS), [_print(n, cases[n][1]) for n in numbers])
            marks = [mark for n in numbers for mark in _marks(keys, n, *cases[n])]
            connection.execute(insert(MEMORY_KEYS), marks)


def _go_on_counting(record: Record) -> None:
    """Let PostgreSQL number after what was laid in, and plan by how much there is."""
    if record.engine.dialect.name != "postgresql":
        return
    with record.engine.begin() as connection:
        numbers = "pg_get_serial_sequence('decisions', 'sequence')"
        connection.execute(text(f"SELECT setval({numbers}, (SELECT max(sequence) FROM decisions))"))
        connection.execute(text("ANALYZE"))


def _row(written: dict[str, Any], number: int, case: ReturnCase, photo: PhotoTraits) -> dict[str, Any]:
    return {
        **written,
        "sequence": number,
        "decision_id": f"laid-in-{number}",
        "rma_id": case.rma.rma_id,
        "return_case": canonical_json(case_document(case)),
        "photos": canonical_json([PhotoTrace(0, "front.jpg", 1, photo.sha256).values()]),
    }


def _print(number: int, photo: PhotoTraits) -> dict[str, Any]:
    likeness = photo.likeness
    text = likeness.text if likeness else None
    return {"decision_id": f"laid-in-{number}", "number": 0, "scheme": "1", "likeness": text}


def _marks(keys: TraitKeys, number: int, case: ReturnCase, photo: PhotoTraits) -> list[dict[str, int]]:
    known = {"known_at_us": to_microseconds(case.as_of), "decision": number}
    return [{"key": key, **known} for key in keys.keys_of(traits_of(case, [photo]))]


def _case(number: int) -> ReturnCase:
    """Return the case of one return of many, whose customer, address and payment had some before."""
    who = random.Random(number).randrange(max(1, number // RETURNS_EACH) + 1)
    at = START + timedelta(minutes=number)
    return parse_case(
        {
            "rma": {
                "rma_id": f"RMA-{number}",
                "customer_id": f"C-{who}",
                "address_id": f"A-{who}",
                "payment_id": f"P-{who}",
                "order_id": f"O-{number}",
                "expected_serial": f"F4GH{number:08}",
                "channel": "ecommerce_consumer",
                "requested_at": at.isoformat(),
                "device_class": "phone",
                "sku": "PH-128",
                "country": "CA",
                "value": {"amount": 600, "currency": "CAD"},
            },
            "scans": [
                {"code": "inducted", "time": at.isoformat(), "tracking_id": f"1Z{number:09}"},
            ],
            "as_of": (at + timedelta(hours=1)).isoformat(),
        }
    )


def _photo(number: int) -> PhotoTraits:
    """Return a photo that a hundredth of the others are filed beside, as at a busy station."""
    measures, chance = likeness_measures(), np.random.default_rng(number)
    bits = chance.random((2, measures.bits)) < 0.5
    told = (f"{measures.version}.{mark}.{chance.integers(100)}" for mark in range(measures.marks))
    likeness = Likeness(measures.version, bits[0], bits[1], tuple(told))
    return PhotoTraits(0, hashlib.sha256(str(number).encode()).hexdigest(), None, likeness)


def _new_id() -> str:
    return uuid.uuid4().hex
