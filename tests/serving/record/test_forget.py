"""Who asks to be forgotten is: in decisions, events and photos, and the record verifies as before."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.photo.photo import read_photo
from serving.record.chain.verify import verify
from serving.record.errors import ErasedDecision
from serving.record.forget import Whom, forget
from serving.record.photo_store.kept_photo import keep_photo
from serving.record.photo_store.store_error import MissingPhoto, UnknownUpload
from serving.record.photo_store.uploads import Upload
from serving.record.tables import KEPT_PHOTOS
from tests.serving.record.kept_photos import BACK, FRONT, Shelf
from tests.serving.record.photo_store.test_uploads import SIGHT, seen

ANA, BO = "customer-ana", "customer-bo"


@pytest.fixture
def shelf(record_url: str, tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf.under(record_url, tmp_path)
    yield shelf
    shelf.record.close()


def forgotten(shelf: Shelf, **whom: str):
    return forget(shelf.record, shelf.store, shelf.uploads, Whom(**whom), reason="ticket 7", at=shelf.clock())


def test_a_customer_is_forgotten_with_all_returns_and_photos(shelf: Shelf) -> None:
    [front] = shelf.decide("one", FRONT, customer_id=ANA)
    [back] = shelf.decide("two", BACK, customer_id=ANA)

    result = forgotten(shelf, customer_id=ANA)

    assert (result.decisions, result.pictures, result.still_named) == (("one", "two"), 2, 0)
    for decision_id, sha256 in (("one", front), ("two", back)):
        with pytest.raises(ErasedDecision, match="ticket 7"):
            shelf.record.get(decision_id)
        with pytest.raises(MissingPhoto):
            shelf.store.read(sha256)
    assert verify(shelf.record.engine).findings == []


def test_nobody_else_is_forgotten(shelf: Shelf) -> None:
    shelf.decide("one", FRONT, customer_id=ANA)
    [back] = shelf.decide("two", BACK, customer_id=BO)

    forgotten(shelf, customer_id=ANA)

    assert shelf.record.get("two").case["rma"]["customer_id"] == BO
    assert shelf.store.read(back)
    assert shelf.hashes() == {back}


def test_one_return_is_forgotten_alone(shelf: Shelf) -> None:
    shelf.decide("one", FRONT, customer_id=ANA)
    shelf.decide("two", BACK, customer_id=ANA)

    result = forgotten(shelf, rma_id="RMA-two")

    assert result.decisions == ("two",)
    assert shelf.record.get("one").photos


def test_a_photo_that_another_return_names_stays_and_is_told(shelf: Shelf) -> None:
    [front] = shelf.decide("one", FRONT, customer_id=ANA)
    shelf.decide("two", FRONT, customer_id=BO)

    result = forgotten(shelf, customer_id=ANA)

    assert (result.pictures, result.still_named) == (0, 1)
    assert shelf.store.read(front)
    assert not shelf.record.names_photo("one", front)
    assert shelf.record.names_photo("two", front)


def test_a_photo_that_was_sent_ahead_is_forgotten_with_what_was_seen_in_it(shelf: Shelf) -> None:
    kept = keep_photo(shelf.store, FRONT, read_photo(FRONT))
    upload = Upload("a1", shelf.uploads.expiry(), "ana.jpg", len(FRONT), "3" * 64, None, None, kept)
    shelf.uploads.add(upload, SIGHT, seen())
    shelf.decide("one", FRONT, customer_id=ANA)

    forgotten(shelf, customer_id=ANA)

    with pytest.raises(UnknownUpload):
        shelf.uploads.get("a1", 0)
    assert [found for folder in ("findings", "uploads") for found in shelf.store.place.found(folder)] == []


def test_forgetting_twice_or_somebody_unknown_does_nothing_more(shelf: Shelf) -> None:
    shelf.decide("one", FRONT, customer_id=ANA)
    forgotten(shelf, customer_id=ANA)

    for whom in ({"customer_id": ANA}, {"customer_id": "nobody"}, {"customer_id": "%"}, {"rma_id": "x"}):
        result = forgotten(shelf, **whom)
        assert (result.decisions, result.parts, result.pictures) == ((), 0, 0)


def test_nothing_of_a_forgotten_customer_is_left_in_any_file(tmp_path: Path) -> None:
    shelf = Shelf.under(f"sqlite:///{tmp_path / 'record.sqlite'}", tmp_path)
    shelf.decide("one", FRONT, customer_id=ANA)
    forgotten(shelf, customer_id=ANA)
    shelf.record.close()

    pixels = FRONT[-400:-50]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in files if ANA.encode() in path.read_bytes()] == []
    assert [path.name for path in files if pixels in path.read_bytes()] == []
    with sqlite3.connect(tmp_path / "record.sqlite") as rows:
        assert rows.execute(f"SELECT count(*) FROM {KEPT_PHOTOS.name}").fetchone() == (0,)
