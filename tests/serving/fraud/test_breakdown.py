"""What a score is made of adds up to it, after the calibration, whatever is listed."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from data.case import ReturnCase, read_case
from data.fraud import Direction, FraudScore, Moment
from data.world import WorldSettings, simulate
from data.world.figures import load_figures
from data.world.written.messages import case_messages
from features.case.case_vector import vectorise_many
from serving.fraud.calibration_lines import Calibration, probability_of
from serving.fraud.model import MODEL_NAME, FraudModel
from serving.release import BrokenRelease, open_release

WORLD = WorldSettings(seed=61, returns=120)


@pytest.fixture(scope="module")
def model() -> FraudModel:
    return FraudModel.open(open_release(MODEL_NAME))


@pytest.fixture(scope="module")
def cases() -> list[ReturnCase]:
    """Return cases at every moment, and one of which hardly anything is known."""
    messages = [m for block in simulate(WORLD) for m in case_messages(block, load_figures(), WORLD)]
    whole = [read_case(json.dumps(message)) for message in messages]
    arrived = [case.model_copy(update={"verification": None}) for case in whole]
    asked = [case.model_copy(update={"scans": ()}) for case in arrived]
    bare = {"rma": {key: messages[0]["rma"][key] for key in BARE}, "as_of": messages[0]["as_of"]}
    return [*whole, *arrived, *asked, read_case(json.dumps(bare))]


BARE = ("rma_id", "channel", "requested_at", "device_class", "sku", "value")


def made_of(score: FraudScore) -> float:
    assert score.breakdown is not None
    listed = [reason.contribution for reason in score.reasons]
    return math.fsum([score.breakdown.base, *listed, score.breakdown.rest])


@pytest.mark.parametrize("reasons", [0, 1, 5, 10])
def test_base_reasons_and_rest_add_up_to_the_answer(
    model: FraudModel, cases: list[ReturnCase], reasons: int
) -> None:
    scores = model.score(cases, reasons=reasons)

    assert {score.moment for score in scores} == set(Moment)
    for score in scores:
        assert score.breakdown is not None
        assert made_of(score) == pytest.approx(score.breakdown.log_odds, abs=1e-12)
        assert 1.0 / (1.0 + math.exp(-made_of(score))) == pytest.approx(score.probability, abs=3e-7)


def test_the_base_is_the_answer_for_a_case_of_which_nothing_is_known(
    model: FraudModel, cases: list[ReturnCase]
) -> None:
    """By the calibration of its moment, and the same for every case there."""
    bases: dict[Moment, set[tuple[float, float]]] = {}
    for score in model.score(cases, reasons=0):
        assert score.breakdown is not None
        bases.setdefault(score.moment, set()).add((score.breakdown.base, score.breakdown.base_probability))

    assert all(len(found) == 1 for found in bases.values())
    for ((base, probability),) in bases.values():
        assert 1.0 / (1.0 + math.exp(-base)) == pytest.approx(probability, abs=1e-12)
        assert 0.0 < probability < 0.2


def test_what_is_not_listed_stands_in_the_rest(model: FraudModel, cases: list[ReturnCase]) -> None:
    for few, many in zip(model.score(cases, reasons=2), model.score(cases, reasons=10), strict=True):
        assert few.breakdown is not None
        assert many.breakdown is not None
        moved = math.fsum(reason.contribution for reason in many.reasons[2:])
        assert few.breakdown.rest - many.breakdown.rest == pytest.approx(moved, abs=1e-12)
        assert replace(few.breakdown, rest=0.0) == replace(many.breakdown, rest=0.0)


def test_a_reason_says_where_it_moves_the_score_as_its_text_does(
    model: FraudModel, cases: list[ReturnCase]
) -> None:
    told = [reason for score in model.score(cases, reasons=10) for reason in score.reasons]

    assert {reason.direction for reason in told} == {Direction.RAISES, Direction.LOWERS}
    assert all(f"({reason.direction.value} the score)" in reason.text for reason in told)


def test_the_calibration_turns_no_contribution_round(model: FraudModel, cases: list[ReturnCase]) -> None:
    """Each reason counts as often as its moment's slope says, which the order of the reasons shows."""
    vectors = vectorise_many(cases, [None] * len(cases))
    raw = model.contributions(vectors)
    slopes = Calibration.of(open_release(MODEL_NAME)).slopes

    for score, row in zip(model.score(cases, reasons=10), raw, strict=True):
        slope = slopes[list(Moment).index(score.moment)]
        assert score.breakdown is not None
        assert made_of(score) - score.breakdown.base == pytest.approx(slope * row[:-1].sum(), abs=1e-5)


@given(
    slope=some.floats(0.2, 5.0),
    offset=some.floats(-10.0, 10.0),
    parts=some.lists(some.floats(-20.0, 20.0), min_size=1, max_size=40),
)
@settings(max_examples=200, deadline=None)
def test_parts_of_a_raw_score_add_up_after_any_rising_line(
    slope: float, offset: float, parts: list[float]
) -> None:
    line = Calibration(np.full(3, slope), np.full(3, offset))
    moments = np.zeros(1, np.intp)
    base, answer = (line.log_odds(np.array([raw]), moments)[0] for raw in (parts[0], math.fsum(parts)))

    moved = [slope * part for part in parts[1:]]

    assert math.fsum([base, *moved]) == pytest.approx(answer, abs=1e-9)
    assert all(
        math.copysign(1.0, part) == math.copysign(1.0, raw)
        for part, raw in zip(moved, parts[1:], strict=True)
    )
    assert 0.0 <= probability_of(np.array([answer]))[0] <= 1.0


@pytest.mark.parametrize(
    ("name", "values"), [("slopes", [1.0, 0.0, 1.0]), ("slopes", [1.0]), ("offsets", [9.0] * 3)]
)
def test_a_calibration_that_is_not_that_of_the_graph_is_refused(name: str, values: list[float]) -> None:
    release = open_release(MODEL_NAME)
    told = release.manifest["calibration"] | {name: values}
    other = replace(release, manifest=release.manifest | {"calibration": told})

    with pytest.raises(BrokenRelease, match="restore the release"):
        Calibration.of(other)


@pytest.mark.parametrize(("currency", "told"), [("EUR", "EUR"), ("USD", "USD"), ("CAD", "CAD")])
def test_amounts_are_told_in_the_currency_of_the_case(
    model: FraudModel, cases: list[ReturnCase], currency: str, told: str
) -> None:
    value = cases[0].rma.value.model_copy(update={"amount": 640.0, "currency": currency})
    case = cases[0].model_copy(update={"rma": cases[0].rma.model_copy(update={"value": value})})

    text = next(
        reason.text for reason in model.score([case], reasons=10**2)[0].reasons if reason.code == "value"
    )

    assert text.startswith(f"Refund value 640 {told} (")


def test_it_adds_up_at_an_operators_own_base_rate_and_only_the_base_moves(
    model: FraudModel, cases: list[ReturnCase]
) -> None:
    policy = model.policy.model_copy(update={"base_rate": 0.015})
    own = FraudModel.open(open_release(MODEL_NAME), policy)

    for score, shipped in zip(own.score(cases), model.score(cases), strict=True):
        assert score.breakdown is not None
        assert shipped.breakdown is not None
        assert 1.0 / (1.0 + math.exp(-made_of(score))) == pytest.approx(score.probability, abs=3e-7)
        assert score.breakdown.base < shipped.breakdown.base
        assert score.breakdown.rest == pytest.approx(shipped.breakdown.rest, abs=1e-9)
        assert [one.contribution for one in score.reasons] == [one.contribution for one in shipped.reasons]
