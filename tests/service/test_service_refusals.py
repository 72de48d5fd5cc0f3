"""Whatever is sent, the answer is a problem document that says what to do, and the service stays up."""

import json
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from data.case import MAX_CASE_BYTES
from tests.fuzz.costly_photos import COSTLY
from tests.fuzz.heic_file import SEED

JSON = {"Content-Type": "application/json"}
MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def _still_up(http: httpx.Client) -> Iterator[None]:
    yield
    assert http.get("/readyz").status_code == 200


def one_bit_png(width: int, height: int) -> bytes:
    rows = zlib.compressobj(1)
    row = b"\0" * (width // 8 + 1)
    data = b"".join(rows.compress(row) for _ in range(height)) + rows.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    # A tiny picture whose compressed comment unfolds to 64 MiB.
    comment = b"Comment\0\0" + zlib.compress(b"a" * 64 * MIB, 9)
    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 9 * 8)
    parts = chunk(b"IHDR", header) + chunk(b"zTXt", comment) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def named(*bodies: bytes) -> list[tuple[str, tuple[str, bytes]]]:
    return [("photos", (f"photo-{index}.jpg", body)) for index, body in enumerate(bodies)]


def require_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert answer.status_code == problem["status"] == status, problem
    assert problem["type"].startswith("urn:regrade:problem:")
    assert problem["title"]
    assert len(problem["detail"]) > 20
    assert problem["instance"].startswith("/")
    return problem


def damaged_heic() -> bytes:
    body = SEED.read_bytes()
    return body[:-60]


MANY_SCANS = "progressive JPEG of 100 megapixels, last scan 1,000 times"
BAD_PHOTOS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty file": (lambda _: b"", "empty"),
    "text named jpg": (lambda _: b"this is no picture", "not an image"),
    "truncated jpeg": (lambda good: good[: len(good) // 2], "cut short"),
    "150 megapixels": (lambda _: one_bit_png(15_000, 10_000), "megapixels"),
    "decompression bomb": (lambda _: one_bit_png(30_000, 30_000), "megapixels"),
    "comment bomb": (lambda _: text_bomb(), "send"),
    "damaged heic": (lambda _: damaged_heic(), "damaged or cut short"),
    "avif": (lambda _: b"\0\0\0\x14ftypavif" + bytes(4) + b"avif" + bytes(40), "an AVIF picture"),
    "progressive jpeg of 1,000 scans": (lambda _: COSTLY[MANY_SCANS](), "times the work"),
}


@pytest.mark.parametrize("name", BAD_PHOTOS)
@pytest.mark.parametrize("path", ["/v1/grade", "/v1/decide"])
def test_photo_that_cannot_be_used_is_named_by_place_and_file(
    http: httpx.Client, photo: Path, case: dict[str, Any], path: str, name: str
) -> None:
    make, says = BAD_PHOTOS[name]
    good = photo.read_bytes()
    data = {"case": json.dumps(case)} if path == "/v1/decide" else {}

    problem = require_problem(http.post(path, files=named(good, make(good)), data=data), 422)

    assert "photo 2 (photo-1.jpg)" in problem["detail"]
    assert problem["errors"][0].startswith("photos.1: ")
    assert says in problem["detail"]


def test_nothing_is_kept_of_a_request_that_was_refused(
    http: httpx.Client, photo: Path, case: dict[str, Any]
) -> None:
    before = http.get("/v1/kpis").json()["decisions"]

    http.post("/v1/decide", files=named(photo.read_bytes(), b"?"), data={"case": json.dumps(case)})

    assert http.get("/v1/kpis").json()["decisions"] == before


@pytest.mark.parametrize(("count", "said"), [(0, "0 photos"), (13, "13 photos"), (101, "Too many files")])
def test_wrong_number_of_photos(http: httpx.Client, photo: Path, count: int, said: str) -> None:
    # A form without files would be sent as urlencoded, so the class is sent as a part as well.
    parts = [*named(*[photo.read_bytes()] * count), ("device_class", (None, b"phone"))]

    problem = require_problem(http.post("/v1/grade", files=parts), 422)

    assert said in problem["detail"]
    assert "12" in problem["detail"]


def test_address_in_place_of_a_photo_is_refused_and_never_fetched(http: httpx.Client) -> None:
    fetched: list[str] = []

    class Bait(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fetched.append(self.path)

    with HTTPServer(("127.0.0.1", 0), Bait) as bait:
        threading.Thread(target=bait.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{bait.server_port}/photo.jpg"
        as_part = http.post("/v1/grade", files=[("photos", (None, url.encode()))])
        as_field = http.post("/v1/grade", data={"photos": url})
        as_body = http.post("/v1/grade", content=url, headers=JSON)
        bait.shutdown()

    assert require_problem(as_part, 422)["type"].endswith("not-a-file")
    assert require_problem(as_field, 422)["type"].endswith("not-a-file")
    require_problem(as_body, 415)
    assert fetched == []


def changed(case: dict[str, Any], **rma: Any) -> str:
    return json.dumps({**case, "rma": {**case["rma"], **rma}})


BAD_CASES: dict[str, tuple[Callable[[dict[str, Any]], str], int, str]] = {
    "unknown field": (lambda case: changed(case, colour="red"), 422, "rma.colour: unknown field"),
    "dates in the wrong order": (
        lambda case: changed(case, ordered_at="2026-09-30T00:00:00Z"),
        422,
        "is after",
    ),
    "not a number": (
        lambda case: changed(case, expected_weight_g=float("nan")),
        422,
        "rma.expected_weight_g",
    ),
    "infinity": (lambda case: changed(case, expected_weight_g=float("inf")), 422, "rma.expected_weight_g"),
    "no time zone": (lambda case: changed(case, requested_at="2026-08-31T09:15:00"), 422, "rma.requested_at"),
    "wrong word": (lambda case: changed(case, channel="pigeon"), 422, "rma.channel"),
    "unknown currency": (
        lambda case: changed(case, value={"amount": 1, "currency": "XTS"}),
        422,
        "value.currency",
    ),
    "no JSON": (lambda _: "{nope", 422, "JSON"),
    "a list": (lambda _: "[]", 422, "object"),
    "empty": (lambda _: "", 422, "JSON"),
    "over the size limit": (
        lambda case: json.dumps({**case, "note": "x" * MAX_CASE_BYTES}),
        413,
        str(MAX_CASE_BYTES),
    ),
    "far over the size limit": (lambda _: "x" * 2 * MIB, 413, str(MAX_CASE_BYTES)),
    "lone surrogate": (lambda _: '{"rma": "\\ud800"}', 422, "case"),
    "true for a number": (
        lambda case: changed(case, expected_weight_g=True),
        422,
        "give a number with a point",
    ),
    "digits for a time": (lambda case: changed(case, requested_at="20260831"), 422, "ISO 8601"),
    "NUL": (lambda case: changed(case, sku="PH\0"), 422, "rma.sku: take out control"),
}


@pytest.mark.parametrize("name", BAD_CASES)
def test_wrong_case_is_refused_with_the_field_that_is_wrong(
    http: httpx.Client, photo: Path, case: dict[str, Any], name: str
) -> None:
    make, status, says = BAD_CASES[name]

    answer = http.post("/v1/decide", files=named(photo.read_bytes()), data={"case": make(case)})

    assert says in require_problem(answer, status)["detail"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("rma_id", "RMA-\ud83d"), ("sku", "PH\0-1"), ("sku", "PH\u202e-1"), ("requested_at", 1788079200)],
)
def test_text_that_can_not_be_written_refuses_its_own_case_and_no_other(
    http: httpx.Client, case: dict[str, Any], field: str, value: object
) -> None:
    wrong = {**case, "rma": {**case["rma"], field: value}}
    body = json.dumps({"returns": [wrong, case]})

    answer = http.post("/v1/fraud/score", content=body, headers=JSON)

    assert answer.status_code == 200
    first, second = answer.json()["scores"]
    assert first["error"]["errors"][0].startswith(f"rma.{field}: ")
    assert 0 < second["probability"] < 1


def test_unknown_field_of_half_a_character_is_answered(http: httpx.Client) -> None:
    answer = http.post("/v1/fraud/score", content=b'{"returns": [1], "\\ud83d": 1}', headers=JSON)

    assert "ud83d: unknown field" in require_problem(answer, 422)["detail"]


@pytest.mark.parametrize(
    ("path", "form", "says"),
    [
        ("/v1/grade", {"colour": "red"}, "colour: unknown field"),
        ("/v1/grade", {"device_class": "toaster"}, "phone, tablet"),
        ("/v1/grade", {"device_class": ["phone", "tablet"]}, "send one"),
        ("/v1/grade", {"views": "sideways"}, "front_off"),
        ("/v1/grade", {"views": "back,front_off"}, "2 were given for 1 photos"),
        ("/v1/decide", {}, "case: 0 were given"),
        ("/v1/decide", {"case": ["{}", "{}"]}, "case: 2 were given"),
    ],
)
def test_wrong_form_field_is_refused_with_what_is_allowed(
    http: httpx.Client, photo: Path, path: str, form: dict[str, Any], says: str
) -> None:
    answer = http.post(path, files=named(photo.read_bytes()), data=form)

    assert says in require_problem(answer, 422)["detail"]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 415),
        (b"", {"Content-Type": "multipart/form-data"}, 400),
        (b"x", {"Content-Type": "multipart/form-data; boundary=b"}, 400),
        (b'--b\r\nContent-Disposition: form-data; name="photos"; filename="a"\r\n\r\ncut', None, 400),
        (b"--b\r\nContent-Type: image/jpeg\r\n\r\nx\r\n--b--\r\n", None, 400),
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b"x", {"Content-Type": "image/jpeg"}, 415),
        (b"x", {"Content-Type": "application/vnd.bentoml+pickle"}, 415),
    ],
    ids=["empty", "no boundary", "no parts", "cut short", "no name", "json", "bare photo", "pickle"],
)
def test_body_that_is_no_form(
    http: httpx.Client, body: bytes, headers: dict[str, str] | None, status: int
) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"} if headers is None else headers

    require_problem(http.post("/v1/grade", content=body, headers=headers), status)


@pytest.mark.parametrize(
    ("body", "headers", "status", "says"),
    [
        (b"", JSON, 400, "empty"),
        (b"{nope", JSON, 400, "not JSON"),
        (b"\xff\xfe", JSON, 400, "not JSON"),
        (b"[" * 100_000, JSON, 400, "not JSON"),
        (b"[]", JSON, 422, "returns"),
        (b'{"returns": []}', JSON, 422, "1 to 1000"),
        (b'{"returns": [' + b"1," * 1000 + b"1]}", JSON, 422, "1001"),
        (b'{"returns": "all"}', JSON, 422, "no list"),
        (b'{"returns": [1], "limit": 1}', JSON, 422, "limit: unknown field"),
        (b'{"returns": [1]}', {"Content-Type": "application/x-www-form-urlencoded"}, 415, "application/json"),
        (b" " * 17 * MIB, JSON, 413, "16777216"),
    ],
)
def test_wrong_score_request(
    http: httpx.Client, body: bytes, headers: dict[str, str], status: int, says: str
) -> None:
    problem = require_problem(http.post("/v1/fraud/score", content=body, headers=headers), status)

    assert says in problem["detail"]


def streamed(total: int) -> Iterator[bytes]:
    head = b'--b\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\n\r\n'
    yield head
    for _ in range(total // MIB):
        yield b"x" * MIB


@pytest.mark.parametrize("states_its_length", [True, False])
def test_body_over_the_limit_is_answered_and_not_kept(http: httpx.Client, states_its_length: bool) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    content = streamed(101 * MIB)

    answer = http.post(
        "/v1/grade", content=b"".join(content) if states_its_length else content, headers=headers
    )

    assert "104857600" in require_problem(answer, 413)["detail"]


@pytest.mark.parametrize("key", ["k" * 256, "tab\tkey"])
def test_impossible_idempotency_key(http: httpx.Client, case: dict[str, Any], key: str) -> None:
    answer = http.post("/v1/decide", data={"case": json.dumps(case)}, headers={"Idempotency-Key": key})

    assert "1 to 255" in require_problem(answer, 422)["detail"]


def test_key_in_header_and_field_must_agree(http: httpx.Client, case: dict[str, Any]) -> None:
    data = {"case": json.dumps(case), "idempotency_key": "one"}

    require_problem(http.post("/v1/decide", data=data, headers={"Idempotency-Key": "two"}), 422)


@pytest.mark.parametrize("key", ["order 7, box 2", "[7]", "true", "1e5", '["a", "b"]', "{}"])
def test_a_key_is_one_key_whatever_it_looks_like(http: httpx.Client, case: dict[str, Any], key: str) -> None:
    data = {"case": json.dumps(case), "idempotency_key": key}
    first = http.post("/v1/decide", data=data)
    again = http.post("/v1/decide", data={"case": data["case"]}, headers={"Idempotency-Key": key})

    assert first.status_code == again.status_code == 200
    assert first.json()["decision_id"] == again.json()["decision_id"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/grade", 405),
        ("DELETE", "/v1/decisions", 405),
        ("GET", "/v1/decisions/x/override", 405),
        ("GET", "/v1/nothing", 404),
        ("POST", "/grade", 404),
        ("GET", "/station/..%2F..%2Fservice.py", 404),
        ("GET", "/v1/decisions/unknown", 404),
        ("GET", "/v1/decisions?limit=0", 422),
        ("GET", "/v1/decisions?limit=many", 422),
        ("GET", "/v1/decisions?colour=red", 422),
        ("GET", "/v1/decisions?disposition=sell", 422),
        ("GET", "/v1/events?cursor=-1", 422),
        ("GET", f"/v1/events?cursor={10**30}", 422),
        ("GET", "/v1/kpis?since=yesterday", 422),
        ("GET", "/v1/kpis?since=20260831", 422),
        ("GET", "/v1/kpis?since=0001-01-01T00:00:00%2B14:00", 422),
        ("GET", "/v1/kpis?since=9999-12-31T23:59:59-14:00", 422),
        ("GET", "/v1/decisions?limit=1_0", 422),
        ("GET", "/v1/decisions?rma_id=a%00b", 422),
    ],
)
def test_wrong_address_method_or_query(http: httpx.Client, method: str, path: str, status: int) -> None:
    answer = http.request(method, path)

    require_problem(answer, status)
    assert ("allow" in answer.headers) is (status == 405)
