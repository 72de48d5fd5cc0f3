"""Photos are kept in a store that speaks S3, and one that is away is told in time, with nothing lost."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import regrade
from serving.demo.running_service import running_service
from tests.s3_server import S3Server, s3_server
from tests.service.faulty_record import FaultyService, assert_good, new_key

pytestmark = pytest.mark.slow

# What the driver may take until it gives a store up, and what else a decision does on a busy machine.
AWAY_WITHIN_S = 20.0


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with s3_server() as server, pytest.MonkeyPatch.context() as environment:
        environment.setenv("REGRADE_PHOTOS", server.new_folder())
        yield server


@pytest.fixture(scope="module")
def service(
    s3: S3Server, case: dict[str, Any], photo: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FaultyService]:
    folder = tmp_path_factory.mktemp("s3")
    record = f"sqlite:///{folder / 'record.sqlite'}"
    with running_service(record=record, log=folder / "service.log") as address:
        yield FaultyService(address, record, case, photo)


def photo_of(service: FaultyService, decision_id: str) -> httpx.Response:
    return service.ask("GET", f"/v1/decisions/{decision_id}/photos/0").response


def test_photos_lie_in_the_store_until_it_is_away_and_then_nothing_is_half_kept(
    service: FaultyService, s3: S3Server, capsys: pytest.CaptureFixture[str]
) -> None:
    key = new_key()
    decided = assert_good(service.decide(key, photo=True)).json()
    assert photo_of(service, decided["decision_id"]).content[:2] == b"\xff\xd8"
    assert regrade.main(["verify-record", "--photos", "--record", service.record]) == 0, capsys.readouterr()
    kept = service.decisions_and_events()

    s3.process.kill()
    s3.process.wait()
    started = time.monotonic()
    refused = service.decide(new_key(), photo=True).response

    assert time.monotonic() - started < AWAY_WITHIN_S
    assert refused.status_code == 503, refused.text
    assert int(refused.headers["retry-after"]) >= 1
    assert "Photos can't be kept or read now, so nothing was decided" in refused.json()["detail"]
    # What needs no photo goes on, and what was decided is still known.
    assert assert_good(service.decide(key, photo=True)).json() == decided
    assert_good(service.decide(new_key()))
    assert_good(service.grade())
    assert photo_of(service, decided["decision_id"]).status_code == 503
    assert service.decisions_and_events() == (kept[0] + 1, kept[1] + 1)
