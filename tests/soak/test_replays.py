"""Drawn decisions of the real service come out equal from what it kept: a small run of the soak."""

from collections import Counter
from pathlib import Path

import pytest

from serving.demo.running_service import running_service
from tests.soak.replays import FORMATS, decide_many, replay_all, told

DECISIONS = 24


@pytest.mark.slow
def test_drawn_decisions_of_the_service_are_replayed_to_the_bit(tmp_path: Path) -> None:
    record = f"sqlite:///{tmp_path / 'record.sqlite'}"
    with running_service(record=record, log=tmp_path / "service.log") as address:
        drawn = decide_many(address, tmp_path, DECISIONS, seed=7)

    results = replay_all(record)

    assert drawn.refused == Counter()
    assert sorted(one["decision_id"] for one in results) == sorted(drawn.decided)
    assert Counter(one["result"] for one in results) == {"equal": DECISIONS}, list(told(drawn, results, 0, 7))
    assert {"moment T0", "moment T1", "moment T2", "sent ahead"} <= drawn.kinds.keys()
    assert {form.lower() for form in FORMATS} <= drawn.kinds.keys()
