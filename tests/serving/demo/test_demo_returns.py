"""The demo sends the drawn returns, or somebody's own photos with a case made up around them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.case import parse_case
from data.condition import MAX_PHOTOS
from data.device import View
from serving.demo.returns import own_returns
from serving.photo_folder import NoPhotos

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_a_folder_without_folders_is_one_device(tmp_path: Path) -> None:
    touch(tmp_path, "front_off.jpg", "._front_off.jpg", "IMG_2.HEIC", "notes.txt")

    (device,) = own_returns(tmp_path, now=NOW)

    assert device.title == tmp_path.name
    assert [photo.path.name for photo in device.photos] == ["IMG_2.HEIC", "front_off.jpg"]


def test_each_folder_with_photos_is_one_device(tmp_path: Path) -> None:
    touch(tmp_path / "a", "1.jpg")
    touch(tmp_path / "b", "1.png", "2.png")
    touch(tmp_path / "papers", "rma.pdf")

    devices = own_returns(tmp_path, now=NOW)

    assert [(device.title, len(device.photos)) for device in devices] == [("a", 1), ("b", 2)]
    assert len({device.case["rma"]["rma_id"] for device in devices}) == 2


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("front_off.jpg", View.FRONT_OFF),
        ("Front-Raking 2.jpg", View.FRONT_RAKING),
        ("back.jpg", View.BACK),
        ("IMG_0001.jpg", View.UNKNOWN),
    ],
)
def test_the_view_is_read_from_the_file_name(tmp_path: Path, name: str, view: View) -> None:
    touch(tmp_path, name)

    (device,) = own_returns(tmp_path, now=NOW)

    assert device.photos[0].view is view


def test_photos_past_the_limit_of_one_device_are_left_out_and_said_so(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{number:02}.jpg" for number in range(MAX_PHOTOS + 3)))

    (device,) = own_returns(tmp_path, now=NOW)

    assert len(device.photos) == MAX_PHOTOS
    assert f"the first {MAX_PHOTOS} of {MAX_PHOTOS + 3} photos" in device.title


def test_the_made_up_case_is_a_valid_case(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg")

    (device,) = own_returns(tmp_path, now=NOW)

    assert parse_case(json.loads(json.dumps(device.case))).as_of == NOW


@pytest.mark.parametrize("folder", ["missing", "empty"])
def test_a_folder_without_photos_is_said_to_hold_none(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(NoPhotos, match=folder):
        own_returns(tmp_path / folder, now=NOW)


def touch(folder: Path, *names: str) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"")
