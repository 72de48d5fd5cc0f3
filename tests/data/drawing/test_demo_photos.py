"""The demo's returns are valid, plausible cases, and their photos come from their seeds."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from data.case import parse_case
from data.device import View
from data.drawing.demo_photos import DEMO_FOLDER, PICTURES, draw_picture
from data.verification import BatterySign, Outcome

CASES = json.loads((DEMO_FOLDER / "cases.json").read_text())


def pixels(body: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(body)).convert("RGB")).astype(int)


@pytest.mark.parametrize("entry", CASES, ids=lambda entry: entry["title"])
def test_every_demo_case_is_valid(entry):
    case = parse_case(entry["case"])

    assert case.rma.requested_at < case.as_of
    assert all(scan.time <= case.as_of for scan in case.scans)
    assert case.verification is not None
    assert entry["photos"]


@pytest.mark.parametrize("entry", CASES, ids=lambda entry: entry["title"])
def test_every_demo_photo_is_there_and_drawn_for_its_view(entry):
    views = {picture.file: picture.view for picture in PICTURES}

    for photo in entry["photos"]:
        assert (DEMO_FOLDER / photo["file"]).is_file()
        assert View(photo["view"]) is views[photo["file"]]


def test_the_demo_shows_a_hazard_a_swap_and_an_unreadable_photo():
    cases = [parse_case(entry["case"]) for entry in CASES]
    visits = [case.verification for case in cases if case.verification]

    assert any(BatterySign.SWELLING in visit.battery_signs for visit in visits)
    assert any(visit.outcome is Outcome.MISMATCH_INSTANCE for visit in visits)
    assert any(picture.is_truncated for picture in PICTURES)


def test_the_demo_photos_are_small():
    files = list(DEMO_FOLDER.glob("*.jpg"))

    assert sum(file.stat().st_size for file in files) < 2_000_000
    assert {file.name for file in files} == {picture.file for picture in PICTURES}


@pytest.mark.parametrize("picture", PICTURES[:2], ids=lambda picture: picture.file)
def test_a_demo_photo_is_drawn_again_from_its_seed(picture):
    body = draw_picture(picture)

    assert draw_picture(picture) == body
    # Other processors may round the last bit of a float otherwise, so the shipped file is compared by eye.
    assert np.abs(pixels(body) - pixels((DEMO_FOLDER / picture.file).read_bytes())).mean() < 1.0


def test_the_truncated_photo_cannot_be_read():
    (cut,) = (picture for picture in PICTURES if picture.is_truncated)

    with pytest.raises(OSError, match="truncated"):
        Image.open(DEMO_FOLDER / cut.file).load()
