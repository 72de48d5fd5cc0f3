"""A photo that was kept is judged again as it was judged first, to the bit."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from serving.condition.given.given_photo import GivenPhoto
from serving.condition.model import ConditionModel
from serving.demo.returns import shipped_returns
from serving.record.photo_store.kept_photo import keep_photo, take_out
from serving.record.photo_store.photo_store import PhotoStore
from tests.features.photo.test_bare_photo import telling_exif
from tests.fuzz.heic_file import grid_heic


@pytest.fixture(scope="module")
def model() -> ConditionModel:
    return ConditionModel.open()


def demo() -> bytes:
    return shipped_returns()[0].photos[0].path.read_bytes()


def saved(form: str) -> bytes:
    body = io.BytesIO()
    with Image.open(io.BytesIO(demo())) as image:
        image.save(body, form, exif=telling_exif())
    return body.getvalue()


def turned() -> bytes:
    return saved("JPEG")


def webp() -> bytes:
    return saved("WEBP")


def holed() -> bytes:
    body = turned()
    middle = len(body) * 2 // 3
    return body[:middle] + bytes(2_000) + body[middle + 2_000 :]


def inseparable() -> bytes:
    """Return a HEIC whose note lies where its picture does."""
    body = grid_heic(2, 2, notes=1, note=b"note")
    tile, at = body.index(b"mdat") + 4 + 12, body.index(b"iloc") + 8 + 4 + 5 * 14
    return body[: at + 6] + tile.to_bytes(4) + (40).to_bytes(4) + body[at + 14 :]


@pytest.mark.parametrize(
    ("make", "is_rewritten"),
    [(demo, False), (turned, False), (webp, False), (holed, False), (inseparable, True)],
)
def test_a_kept_photo_is_judged_as_it_was(
    model: ConditionModel, tmp_path: Path, make: Callable[[], bytes], is_rewritten: bool
) -> None:
    body = make()
    store, first = PhotoStore.open(str(tmp_path)), GivenPhoto.of(body)
    other = GivenPhoto.of(shipped_returns()[0].photos[1].path.read_bytes())
    examination = model.examine([first, other])
    kept = keep_photo(store, body, examination.photos[0])

    again = model.examine([take_out(store, kept, first.sha256), other])

    assert kept.is_rewritten is is_rewritten
    assert again.condition == examination.condition
    assert again.photos[0].image.tobytes() == examination.photos[0].image.tobytes()


def test_what_was_seen_before_is_judged_without_the_network(
    model: ConditionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = GivenPhoto.of(demo())
    first = model.examine([given])
    monkeypatch.setattr("serving.condition.model.predict", lambda *_: pytest.fail("it was asked again"))

    again = model.examine([replace(given, seen=first.predictions[0])])

    assert again.condition == first.condition


def test_the_sight_of_a_network_is_the_same_wherever_it_is_opened(model: ConditionModel) -> None:
    assert ConditionModel.open().sight == model.sight
    assert len(model.sight) == 64
