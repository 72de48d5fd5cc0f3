"""Time for the tests that are not about time: a busy machine is no fault of the record."""

import pytest

from serving.record.database.patience import Patience, read_patience

LONG_S = 60.0


@pytest.fixture
def patient_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let records that are opened in a test wait as long as it takes."""
    times = {name: LONG_S for name in Patience.model_fields if name.endswith("_timeout_s")}
    patience = read_patience().model_copy(update={**times, "answer_within_s": LONG_S})
    monkeypatch.setattr("serving.record.opening.read_patience", lambda: patience)
