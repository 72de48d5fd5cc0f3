"""A label in a photo is told over HTTP with its place, whichever way it came, and replays the same."""

import json
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

import regrade
from serving.demo.returns import DemoReturn
from serving.demo.running_service import running_service
from tests.serving.photo_proof.labels import jpeg, label, with_labels

SOLD, OTHER = "356938035643809", "353270071234563"
TAKEN = "2020:05:01 10:00:00"


def case_of(honest: DemoReturn, **verification: Any) -> str:
    """Return the honest case with the IMEI that was sold, and nothing read at the bench but what is named."""
    case = json.loads(json.dumps(honest.case))
    for name in ("expected_imeis", "expected_serial"):
        case["rma"].pop(name, None)
    case["rma"]["expected_imei"] = SOLD
    for name in ("observed_imei", "observed_imeis", "observed_serial"):
        case["verification"].pop(name, None)
    case["verification"] |= verification
    return json.dumps(case)


def decide(address: str, case: str, honest: DemoReturn, body: bytes, **form: Any) -> dict[str, Any]:
    sent = [("photos", (photo.path.name, photo.path.read_bytes())) for photo in honest.photos]
    extra = [] if form else [("photos", ("label.jpg", body))]
    answer = httpx.post(
        f"{address}/v1/decide",
        headers={"Idempotency-Key": uuid.uuid4().hex},
        data={"case": case, **form},
        files=[*sent, *extra],
        timeout=60,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def suspected(answer: dict[str, Any]) -> list[str]:
    return [each["kind"] for each in answer["photo_proof"]["suspicions"]]


@pytest.mark.slow
def test_another_units_label_is_told_reviewed_and_replayed(tmp_path: Path, honest: DemoReturn) -> None:
    record = f"sqlite:///{tmp_path / 'record.sqlite'}"
    body = jpeg(with_labels(label(OTHER)), TAKEN)
    with running_service(record=record, log=tmp_path / "log", ready_timeout_s=180) as address:
        answer = decide(address, case_of(honest), honest, body)
        photo_id = httpx.post(
            f"{address}/v1/photos", files={"photo": ("l.jpg", body)}, trust_env=False, timeout=60
        )
        ahead = decide(address, case_of(honest), honest, body, photo_ids=photo_id.json()["photo_id"])
        read = decide(address, case_of(honest, observed_imei=SOLD), honest, jpeg(with_labels(label(OTHER))))
        sold = decide(address, case_of(honest), honest, jpeg(with_labels(label(SOLD))))
        bare = decide(address, case_of(honest), honest, jpeg(with_labels()))
        kept = httpx.get(f"{address}/v1/decisions/{answer['decision_id']}", trust_env=False).json()

    [number] = answer["photo_proof"]["numbers"]
    assert (number["photo"], number["kind"], number["text"]) == (len(honest.photos), "imei", OTHER)
    assert suspected(answer) == ["another_unit", "taken_before_order"]
    assert answer["fraud"]["action"] == "review"
    assert OTHER in next(gate["text"] for gate in answer["gates"] if gate["kind"] == "fraud")
    assert ahead["photo_proof"] == answer["photo_proof"] == kept["photo_proof"]
    assert kept["photos"][-1]["kept"]["taken_at"] == "2020-05-01T10:00:00"
    assert suspected(read) == ["another_unit"]
    assert (read["fraud"]["action"], sold["fraud"]["action"]) == ("release", "release")
    assert sold["photo_proof"]["suspicions"] == []
    assert "photo_proof" not in bare
    assert regrade.main(["replay", "--all", "--record", record]) == 0
