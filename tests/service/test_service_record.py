"""What was decided can be read, listed, overridden by a person, counted and listened to."""

import json
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from data.case import case_schema


def decide(http: httpx.Client, case: dict[str, Any], *photos: Path) -> dict[str, Any]:
    files = [("photos", (path.name, path.read_bytes())) for path in photos]
    return http.post("/v1/decide", files=files or None, data={"case": json.dumps(case)}).json()


def renamed(case: dict[str, Any]) -> dict[str, Any]:
    return {**case, "rma": {**case["rma"], "rma_id": f"RMA-{uuid.uuid4().hex}"}}


def override(http: httpx.Client, decision_id: str, **wanted: Any) -> httpx.Response:
    body = {"disposition": "recycle", "person": "Ana", "reason": "frame is bent", **wanted}
    return http.post(f"/v1/decisions/{decision_id}/override", json=body)


def test_decision_can_be_read_again_with_its_photos_named(
    http: httpx.Client, case: dict[str, Any], photo: Path
) -> None:
    decided = decide(http, case, photo)

    kept = http.get(f"/v1/decisions/{decided['decision_id']}").json()

    assert decided.items() <= kept.items()
    assert kept["photos"][0]["name"] == photo.name
    assert kept["photos"][0]["size_bytes"] == photo.stat().st_size
    assert kept["overrides"] == []
    assert kept["current"]["disposition"] == decided["disposition"]


def test_certificate_goes_out_as_pdf_or_as_json(
    http: httpx.Client, case: dict[str, Any], photo: Path
) -> None:
    decided = decide(http, case, photo)
    address = f"/v1/decisions/{decided['decision_id']}/certificate"

    pdf = http.get(address)
    values = http.get(address, headers={"Accept": "application/json"}).json()

    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")
    assert values == http.get(address, params={"format": "json"}).json()
    assert values["grade"] == decided["condition"]["grade"]
    assert values["record_sha256"] == http.get(f"/v1/decisions/{decided['decision_id']}").json()["sha256"]


def test_certificate_tells_that_a_later_decision_came(
    http: httpx.Client, case: dict[str, Any], photo: Path
) -> None:
    mine = renamed(case)
    first, second = decide(http, mine, photo), decide(http, mine, photo)

    told = [
        http.get(f"/v1/decisions/{each['decision_id']}/certificate", params={"format": "json"}).json()
        for each in (first, second)
    ]

    assert [each["superseded_by"] for each in told] == [second["decision_id"], None]


def test_decision_without_photos_has_no_certificate(http: httpx.Client, case: dict[str, Any]) -> None:
    answer = http.get(f"/v1/decisions/{decide(http, case)['decision_id']}/certificate")

    assert answer.status_code == 409
    assert "decide again with photos" in answer.json()["detail"]


def test_decisions_are_listed_newest_first_page_by_page(http: httpx.Client, case: dict[str, Any]) -> None:
    ids = [decide(http, case)["decision_id"] for _ in range(3)]

    first = http.get("/v1/decisions", params={"limit": 2}).json()
    second = http.get("/v1/decisions", params={"limit": 1, "cursor": first["next_cursor"]}).json()

    assert [row["decision_id"] for row in first["decisions"] + second["decisions"]] == ids[::-1]


def test_decisions_of_one_rma_can_be_found(http: httpx.Client, case: dict[str, Any]) -> None:
    mine = renamed(case)
    decided = decide(http, mine)

    found = http.get("/v1/decisions", params={"rma_id": mine["rma"]["rma_id"]}).json()["decisions"]

    assert [row["decision_id"] for row in found] == [decided["decision_id"]]


def test_override_is_kept_beside_the_decision_and_empties_the_queue(
    http: httpx.Client, case: dict[str, Any]
) -> None:
    decided = decide(http, case)
    waiting = [row["decision_id"] for row in queue(http)]

    answer = override(http, decided["decision_id"]).json()

    assert decided["decision_id"] in waiting
    assert decided["decision_id"] not in [row["decision_id"] for row in queue(http)]
    assert answer["disposition"] == decided["disposition"]
    assert answer["current"] == {"disposition": "recycle", "destination": "certified_recycler"}
    assert answer["overrides"][0]["person"] == "Ana"


def queue(http: httpx.Client) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: int | None = 0
    while cursor is not None:
        page = http.get("/v1/review-queue", params={"limit": 200, "cursor": cursor}).json()
        rows, cursor = rows + page["decisions"], page["next_cursor"]
    return rows


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"person": " "}, "person"),
        ({"reason": ""}, "reason"),
        ({"disposition": "sell"}, "disposition"),
        ({"colour": "red"}, "colour: unknown field"),
        ({"disposition": "destroy"}, "two different people"),
        ({"disposition": "destroy", "second_person": "ana"}, "two different people"),
    ],
)
def test_override_says_what_it_lacks(
    http: httpx.Client, case: dict[str, Any], wanted: dict[str, Any], says: str
) -> None:
    answer = override(http, decide(http, case)["decision_id"], **wanted)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]


def test_two_people_can_destroy(http: httpx.Client, case: dict[str, Any]) -> None:
    decided = decide(http, case)

    answer = override(http, decided["decision_id"], disposition="destroy", second_person="Bo").json()

    assert answer["current"] == {"disposition": "destroy", "destination": "secure_destruction"}


def test_nobody_can_put_a_swollen_battery_back_on_sale(http: httpx.Client, case: dict[str, Any]) -> None:
    swollen = {**case, "verification": {**case["verification"], "battery_signs": ["swelling"]}}
    decided = decide(http, swollen)

    answer = override(http, decided["decision_id"], disposition="restock")

    assert decided["destination"] == "quarantine_cage"
    assert answer.status_code == 409
    assert "battery gate" in answer.json()["detail"]


def test_override_of_an_unknown_decision(http: httpx.Client) -> None:
    answer = override(http, "unknown")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_listener_hears_of_each_decision_and_override_once(http: httpx.Client, case: dict[str, Any]) -> None:
    cursor = end_of_events(http)
    decided = decide(http, case)
    override(http, decided["decision_id"])

    page = http.get("/v1/events", params={"cursor": cursor}).json()
    later = http.get("/v1/events", params={"cursor": page["next_cursor"]}).json()

    mine = [event for event in page["events"] if event["decision_id"] == decided["decision_id"]]
    assert [event["type"] for event in mine] == ["decision.made", "decision.overridden"]
    assert later["events"] == []
    assert later["next_cursor"] == page["next_cursor"]


def end_of_events(http: httpx.Client) -> int:
    cursor, has_more = 0, True
    while has_more:
        page = http.get("/v1/events", params={"cursor": cursor, "limit": 200}).json()
        cursor, has_more = page["next_cursor"], page["has_more"]
    return cursor


def test_figures_count_every_return_by_its_last_decision(http: httpx.Client, case: dict[str, Any]) -> None:
    mine = renamed(case)
    before = http.get("/v1/kpis").json()
    for _ in range(3):
        decide(http, mine)
    after = http.get("/v1/kpis").json()

    assert after["decisions"] == before["decisions"] + 1
    assert after["superseded"] == before["superseded"] + 2
    assert sum(share["count"] for share in after["dispositions"].values()) == after["decisions"]


def test_schema_of_a_case_is_served(http: httpx.Client) -> None:
    assert http.get("/v1/schema/case").json() == json.loads(json.dumps(case_schema()))


def test_return_tells_its_story_and_takes_facts(http: httpx.Client, case: dict[str, Any]) -> None:
    mine = renamed(case)
    rma_id = mine["rma"]["rma_id"]
    first, second = decide(http, mine), decide(http, mine)
    fact = {"kind": "fraud", "is_confirmed": False, "time": "2026-11-01T00:00:00Z", "origin": "investigation"}

    added = http.post(f"/v1/returns/{rma_id}/facts", json={"facts": [fact]})
    again = http.post(f"/v1/returns/{rma_id}/facts", json={"facts": [fact]})
    story = http.get(f"/v1/returns/{rma_id}").json()
    returns = http.get("/v1/returns", params={"limit": 1}).json()["returns"]

    assert (added.status_code, again.status_code) == (201, 200)
    assert [each["kind"] for each in story["entries"]] == ["decision", "event"] * 2 + ["fact", "event"]
    assert story["entries"][0]["superseded_by"] == second["decision_id"]
    assert story["current"]["decision_id"] == second["decision_id"]
    assert story["entries"][4]["fact_id"] == added.json()["facts"][0]["fact_id"]
    assert [row["decision_id"] for row in returns] == [second["decision_id"]]
    assert first["decision_id"] not in str(http.get("/v1/review-queue", params={"limit": 200}).json())


def test_unknown_return_and_wrong_fact_are_told(http: httpx.Client, case: dict[str, Any]) -> None:
    mine = renamed(case)
    decide(http, mine)

    unknown = http.get("/v1/returns/NOBODY")
    wrong = http.post(
        f"/v1/returns/{mine['rma']['rma_id']}/facts", json={"facts": [{"kind": "resold", "price": 3}]}
    )

    assert (unknown.status_code, wrong.status_code) == (404, 422)
    assert "GET /v1/returns lists" in unknown.json()["detail"]
    assert any("price" in line for line in wrong.json()["errors"])
