"""The three calls answer the official BentoML client, httpx and plain curl alike."""

import io
import json
import re
import subprocess
import uuid
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import bentoml
import httpx
import pytest
from PIL import Image

from data.condition import Condition
from data.decision import Decision
from data.defect import DefectKind, Grade
from serving.condition.overlay.overlay import MAX_SHEET_PX
from serving.demo.returns import DemoReturn
from serving.http.service import REQUEST_THREADS

CONDITION_FIELDS = set(Condition.__dataclass_fields__)
# What the record knew of a return is left out where that is nothing.
DECISION_FIELDS = set(Decision.__dataclass_fields__) - {"memory", "photo_proof"}


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[bentoml.SyncHTTPClient]:
    with bentoml.SyncHTTPClient(address) as client:
        yield client


def files(*paths: Path) -> list[tuple[str, tuple[str, bytes]]]:
    return [("photos", (path.name, path.read_bytes())) for path in paths]


def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


def curl(*arguments: str) -> dict[str, Any]:
    command = ["curl", "--silent", "--show-error", "--fail-with-body", "--noproxy", "*", *arguments]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def test_grade_answers_the_official_client(client: bentoml.SyncHTTPClient, photo: Path) -> None:
    answer = client.grade(photos=[photo], device_class="phone")

    assert set(answer) == CONDITION_FIELDS
    assert answer["grade"] in {*Grade, None}
    assert sum(answer["grade_probabilities"].values()) == pytest.approx(1, abs=0.01)
    assert set(answer["photos"][0]["defect_probabilities"]) == set(DefectKind)


def test_a_picture_of_the_findings_is_answered_as_a_jpeg(http: httpx.Client, photo: Path) -> None:
    answer = http.post("/v1/grade/overlay", files=files(photo, photo))

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.format == "JPEG"
        assert max(picture.size) <= MAX_SHEET_PX


def test_the_official_client_gets_the_picture_as_a_file(client: bentoml.SyncHTTPClient, photo: Path) -> None:
    answer = client.overlay(photos=[photo])

    with Image.open(answer) as picture:
        assert picture.format == "JPEG"


def test_an_unreadable_photo_of_a_picture_is_named(http: httpx.Client, photo: Path) -> None:
    sent = [*files(photo), ("photos", ("torn.jpg", photo.read_bytes()[:2000]))]

    answer = http.post("/v1/grade/overlay", files=sent)

    assert answer.status_code == 422
    assert "torn.jpg" in answer.json()["detail"]


def test_several_photos_are_answered_in_their_order(
    client: bentoml.SyncHTTPClient, honest: DemoReturn
) -> None:
    views = [photo.view for photo in honest.photos]

    answer = client.grade(photos=[photo.path for photo in honest.photos], views=views)

    assert [photo["index"] for photo in answer["photos"]] == list(range(len(views)))
    assert [photo["view"] for photo in answer["photos"]] == views


@pytest.mark.parametrize("as_text", [False, True])
def test_decide_answers_the_official_client_with_a_case_as_object_or_text(
    client: bentoml.SyncHTTPClient, photo: Path, case: dict[str, Any], as_text: bool
) -> None:
    answer = client.decide(case=json.dumps(case) if as_text else case, photos=[photo])

    assert set(answer) == DECISION_FIELDS
    assert answer["rma_id"] == case["rma"]["rma_id"]
    assert set(answer["condition"]) == CONDITION_FIELDS


def test_official_client_can_send_the_idempotency_key_as_a_field(
    client: bentoml.SyncHTTPClient, photo: Path, case: dict[str, Any]
) -> None:
    same = uuid.uuid4().hex

    first = client.decide(case=case, photos=[photo], idempotency_key=same)
    second = client.decide(case=case, photos=[photo], idempotency_key=same)

    assert first == second


def test_score_answers_the_official_client(client: bentoml.SyncHTTPClient, case: dict[str, Any]) -> None:
    answer = client.score(returns=[case, case])

    assert len(answer["scores"]) == 2
    score = answer["scores"][0]
    assert score["rma_id"] == case["rma"]["rma_id"]
    assert 0 <= score["probability"] <= 1
    fields = {"code", "text", "contribution", "direction", "customer_text"}
    assert all(set(reason) == fields for reason in score["reasons"])
    assert set(answer["model"]) == {"name", "version", "sha256"}


def test_what_was_sent_twice_counts_once_and_is_noted(http: httpx.Client, case: dict[str, Any]) -> None:
    twice = {**case, "scans": case["scans"] * 2}

    scored = http.post("/v1/fraud/score", json={"returns": [case, twice]}).json()["scores"]
    decided = http.post("/v1/decide", data={"case": json.dumps(twice)}).json()

    assert (
        scored[1]["probability"] == scored[0]["probability"] == pytest.approx(decided["fraud"]["probability"])
    )
    assert "notes" not in scored[0]
    assert (
        scored[1]["notes"] == decided["notes"] == [f"{len(case['scans'])} scans repeat others and count once"]
    )


def test_grade_and_decide_answer_plain_curl(
    address: str, honest: DemoReturn, case: dict[str, Any], tmp_path: Path
) -> None:
    case_file = tmp_path / "case.json"
    case_file.write_text(json.dumps(case))
    photos = [f"photos=@{photo.path}" for photo in honest.photos]
    forms = [word for photo in photos for word in ("-F", photo)]

    graded = curl(*forms, f"{address}/v1/grade")
    decided = curl(*forms, "-F", f"case=<{case_file}", "-H", "Idempotency-Key: c", f"{address}/v1/decide")
    again = curl(*forms, "-F", f"case=@{case_file}", "-H", "Idempotency-Key: c", f"{address}/v1/decide")

    assert len(graded["photos"]) == len(photos)
    assert set(decided) == DECISION_FIELDS
    assert again["decision_id"] == decided["decision_id"]


def test_score_answers_plain_curl(address: str, case: dict[str, Any], tmp_path: Path) -> None:
    body = tmp_path / "returns.json"
    body.write_text(json.dumps({"returns": [case]}))

    answer = curl("-H", "Content-Type: application/json", "-d", f"@{body}", f"{address}/v1/fraud/score")

    assert len(answer["scores"]) == 1


@pytest.mark.parametrize("views", ["front_off,back", '["front_off", "back"]', ["front_off", "back"]])
def test_views_may_be_sent_with_commas_as_json_or_repeated(
    http: httpx.Client, photo: Path, views: str | list[str]
) -> None:
    answer = http.post("/v1/grade", files=files(photo, photo), data={"views": views})

    assert [each["view"] for each in answer.json()["photos"]] == ["front_off", "back"]


def test_decision_without_photos_goes_to_a_person(http: httpx.Client, case: dict[str, Any]) -> None:
    answer = http.post("/v1/decide", data={"case": json.dumps(case)}).json()

    assert answer["condition"] is None
    assert answer["disposition"] == "quarantine"
    assert next(gate for gate in answer["gates"] if gate["kind"] == "evidence")["state"] == "decided"


def test_customer_is_told_nothing_of_scores(http: httpx.Client, photo: Path, case: dict[str, Any]) -> None:
    answer = http.post("/v1/decide", files=files(photo), data={"case": json.dumps(case)}).json()

    told = [answer["customer_text"], *(reason["customer_text"] for reason in answer["fraud"]["reasons"])]
    assert len(told) > 1
    assert not [text for text in told if re.search(r"fraud|score|suspic|risk|\d", text, re.IGNORECASE)]


def test_same_key_and_content_is_the_same_decision(
    http: httpx.Client, photo: Path, case: dict[str, Any]
) -> None:
    request: dict[str, Any] = {"files": files(photo), "data": {"case": json.dumps(case)}, "headers": key()}

    first, second = http.post("/v1/decide", **request), http.post("/v1/decide", **request)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.headers["Location"] == f"/v1/decisions/{first.json()['decision_id']}"


def test_same_key_with_other_content_is_refused(
    http: httpx.Client, photo: Path, case: dict[str, Any]
) -> None:
    headers = key()
    http.post("/v1/decide", files=files(photo), data={"case": json.dumps(case)}, headers=headers)

    other = http.post(
        "/v1/decide", files=files(photo, photo), data={"case": json.dumps(case)}, headers=headers
    )

    assert other.status_code == 422
    assert other.json()["type"] == "urn:regrade:problem:idempotency-key-reused"


def test_without_a_key_each_request_is_a_new_decision(
    http: httpx.Client, photo: Path, case: dict[str, Any]
) -> None:
    ids = {
        http.post("/v1/decide", files=files(photo), data={"case": json.dumps(case)}).json()["decision_id"]
        for _ in range(2)
    }

    assert len(ids) == 2


def test_wrong_return_in_a_batch_does_not_stop_the_others(http: httpx.Client, case: dict[str, Any]) -> None:
    wrong = {**case, "rma": {**case["rma"], "channel": "pigeon"}}

    answer = http.post("/v1/fraud/score", json={"returns": [case, wrong, 7, case]}).json()

    first, second, third, last = answer["scores"]
    assert first == last
    assert second["rma_id"] == case["rma"]["rma_id"]
    assert second["error"]["errors"][0].startswith("rma.channel: ")
    assert third["rma_id"] is None
    assert third["error"]["status"] == 422


ODD = {
    "a name twice": ('"sku": ', '"sku": "A", "sku": '),
    "nested without end": ('"sku": ', '"sku": ' + "[" * 20_000 + "]" * 20_000 + ', "was": '),
    "a number without end": ('"amount": ', '"amount": ' + "9" * 6_000 + ', "was": '),
    "not a number": ('"amount": ', '"amount": NaN, "was": '),
}


@pytest.mark.parametrize(("right", "odd"), ODD.values(), ids=ODD)
def test_json_that_parsers_disagree_about_is_refused_case_by_case(
    http: httpx.Client, case: dict[str, Any], right: str, odd: str
) -> None:
    text = json.dumps(case)
    body = f'{{"returns": [{text}, {text.replace(right, odd)}, {text}]}}'

    answer = http.post("/v1/fraud/score", content=body, headers={"Content-Type": "application/json"})

    first, second, last = answer.json()["scores"]
    assert "probability" in first
    assert first == last
    assert second["error"]["status"] == 422


@pytest.mark.parametrize("most", [0, 1, 10])
def test_as_many_reasons_are_answered_as_asked_for(
    http: httpx.Client, case: dict[str, Any], most: int
) -> None:
    as_ever, null, asked = (
        http.post("/v1/fraud/score", json={"returns": [case], **more}).json()["scores"][0]
        for more in ({}, {"reasons": None}, {"reasons": most})
    )

    assert as_ever == null
    assert asked["reasons"][:5] == as_ever["reasons"][:most]
    assert len(asked["reasons"]) == most
    made_of = asked["breakdown"]
    listed = sum(reason["contribution"] for reason in asked["reasons"])
    assert made_of["base"] + listed + made_of["rest"] == pytest.approx(made_of["log_odds"])
    made_of["rest"] = as_ever["breakdown"]["rest"]
    assert {**asked, "reasons": []} == {**as_ever, "reasons": []}


@pytest.mark.parametrize("wrong", [-1, 11, 2.5, "5", True, [5]])
def test_reasons_are_a_whole_number_up_to_ten(http: httpx.Client, case: dict[str, Any], wrong: Any) -> None:
    answer = http.post("/v1/fraud/score", json={"returns": [case], "reasons": wrong})

    assert answer.status_code == 422
    assert answer.json()["errors"][0].startswith("reasons: ")


@pytest.mark.parametrize("form", ['{{"reasons": 1, "returns": [{0}]}}', '{{"returns": [{0}], "reasons": 1}}'])
@pytest.mark.parametrize(("right", "odd"), ODD.values(), ids=ODD)
def test_reasons_are_read_beside_a_case_that_parsers_disagree_about(
    http: httpx.Client, case: dict[str, Any], form: str, right: str, odd: str
) -> None:
    text = json.dumps(case)
    body = form.format(", ".join([text, text.replace(right, odd)]))

    answer = http.post("/v1/fraud/score", content=body, headers={"Content-Type": "application/json"})

    first, second = answer.json()["scores"]
    assert len(first["reasons"]) == 1
    assert second["error"]["status"] == 422


@pytest.mark.parametrize("form", ["[{0}]", '{{"returns": [{0}]}}', "\ufeff{0}"])
def test_a_decision_takes_one_case_in_every_form(http: httpx.Client, case: dict[str, Any], form: str) -> None:
    one, two = (form.format(", ".join([json.dumps(case)] * count)) for count in (1, 2))

    assert http.post("/v1/decide", data={"case": one}).json()["rma_id"] == case["rma"]["rma_id"]
    assert http.post("/v1/decide", data={"case": two}).status_code == 422


def test_a_thousand_returns_fit_in_one_call(http: httpx.Client, case: dict[str, Any]) -> None:
    answer = http.post("/v1/fraud/score", json={"returns": [case] * 1000})

    assert len(answer.json()["scores"]) == 1000


def test_scores_do_not_depend_on_the_company_they_come_in(http: httpx.Client, case: dict[str, Any]) -> None:
    alone = http.post("/v1/fraud/score", json={"returns": [case]}).json()["scores"][0]
    among = http.post("/v1/fraud/score", json={"returns": [case] * 5}).json()["scores"][4]

    assert alone == among


def test_a_score_does_not_wait_for_the_photo_sets_in_hand(
    address: str, honest: DemoReturn, case: dict[str, Any]
) -> None:
    sets = 2 * REQUEST_THREADS
    photos = files(*[photo.path for photo in honest.photos])

    with (
        httpx.Client(base_url=address, timeout=120, trust_env=False) as http,
        ThreadPoolExecutor(sets) as pool,
    ):
        graded = [pool.submit(http.post, "/v1/grade", files=photos) for _ in range(sets)]
        wait(graded, return_when=FIRST_COMPLETED)
        score = http.post("/v1/fraud/score", json={"returns": [case]})
        waiting = sum(not one.done() for one in graded)

        assert score.status_code == 200
        assert waiting > 0
        assert {one.result().status_code for one in graded} == {200}
