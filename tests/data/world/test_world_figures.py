"""The simulated world must keep the figures that were asked for, measured on what it draws."""

from dataclasses import fields, is_dataclass
from functools import cache

import numpy as np
import pytest

from data.device import DeviceClass
from data.fraud import Typology
from data.rma import ReturnReason
from data.world import Block, WorldSettings, simulate
from data.world.figures import TYPOLOGIES, load_figures
from data.world.parcels.parcels import HOUR_S
from data.world.people.people import DAY_S
from data.world.settings import InvalidWorld
from data.world.simulation import population

RETURNS = 30_000
WARDROBING = TYPOLOGIES.index(Typology.WARDROBING)


@cache
def blocks() -> tuple[Block, ...]:
    return tuple(simulate(WorldSettings(seed=19, returns=RETURNS)))


def every(path: str) -> np.ndarray:
    """Join one column of all blocks, named as `part.column`."""
    part, column = path.split(".")
    return np.concatenate([getattr(getattr(block, part), column) for block in blocks()])


def honest() -> np.ndarray:
    return every("intent.typology") < 0


@pytest.mark.parametrize("table", ["device_class", "value_usd", "weight_g"])
def test_every_class_that_has_a_name_is_returned_in_the_world(table: str) -> None:
    assert set(DeviceClass) - set(load_figures()["orders"][table]) == {DeviceClass.OTHER}


def test_requests_come_as_long_after_the_purchase_as_asked() -> None:
    days = (every("intent.requested_s") - every("claims.ordered_s")) / DAY_S

    assert np.quantile(days, [0.1, 0.5, 0.75, 0.9]) == pytest.approx([0.1, 9, 24, 67], rel=0.12)


def test_a_ninth_of_the_parcels_is_late_and_the_tail_is_long() -> None:
    hours = (every("parcels.delivered_s") - every("parcels.custody_s")) / HOUR_S

    assert (hours > 7 * 24).mean() == pytest.approx(0.11, abs=0.015)
    assert np.quantile(hours, 0.95) / np.median(hours) > 10


def test_parcels_that_cross_a_border_take_longer_and_are_a_minority() -> None:
    hours = (every("parcels.delivered_s") - every("parcels.custody_s")) / HOUR_S
    across = every("parcels.cross_border")

    assert 0.1 < across.mean() < 0.3
    assert np.median(hours[across]) > 1.2 * np.median(hours[~across])


def test_kinds_of_fraud_start_in_the_mix_asked_for() -> None:
    mix = load_figures()["fraud"]["mix"]
    world = simulate(WorldSettings(seed=2, returns=60_000, prevalence=0.3, drift=0.0))
    found = np.concatenate([block.intent.typology for block in world])

    shares = np.bincount(found[found >= 0], minlength=len(TYPOLOGIES)) / (found >= 0).sum()

    assert shares == pytest.approx([mix[kind.value] for kind in TYPOLOGIES], abs=0.015)


def test_reviews_confirm_most_fraud_less_of_wardrobing_and_few_honest_returns() -> None:
    reviewed, fraud = every("reviews.reviewed"), every("reviews.outcome") == 1
    kind = every("intent.typology")

    assert fraud[reviewed & (kind >= 0) & (kind != WARDROBING)].mean() == pytest.approx(0.75, abs=0.05)
    assert fraud[reviewed & (kind == WARDROBING)].mean() == pytest.approx(0.45, abs=0.12)
    assert fraud[reviewed & honest()].mean() == pytest.approx(0.004, abs=0.003)


def test_labels_come_twenty_four_days_later_and_a_random_slice_is_marked() -> None:
    seen = every("bench.verified_s")
    delay = (every("reviews.known_s") - seen) / DAY_S
    in_slice = every("reviews.in_slice")

    assert np.nanmean(delay) == pytest.approx(24, abs=1)
    assert in_slice.mean() == pytest.approx(0.05, abs=0.006)
    assert every("reviews.reviewed")[in_slice].all()
    assert every("reviews.propensity").min() > 0


def test_between_two_fifths_and_seven_tenths_of_the_units_are_verified_at_every_site() -> None:
    opened, site = every("bench.opened"), every("parcels.site")

    assert all(0.4 < opened[site == number].mean() < 0.7 for number in range(3))


def test_a_quarter_of_the_weights_that_carriers_could_take_is_missing() -> None:
    weights, codes = every("scans.weight_g"), every("scans.code")
    weighed = np.isin(codes, np.unique(codes[~np.isnan(weights)]))
    arrived = np.isnan(weights[weighed & np.isin(codes, [3])])

    assert arrived.mean() == pytest.approx(0.25, abs=0.02)


def test_accessories_are_missing_in_nearly_a_fifth_of_honest_boxes() -> None:
    counted = every("bench.accessories_counted") & honest()
    missing = every("bench.accessories") != every("goods.accessories")

    assert missing[counted].mean() == pytest.approx(0.18, abs=0.015)


def test_honest_devices_that_fail_within_days_are_called_defective_and_mostly_fail_the_test() -> None:
    faulty = every("claims.faulty")
    days = (every("intent.requested_s") - every("claims.ordered_s")) / DAY_S

    assert 0.03 < faulty.mean() < 0.1
    assert (days[faulty] <= 2.0001).all()
    assert (every("claims.reason")[faulty] == list(ReturnReason).index(ReturnReason.DEFECTIVE)).all()
    assert honest()[faulty].all()


def test_people_who_moved_house_send_from_the_new_address_and_keep_it() -> None:
    pickup, account = every("parties.pickup_address"), every("parties.account")
    address, moved = every("parties.address"), pickup >= 50_000_000_000
    people, _ = population(WorldSettings(seed=19, returns=RETURNS), load_figures())
    mover = moved & (pickup < 60_000_000_000) & (account < people.ring_from)

    assert 0.02 < (mover & honest()).mean() < 0.12
    assert (pickup[mover] == 50_000_000_000 + account[mover]).all()
    assert 0.1 < (address[mover] != pickup[mover]).mean() < 0.9


def test_a_ring_works_for_two_to_eight_weeks_and_some_send_one_unit_again() -> None:
    settings = WorldSettings(seed=4, returns=60_000, prevalence=0.3)
    _, rings = population(settings, load_figures())
    world = list(simulate(settings))
    ring = np.concatenate([block.intent.ring for block in world])
    asked = np.concatenate([block.intent.requested_s for block in world])
    unit = np.concatenate([block.goods.unit for block in world])
    members = ring >= 0

    weeks = (rings.to_s - rings.from_s) / (7 * DAY_S)
    again = [len(set(unit[ring == number])) < (ring == number).sum() for number in set(ring[members])]

    assert members.sum() > 300
    assert weeks.min() >= 2
    assert weeks.max() <= 8
    assert (asked[members] >= rings.from_s[ring[members]]).all()
    assert (asked[members] <= rings.to_s[ring[members]]).all()
    assert 0.1 < np.mean(again) < 0.5


def test_some_dock_employees_forget_to_scan_parcels_in_more_often_than_others() -> None:
    forgotten: dict[int, list[bool]] = {}
    for block in blocks():
        scanned = set(block.scans.row[block.scans.code == 15].tolist())
        hands = (block.parcels.site * 9 + block.parcels.dock_hand).tolist()
        for row in np.flatnonzero(~np.isnan(block.parcels.inducted_s)).tolist():
            forgotten.setdefault(hands[row], []).append(row not in scanned)

    rates = np.sort([np.mean(rows) for rows in forgotten.values()])

    assert rates[-5:].mean() > 3 * rates[:5].mean()


def test_inspectors_of_a_careless_site_misread_more_serials() -> None:
    honest_unit = honest() & every("bench.serial_read")
    wrong = (every("bench.serial") != every("goods.serial")).any(axis=1)
    site = every("parcels.site")

    assert wrong[honest_unit & (site == 0)].mean() > wrong[honest_unit & (site == 1)].mean()


def test_withholding_rings_leaves_none() -> None:
    world = simulate(WorldSettings(returns=6_000, prevalence=0.3, withheld=Typology.REFUND_RING))

    assert all((block.intent.ring < 0).all() for block in world)


def test_withholding_a_kind_the_world_does_not_draw_says_which_to_withhold() -> None:
    with pytest.raises(InvalidWorld, match="withhold double_refund"):
        WorldSettings(withheld=Typology.LABEL_REUSE)


def test_a_large_world_is_simulated_in_stretches_that_stay_small() -> None:
    limits = load_figures()["blocks"]
    large = simulate(WorldSettings(seed=1, returns=300_000))
    first = [next(large) for _ in range(4)]

    assert max(len(block) for block in first) <= limits["returns"]
    assert sum(len(block) for block in first) > 2 * limits["returns"]


def test_every_column_of_a_block_has_one_row_a_return() -> None:
    block = blocks()[0]
    parts = [block.intent, block.parties, block.goods, block.claims, block.parcels, block.bench]

    for part in parts:
        assert is_dataclass(part)
        assert {len(getattr(part, field.name)) for field in fields(part)} == {len(block)}
