"""The running service tells receivers what it decided, and what it could not tell when it was killed."""

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from serving.demo.running_service import running_service
from tests.serving.record.webhooks.receiver import Receiver

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()


@pytest.mark.slow
def test_receiver_gets_what_was_decided_while_it_was_away(
    tmp_path: Path, case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver()
    file = tmp_path / "webhooks.yaml"
    file.write_text(f"endpoints:\n  - {{name: rma, url: '{receiver.url}', secrets: ['env:RMA_SECRET']}}\n")
    monkeypatch.setenv("RMA_SECRET", SECRET)
    monkeypatch.setenv("REGRADE_WEBHOOKS", str(file))
    record = f"sqlite:///{tmp_path / 'record.sqlite'}"

    with running_service(record=record, log=tmp_path / "one.log", workers=2) as address:
        early = decide(address, case)
    with receiver.listening(), running_service(record=record, log=tmp_path / "two.log", workers=2) as address:
        late = decide(address, case)
        receiver.wait_for(2)

    told = [Webhook(SECRET).verify(message.body, message.headers)["data"] for message in receiver.received]
    assert [each["decision_id"] for each in told] == [early["decision_id"], late["decision_id"]]
    assert told[1]["disposition"] == late["disposition"]


def decide(address: str, case: dict[str, Any]) -> dict[str, Any]:
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as http:
        return http.post("/v1/decide", data={"case": json.dumps(case)}).json()
