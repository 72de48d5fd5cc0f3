"""People work off what waits: claimed, noted, judged blind, corrected, overridden by two; on a real server.

Every decision of this server is drawn for an audit, by a desk file of its own.
"""

import json
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.demo.returns import DemoReturn
from serving.demo.running_service import running_service
from serving.record.desk.desk_rules import DEFAULT_DESK

BOX = {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4}
ADDED = {"action": "add", "photo": 0, "kind": "bent", "box": BOX}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("desk")
    text = DEFAULT_DESK.read_text(encoding="utf-8")
    assert "value: 0.02" in text
    (folder / "desk.yaml").write_text(text.replace("value: 0.02", "value: 1.0"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGRADE_DESK", str(folder / "desk.yaml"))
        record = f"sqlite:///{folder / 'record.sqlite'}"
        with (
            running_service(record=record, log=folder / "service.log", ready_timeout_s=180) as address,
            httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
        ):
            yield client


def decide(http: httpx.Client, case: dict[str, Any], *photos: Path, amount: float = 489.0) -> dict[str, Any]:
    rma = {**case["rma"], "rma_id": f"RMA-{uuid.uuid4().hex}", "value": {"amount": amount, "currency": "CAD"}}
    files = [("photos", (path.name, path.read_bytes())) for path in photos]
    answer = http.post("/v1/decide", files=files or None, data={"case": json.dumps({**case, "rma": rma})})
    assert answer.status_code == 200, answer.text
    return answer.json()


def say(http: httpx.Client, decision: dict[str, Any], what: str, **body: Any) -> httpx.Response:
    return http.post(f"/v1/decisions/{decision['decision_id']}/{what}", json=body)


def queued(http: httpx.Client, decision: dict[str, Any], **asked: Any) -> dict[str, Any] | None:
    page = http.get("/v1/review-queue", params={"limit": 200, **asked}).json()
    return next((row for row in page["decisions"] if row["decision_id"] == decision["decision_id"]), None)


def test_a_decision_goes_from_the_queue_through_two_opinions_to_two_approvers(
    desk: httpx.Client, case: dict[str, Any], photo: Path
) -> None:
    made = decide(desk, case, photo, amount=2500.0)
    waiting = queued(desk, made, order="priority")
    assert waiting is not None
    assert "above_value" in waiting["reasons"]
    assert (waiting["amount"], waiting["currency"], waiting["claim"]) == (2500.0, "CAD", None)

    claimed = say(desk, made, "claim", person="Ana").json()
    refused = say(desk, made, "claim", person="Bo")
    assert claimed["claim"]["person"] == "Ana"
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:regrade:problem:claimed")
    assert "Ana works on decision" in refused.json()["detail"]
    held = queued(desk, made, claimed="true")
    assert held is not None
    assert held["claim"]["person"] == "Ana"

    noted = say(desk, made, "note", person="Ana", text="The frame is bent.")
    first = say(desk, made, "opinion", person="Ana", grade="D", reason_code="missed_damage")
    hidden = desk.get(f"/v1/decisions/{made['decision_id']}", params={"person": "Bo"}).json()["review"]
    second = say(desk, made, "opinion", person="Bo", grade="D", disposition="destroy")
    assert (noted.status_code, first.status_code, second.status_code) == (201, 201, 201)
    assert hidden["opinions"] == {"count": 1, "are_hidden": True, "given": [], "agreement": None}
    assert second.json()["agreement"] == {"grade": True, "is_fraud": None, "disposition": None}

    corrected = say(desk, made, "corrections", person="Ana", corrections=[ADDED])
    assert corrected.status_code == 201, corrected.text
    require_two_approvers(desk, made)
    require_told(desk, made)


def require_two_approvers(desk: httpx.Client, made: dict[str, Any]) -> None:
    alone = say(desk, made, "override", person="Ana", disposition="recycle", reason="frame is bent")
    twice = say(
        desk,
        made,
        "override",
        person="Ana",
        second_person="Аna",
        disposition="destroy",
        reason="frame is bent",
    )
    both = {"person": "Ana", "second_person": "Bo", "reason": "frame is bent", "reason_code": "missed_damage"}
    done = say(desk, made, "override", disposition="destroy", **both)
    assert (alone.status_code, twice.status_code) == (409, 422)
    assert "two different people" in alone.json()["detail"]
    assert done.json()["current"]["disposition"] == "destroy"
    assert done.json()["overrides"][0]["reason_code"] == "missed_damage"
    assert queued(desk, made, order="priority") is None


def require_told(desk: httpx.Client, made: dict[str, Any]) -> None:
    kept = desk.get(f"/v1/decisions/{made['decision_id']}").json()["review"]
    assert kept["notes"][0]["text"] == "The frame is bent."
    assert [each["person"] for each in kept["opinions"]["given"]] == ["Ana", "Bo"]
    assert kept["corrections"][0]["corrected"]["corrections"] == [ADDED]
    story = desk.get(f"/v1/returns/{made['rma_id']}").json()["entries"]
    told = [each["kind"] for each in story if each["kind"] != "event"]
    assert told == ["decision", "claim", "note", "opinion", "opinion", "corrections", "override"]
    assert [each["type"] for each in story if each["kind"] == "event"] == [
        "decision.made",
        "decision.claimed",
        "decision.noted",
        "decision.opinion_given",
        "decision.opinion_given",
        "decision.corrected",
        "decision.overridden",
    ]


def test_a_drawn_decision_is_judged_blind_and_nobody_knows_of_it_before(
    desk: httpx.Client, honest: DemoReturn
) -> None:
    made = decide(desk, honest.case, *(each.path for each in honest.photos))
    decision_id = made["decision_id"]
    item = queued(desk, made, reason="random_audit")
    assert item is not None
    assert item["reasons"] == ["random_audit"]
    assert not {"grade", "disposition", "destination", "fraud_probability", "because"} & set(item)

    blind = desk.get(f"/v1/decisions/{decision_id}", params={"blind": "true"}).json()
    assert set(blind) == {"decision_id", "rma_id", "decided_at", "case", "photos"}
    assert len(blind["photos"]) == len(honest.photos)
    kept = desk.get(f"/v1/decisions/{decision_id}").json()
    story = desk.get(f"/v1/returns/{made['rma_id']}").text
    assert kept["review"]["audit"] is None
    assert queued(desk, made) is None or "random_audit" not in str(queued(desk, made))
    assert not [text for text in (str(made), str(kept), story) if "audit_prob" in text or "is_drawn" in text]

    say(desk, made, "claim", person="Cy", purpose="audit")
    assert desk.get(f"/v1/decisions/{decision_id}").json()["review"]["claim"] is None
    judged = say(desk, made, "opinion", person="Cy", purpose="audit", grade="A", is_fraud=False)
    figures = desk.get("/v1/kpis").json()

    assert judged.status_code == 201
    audit = desk.get(f"/v1/decisions/{decision_id}").json()["review"]["audit"]
    assert audit["probability"] == 1.0
    assert queued(desk, made, reason="random_audit") is None
    assert figures["audits"]["done"] == 1
    assert figures["audits"]["drawn"] >= 1
    assert figures["audits"]["fraud"]["n"] == 1
    assert set(figures["desk"]) == {"waiting", "waiting_by_reason", "overdue"}


def test_of_two_who_claim_at_once_one_wins(desk: httpx.Client, case: dict[str, Any]) -> None:
    made = decide(desk, case)
    answers: list[httpx.Response] = []
    start = threading.Barrier(2)

    def claim(person: str) -> None:
        start.wait()
        answers.append(say(desk, made, "claim", person=person))

    threads = [threading.Thread(target=claim, args=(person,)) for person in ("Ana", "Bo")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.status_code for answer in answers) == [200, 409]


def test_the_rules_of_the_desk_can_be_read(desk: httpx.Client) -> None:
    rules = desk.get("/v1/review-queue/rules").json()

    assert rules["reasons"]["quarantine"]["priority"] == 1
    assert "missed_damage" in rules["reason_codes"]
    assert rules["audit_share"]["value"] == 1.0


@pytest.mark.parametrize(
    ("what", "body", "says"),
    [
        ("claim", {}, "person: Field required"),
        ("claim", {"person": "Ana", "minutes": 0}, "minutes"),
        ("claim", {"person": "Ana", "minutes": 481}, "minutes: 481 were given; at most 480"),
        ("claim", {"person": "A\u200bna"}, "control and format"),
        ("note", {"person": "Ana", "text": "x" * 2001}, "at most 2000"),
        ("opinion", {"person": "Ana"}, "give one or more"),
        ("opinion", {"person": "Ana", "grade": "F"}, "grade: give one of"),
        ("opinion", {"person": "Ana", "grade": "A", "reason_code": "Mood\0"}, "is not one of wrong_grade,"),
        ("corrections", {"person": "Ana"}, "nothing is corrected"),
        ("corrections", {"person": "Ana", "corrections": [{"action": "remove", "defect": 0}]}, "it has none"),
        (
            "override",
            {"person": "Ana", "reason": "looked", "disposition": "recycle", "reason_code": "m"},
            "code",
        ),
    ],
)
def test_what_is_wrong_is_told_in_words(
    desk: httpx.Client, case: dict[str, Any], what: str, body: dict[str, Any], says: str
) -> None:
    answer = say(desk, decide(desk, case), what, **body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]


@pytest.mark.parametrize("what", ["claim", "note", "opinion", "corrections"])
def test_nothing_can_be_done_with_what_is_not_there(desk: httpx.Client, what: str) -> None:
    bodies = {
        "claim": {},
        "note": {"text": "seen"},
        "opinion": {"grade": "A"},
        "corrections": {"device_class": "phone"},
    }

    answer = say(desk, {"decision_id": "nowhere"}, what, person="Ana", **bodies[what])

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:regrade:problem:unknown-decision"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"order": "newest"}, "order: give one of"),
        ({"reason": "boredom"}, "reason: give one of"),
        ({"claimed": "perhaps"}, "claimed"),
        ({"due_before": "tomorrow"}, "due_before"),
    ],
)
def test_a_queue_that_can_not_be_asked_for_is_refused(
    desk: httpx.Client, asked: dict[str, str], says: str
) -> None:
    answer = desk.get("/v1/review-queue", params=asked)

    assert answer.status_code == 422
    assert says in answer.json()["detail"]
