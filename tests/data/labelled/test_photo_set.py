"""Reading labelled photos: unknown stays unknown, near-equal photos stay together, faults are named."""

import json

import numpy as np
import pytest
from PIL import Image

from data.defect import DefectKind
from data.labelled.photo_set import BadPhotoSet, perceptual_hash, read_photo_set, validation_part

HEADER = "path,source,device,crack,scratch,group\n"


def picture(seed):
    cells = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), np.uint8)
    return Image.fromarray(cells).resize((90, 90), Image.Resampling.BICUBIC)


@pytest.fixture
def folder(tmp_path):
    for name, seed in {"a.png": 1, "b.png": 1, "c.png": 2}.items():
        picture(seed).save(tmp_path / name)
    rows = "a.png,shop,phone,1,,\nb.png,shop,phone,0,1,\nc.png,lab,router,,,unit-7\n"
    (tmp_path / "manifest.csv").write_text(HEADER + rows, encoding="utf-8")
    return tmp_path


def test_an_empty_label_is_not_known(folder):
    labels = [photo.labels for photo in read_photo_set(folder)]
    assert labels[0] == {DefectKind.CRACK: True}
    assert labels[1] == {DefectKind.CRACK: False, DefectKind.SCRATCH: True}
    assert labels[2] == {}


def test_equal_photos_share_a_group_and_given_groups_are_kept(folder):
    first, same, other = (photo.group for photo in read_photo_set(folder))
    assert first == same
    assert other == "unit-7"


def test_a_recompressed_and_smaller_copy_has_nearly_the_same_hash(tmp_path):
    picture(5).save(tmp_path / "x.jpg", quality=40)
    with Image.open(tmp_path / "x.jpg") as copy:
        near = np.count_nonzero(perceptual_hash(copy.resize((50, 50))) != perceptual_hash(picture(5)))
    far = np.count_nonzero(perceptual_hash(picture(6)) != perceptual_hash(picture(5)))
    assert near <= 20 < far


def test_outlines_come_with_the_photo_they_belong_to(folder):
    coco = {
        "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "c.png"}],
        "categories": [{"id": 4, "name": "scratch"}],
        "annotations": [
            {"image_id": 1, "category_id": 4, "bbox": [1, 2, 3, 4], "segmentation": [[1, 2, 4, 2, 4, 6]]}
        ],
    }
    (folder / "marks-coco.json").write_text(json.dumps(coco), encoding="utf-8")
    first, second, third = read_photo_set(folder)
    assert first.outlines is not None
    [outline] = first.outlines
    assert outline.name == "scratch"
    assert outline.box_px == (1.0, 2.0, 4.0, 6.0)
    assert outline.polygons_px[0].shape == (3, 2)
    assert second.outlines is None
    assert third.outlines == ()


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (HEADER + "a.png,shop,phone,2,,\n", "row 2: crack is '2'"),
        (HEADER + "gone.png,shop,phone,1,,\n", "gone.png, which is not there"),
        ("path,source,group\na.png,shop,\n", "no column device"),
    ],
)
def test_a_wrong_manifest_is_refused_naming_the_place(folder, rows, says):
    (folder / "manifest.csv").write_text(rows, encoding="utf-8")
    with pytest.raises(BadPhotoSet, match=says):
        read_photo_set(folder)


def test_a_folder_without_a_manifest_is_refused(tmp_path):
    with pytest.raises(BadPhotoSet, match=r"manifest\.csv"):
        read_photo_set(tmp_path)


def test_a_group_stays_on_its_side_when_others_come_in():
    held_out = {name: validation_part(name, seed=3, share=0.25) for name in map(str, range(2000))}
    assert validation_part("17", seed=3, share=0.25) == held_out["17"]
    assert 0.2 < np.mean(list(held_out.values())) < 0.3
