"""Whatever is killed under load, nothing that was acknowledged is lost; `make soak` kills more often."""

from pathlib import Path

import pytest

from tests.soak.databases import DATABASES
from tests.soak.storm import storm

KILLS = 10


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
def test_nothing_acknowledged_is_lost_whatever_is_killed(tmp_path: Path, database: str) -> None:
    outcome = storm(database, tmp_path, kills=KILLS, seed=1)

    assert outcome.wrong == ()
    assert outcome.kills.total() == KILLS
    assert min(outcome.counts.values()) > 0, outcome.counts
