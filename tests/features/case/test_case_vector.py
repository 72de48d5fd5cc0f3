from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import numpy as np
import pytest

from data.case import ReturnCase
from data.defect import DefectKind
from data.device import DeviceClass
from data.fraud import Moment
from data.history import History, Link, PriorOutcome, PriorReturn
from data.money import Money
from data.rma import Channel, ReturnReason, Rma
from data.scan import Place, ScanCode, ScanEvent
from data.verification import ListStatus, Outcome, SealState, Verification
from features.case.case_vector import Vectors, WrongContract, compute, require_contract, vectorise_many
from features.case.columns import columns_of
from features.case.contract import CaseContract, case_contract
from features.case.findings import USED
from features.case.missing import missing_inputs
from features.case.words import WordAnswers, WordList

REQUESTED = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NAMES = case_contract().names


def rma(**changes: object) -> Rma:
    given: dict[str, object] = {
        "rma_id": "R1",
        "channel": Channel.ECOMMERCE_CONSUMER,
        "requested_at": REQUESTED,
        "ordered_at": REQUESTED - 10 * DAY,
        "device_class": DeviceClass.PHONE,
        "sku": "PH-1",
        "expected_serial": "AB12CD34",
        "expected_imei": "490154203237518",
        "expected_weight_g": 500.0,
        "value": Money(amount=800, currency="USD"),
    }
    return Rma(**(given | changes))


def case(**changes: object) -> ReturnCase:
    given: dict[str, object] = {"rma": rma(), "as_of": REQUESTED + 10 * DAY}
    return ReturnCase(**(given | changes))


def scan(code: ScanCode, hours: float, **changes: object) -> ScanEvent:
    return ScanEvent(code=code, time=REQUESTED + hours * HOUR, **changes)


def prior(number: int, days_before: float, **changes: object) -> PriorReturn:
    given: dict[str, object] = {
        "rma_id": f"P{number}",
        "links": {Link.CUSTOMER},
        "requested_at": REQUESTED - days_before * DAY,
    }
    return PriorReturn(**(given | changes))


def vector_of(one: ReturnCase) -> Vectors:
    (vector,) = vectorise_many([one], [None])
    return vector


def values(one: ReturnCase) -> dict[str, float]:
    return dict(zip(NAMES, vector_of(one).tolist(), strict=True))


def test_the_vector_follows_the_contract() -> None:
    vector = vector_of(case())

    assert vector.dtype == np.float32
    assert vector.shape == (len(NAMES),)
    assert len(set(NAMES)) == len(NAMES)


def without(*names: str) -> CaseContract:
    """Return the contract of a model that was fitted before these columns came in."""
    contract = case_contract()
    return CaseContract(contract.version, tuple(one for one in contract.features if one.name not in names))


def test_every_kind_of_defect_is_a_feature_or_left_out_on_purpose() -> None:
    """Whoever names a new kind decides here whether the fraud model is to see it."""
    dirt = {kind for kind in DefectKind if kind.is_dirt}
    left_out = {DefectKind.CHIP, DefectKind.BENT, DefectKind.DISCOLOURATION, DefectKind.SWELLING}

    assert set(DefectKind) - dirt - left_out == set(USED)


def test_the_contract_names_exactly_what_is_computed() -> None:
    require_contract(case_contract())


def test_a_contract_that_names_something_else_is_refused_with_both_differences() -> None:
    other = without("value_usd")
    more = replace(other, features=(*other.features, replace(other.features[0], name="shoe_size")))

    with pytest.raises(WrongContract, match=r"not in the contract: value_usd; .* not computed: shoe_size;"):
        compute(columns_of([case()], [None]), more)


def test_every_word_of_today_is_learnt() -> None:
    """A new word fails here: the released model does not know it until one is fitted that does."""
    assert case_contract().unlearnt == {}


def read_by(contract: CaseContract, one: ReturnCase) -> dict[str, float]:
    return dict(zip(contract.names, compute(columns_of([one], [None]), contract)[0].tolist(), strict=True))


def test_a_word_that_was_never_learnt_reads_as_the_word_unknown() -> None:
    """All its columns are 0, as of `unknown`; before, it was left to look like a usual return."""
    early = without("reason_upgrade")
    upgraded = case(rma=rma(reason=ReturnReason.UPGRADE, first_reason=ReturnReason.DEFECTIVE))
    unknown = case(rma=rma(reason=ReturnReason.UNKNOWN, first_reason=ReturnReason.DEFECTIVE))

    assert early.unlearnt == {"rma.reason": {ReturnReason.UPGRADE}}
    np.testing.assert_equal(read_by(early, upgraded), read_by(early, unknown))
    assert read_by(early, upgraded)["reason_changed"] == 1
    assert "rma.reason" in missing_inputs(upgraded, None, Moment.T0, early)
    assert "rma.reason" not in missing_inputs(upgraded, None, Moment.T0, case_contract())


@pytest.mark.parametrize(
    ("column", "path", "kinds"),
    [
        ("class_phone", "rma.device_class", DeviceClass),
        ("channel_ecommerce_consumer", "rma.channel", Channel),
    ],
)
def test_a_list_without_a_word_for_unknown_is_nan_and_named_as_missing(
    column: str, path: str, kinds: type[StrEnum]
) -> None:
    early = without(column)
    found = read_by(early, case())
    prefix = column.partition("_")[0]
    flags = [found[name] for kind in kinds if (name := f"{prefix}_{kind.value}") != column]

    assert np.isnan(flags).all()
    assert missing_inputs(case(), None, Moment.T0, early)[-1] == path


def test_an_outcome_that_was_never_learnt_is_no_opened_parcel() -> None:
    early = without("outcome_counterfeit")
    visit = {"verified_at": REQUESTED + 9 * DAY}
    fake = case(verification=Verification(outcome=Outcome.COUNTERFEIT, **visit))
    unknown = case(verification=Verification(outcome=Outcome.UNKNOWN, **visit))

    np.testing.assert_equal(read_by(early, fake), read_by(early, unknown))
    assert "verification.outcome" in missing_inputs(fake, None, Moment.T2, early)
    before = fake.model_copy(update={"as_of": REQUESTED + 8 * DAY})
    assert "verification.outcome" not in missing_inputs(before, None, Moment.T0, early)


class Lock(StrEnum):
    OFF = "off"
    ON = "on"
    BROKEN_OPEN = "broken_open"
    UNKNOWN = "unknown"


def test_a_state_that_was_never_learnt_is_not_taken_for_a_good_one() -> None:
    """A lock, seal or list in a new state answered no: not locked, not broken, not stolen."""
    answers = WordAnswers(Lock, {Lock.OFF: 0, Lock.ON: 1}).of(np.array([0, 1, 2, 3, -1]))
    words = WordList("verification.lock", Lock, lambda _: (), others=frozenset({Lock.OFF, Lock.ON}))

    assert answers.tolist()[:2] == [0.0, 1.0]
    assert np.isnan(answers[2:]).all()
    assert words.unlearnt(()) == {Lock.BROKEN_OPEN}


def test_what_is_not_given_is_nan_and_never_zero() -> None:
    found = values(case(rma=rma(ordered_at=None, expected_weight_g=None)))

    for name in (
        "order_to_request_days",
        "account_age_days",
        "customer_returns_365d",
        "scan_count",
        "opened",
    ):
        assert np.isnan(found[name]), name


def test_an_empty_history_counts_zero_where_an_unknown_one_counts_nothing() -> None:
    assert values(case(history=History(orders_count=3)))["customer_returns_365d"] == 0


def test_history_is_counted_by_link_and_window() -> None:
    history = History(
        orders_count=10,
        prior_returns=(
            prior(1, 3),
            prior(2, 20, value=Money(amount=100, currency="EUR")),
            prior(3, 200),
            prior(4, 5, links={Link.ADDRESS}, customer_id="C9"),
            prior(5, 6, links={Link.ADDRESS, Link.PAYMENT}, customer_id="C8"),
            prior(6, 40, links={Link.DEVICE}, customer_id="C7"),
        ),
    )

    found = values(case(history=history))

    assert found["customer_returns_7d"] == 1
    assert found["customer_returns_30d"] == 2
    assert found["customer_returns_365d"] == 3
    assert found["customer_return_rate"] == pytest.approx(0.3)
    assert found["customer_value_365d_usd"] == pytest.approx(117, rel=0.01)
    assert found["customer_last_return_days"] == pytest.approx(3)
    assert found["address_other_customers"] == 2
    assert found["payment_other_customers"] == 1
    assert found["ring_degree"] == 3
    assert found["device_last_return_days"] == pytest.approx(40)


def test_a_review_counts_only_from_the_moment_it_is_known() -> None:
    fraud = prior(1, 30, outcome=PriorOutcome.FRAUD, outcome_known_at=REQUESTED + 5 * DAY)
    history = History(prior_returns=(fraud,))

    assert values(case(history=history, as_of=REQUESTED + 4 * DAY))["customer_known_frauds"] == 0
    assert values(case(history=history, as_of=REQUESTED + 6 * DAY))["customer_known_frauds"] == 1


def test_an_outcome_that_nobody_dated_is_not_counted_and_named_as_missing() -> None:
    """It can't be shown to be known by `as_of`; that it was left out was told nowhere."""
    fraud = prior(1, 30, outcome=PriorOutcome.FRAUD)
    undated = case(history=History(prior_returns=(fraud,)))

    assert values(undated)["customer_known_frauds"] == 0
    assert missing_inputs(undated, None, Moment.T0, case_contract())[-1] == (
        "history.prior_returns.outcome_known_at"
    )


def test_an_address_is_compared_with_the_one_that_was_sold_to_and_either_may_be_missing() -> None:
    only_pickup = case(rma=rma(pickup_address_id="A2"))

    assert "rma.address_id" in missing_inputs(only_pickup, None, Moment.T0, case_contract())


def test_a_return_is_not_its_own_history() -> None:
    own = prior(1, 0, rma_id="R1")

    assert values(case(history=History(prior_returns=(own,))))["customer_returns_365d"] == 0


def test_the_order_in_which_scans_and_priors_are_listed_does_not_matter() -> None:
    scans = (
        scan(ScanCode.DROPPED_OFF, 5, weight_g=500),
        scan(ScanCode.ARRIVED, 20, facility="A", weight_g=450),
        scan(ScanCode.DEPARTED, 30, facility="A"),
        scan(ScanCode.DELIVERED, 50),
    )
    history = (prior(1, 3), prior(2, 50), prior(3, 9))

    forward = vector_of(case(scans=scans, history=History(prior_returns=history)))
    backward = vector_of(case(scans=scans[::-1], history=History(prior_returns=history[::-1])))

    assert forward.tobytes() == backward.tobytes()


def test_the_route_is_measured() -> None:
    scans = (
        scan(ScanCode.LABEL_CREATED, 1, place=Place(latitude_deg=40, longitude_deg=-100)),
        scan(ScanCode.DROPPED_OFF, 5, place=Place(latitude_deg=41, longitude_deg=-100), weight_g=500),
        scan(ScanCode.ARRIVED, 20, facility="A", carrier="x"),
        scan(ScanCode.DEPARTED, 44, facility="A", carrier="x"),
        scan(ScanCode.HANDED_OFF, 45, handler="h", is_third_party=True, carrier="y"),
        scan(ScanCode.ADDRESS_CORRECTED, 50),
        scan(ScanCode.PICKED_UP, 52),
        scan(ScanCode.DELIVERED, 65, weight_g=400),
    )

    found = values(case(scans=scans))

    assert found["third_party_hand_offs"] == 1
    assert found["carrier_count"] == 2
    assert found["custody_count"] == 2
    assert found["dwell_max_h"] == pytest.approx(24)
    assert found["transit_h"] == pytest.approx(60)
    assert found["address_corrected_count"] == 1
    assert found["drop_off_distance_km"] == pytest.approx(111.2, rel=0.01)
    assert found["weight_change_on_way"] == pytest.approx(-0.2)
    assert found["waiting_for_induction_h"] == pytest.approx(10 * 24 - 65)


def test_a_scan_that_becomes_known_later_does_not_move_the_vector() -> None:
    early = (scan(ScanCode.DROPPED_OFF, 5),)
    late = (*early, scan(ScanCode.RECONSIGNED, 6, known_at=REQUESTED + 20 * DAY))

    assert vector_of(case(scans=late)).tobytes() == vector_of(case(scans=early)).tobytes()


def test_a_verification_that_comes_later_does_not_move_the_vector() -> None:
    later = Verification(verified_at=REQUESTED + 20 * DAY, outcome=Outcome.EMPTY, observed_serial="ZZ")

    assert vector_of(case(verification=later)).tobytes() == vector_of(case()).tobytes()


def test_the_bench_is_compared_with_what_was_sold() -> None:
    visit = Verification(
        verified_at=REQUESTED + 8 * DAY,
        outcome=Outcome.MISMATCH_INSTANCE,
        observed_serial="AB12CD35",
        observed_imei="490154203237519",
        weight_g=450,
        seal=SealState.RESEALED,
        list_status=ListStatus.STOLEN,
    )

    found = values(case(verification=visit))

    assert found["serial_mismatch"] == 1
    assert found["serial_difference"] == pytest.approx(1 / 8)
    assert found["imei_check_fails"] == 1
    assert found["tac_mismatch"] == 0
    assert found["bench_weight_off"] == pytest.approx(-0.1)
    assert found["seal_not_intact"] == 1
    assert found["listed_stolen"] == 1
    assert np.isnan(found["lock_on"])


@pytest.mark.parametrize("written", ["ab12cd34", "AB12-CD34", "AB12CD34"])
def test_serials_match_however_they_are_typed(written: str) -> None:
    visit = Verification(verified_at=REQUESTED + DAY, observed_serial=written)

    assert values(case(verification=visit))["serial_mismatch"] == 0


def test_an_unknown_currency_leaves_the_value_unknown() -> None:
    assert np.isnan(values(case(rma=rma(value=Money(amount=10, currency="XXX"))))["value_usd"])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Moment.T0),
        ({"scans": (scan(ScanCode.DROPPED_OFF, 5),)}, Moment.T1),
        ({"verification": Verification(verified_at=REQUESTED + DAY)}, Moment.T2),
        ({"verification": Verification(verified_at=REQUESTED + 30 * DAY)}, Moment.T0),
    ],
)
def test_the_moment_is_what_is_known_by_as_of(changes: dict[str, object], expected: Moment) -> None:
    assert values(case(**changes))["moment"] == list(Moment).index(expected)


def test_the_contract_hash_changes_with_any_meaning() -> None:
    contract = case_contract()
    reworded = replace(contract.features[1], meaning="something else")

    changed = replace(contract, features=(contract.features[0], reworded, *contract.features[2:]))

    assert changed.sha256 != contract.sha256


def test_a_label_counts_as_used_before_only_once_a_scan_is_known() -> None:
    history = History(prior_returns=(prior(1, 3, links={Link.LABEL}, customer_id="C9"),))
    arrived = (scan(ScanCode.DROPPED_OFF, 5),)

    before, after = values(case(history=history)), values(case(history=history, scans=arrived))

    assert np.isnan(before["label_returns_365d"])
    assert (before["ring_degree"], before["linked_returns_14d"]) == (0, 0)
    assert after["label_returns_365d"] == 1
    assert after["ring_degree"] == 1


def test_a_photo_counts_as_shown_before_only_once_the_bench_saw_it() -> None:
    history = History(prior_returns=(prior(1, 3, links={Link.PHOTO}), prior(2, 400, links={Link.PHOTO})))
    visit = Verification(verified_at=REQUESTED + 2 * DAY)

    before = values(case(history=history, verification=visit, as_of=REQUESTED + 1 * DAY))
    after = values(case(history=history, verification=visit))

    assert np.isnan(before["photo_returns_365d"])
    assert before["linked_returns_14d"] == 0
    assert after["photo_returns_365d"] == 1


def test_a_place_and_a_payment_tell_when_they_were_first_seen() -> None:
    history = History(
        prior_returns=(
            prior(1, 30, links={Link.ADDRESS}),
            prior(2, 90, links={Link.ADDRESS}),
            prior(3, 7, links={Link.PAYMENT}),
        )
    )

    found = values(case(history=history))

    assert found["address_first_return_days"] == pytest.approx(90)
    assert found["payment_first_return_days"] == pytest.approx(7)
