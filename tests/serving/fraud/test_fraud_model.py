import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from data.case import ReturnCase, read_case
from data.device import DeviceClass
from data.fraud import Action, Band, Moment, Typology
from data.history import History
from data.money import Money
from data.rma import Channel, Rma
from data.verification import ListStatus, Outcome, Verification
from data.world import WorldSettings, simulate
from data.world.figures import load_figures
from data.world.written.messages import case_messages
from features.case.case_vector import vectorise_many
from features.case.contract import case_contract
from serving.fraud.model import MODEL_NAME, FraudModel
from serving.fraud.policy import DEFAULT_POLICY, InvalidFraudPolicy, read_fraud_policy
from serving.fraud.reasons import reason_texts
from serving.release import BrokenRelease, open_folder, open_release, sha256_of

WORLD = WorldSettings(seed=33, returns=900)
RELEASED = f"fraud {open_release(MODEL_NAME).version}"
REQUESTED = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def model() -> FraudModel:
    return FraudModel.open(open_release(MODEL_NAME))


@pytest.fixture(scope="module")
def cases() -> list[ReturnCase]:
    messages = [
        json.dumps(message)
        for block in simulate(WORLD)
        for message in case_messages(block, load_figures(), WORLD)
    ]
    return [read_case(message) for message in messages]


def verified(**found: object) -> ReturnCase:
    rma = Rma(
        rma_id="R1",
        channel=Channel.ECOMMERCE_CONSUMER,
        requested_at=REQUESTED,
        ordered_at=REQUESTED - timedelta(days=12),
        device_class=DeviceClass.PHONE,
        sku="PH-1",
        expected_serial="AB12CD34EF",
        expected_imei="490154203237518",
        expected_weight_g=480.0,
        value=Money(amount=700, currency="USD"),
    )
    given: dict[str, object] = {"verified_at": REQUESTED + timedelta(days=6), "outcome": Outcome.MATCH}
    visit = Verification(**(given | found))
    as_of = REQUESTED + timedelta(days=6)
    return ReturnCase(rma=rma, verification=visit, history=History(orders_count=8), as_of=as_of)


def test_the_same_case_gets_the_same_bits_whatever_the_batch(
    model: FraudModel, cases: list[ReturnCase]
) -> None:
    together = model.score(cases[:200])

    for size in (1, 7):
        apart = [
            score
            for start in range(0, 70, size)
            for score in model.score(cases[start : min(start + size, 70)])
        ]
        assert apart == together[:70]


def test_every_answer_carries_at_most_five_told_reasons(model: FraudModel, cases: list[ReturnCase]) -> None:
    for score in model.score(cases[:100]):
        assert 1 <= len(score.reasons) <= 5
        assert len({reason.code for reason in score.reasons}) == len(score.reasons)
        sizes = [abs(reason.contribution) for reason in score.reasons]
        assert sizes == sorted(sizes, reverse=True)
        assert not any("{" in reason.text or "nan" in reason.text for reason in score.reasons)


@pytest.mark.parametrize("most", [1, 3, 10])
def test_as_many_reasons_are_told_as_asked_for(model: FraudModel, cases: list[ReturnCase], most: int) -> None:
    as_ever, asked = model.score(cases[:20]), model.score(cases[:20], reasons=most)

    for one, other in zip(as_ever, asked, strict=True):
        assert len(other.reasons) == most
        assert one.reasons[:most] == other.reasons[:5]
        assert replace(one, reasons=(), breakdown=None) == replace(other, reasons=(), breakdown=None)


def test_a_score_without_reasons_is_the_same_and_computes_none(
    model: FraudModel, cases: list[ReturnCase], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_reasons = model.score(cases[:20])
    monkeypatch.setattr(model, "contributions", lambda _: pytest.fail("reasons were computed"))

    for one, without in zip(with_reasons, model.score(cases[:20], reasons=0), strict=True):
        assert without == replace(one, reasons=(), breakdown=without.breakdown)
        assert without.breakdown is not None
        assert without.breakdown.base + without.breakdown.rest == pytest.approx(without.breakdown.log_odds)


def test_contributions_add_up_to_the_raw_score(model: FraudModel, cases: list[ReturnCase]) -> None:
    vectors = vectorise_many(cases[:200], [None] * 200)

    sums = model.contributions(vectors).sum(axis=1)

    assert np.abs(sums - model.raw_scores(vectors)).max() <= 1e-6


def test_probabilities_lie_between_zero_and_one_and_differ(
    model: FraudModel, cases: list[ReturnCase]
) -> None:
    found = [score.probability for score in model.score(cases)]

    assert all(0.0 < one < 1.0 for one in found)
    assert len(set(found)) > len(found) // 4


@pytest.mark.parametrize(
    ("worse", "code"),
    [
        ({"outcome": Outcome.EMPTY}, "inspection"),
        ({"list_status": ListStatus.STOLEN}, "list_status"),
        ({"observed_serial": "ZZ99YY88XX", "outcome": Outcome.MISMATCH_INSTANCE}, "serial"),
    ],
)
def test_hard_evidence_raises_the_score_and_is_named(
    model: FraudModel, worse: dict[str, object], code: str
) -> None:
    clean = {"observed_serial": "AB12CD34EF", "list_status": ListStatus.CLEAN}

    (before,) = model.score([verified(**clean)])
    (after,) = model.score([verified(**(clean | worse))])

    assert after.probability > before.probability
    assert code in {reason.code for reason in after.reasons if reason.contribution > 0}


def test_an_operator_reads_the_values_of_the_case(model: FraudModel) -> None:
    (score,) = model.score([verified(observed_serial="ZZ99YY88XX", outcome=Outcome.MISMATCH_INSTANCE)])

    (serial,) = [reason for reason in score.reasons if reason.code == "serial"]
    assert "ZZ99YY88XX" in serial.text
    assert "AB12CD34EF" in serial.text


def test_no_customer_text_suspects_anybody_or_tells_a_score() -> None:
    for code, texts in reason_texts().items():
        assert not re.search(r"fraud|score|suspic|risk|probab|\d|\{", texts.customer, re.IGNORECASE), code


def test_what_could_still_be_supplied_is_listed_once_and_by_its_whole_part(model: FraudModel) -> None:
    (score,) = model.score([verified().model_copy(update={"history": None})])

    assert "history" in score.missing_inputs
    assert "history.orders_count" not in score.missing_inputs
    assert "verification.observed_serial" in score.missing_inputs
    assert "scans" in score.missing_inputs
    assert "photos" in score.missing_inputs
    assert "rma.value.currency" not in score.missing_inputs
    assert len(set(score.missing_inputs)) == len(score.missing_inputs)


def test_an_unknown_currency_is_scored_and_listed_as_missing(model: FraudModel) -> None:
    one = verified()
    rma = one.rma.model_copy(update={"value": Money(amount=5, currency="XXX")})

    (score,) = model.score([one.model_copy(update={"rma": rma})])

    assert "rma.value.currency" in score.missing_inputs


def test_what_is_not_yet_possible_is_not_asked_for_at_authorisation(model: FraudModel) -> None:
    early = verified().model_copy(update={"as_of": REQUESTED})

    (score,) = model.score([early])

    assert score.moment is Moment.T0
    assert not any(name.startswith(("verification", "scans", "photos")) for name in score.missing_inputs)


def test_nothing_to_score_is_no_error(model: FraudModel) -> None:
    assert model.score([]) == []


def test_the_answer_names_the_released_model(model: FraudModel) -> None:
    (score,) = model.score([verified()])

    assert score.model == open_release(MODEL_NAME).identity


def test_a_release_for_another_contract_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "fraud"
    shutil.copytree(open_release(MODEL_NAME).folder, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["input_contract"]["sha256"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(manifest))

    with pytest.raises(BrokenRelease, match="case contract 000000000000"):
        FraudModel.open(open_folder(folder))


def test_a_contract_that_names_other_features_than_are_computed_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("features.case.case_vector.finding_features", lambda _: {"shoe_size": np.zeros(0)})

    with pytest.raises(BrokenRelease, match=r"not in the contract: shoe_size; .*not computed: .*photo_crack"):
        FraudModel.open(open_release(MODEL_NAME))


def test_the_release_that_ships_has_nothing_to_warn_of(caplog: pytest.LogCaptureFixture) -> None:
    FraudModel.open(open_release(MODEL_NAME))

    assert caplog.messages == []


def test_a_word_that_the_release_never_learnt_is_told_at_start_and_in_the_answer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    early = replace(case_contract())
    vars(early)["unlearnt"] = {"rma.channel": frozenset({Channel.ECOMMERCE_CONSUMER})}
    monkeypatch.setattr("serving.fraud.model.case_contract", lambda: early)

    model = FraudModel.open(open_release(MODEL_NAME))
    (score,) = model.score([verified()])

    [warning] = caplog.messages
    assert f"{RELEASED} has not learnt rma.channel ecommerce_consumer" in warning
    assert score.missing_inputs[-1] == "rma.channel"


def test_a_policy_that_was_set_for_another_model_is_told_at_start(caplog: pytest.LogCaptureFixture) -> None:
    source = "Set for release 1 (000000000000) on a simulated world"
    other = read_fraud_policy().model_copy(update={"source": source})

    FraudModel.open(open_release(MODEL_NAME), other)

    [warning] = caplog.messages
    assert f"was set for another model than {RELEASED}" in warning


def test_changed_trees_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "fraud"
    shutil.copytree(open_release(MODEL_NAME).folder, folder)
    with (folder / "trees.txt").open("a") as trees:
        trees.write("\n")

    with pytest.raises(BrokenRelease, match=r"trees\.txt has sha256"):
        open_folder(folder)


def test_every_reason_of_the_contract_has_texts_and_none_is_left_over() -> None:
    assert set(reason_texts()) == {feature.reason for feature in case_contract().features}


@pytest.mark.parametrize(
    ("probability", "band", "action"),
    [(0.0, Band.LOW, Action.RELEASE), (1.0, Band.HIGH, Action.HOLD)],
)
def test_the_policy_names_band_and_action(probability: float, band: Band, action: Action) -> None:
    policy = read_fraud_policy()

    assert policy.band(probability) is band
    assert policy.action(probability, Moment.T2) is action


@pytest.mark.parametrize(
    ("probability", "priority", "action"),
    [(np.nan, 0.0, Action.HOLD), (0.0, np.nan, Action.REVIEW), (0.0, 0.0, Action.RELEASE)],
)
def test_what_is_no_number_is_never_released(probability: float, priority: float, action: Action) -> None:
    policy = read_fraud_policy()

    assert policy.action(probability, Moment.T2, priority) is action
    assert policy.band(np.nan) is Band.HIGH


def test_a_probability_on_a_threshold_belongs_above_it() -> None:
    policy = read_fraud_policy()

    assert policy.action(policy.review[Moment.T2], Moment.T2) is Action.REVIEW
    assert policy.action(policy.hold[Moment.T2], Moment.T2) is Action.HOLD


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("elevated: 0.10", "elevated: 0.90"), "elevated 0.9 and high"),
        (("hold: {T0: 0.80, T1", "hold: {T0: 0.80, T9"), r"hold\.T9"),
        (("hold: {T0: 0.80, T1: 0.80, ", "hold: {T0: 0.80, "), "hold: lacks T1: every moment needs an entry"),
        (("high: 0.50", "high: 0.50\n  higher: 0.9"), "bands.higher: unknown field"),
        (("T2: capacity_5_percent", "T2: capacity_6_percent"), "review_at names capacity_6_percent"),
        (("high: 0.50", "high: much"), "much"),
        (("unusual_weight: 0.1", "unusual_weight: 7"), "unusual_weight 7"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    text = DEFAULT_POLICY.read_text()
    assert change[0] in text
    changed = tmp_path / "fraud.yaml"
    changed.write_text(text.replace(*change))

    with pytest.raises(InvalidFraudPolicy, match=message):
        read_fraud_policy(changed)


def test_the_manifest_vouches_for_every_file_of_the_release() -> None:
    release = open_release(MODEL_NAME)
    files = {path.name for path in release.folder.iterdir()} - {"manifest.json"}

    assert files == set(release.manifest["files"])
    assert all(
        sha256_of(release.folder / name) == digest for name, digest in release.manifest["files"].items()
    )


def test_the_likely_kinds_of_abuse_come_likeliest_first_and_add_up(
    model: FraudModel, cases: list[ReturnCase]
) -> None:
    for score in model.score(cases[:50]):
        shares = [likeness.probability for likeness in score.typologies]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) == pytest.approx(1.0, abs=1e-5)
        assert {likeness.typology for likeness in score.typologies} <= set(Typology)


def test_a_device_on_a_stolen_list_looks_stolen_and_is_unusual(model: FraudModel) -> None:
    [usual, stolen] = model.score(
        [verified(list_status=ListStatus.CLEAN), verified(list_status=ListStatus.STOLEN)]
    )

    assert stolen.typologies[0].typology is Typology.STOLEN_OR_BLACKLISTED
    assert stolen.unusual is not None
    assert usual.unusual is not None
    assert stolen.unusual > usual.unusual


def test_what_is_unusual_raises_the_priority_of_review_and_never_lowers_it(
    model: FraudModel, cases: list[ReturnCase]
) -> None:
    scores = model.score(cases)
    lifted = [
        score.review_priority - score.probability for score in scores if score.review_priority is not None
    ]

    assert len(lifted) == len(scores)
    assert min(lifted) > -1e-9
    assert max(lifted) > 0.01


def test_no_text_for_a_customer_names_a_kind_of_abuse() -> None:
    kinds = {typology.value.replace("_", " ") for typology in Typology}
    texts = [texts.customer.lower() for texts in reason_texts().values()]

    assert not [text for text in texts if any(kind in text for kind in kinds)]
