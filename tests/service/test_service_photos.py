"""Photos are sent ahead and kept with their decision: the same answers, whichever way a photo came."""

import io
import json
import sqlite3
import uuid
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from data.condition import MAX_PHOTOS
from serving.demo.returns import DemoReturn
from serving.demo.running_service import running_service

SECRET = b"Shelf camera 4"
MAKE, ORIENTATION = 0x010F, 0x0112


def upload(http: httpx.Client, path: Path, **fields: str) -> dict[str, Any]:
    answer = http.post("/v1/photos", data=fields, files={"photo": (path.name, path.read_bytes())})
    assert answer.status_code == 201, answer.text
    return answer.json()


def uploaded(http: httpx.Client, photos: list[Any]) -> list[str]:
    return [upload(http, photo.path, view=photo.view)["photo_id"] for photo in photos]


def files(photos: list[Any]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("photos", (photo.path.name, photo.path.read_bytes())) for photo in photos]


def decide(http: httpx.Client, case: dict[str, Any], key: str | None = None, **form: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    data = {"case": json.dumps(case), **form.pop("data", {})}
    return http.post("/v1/decide", headers=headers, data=data, **form)


def same_but_for_its_name(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in {"decision_id", "decided_at"}}


def test_a_photo_sent_ahead_is_answered_with_its_block(http: httpx.Client, photo: Path) -> None:
    answer = upload(http, photo, device_class="phone", view="front_off")
    graded = http.post(
        "/v1/grade",
        data={"device_class": "phone", "views": "front_off"},
        files=[("photos", (photo.name, photo.read_bytes()))],
    ).json()

    assert answer["photo"] == graded["photos"][0]
    assert set(answer) == {"photo_id", "expires_at", "photo"}


def test_a_grade_by_ids_is_that_of_the_same_photos(http: httpx.Client, honest: DemoReturn) -> None:
    ids, photos = uploaded(http, list(honest.photos)), list(honest.photos)
    views = [photo.view for photo in photos]

    direct = http.post("/v1/grade", data={"views": views}, files=files(photos))
    by_ids = http.post("/v1/grade", data={"photo_ids": ids})
    mixed = http.post("/v1/grade", data={"photo_ids": ids[1:], "views": views}, files=files(photos[:1]))

    assert direct.status_code == 200
    assert by_ids.content == direct.content
    assert mixed.content == direct.content


@pytest.mark.parametrize("spelling", ["repeated", "commas", "JSON", "brackets"])
def test_ids_are_read_however_they_are_sent(http: httpx.Client, honest: DemoReturn, spelling: str) -> None:
    ids = uploaded(http, list(honest.photos))
    spelled: dict[str, dict[str, Any]] = {
        "repeated": {"photo_ids": ids},
        "commas": {"photo_ids": ",".join(ids)},
        "JSON": {"photo_ids": json.dumps(ids)},
        "brackets": {f"photo_ids[{number}]": photo_id for number, photo_id in enumerate(ids)},
    }

    answer = http.post("/v1/grade", data=spelled[spelling]).json()

    assert [photo["index"] for photo in answer["photos"]] == list(range(len(ids)))


def test_a_decision_by_ids_is_that_of_the_same_photos(
    http: httpx.Client, case: dict[str, Any], honest: DemoReturn
) -> None:
    photos, key = list(honest.photos), uuid.uuid4().hex
    ids = uploaded(http, photos)

    direct = decide(http, case, key, data={"views": [photo.view for photo in photos]}, files=files(photos))
    again = decide(http, case, key, data={"photo_ids": ids})
    anew = decide(http, case, data={"photo_ids": ids})

    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == direct.json()
    assert same_but_for_its_name(anew.json()) == same_but_for_its_name(direct.json())
    one, other = (http.get(answer.headers["Location"]).json()["photos"] for answer in (direct, anew))
    assert one == other


def test_a_key_belongs_to_the_photos_behind_the_ids(
    http: httpx.Client, case: dict[str, Any], honest: DemoReturn
) -> None:
    ids, key = uploaded(http, list(honest.photos)), uuid.uuid4().hex
    decide(http, case, key, data={"photo_ids": ids})

    other = decide(http, case, key, data={"photo_ids": ids[:1]})

    assert (other.status_code, other.json()["type"]) == (422, "urn:regrade:problem:idempotency-key-reused")


@pytest.mark.parametrize("photo_id", ["nothing", "../record", "0" * 64, "%2e%2e", "uploads/x"])
def test_an_unknown_id_is_told(http: httpx.Client, case: dict[str, Any], photo_id: str) -> None:
    forms: list[tuple[str, dict[str, str]]] = [("/v1/grade", {}), ("/v1/decide", {"case": json.dumps(case)})]
    for path, data in forms:
        answer = http.post(path, data={**data, "photo_ids": photo_id})

        assert answer.status_code == 422
        assert answer.json()["type"] == "urn:regrade:problem:unknown-photo-id"
        assert "photo_ids.0: there is no photo" in answer.json()["errors"][0]
        assert "/v1/photos" in answer.json()["detail"]


def test_files_and_ids_count_together(http: httpx.Client, photo: Path) -> None:
    photo_id = upload(http, photo)["photo_id"]
    file = ("photos", (photo.name, photo.read_bytes()))

    too_many = http.post("/v1/grade", data={"photo_ids": [photo_id] * MAX_PHOTOS}, files=[file])
    lost = http.post("/v1/grade", data={"photo_ids": [photo_id], "photo_count": "3"}, files=[file])

    assert too_many.json()["type"] == "urn:regrade:problem:wrong-photo-count"
    assert f"{MAX_PHOTOS + 1} photos were given" in too_many.json()["detail"]
    assert lost.json()["detail"].startswith("photo_count: 3 was given, and 2 photos came")


def test_classes_of_photos_sent_ahead_must_agree(http: httpx.Client, photo: Path) -> None:
    ids = [upload(http, photo, device_class=name)["photo_id"] for name in ("phone", "tablet")]

    answer = http.post("/v1/grade", data={"photo_ids": ids})
    told = http.post("/v1/grade", data={"photo_ids": ids, "device_class": "phone"})

    assert answer.status_code == 422
    assert "device_class: the photos were sent ahead as of phone and tablet" in answer.json()["detail"]
    assert told.status_code == 200


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ([("photo", (None, "text"))], "not-a-file"),
        ([("photo", ("a.jpg", b"no picture"))], "unreadable-photo"),
        ([("photo", ("a.jpg", b"x")), ("photo", ("b.jpg", b"x"))], "wrong-photo-count"),
        ([("view", (None, "front_off"))], "wrong-photo-count"),
        ([("photos", ("a.jpg", b"x"))], "wrong-field"),
        ([("photo", ("a.jpg", b"x")), ("view", (None, "inside"))], "wrong-field"),
        ([("photo", ("a.jpg", b"x")), ("device_class", (None, "car"))], "wrong-field"),
    ],
)
def test_what_can_not_be_sent_ahead_is_refused(http: httpx.Client, parts: Any, kind: str) -> None:
    answer = http.post("/v1/photos", files=parts)

    assert answer.json()["type"] == f"urn:regrade:problem:{kind}"


def telling_photo(photo: Path, turned: int = 6) -> bytes:
    exif = Image.Exif()
    exif[MAKE], exif[ORIENTATION] = SECRET.decode(), turned
    body = io.BytesIO()
    with Image.open(photo) as image:
        image.save(body, "JPEG", exif=exif, quality=90)
    return body.getvalue()


@pytest.fixture(scope="module")
def decided(http: httpx.Client, case: dict[str, Any], photo: Path) -> dict[str, Any]:
    photos = [("photos", ("jo's phone.jpg", telling_photo(photo)))]
    return decide(http, case, files=photos).json()


def kept_photo(http: httpx.Client, decided: dict[str, Any], **asked: Any) -> httpx.Response:
    return http.get(f"/v1/decisions/{decided['decision_id']}/photos/0", params=asked)


def test_a_decision_says_what_was_kept_of_its_photos(http: httpx.Client, decided: dict[str, Any]) -> None:
    [photo] = http.get(f"/v1/decisions/{decided['decision_id']}").json()["photos"]

    assert len({photo["sha256"], photo["kept"]["sha256"], photo["kept"]["pixels_sha256"]}) == 3
    assert (photo["kept"]["orientation"], photo["kept"]["is_rewritten"]) == (6, False)


def test_a_kept_photo_is_shown_without_what_was_noted_beside_it(
    http: httpx.Client, decided: dict[str, Any], photo: Path
) -> None:
    answer = kept_photo(http, decided)

    assert SECRET in telling_photo(photo)
    assert SECRET not in answer.content
    with Image.open(io.BytesIO(answer.content)) as image:
        assert dict(image.getexif()) == {ORIENTATION: 6}


def test_a_kept_photo_is_neither_run_nor_cached(http: httpx.Client, decided: dict[str, Any]) -> None:
    headers = kept_photo(http, decided).headers

    assert headers["content-type"] == "image/jpeg"
    assert headers["content-disposition"] == f'inline; filename="{decided["decision_id"]}-0.jpg"'
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "private, no-store"
    assert "sandbox" in headers["content-security-policy"]


@pytest.mark.parametrize(("asked", "longest"), [({"size": "thumbnail"}, 320), ({"size": "large"}, 1600)])
def test_a_smaller_picture_is_upright(
    http: httpx.Client, decided: dict[str, Any], photo: Path, asked: dict[str, str], longest: int
) -> None:
    body = kept_photo(http, decided, **asked).content

    with Image.open(photo) as sent, Image.open(io.BytesIO(body)) as image:
        # The camera was turned by a quarter.
        assert (image.width > image.height) is (sent.width < sent.height)
        assert max(image.size) <= longest


def test_an_overlay_shows_what_the_decision_found(http: httpx.Client, decided: dict[str, Any]) -> None:
    plain, marked = (kept_photo(http, decided, size="thumbnail", overlay=flag) for flag in ("false", "true"))

    assert marked.headers["content-type"] == "image/jpeg"
    with Image.open(io.BytesIO(plain.content)) as one, Image.open(io.BytesIO(marked.content)) as other:
        # The device's outline at least is drawn over what is else the same picture.
        assert one.size == other.size
        assert 0 < np.abs(np.asarray(one, int) - np.asarray(other, int)).mean() < 30


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("photos/1", 404, "unknown-photo"),
        ("photos/-1", 404, "unknown-photo"),
        ("photos/x", 404, "unknown-photo"),
        ("photos/0?size=huge", 422, "wrong-field"),
        ("photos/0?overlay=maybe", 422, "wrong-field"),
        ("photos/0?colour=1", 422, "wrong-field"),
    ],
)
def test_a_photo_that_is_not_there_is_told(
    http: httpx.Client, decided: dict[str, Any], path: str, status: int, kind: str
) -> None:
    answer = http.get(f"/v1/decisions/{decided['decision_id']}/{path}")

    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:regrade:problem:{kind}")


def test_two_workers_share_photos_and_one_that_was_changed_is_never_shown(
    tmp_path: Path, case: dict[str, Any], photo: Path
) -> None:
    record = tmp_path / "record.sqlite"
    service = running_service(record=f"sqlite:///{record}", log=tmp_path / "log", workers=2)
    with service as address, httpx.Client(base_url=address, timeout=60, trust_env=False) as http:
        ids = [upload(http, photo)["photo_id"] for _ in range(6)]
        graded = [fresh(address, data={"photo_ids": photo_id}) for photo_id in ids for _ in range(2)]
        answer = decide(http, case, data={"photo_ids": ids[0]}).json()
        [kept] = [path for path in (tmp_path / "record-photos/photos").rglob("*") if path.is_file()]
        kept.write_bytes(kept.read_bytes()[:-9] + b"\0" + kept.read_bytes()[-8:])
        changed = kept_photo(http, answer)
        again = http.post("/v1/grade", data={"photo_ids": ids[0]})

    assert [one.status_code for one in graded] == [200] * 12
    assert len({one.content for one in graded}) == 1
    assert (changed.status_code, changed.json()["title"]) == (500, "A kept photo was changed")
    assert again.status_code == 500
    with sqlite3.connect(record) as rows:
        assert rows.execute("SELECT count(*) FROM decisions").fetchone() == (1,)


def fresh(address: str, **asked: Any) -> httpx.Response:
    """Ask over a connection of its own, which the other worker may take."""
    return httpx.post(f"{address}/v1/grade", timeout=60, trust_env=False, **asked)
