import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest

from data.case import read_case
from data.fraud import Moment, Typology
from data.history import Link
from data.world import WorldSettings, simulate, write_world
from data.world.figures import TYPOLOGIES
from data.world.settings import InvalidWorld

SMALL = WorldSettings(seed=3, returns=3_000)
TABLES = {"customers", "units", "orders", "rmas", "scans", "verifications", "findings", "outcomes", "truth"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world")
    write_world(SMALL, out)
    return out


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def column(folder: Path, table: str, name: str) -> list[Any]:
    return list(pyarrow.parquet.read_table(folder / f"{table}.parquet")[name].to_pylist())


def test_every_table_and_the_cases_are_written(written: Path) -> None:
    assert {path.name for path in written.iterdir()} == {f"{table}.parquet" for table in TABLES} | {
        "cases.jsonl"
    }


def test_the_same_seed_gives_the_same_bytes(written: Path, tmp_path: Path) -> None:
    write_world(SMALL, tmp_path)

    assert digests(tmp_path) == digests(written)


def test_another_seed_gives_another_world(written: Path, tmp_path: Path) -> None:
    write_world(WorldSettings(seed=4, returns=3_000), tmp_path)

    assert set(digests(tmp_path).values()).isdisjoint(digests(written).values())


def test_every_case_is_one_that_the_service_takes(written: Path) -> None:
    lines = (written / "cases.jsonl").read_text().splitlines()

    cases = [read_case(line) for line in lines]

    assert len(cases) == SMALL.returns
    assert [case.rma.rma_id for case in cases] == column(written, "truth", "rma_id")


def test_no_case_tells_the_truth_or_anything_known_later(written: Path) -> None:
    for line in (written / "cases.jsonl").read_text().splitlines()[::7]:
        case = read_case(line)
        priors = case.history.prior_returns if case.history else ()

        assert "typology" not in line
        assert all(prior.requested_at <= case.rma.requested_at for prior in priors)
        assert all(prior.outcome_known_at is None or prior.outcome_known_at <= case.as_of for prior in priors)


def test_outcomes_are_known_after_the_request_and_only_for_reviewed_returns(written: Path) -> None:
    requested = dict(
        zip(column(written, "rmas", "rma_id"), column(written, "rmas", "requested_at"), strict=True)
    )
    known = column(written, "outcomes", "known_at")
    returns = column(written, "outcomes", "rma_id")

    assert 0.15 < len(returns) / SMALL.returns < 0.6
    assert all(when > requested[name] for name, when in zip(returns, known, strict=True))


@pytest.mark.parametrize("prevalence", [0.02, 0.055, 0.10])
def test_prevalence_is_what_was_asked_for(prevalence: float) -> None:
    blocks = list(simulate(WorldSettings(seed=5, returns=20_000, prevalence=prevalence)))

    share = np.concatenate([block.intent.typology >= 0 for block in blocks]).mean()

    assert share == pytest.approx(prevalence, rel=0.15)


def test_a_withheld_typology_does_not_occur() -> None:
    kinds = TYPOLOGIES.index(Typology.COUNTERFEIT)

    found = np.concatenate(
        [
            block.intent.typology
            for block in simulate(WorldSettings(returns=6_000, withheld=Typology.COUNTERFEIT))
        ]
    )

    assert (found >= 0).any()
    assert not (found == kinds).any()


def test_fake_tracking_grows_over_the_year_with_drift_and_not_without() -> None:
    def growth(drift: float) -> float:
        settings = WorldSettings(returns=60_000, prevalence=0.3, drift=drift)
        shares = [
            (fraud == TYPOLOGIES.index(Typology.FAKE_TRACKING)).mean()
            for block in simulate(settings)
            for fraud in [block.intent.typology[block.intent.typology >= 0]]
        ]
        return float(np.mean(shares[-18:]) / np.mean(shares[:18]))

    assert growth(3.0) > 1.8
    assert growth(0.0) == pytest.approx(1.0, abs=0.2)


def test_label_noise_of_zero_confirms_every_reviewed_fraud_and_no_other() -> None:
    for block in simulate(WorldSettings(returns=5_000, label_noise=0.0)):
        reviewed = block.reviews.reviewed

        assert np.array_equal(block.reviews.outcome[reviewed] == 1, block.intent.typology[reviewed] >= 0)


def test_the_busiest_hundredth_of_customers_holds_about_a_fifth_of_the_returns() -> None:
    settings = WorldSettings(returns=40_000)
    accounts = np.concatenate([block.parties.account for block in simulate(settings)])
    counts = np.sort(np.unique(accounts, return_counts=True)[1])[::-1]

    assert counts[: settings.returns // 100].sum() / settings.returns == pytest.approx(0.18, abs=0.04)
    assert len(counts) < settings.returns / 2


def test_each_moment_comes_after_the_one_before() -> None:
    for block in simulate(SMALL):
        asked, arrived, verified = (block.as_of(moment) for moment in Moment)

        assert (arrived >= asked).all()
        assert (verified[~np.isnan(verified)] >= arrived[~np.isnan(verified)]).all()


@pytest.mark.parametrize(
    "wrong", [{"returns": 0}, {"prevalence": 0.0}, {"drift": -1.0}, {"label_noise": 3.0}, {"days": 1}]
)
def test_options_out_of_range_say_what_is_allowed(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidWorld, match=f"{next(iter(wrong))} .* is out of range; give"):
        WorldSettings(**wrong)  # type: ignore[arg-type]


def test_an_unknown_carrier_set_names_the_known_ones() -> None:
    with pytest.raises(InvalidWorld, match="north_america, europe"):
        next(simulate(WorldSettings(returns=10, carriers="mars")))


def test_some_returns_travel_on_an_earlier_label_or_show_earlier_photos(written: Path) -> None:
    cases = [read_case(line) for line in (written / "cases.jsonl").read_text().splitlines()]
    tracking = {case.rma.rma_id: {scan.tracking_id for scan in case.scans} - {None} for case in cases}
    pairs = [
        (case.rma.rma_id, prior)
        for case in cases
        for prior in (case.history.prior_returns if case.history else ())
    ]
    labels = [(rma_id, prior.rma_id) for rma_id, prior in pairs if Link.LABEL in prior.links]

    assert labels
    assert all(tracking[one] == tracking[other] for one, other in labels)
    assert 0 < sum(Link.PHOTO in prior.links for _, prior in pairs) < 0.03 * SMALL.returns
