"""A claim is one person's, ends by itself, and of two who claim at once one gets it."""

import threading
from datetime import timedelta

import pytest
from pydantic import ValidationError

from data.fraud import Action
from serving.record.chain.verify import verify
from serving.record.desk.desk_claims import ClaimRequest
from serving.record.desk.purpose import DeskPurpose
from serving.record.desk.review_queue import QueueFilter
from serving.record.errors import Claimed, NothingToAudit, UnknownDecision, WrongAtDesk
from serving.record.record import Record
from tests.serving.clear_return import clear_case
from tests.serving.record.entries import MOMENT, desk_at, entry, numbered, waiting


def claimed(person: str, **more: object) -> ClaimRequest:
    return ClaimRequest.model_validate({"person": person, **more})


def test_a_claim_keeps_others_off_until_it_ends_or_is_given_back(record: Record) -> None:
    desk = desk_at(record)
    claim = desk.claim("dec-1", claimed("Ana"))
    assert claim is not None
    assert claim.until == MOMENT + timedelta(minutes=30)

    with pytest.raises(Claimed, match="Ana works on decision dec-1 until 2026-03-08T10:30") as refused:
        desk.claim("dec-1", claimed("Bo"))
    with pytest.raises(Claimed):
        desk.claim("dec-1", claimed("Bo", release=True))
    assert refused.value.person == "Ana"

    renewed = desk_at(record, MOMENT + timedelta(minutes=20)).claim("dec-1", claimed("ANA", minutes=60))
    assert renewed is not None
    assert renewed.until == MOMENT + timedelta(minutes=80)
    assert desk_at(record, MOMENT + timedelta(minutes=81)).claim("dec-1", claimed("Bo")) is not None
    later = desk_at(record, MOMENT + timedelta(minutes=82))
    assert later.claim("dec-1", claimed("Bo", release=True)) is None
    assert later.shown("dec-1").claim is None
    assert later.claim("dec-1", claimed("Ana")) is not None

    told = [row["type"] for row in record.events(limit=50).rows if row["type"] != "decision.made"]
    assert told == ["decision.claimed"] * 3 + ["decision.released", "decision.claimed"]
    assert verify(record.engine).findings == []


def test_giving_back_what_nobody_holds_changes_nothing(record: Record) -> None:
    assert desk_at(record).claim("dec-1", claimed("Ana", release=True)) is None

    assert [row["type"] for row in record.events(limit=50).rows] == ["decision.made"]


def test_of_many_who_claim_at_once_one_wins_and_the_others_hear_who(record_url: str, record: Record) -> None:
    won: list[str] = []
    refused: list[str] = []
    start = threading.Barrier(6)

    def claim(person: str) -> None:
        own = Record.open(record_url, numbered(person))
        start.wait()
        try:
            desk_at(own).claim("dec-1", claimed(person))
            won.append(person)
        except Claimed as error:
            refused.append(error.person)
        own.close()

    threads = [threading.Thread(target=claim, args=(f"badge {number}{number}",)) for number in range(2, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1
    assert refused == won * 5


def test_the_queue_tells_who_holds_what(record: Record) -> None:
    record.append(entry("dec-2", case=clear_case(rma_id="RMA-2"), action=Action.HOLD))
    desk_at(record).claim("dec-1", claimed("Ana"))
    claimed_only = QueueFilter(is_claimed=True, holds_only=False)

    [free] = waiting(record, QueueFilter(is_claimed=False, holds_only=False))
    [held] = waiting(record, claimed_only)

    assert (free["decision_id"], free["claim"]) == ("dec-2", None)
    assert held["decision_id"] == "dec-1"
    assert held["claim"] == {"person": "Ana", "until": "2026-03-08T10:30:00.000000Z"}
    assert waiting(record, claimed_only, at=MOMENT + timedelta(minutes=30)) == []


def test_what_a_claim_lacks_is_told(record: Record) -> None:
    desk = desk_at(record)

    with pytest.raises(WrongAtDesk, match="at most 480 are allowed"):
        desk.claim("dec-1", claimed("Ana", minutes=481))
    with pytest.raises(UnknownDecision):
        desk.claim("dec-9", claimed("Ana"))
    with pytest.raises(NothingToAudit, match="random_audit lists"):
        desk.claim("dec-1", claimed("Ana", purpose=DeskPurpose.AUDIT))
    with pytest.raises(ValidationError, match="leave one of them out"):
        claimed("Ana", minutes=5, release=True)
