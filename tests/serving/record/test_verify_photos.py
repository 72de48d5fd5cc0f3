"""Every photo that a decision names is there as it was kept, or verifying the record says which is not."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import delete

import regrade
from serving.record.chain.finding import FindingKind, Verification
from serving.record.forget import Whom, forget
from serving.record.photo_store.sweep import sweep
from serving.record.tables import KEPT_PHOTOS
from serving.record.verify_photos import verify_photos
from tests.serving.record.kept_photos import BACK, FRONT, Shelf

FLIPPED = 300


@pytest.fixture
def shelf(sqlite_url: str, tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf.under(sqlite_url, tmp_path)
    shelf.decide("one", FRONT, BACK, customer_id="ana")
    shelf.decide("two", FRONT, customer_id="bo")
    yield shelf
    shelf.record.close()


def verified(shelf: Shelf) -> tuple[int, list[FindingKind]]:
    found = Verification()
    read = verify_photos(shelf.record.engine, shelf.store, shelf.retention, shelf.clock(), found)
    return read, [finding.kind for finding in found.findings]


def test_every_named_photo_is_read(shelf: Shelf) -> None:
    assert verified(shelf) == (3, [])


def files_of(shelf: Shelf) -> list[Path]:
    return [path for path in sorted(shelf.folder.parent.rglob("photos*/**/*")) if path.is_file()]


def test_any_flipped_byte_of_photos_and_keys_is_found(shelf: Shelf) -> None:
    random, missed = Random(7), []
    for _ in range(FLIPPED):
        path = random.choice(files_of(shelf))
        body = path.read_bytes()
        at = random.randrange(len(body))
        path.write_bytes(body[:at] + bytes([body[at] ^ 1 << random.randrange(8)]) + body[at + 1 :])
        if FindingKind.CHANGED_PHOTO not in verified(shelf)[1]:
            missed.append((path.name, at))
        path.write_bytes(body)

    assert missed == []
    assert verified(shelf) == (3, [])


def lose_file(shelf: Shelf) -> None:
    next(path for path in files_of(shelf) if "-" not in path.name).unlink()


def lose_key(shelf: Shelf) -> None:
    next(path for path in files_of(shelf) if "-" in path.name).unlink()


def lose_row(shelf: Shelf) -> None:
    with shelf.record.engine.begin() as connection:
        connection.execute(delete(KEPT_PHOTOS).where(KEPT_PHOTOS.c.decision_id == "one"))


@pytest.mark.parametrize("lose", [lose_file, lose_key, lose_row])
def test_a_photo_that_is_lost_or_hidden_is_found(shelf: Shelf, lose: Callable[[Shelf], None]) -> None:
    lose(shelf)

    assert FindingKind.MISSING_PHOTO in verified(shelf)[1]


def test_what_went_by_right_is_no_finding(shelf: Shelf) -> None:
    whom = Whom(customer_id="ana")
    forget(shelf.record, shelf.store, shelf.uploads, whom, reason="ticket 7", at=shelf.clock())
    shelf.clock.now += timedelta(days=401)
    sweep(shelf.record.engine, shelf.store, shelf.uploads, shelf.retention, shelf.clock())

    assert verified(shelf) == (0, [])


def test_the_verb_reads_photos_where_it_is_asked_to(
    shelf: Shelf,
    sqlite_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("REGRADE_PHOTOS", str(tmp_path / "photos"))
    words = ["verify-record", "--record", sqlite_url]

    assert regrade.main([*words, "--photos"]) == 0
    assert "3 kept photos and 0 files that decide were read" in capsys.readouterr().out
    lose_file(shelf)
    assert regrade.main(words) == 0
    assert regrade.main([*words, "--photos"]) == 1
    assert "missing_photo: photo" in capsys.readouterr().out
