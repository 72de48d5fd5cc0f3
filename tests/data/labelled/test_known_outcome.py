import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.fraud import Typology
from data.labelled.known_outcome import InvalidOutcomes, KnownOutcome, read_outcomes

EXAMPLES = Path(__file__).parents[3] / "docs" / "operations" / "own-returns"
HEAD = "rma_id,outcome,known_at,propensity\n"


def written(folder: Path, text: str, name: str = "outcomes.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["outcomes.csv", "outcomes.jsonl"])
def test_the_documented_files_are_read_alike(name: str) -> None:
    found = read_outcomes(EXAMPLES / name)

    assert {one.rma_id: one.is_fraud for one in found.known.values()} == {"R-1001": False, "R-1002": True}
    assert found.known["r-1002"].typology is Typology.ITEM_SWAP
    assert found.known["r-1001"].stands_for(8.0) == 8.0


def test_parquet_of_a_simulated_world_is_read_as_it_is(tmp_path: Path) -> None:
    known = pa.array([1_770_000_000], pa.int64()).cast(pa.timestamp("s", tz="UTC"))
    table = pa.table(
        {"rma_id": ["R1"], "outcome": ["fraud"], "known_at": known, "review_propensity": [0.5], "odd": [1]}
    )
    pq.write_table(table, tmp_path / "outcomes.parquet")

    (one,) = read_outcomes(tmp_path / "outcomes.parquet").known.values()
    assert (one.is_fraud, one.propensity) == (True, 0.5)


def test_an_outcome_of_which_nobody_knows_how_likely_it_was_stands_for_nobody_else() -> None:
    given = {"rma_id": "R1", "outcome": "honest", "known_at": "2026-01-01T00:00:00Z"}

    assert KnownOutcome.model_validate(given).stands_for(8.0) is None
    assert KnownOutcome.model_validate({**given, "propensity": 0.25}).stands_for(8.0) == 4.0
    assert KnownOutcome.model_validate({**given, "propensity": 0.25, "weight": 1.0}).stands_for(8.0) == 1.0


def test_rows_that_agree_count_once_and_of_others_the_last_known(tmp_path: Path) -> None:
    rows = [
        "A,honest,2026-01-02T00:00:00Z,1",
        "a,honest,2026-01-01T00:00:00Z,1",
        "B,honest,2026-01-01T00:00:00Z,1",
        "B,fraud,2026-01-05T00:00:00Z,1",
        "C,unknown,,",
    ]
    found = read_outcomes(written(tmp_path, HEAD + "\n".join(rows)))

    assert found.known["a"].known_at.day == 1
    assert found.known["b"].is_fraud
    assert (found.repeated, found.unknown, found.contradicted) == (1, 1, {"b"})
    assert len(list(found.lines())) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "A,stolen,2026-01-01T00:00:00Z,1", r"line 2: outcome: give one of 'honest'.*'stolen'"),
        (HEAD + "A,fraud,yesterday,1", r"line 2: known_at: write date, time and zone.*'yesterday'"),
        (HEAD + "A,fraud,2026-01-01T00:00:00Z,1.5", r"line 2: propensity: give 1 or less.*1.5"),
        (HEAD + "A,fraud,2026-01-01T00:00:00Z", r"line 2 has another number of cells"),
        ("rma,outcome,known_at\nA,fraud,2026-01-01T00:00:00Z", r"no column rma_id; it has rma, outcome"),
        (HEAD, "says no outcome: give rows"),
        (json.dumps({"rma_id": "A", "outcome": "fraud"}), r"line 1: known_at: Field required"),
    ],
)
def test_a_wrong_file_is_refused_with_its_row_and_column(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidOutcomes, match=said):
        read_outcomes(written(tmp_path, text))
