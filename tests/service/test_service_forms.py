"""A form counts only if all of it came; its parts are understood as sent, or refused for what they are."""

import base64
import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

MULTIPART = {"Content-Type": "multipart/form-data; boundary=bXb"}
CLOSE = b"--bXb--\r\n"
FORM_PATHS = ["/v1/grade", "/v1/grade/overlay", "/v1/decide"]
MIB = 1024 * 1024


def part(data: bytes, *, name: str = "photos", more: str = '; filename="a.jpg"', headers: str = "") -> bytes:
    head = f'--bXb\r\nContent-Disposition: form-data; name="{name}"{more}\r\n{headers}\r\n'
    return head.encode() + data + b"\r\n"


def text(name: str, data: str) -> bytes:
    return part(data.encode(), name=name, more="")


def send(http: httpx.Client, path: str, *parts: bytes, close: bytes = CLOSE) -> httpx.Response:
    return http.post(path, content=b"".join(parts) + close, headers=MULTIPART)


def problem_of(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["type"].rpartition(":")[2]) == (status, kind), problem
    return problem


def photos_of(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.text
    return len((answer.json().get("condition") or answer.json())["photos"])


@pytest.fixture(scope="module")
def jpeg(photo: Path) -> bytes:
    return photo.read_bytes()


def needed(path: str, case: dict[str, Any]) -> list[bytes]:
    return [text("case", json.dumps(case))] if path == "/v1/decide" else []


@pytest.mark.parametrize("path", FORM_PATHS)
@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize(
    "close", [b"", b"--", b"--bXb", b"--bXb-", b"--bXb\r\n"], ids=["none", "--", "--B", "--B-", "--B CRLF"]
)
def test_a_form_without_its_closing_line_is_refused_and_nothing_is_decided(
    http: httpx.Client, jpeg: bytes, case: dict[str, Any], path: str, is_chunked: bool, close: bytes
) -> None:
    before = http.get("/v1/kpis").json()["decisions"]
    body = b"".join([*needed(path, case), part(jpeg), part(jpeg)]) + close

    answer = http.post(path, content=iter([body]) if is_chunked else body, headers=MULTIPART)

    assert "send it again" in problem_of(answer, 400, "incomplete-form")["detail"]
    assert http.get("/v1/kpis").json()["decisions"] == before


def test_a_photo_that_lost_its_tail_with_the_form_is_not_graded(http: httpx.Client, jpeg: bytes) -> None:
    answer = send(http, "/v1/grade", part(jpeg), part(jpeg[: len(jpeg) // 2])[:-2], close=b"")

    problem_of(answer, 400, "incomplete-form")


@pytest.mark.parametrize("close", [b"--bXb--", b"--bXb--\r\nto be ignored\r\n"])
def test_what_follows_the_closing_line_does_not_matter(http: httpx.Client, jpeg: bytes, close: bytes) -> None:
    assert photos_of(send(http, "/v1/grade", part(jpeg), close=close)) == 1


FILES: dict[str, tuple[str, dict[str, str]]] = {
    "name after RFC 5987 alone": ("photos", {"more": "; filename*=utf-8''%E6%AD%A3.jpg"}),
    "content type alone": ("photos", {"more": "", "headers": "Content-Type: image/jpeg\r\n"}),
    "brackets": ("photos[]", {}),
    "number in brackets": ("photos[0]", {}),
    "folded header": ("photos", {"more": ';\r\n  filename="a.jpg"'}),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("path", ["/v1/grade", "/v1/decide"])
def test_a_photo_is_a_photo_however_its_part_is_written(
    http: httpx.Client, jpeg: bytes, case: dict[str, Any], path: str, kind: str
) -> None:
    name, written = FILES[kind]

    answer = send(http, path, *needed(path, case), part(jpeg, name=name, **written))

    assert photos_of(answer) == 1


def test_photos_that_are_numbered_are_taken_in_that_order_alone(http: httpx.Client, jpeg: bytes) -> None:
    front, back = part(jpeg, name="photos[0]"), part(jpeg, name="photos[1]")

    assert photos_of(send(http, "/v1/grade", front, back)) == 2
    answer = send(http, "/v1/grade", back, front)
    assert "photos[1]" in problem_of(answer, 422, "wrong-field")["detail"]


def test_an_empty_file_field_of_a_browser_is_no_photo(http: httpx.Client, jpeg: bytes) -> None:
    nothing = part(b"", more='; filename=""', headers="Content-Type: application/octet-stream\r\n")

    assert photos_of(send(http, "/v1/grade", part(jpeg), nothing)) == 1


@pytest.mark.parametrize("more", ['; filename="back.jpg"', '; filename=""', ""])
def test_an_empty_photo_is_named(http: httpx.Client, jpeg: bytes, more: str) -> None:
    empty = part(b"", more=more, headers="Content-Type: image/jpeg\r\n")

    problem = problem_of(send(http, "/v1/grade", part(jpeg), empty), 422, "unreadable-photo")

    assert "photo 2" in problem["detail"]
    assert "empty" in problem["detail"]


@pytest.mark.parametrize("name", ["photo", "Photos", "image", "files[]", "case[0]"])
@pytest.mark.parametrize("path", FORM_PATHS)
def test_a_file_in_another_field_is_named_with_the_field_that_takes_it(
    http: httpx.Client, jpeg: bytes, case: dict[str, Any], path: str, name: str
) -> None:
    answer = send(http, path, *needed(path, case), part(jpeg), part(jpeg, name=name))

    detail = problem_of(answer, 422, "wrong-field")["detail"]
    assert f"{name}: unknown field, with the file 'a.jpg'; a photo's field is called photos" in detail


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (base64.b64encode, "base64"),
        (lambda jpeg: b"data:image/jpeg;base64," + base64.b64encode(jpeg), "base64"),
        (lambda jpeg: base64.b64encode(jpeg[:300]), "base64"),
        (bytes, "as text: send files"),
        (lambda jpeg: jpeg[:0] + b"front.jpg", "as text: send files"),
    ],
)
def test_a_photo_that_is_sent_as_text_is_refused_in_words(
    http: httpx.Client, jpeg: bytes, sent: Any, says: str
) -> None:
    answer = send(http, "/v1/grade", part(sent(jpeg), more=""))

    assert says in problem_of(answer, 422, "not-a-file")["detail"]


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ("Content-Transfer-Encoding: BASE64\r\n", "Content-Transfer-Encoding"),
        ("Content-Type: multipart/mixed; boundary=c\r\n", "repeat the field"),
    ],
)
def test_a_file_in_a_wrapping_is_refused_in_words(
    http: httpx.Client, jpeg: bytes, headers: str, says: str
) -> None:
    answer = send(http, "/v1/grade", part(jpeg, headers=headers))

    assert says in problem_of(answer, 422, "wrong-field")["detail"]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("path", FORM_PATHS)
def test_photos_that_are_those_that_were_counted_and_hashed_are_taken(
    http: httpx.Client, jpeg: bytes, case: dict[str, Any], path: str
) -> None:
    told = [
        text("photo_count", "2"),
        text("photo_sha256", digest(jpeg)),
        text("photo_sha256", digest(jpeg).upper()),
    ]

    answer = send(http, path, *needed(path, case), part(jpeg), *told, part(jpeg))

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("path", FORM_PATHS)
def test_a_photo_that_differs_from_its_hash_is_named_with_both(
    http: httpx.Client, jpeg: bytes, case: dict[str, Any], path: str
) -> None:
    other = digest(b"other")
    told = [text("photo_sha256", digest(jpeg)), text("photo_sha256", other)]

    answer = send(http, path, *needed(path, case), part(jpeg), part(jpeg), *told)

    [line] = problem_of(answer, 400, "incomplete-form")["errors"]
    assert line.startswith("photos.1: ")
    assert digest(jpeg) in line
    assert other in line


@pytest.mark.parametrize(
    ("field", "value", "status", "kind"),
    [
        ("photo_count", "2", 400, "incomplete-form"),
        ("photo_count", "0", 400, "incomplete-form"),
        ("photo_count", "one", 422, "wrong-field"),
        ("photo_count", "1,1", 422, "wrong-field"),
        ("photo_sha256", ",".join(["0" * 64] * 2), 400, "incomplete-form"),
        ("photo_sha256", "0" * 63, 422, "wrong-field"),
    ],
)
def test_a_count_or_a_hash_that_does_not_fit_is_told(
    http: httpx.Client, jpeg: bytes, field: str, value: str, status: int, kind: str
) -> None:
    answer = send(http, "/v1/grade", part(jpeg), text(field, value))

    assert field in problem_of(answer, status, kind)["detail"]


JUNK: dict[str, tuple[bytes, int]] = {
    "long fields": (b"".join(text("views", f"[{'1,' * 499_990}1]") for _ in range(9)), 413),
    "many fields": (b"".join(text("views", "back") for _ in range(20_000)), 422),
    "many unknown fields": (b"".join(text(f"{'k' * 300}{number}", "") for number in range(90)), 422),
    "a long case": (part(b"x" * 9 * MIB, name="case"), 422),
    "a file in a text field": (part(b"x" * 9 * MIB, name="device_class"), 422),
    "a long header": (b"--bXb\r\nX: " + b"x" * 9 * MIB, 400),
    "no line of the form": (b"-" * 9 * MIB, 400),
}


@pytest.mark.parametrize("name", JUNK)
def test_junk_in_a_form_is_refused_in_a_short_answer_while_others_are_answered(
    http: httpx.Client, address: str, jpeg: bytes, name: str
) -> None:
    body, status = JUNK[name]

    with asked_beside(address) as waits_s:
        answer = send(http, "/v1/grade", part(jpeg), body)

    assert answer.status_code == status, answer.text[:500]
    assert len(answer.content) < 20_000
    # Long fields held the loop for five seconds; generous, because the machine may be busy.
    assert max(waits_s) < 3


@contextmanager
def asked_beside(address: str) -> Iterator[list[float]]:
    """Ask for something small again and again while the block runs, and yield how long each answer took."""
    waits_s: list[float] = []
    is_asked, is_over = threading.Event(), threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=address, trust_env=False) as other:
            while not is_over.is_set():
                started = time.monotonic()
                other.get("/livez")
                waits_s.append(time.monotonic() - started)
                is_asked.set()

    thread = threading.Thread(target=ask)
    thread.start()
    is_asked.wait()
    try:
        yield waits_s
    finally:
        is_over.set()
        thread.join()


@pytest.mark.parametrize(
    "body", [b"&" * 900_000, b"a=1&" * 20_000, b"case=" + b"x" * 3 * MIB, b"views=" + b"%31," * 200_000]
)
def test_junk_in_an_urlencoded_form_is_refused_in_a_short_answer(http: httpx.Client, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = http.post("/v1/decide", content=body, headers=headers)

    assert answer.status_code in {413, 422}
    assert len(answer.content) < 5_000


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/pdf"},
        {"Content-Type": "multipart/form-data"},
        {**MULTIPART, "Content-Encoding": "gzip"},
    ],
)
def test_a_sender_that_closes_hears_why_it_was_refused(address: str, headers: dict[str, str]) -> None:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    body = b"x" * 8 * MIB
    host, _, port = address.removeprefix("http://").partition(":")
    head = "\r\n".join(["POST /v1/grade HTTP/1.1", f"Host: {host}", "Connection: close", *lines])

    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answer.split(b" ", 2)[1] in {b"400", b"415"}
    assert b"urn:regrade:problem:" in answer


def test_two_content_types_are_not_chosen_from(http: httpx.Client, jpeg: bytes) -> None:
    headers = [*MULTIPART.items(), ("Content-Type", "application/json")]

    answer = http.post("/v1/grade", content=part(jpeg) + CLOSE, headers=headers)

    problem_of(answer, 415, "wrong-media-type")


def test_two_different_keys_in_the_header_are_refused(http: httpx.Client, case: dict[str, Any]) -> None:
    headers = [("Idempotency-Key", "one"), ("Idempotency-Key", "two")]

    answer = http.post("/v1/decide", data={"case": json.dumps(case)}, headers=headers)

    problem_of(answer, 422, "wrong-field")


def unknown(count: int) -> dict[str, int]:
    return {f"k{number}": 1 for number in range(count)}


def score_body(*cases: Any, **more: Any) -> bytes:
    return json.dumps({"returns": list(cases), **more}).encode()


JUNK_JSON: dict[str, tuple[str, bytes, int]] = {
    "many cases of many unknown fields": ("/v1/fraud/score", score_body(*[unknown(1000)] * 1000), 200),
    "a case of unknown fields": ("/v1/fraud/score", score_body(*[unknown(15_000)] * 3), 200),
    "fields beside the cases": ("/v1/fraud/score", score_body(**unknown(400_000)), 422),
    "empty lists": ("/v1/fraud/score", b'{"returns": [' + b"[]," * 5_000_000 + b"[]]}", 413),
    "long texts in two cases": ("/v1/fraud/score", score_body(*["x" * 7_000_000] * 2), 200),
    "an override of unknown fields": ("/v1/decisions/x/override", json.dumps(unknown(60_000)).encode(), 422),
}


@pytest.mark.parametrize("name", JUNK_JSON)
def test_junk_in_json_is_answered_in_short(http: httpx.Client, name: str) -> None:
    path, body, status = JUNK_JSON[name]

    answer = http.post(path, content=body, headers={"Content-Type": "application/json"}, timeout=120)

    assert answer.status_code == status
    assert len(answer.content) < 1_000_000


def test_a_good_case_beside_junk_is_scored(http: httpx.Client, case: dict[str, Any]) -> None:
    body = {"returns": [unknown(15_000), case, {**case, "scans": [{}] * 400}]}

    scores = http.post("/v1/fraud/score", json=body).json()["scores"]

    assert [("error" in score) for score in scores] == [True, False, True]
    assert len(scores[0]["error"]["errors"]) == 51
    assert scores[0]["error"]["detail"].startswith("15002 things to correct")


@pytest.mark.parametrize("path", ["/v1/" + "x" * 20_000, "/v1/decisions/" + "x" * 20_000])
def test_a_long_address_is_not_echoed_at_length(http: httpx.Client, path: str) -> None:
    answer = http.get(path)

    assert answer.status_code == 404
    assert len(answer.content) < 5_000


def test_many_unknown_queries_are_counted(http: httpx.Client) -> None:
    answer = http.get("/v1/decisions", params=unknown(3_000))

    assert problem_of(answer, 422, "wrong-field")["errors"][-1] == "and 2950 more"


def test_a_sender_that_goes_away_in_the_middle_stops_nobody(
    http: httpx.Client, address: str, jpeg: bytes
) -> None:
    host, _, port = address.removeprefix("http://").partition(":")
    head = f"POST /v1/grade HTTP/1.1\r\nHost: {host}\r\nContent-Type: {MULTIPART['Content-Type']}\r\n"
    for length in ("Content-Length: 1000000", "Transfer-Encoding: chunked"):
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(f"{head}{length}\r\n\r\n".encode() + part(jpeg)[:2000])

    assert photos_of(send(http, "/v1/grade", part(jpeg))) == 1
