"""Every reason of a score reads as a person would write it, whatever of the case is known."""

import re
from collections.abc import Iterator
from itertools import product
from string import Formatter

import numpy as np
import pytest

from data.case import ReturnCase, parse_case
from data.rma import Ownership, ReturnReason
from data.verification import ListStatus, LockState, Outcome, SealState
from features.case.contract import Feature, case_contract
from serving.fraud.facts import STAGES, Facts
from serving.fraud.reasons import BySign, OperatorText, reason_texts, say_reason

CONTRACT = case_contract()
CODES = sorted(reason_texts())
WORDS = {
    "expected_serial": "AB12CD34EF",
    "observed_serial": "ZZ99YY88XX",
    "expected_imei": "490154203237518",
    "observed_imei": "352099001761481",
    "reason": "changed mind",
    "first_reason": "defective",
    "outcome": "an empty box",
    "channel": "service centre",
    "device_class": "phone",
    "ownership": "leased",
    "seal": "broken",
    "lock": "on",
    "list_status": "stolen",
    "functional": "F3",
    "moment_name": STAGES[0],
}
# What nobody writes: codes, gaps, placeholders, figures that are none, "1 returns", and to be known twice.
NOT_WRITTEN = re.compile(
    r"_|\{|\}|  |\bnan\b|None|unknown|, *,|: *,|[,:;] *$|^\W|-0\b|"
    r"\b1 (?!times)[a-z]+s\b|known.*\bknown (?!only)",
)


def texts_in(text: OperatorText) -> Iterator[str]:
    for part in text.parts:
        for one in part if isinstance(part, tuple) else (part,):
            yield from (one.above, one.zero, one.below) if isinstance(one, BySign) else (one,)


def names_in(text: OperatorText) -> list[str]:
    """Return every feature and fact that a reason may name."""
    filled = {name for one in texts_in(text) for _, name, _, _ in Formatter().parse(one) if name}
    parts = [one for part in text.parts for one in (part if isinstance(part, tuple) else (part,))]
    return sorted(filled | {one.of for one in parts if isinstance(one, BySign)})


def values_of(feature: Feature) -> list[float]:
    """Return values of a feature that are told apart: not known, 0, 1, a part, the most and below 0."""
    is_share = feature.unit in {"yes or no", "grade", "probability", "share", "ratio"}
    below = [] if is_share and feature.low >= 0 else [-3.24]
    between = [] if feature.unit == "yes or no" else [0.04 * feature.high, feature.high]
    return [float("nan"), 0.0, 1.0, *between, *below]


def every_telling(code: str) -> Iterator[str]:
    """Tell a reason of cases of which each part is known or not, in every combination."""
    text = reason_texts()[code].operator
    features = [name for name in names_in(text) if name in CONTRACT.places]
    words = [name for name in names_in(text) if name in WORDS]
    choices = [values_of(CONTRACT.features[CONTRACT.places[name]]) for name in features]
    # Of many features each takes three of its values: all values of all would be millions of texts.
    few = [[values[0], values[2], values[-1]] for values in choices] if len(choices) > 4 else choices
    for values in product(*few):
        for are_known in product([True, False], repeat=len(words)):
            known = {name for name, is_known in zip(words, are_known, strict=True) if is_known}
            yield say_reason(text, facts_of(dict(zip(features, values, strict=True)), known))


def facts_of(features: dict[str, float], words: set[str]) -> Facts:
    vector = np.full(len(CONTRACT.features), np.nan, np.float32)
    vector[0] = 0.0
    for name, value in features.items():
        vector[CONTRACT.places[name]] = value
    facts = Facts(case(), vector, CONTRACT)
    facts.clear()
    facts.update({name: WORDS[name] for name in words})
    return facts


def case(**verification: object) -> ReturnCase:
    rma = {
        "rma_id": "R-1",
        "channel": "ecommerce_consumer",
        "requested_at": "2026-03-10T12:00:00Z",
        "device_class": "phone",
        "sku": "PH-1",
        "value": {"amount": 700, "currency": "USD"},
    }
    seen = {"verified_at": "2026-03-16T12:00:00Z", **verification}
    return parse_case({"rma": rma, "verification": seen, "as_of": "2026-03-16T12:00:00Z"})


@pytest.mark.parametrize("code", CODES)
def test_no_reason_reads_as_nobody_would_write_it_whatever_is_known(code: str) -> None:
    tellings = set(every_telling(code))

    assert [told for told in sorted(tellings) if NOT_WRITTEN.search(told)] == []
    assert [told for told in tellings if told[0].islower()] == []
    assert len(tellings) > 1


@pytest.mark.parametrize("code", CODES)
def test_every_value_that_a_reason_names_is_a_fact_or_a_feature(code: str) -> None:
    names = names_in(reason_texts()[code].operator)

    assert [name for name in names if name not in WORDS and name not in CONTRACT.places] == []


def test_every_fact_of_a_whole_case_can_be_named() -> None:
    whole = case(
        outcome=Outcome.EMPTY,
        observed_serial="S1",
        observed_imei="490154203237518",
        seal=SealState.BROKEN,
        lock=LockState.ON,
        list_status=ListStatus.STOLEN,
        functional="F3",
    )
    rma = whole.rma.model_copy(
        update={
            "expected_serial": "S1",
            "expected_imei": "490154203237518",
            "reason": ReturnReason.RECALL,
            "first_reason": ReturnReason.UPGRADE,
            "ownership": Ownership.OWNED,
        }
    )
    vector = np.zeros(len(CONTRACT.features), np.float32)

    facts = Facts(whole.model_copy(update={"rma": rma}), vector, CONTRACT)

    assert set(facts) == set(WORDS)


def test_a_state_that_nobody_knows_is_no_fact() -> None:
    facts = Facts(case(), np.zeros(len(CONTRACT.features), np.float32), CONTRACT)

    assert set(facts) == {"channel", "device_class", "moment_name"}


@pytest.mark.parametrize(
    ("code", "features", "told"),
    [
        ("customer_returns", {}, "Nothing is known of this customer's earlier returns"),
        (
            "customer_returns",
            {"customer_returns_365d": 3, "customer_value_365d_usd": 240.4, "customer_last_return_days": 1},
            "Earlier returns of this customer: 3 returns within a year, worth 240 USD, "
            "the last one 1 day before",
        ),
        (
            "window",
            {"window_left_days": -4, "return_window_days": 30},
            "4 days past the end of a return window of 30 days",
        ),
        (
            "condition",
            {"observed_grade": 3.3, "grade_below_declared": -0.7, "photo_crack": 0},
            "Photos show: about grade D, 1 grade better than declared, no crack",
        ),
        (
            "known_frauds",
            {"customer_known_frauds": 0, "device_known_frauds": 0},
            "No fraud was confirmed before of this customer, address, payment or device",
        ),
        (
            "route_weight",
            {"weight_first_off": -0.0004, "weight_last_off": 0.0152},
            "Weight on the way against the weight as sold: +0.0% at first, +1.5% at last",
        ),
    ],
)
def test_a_reason_tells_what_is_known(code: str, features: dict[str, float], told: str) -> None:
    assert say_reason(reason_texts()[code].operator, facts_of(features, set())) == told


@pytest.mark.parametrize(
    ("code", "words", "told"),
    [
        ("serial", {"expected_serial"}, "Serial sold AB12CD34EF; none was read"),
        ("inspection", {"outcome"}, "The bench found an empty box"),
        ("seal", set(), "Nobody looked at the seal"),
    ],
)
def test_a_reason_tells_the_words_that_are_known(code: str, words: set[str], told: str) -> None:
    assert say_reason(reason_texts()[code].operator, facts_of({}, words)) == told
