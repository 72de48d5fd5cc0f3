"""Every column holds the longest text that may be sent for it: a database that counts would refuse it."""

import pytest
from pydantic import TypeAdapter
from sqlalchemy import Column, String

from data.decision import Destination, Disposition, GateKind
from data.defect import Grade
from data.fraud import Action
from data.strict import Identifier, Name
from serving.http.fields import MAX_KEY_LENGTH
from serving.record.desk.desk_rules import MOST_CODE_CHARACTERS, ReviewReason
from serving.record.desk.purpose import DeskPurpose
from serving.record.entry import content_sha256
from serving.record.tables import CLAIMS, CORRECTIONS, DECISIONS, EVENTS, NOTES, OPINIONS, OVERRIDES

IDENTIFIER, NAME = (TypeAdapter(kind).json_schema()["maxLength"] for kind in (Identifier, Name))


@pytest.mark.parametrize(
    ("column", "longest"),
    [
        (DECISIONS.c.rma_id, IDENTIFIER),
        (DECISIONS.c.idempotency_key, MAX_KEY_LENGTH),
        (DECISIONS.c.disposition, max(map(len, Disposition))),
        (DECISIONS.c.destination, max(map(len, Destination))),
        (DECISIONS.c.decided_by, max(len(f"gate:{kind}") for kind in GateKind)),
        (DECISIONS.c.grade, max(map(len, Grade))),
        (DECISIONS.c.fraud_action, max(map(len, Action))),
        (DECISIONS.c.fingerprint, len(content_sha256("any"))),
        (DECISIONS.c.looks_asked, len(",".join((ReviewReason.ABOVE_VALUE, ReviewReason.NEAR_THRESHOLD)))),
        (EVENTS.c.type, len("decision.opinion_given")),
        *((table.c.person, NAME) for table in (CLAIMS, NOTES, OPINIONS, CORRECTIONS)),
        *((table.c.purpose, max(map(len, DeskPurpose))) for table in (CLAIMS, OPINIONS)),
        *((table.c.reason_code, MOST_CODE_CHARACTERS) for table in (OVERRIDES, OPINIONS, CORRECTIONS)),
        (OPINIONS.c.grade, max(map(len, Grade))),
        (OPINIONS.c.disposition, max(map(len, Disposition))),
        (OVERRIDES.c.person, NAME),
        (OVERRIDES.c.second_person, NAME),
        (OVERRIDES.c.disposition, max(map(len, Disposition))),
        (OVERRIDES.c.destination, max(map(len, Destination))),
    ],
)
def test_a_column_holds_the_longest_that_may_be_sent(column: Column[str], longest: int) -> None:
    assert isinstance(column.type, String)
    assert column.type.length is not None
    assert column.type.length >= longest
