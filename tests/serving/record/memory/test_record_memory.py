"""The record recalls what a replay of the same events recalls, to the last bit, and forgets whom it must."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import TypeAdapter
from sqlalchemy import func, select, text

from data.case import ReturnCase
from data.memory.memory import Memory, SameBy
from features.photo.likeness.likeness import Likeness, take_likeness
from serving.memory.trait import PhotoTraits
from serving.record.chain.verify import verify
from serving.record.entry import Entry, canonical_json
from serving.record.forget import Whom, forget
from serving.record.memory.chronicle import Chronicle
from serving.record.memory.trait_keys import read_keys
from serving.record.memory.trait_marks import mark_all, photo_traits
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.photo_trace import PhotoTrace
from serving.record.photo_store.retention import read_retention
from serving.record.photo_store.uploads import Uploads
from serving.record.record import Record
from serving.record.tables import MEMORY_KEYS, MEMORY_SECRETS, PHOTO_PRINTS
from tests.serving.memory.told import case_of, fact, fraud
from tests.serving.record.entries import entry, numbered

MEMORY = TypeAdapter(Memory | None)
LATER = datetime(2026, 6, 1, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("patient_record")


@pytest.fixture
def record(record_url: str) -> Iterator[Record]:
    opened = Record.open(record_url, numbered("id"))
    yield opened
    opened.close()


def picture(number: int, grain: int = 0) -> Likeness:
    """Return the likeness of a picture, or of the same with another grain."""
    pixels = np.random.default_rng(number).integers(0, 256, (300, 400, 3))
    noise = np.random.default_rng([number, grain]).integers(-3, 4, pixels.shape) * bool(grain)
    return take_likeness(Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8)))


def kept(decision_id: str, case: ReturnCase, *photos: tuple[str, Likeness]) -> Entry:
    traces = tuple(PhotoTrace(n, f"{n}.jpg", 3, sent) for n, (sent, _) in enumerate(photos))
    likenesses = {n: likeness for n, (_, likeness) in enumerate(photos)}
    return replace(entry(decision_id, case=case, key=decision_id), photos=traces, likenesses=likenesses)


def recalled(record: Record, one: Entry) -> Memory | None:
    return record.recall(one.case, photo_traits(one))


def text_of(memory: Memory | None) -> str:
    return canonical_json(MEMORY.dump_python(memory, mode="json"))


def test_a_stream_of_events_is_recalled_as_an_offline_replay_recalls_it(record: Record) -> None:
    """Decisions and facts in any order of their times, of few people, devices and pictures."""
    chance, replay, found = random.Random(16), Chronicle(), 0
    pictures = [[picture(n), picture(n, 1)] for n in range(6)]
    decided: list[str] = []
    for number in range(120):
        if decided and chance.random() < 0.35:
            told, rma_id = _any_fact(chance), chance.choice(decided)
            if record.returns.add_facts(rma_id, [told], LATER)[0].is_new:
                replay.tell_fact(rma_id, told)
            continue
        case = _any_case(chance)
        shown = [
            (f"{chance.randrange(30):064x}", chance.choice(chance.choice(pictures)))
            for _ in range(chance.randrange(3))
        ]
        one = kept(f"dec-{number}", case, *shown)
        online, offline = recalled(record, one), replay.recall(case, photo_traits(one))
        assert text_of(online) == text_of(offline)
        assert online == offline
        found += online is not None
        record.append(one)
        replay.tell_decision(case, photo_traits(one))
        decided.append(case.rma.rma_id)

    assert found > 40
    assert verify(record.engine).findings == []


def _any_case(chance: random.Random) -> ReturnCase:
    given: dict[str, Any] = {
        name: f"{name}-{chance.randrange(8)}"
        for name in ("customer_id", "address_id", "pickup_address_id", "payment_id", "order_id")
        if chance.random() < 0.7
    }
    if chance.random() < 0.5:
        given["expected_serial"] = f"S/N: F4GH7K{chance.randrange(6)}"
    day = chance.randrange(5, 28)
    if chance.random() < 0.4:
        given["scans"] = [_any_scan(chance, day)]
    return case_of(f"RMA-{chance.randrange(40)}", day, **given)


def _any_scan(chance: random.Random, day: int) -> dict[str, Any]:
    label = f"1Z{chance.randrange(6)}"
    return {"code": "arrived", "time": f"2026-03-{day:02}T09:00:00Z", "tracking_id": label}


def _any_fact(chance: random.Random) -> Any:
    day = chance.randrange(1, 28)
    known_at = f"2026-03-{day + chance.randrange(3):02}T12:00:00Z"
    kind = chance.choice(["fraud", "scan", "verification", "complaint"])
    if kind == "fraud":
        return fraud(known_at, is_confirmed=chance.random() < 0.6)
    if kind == "scan":
        return fact(kind=kind, scan=_any_scan(chance, day), known_at=known_at)
    if kind == "complaint":
        return fact(kind=kind, time=known_at, note="It does not charge.")
    bench = {"verified_at": f"2026-03-{day:02}T09:00:00Z", "observed_serial": f"F4GH7K{chance.randrange(6)}"}
    return fact(kind=kind, verification=bench, known_at=known_at)


def test_a_record_without_decisions_knows_nothing(record: Record) -> None:
    assert recalled(record, kept("dec-1", case_of("RMA-1", customer_id="ana"))) is None


def test_a_fact_that_became_known_after_the_moment_is_not_used(record: Record) -> None:
    record.append(kept("dec-1", case_of("RMA-1", 1, customer_id="ana")))
    record.returns.add_facts("RMA-1", [fraud("2026-03-10T00:00:00Z")], LATER)

    outcomes = []
    for day in (9, 10, 11):
        memory = record.recall(case_of("RMA-2", day, customer_id="ana"))
        assert memory is not None
        outcomes.append(memory.returns[0].outcome.value)

    assert outcomes == ["unknown", "fraud", "fraud"]


def test_a_decision_that_is_sent_again_is_noted_once(record: Record) -> None:
    one = kept("dec-1", case_of("RMA-1", 1, customer_id="ana"), ("1" * 64, picture(1)))
    record.append(one)
    before = _count(record, MEMORY_KEYS)

    record.append(replace(one, decision=replace(one.decision, decision_id="dec-2")))

    assert _count(record, MEMORY_KEYS) == before > 5
    assert _count(record, PHOTO_PRINTS) == 1


def test_a_fact_that_is_sent_again_is_noted_once(record: Record) -> None:
    record.append(kept("dec-1", case_of("RMA-1", 1)))
    scan = {"code": "arrived", "time": "2026-03-02T09:00:00Z", "tracking_id": "1Z"}
    again = {**scan, "facility": "Halifax"}
    for each in (scan, scan, again):
        record.returns.add_facts("RMA-1", [fact(kind="scan", scan=each)], LATER)

    assert _count(record, MEMORY_KEYS) == 1


def test_the_same_return_with_the_same_photo_reuses_none(record: Record) -> None:
    record.append(kept("dec-1", case_of("RMA-1", 1), ("1" * 64, picture(1))))

    assert recalled(record, kept("dec-2", case_of("RMA-1", 2), ("1" * 64, picture(1)))) is None


def test_a_photo_is_known_again_by_its_likeness(record: Record) -> None:
    record.append(kept("dec-1", case_of("RMA-1", 1), ("1" * 64, picture(2)), ("2" * 64, picture(1))))

    memory = recalled(record, kept("dec-2", case_of("RMA-2", 2), ("3" * 64, picture(1, 1))))

    assert memory is not None
    [same] = memory.photos
    assert (same.photo, same.rma_id, same.its_photo, same.by) == (0, "RMA-1", 1, SameBy.LIKENESS)


def test_who_is_forgotten_is_recalled_no_more(record: Record, tmp_path: Any) -> None:
    shown = ("1" * 64, picture(1))
    ours: dict[str, Any] = {"customer_id": "ana", "address_id": "A-1"}
    record.append(kept("dec-1", case_of("RMA-1", 1, **ours), shown))
    record.append(kept("dec-2", case_of("RMA-2", 2, **{**ours, "customer_id": "bo"}), shown))
    scan = {"code": "arrived", "time": "2026-03-02T09:00:00Z", "tracking_id": "1Z"}
    record.returns.add_facts("RMA-1", [fact(kind="scan", scan=scan)], LATER)
    store = PhotoStore.open(str(tmp_path / "photos"))
    uploads = Uploads(store, read_retention(), lambda: LATER)

    forget(record, store, uploads, Whom(customer_id="ana"), reason="ticket 7", at=LATER)

    memory = recalled(record, kept("dec-3", case_of("RMA-3", 5, scans=[scan], **ours), shown))
    assert memory is not None
    assert [one.rma_id for one in memory.returns] == ["RMA-2"]
    assert memory.reused_for == ("RMA-2",)
    with record.engine.connect() as connection:
        left = connection.execute(select(PHOTO_PRINTS.c.likeness).order_by(PHOTO_PRINTS.c.sequence)).scalars()
        assert [likeness is None for likeness in left] == [True, False]
        assert set(connection.execute(select(MEMORY_KEYS.c.decision)).scalars()) == {2}
    assert verify(record.engine).findings == []


def test_a_likeness_that_was_changed_is_found(record: Record) -> None:
    from tests.serving.record.tampering import without_triggers

    record.append(kept("dec-1", case_of("RMA-1", 1), ("1" * 64, picture(1))))
    with without_triggers(record.engine) as connection:
        connection.execute(PHOTO_PRINTS.update().values(likeness=picture(2).text))

    assert "photo_prints 1" in {finding.where for finding in verify(record.engine).findings}


def test_no_name_stands_in_what_is_looked_up_by(record: Record) -> None:
    record.append(kept("dec-1", case_of("RMA-1", 1, customer_id="ana-the-customer")))
    with record.engine.connect() as connection:
        rows = connection.execute(select(MEMORY_KEYS)).all()

    assert rows
    assert "ana" not in repr(rows)


def test_decisions_of_before_are_found_after_the_step_that_notes_them(record: Record) -> None:
    record.append(kept("dec-1", case_of("RMA-1", 1, customer_id="ana"), ("1" * 64, picture(1))))
    one = kept("dec-2", case_of("RMA-2", 2, customer_id="ana"), ("1" * 64, picture(3)))
    before = recalled(record, one)
    with record.engine.begin() as connection:
        connection.execute(text("DELETE FROM memory_keys"))
    assert recalled(record, one) is None

    with record.engine.begin() as connection:
        keys = read_keys(connection)
        assert keys is not None
        mark_all(connection, keys)

    assert recalled(record, one) == before is not None


def test_a_record_of_several_workers_has_one_secret(record_url: str) -> None:
    first, second = (Record.open(record_url, numbered(prefix)) for prefix in ("a", "b"))
    first.append(kept("dec-1", case_of("RMA-1", 1, customer_id="ana")))
    second.append(kept("dec-2", case_of("RMA-2", 2, customer_id="ana")))

    memory = first.recall(case_of("RMA-3", 3, customer_id="ana"))

    assert memory is not None
    assert len(memory.returns) == 2
    assert _count(first, MEMORY_SECRETS) == 1
    first.close()
    second.close()


def test_more_is_asked_of_than_one_statement_takes(record: Record) -> None:
    scans = [
        {
            "code": "arrived",
            "time": (datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=n)).isoformat(),
            "tracking_id": f"1Z{n}",
        }
        for n in range(450)
    ]
    record.append(kept("dec-1", case_of("RMA-1", 2, scans=[scans[-1]])))

    memory = record.recall(case_of("RMA-2", 3, scans=scans))

    assert memory is not None
    assert [one.rma_id for one in memory.returns] == ["RMA-1"]


def test_a_memory_is_read_as_it_was_kept(record: Record) -> None:
    record.append(kept("dec-1", case_of("RMA-1", 1, customer_id="ana"), ("1" * 64, picture(1))))
    bench = {
        "verified_at": "2026-03-01T09:00:00Z",
        "battery_signs": ["leak", "heat"],
        "accessories": ["b", "a"],
    }
    record.returns.add_facts("RMA-1", [fact(kind="verification", verification=bench)], LATER)
    one = kept("dec-2", case_of("RMA-1", 2, requested_at="2026-03-01T08:00:00Z"))
    memory = recalled(record, one)
    assert memory is not None

    stored = record.append(replace(one, decision=replace(one.decision, memory=memory)))

    assert stored.decision.memory == memory == record.get("dec-2").decision.memory
    assert json.loads(text_of(memory))["verification"]["battery_signs"] == ["heat", "leak"]


def _count(record: Record, table: Any) -> int:
    with record.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_photo_of_which_no_likeness_is_known_is_found_by_its_hash(record: Record) -> None:
    record.append(replace(kept("dec-1", case_of("RMA-1", 1), ("1" * 64, picture(1))), likenesses={}))

    memory = record.recall(case_of("RMA-2", 2), [PhotoTraits(0, "1" * 64)])

    assert memory is not None
    assert memory.photos[0].by is SameBy.AS_SENT
