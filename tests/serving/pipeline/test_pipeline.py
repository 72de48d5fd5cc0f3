from datetime import UTC, datetime

import pytest

from data.case import InvalidCase
from data.decision import Disposition
from data.device import DeviceClass, View
from data.fraud import FraudScore
from features.photo.photo import UnreadablePhoto
from serving.disposition.policy import UnknownCurrency, open_policy
from serving.pipeline import DecisionRequest, Pipeline
from serving.record.errors import KeyReused
from serving.record.override import OverrideRefused
from serving.record.photo_store.named_photos import unname_photos
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.sent_photo import SentPhoto
from serving.record.photo_store.shown_photo import PictureSize
from serving.record.photo_store.store_error import ErasedPhoto, MissingPhoto, UnusablePhotoStore
from tests.serving.clear_return import clear_case, photographed, scored
from tests.serving.pipeline.fake_models import BACK, FRONT, MOMENT, FakeGrader, FakeScorer, choose


def test_decision_carries_condition_score_policy_and_time(pipeline: Pipeline) -> None:
    outcome = pipeline.decide(DecisionRequest(clear_case(), (FRONT,)))

    decision = outcome.kept.decision
    assert decision.disposition is Disposition.RESTOCK
    assert decision.condition == photographed()
    assert decision.fraud == scored()
    assert decision.policy == open_policy().identity
    assert decision.decided_at == MOMENT
    assert not outcome.is_replay


def test_fraud_model_sees_the_condition_of_the_same_return(pipeline: Pipeline, scorer: FakeScorer) -> None:
    pipeline.decide(DecisionRequest(clear_case(), (FRONT,)))
    pipeline.decide(DecisionRequest(clear_case()))

    assert scorer.seen == [photographed(), None]


def test_photos_are_graded_as_the_class_of_the_rma_and_in_their_views(
    pipeline: Pipeline, grader: FakeGrader
) -> None:
    views = (View.FRONT_OFF, View.BACK)

    pipeline.decide(DecisionRequest(clear_case(device_class="tablet"), (FRONT, BACK), views))

    assert grader.asked == [((b"front", b"back"), DeviceClass.TABLET, views)]
    assert grader.skus == ["PH-128"]


def test_replay_asks_no_model_again(pipeline: Pipeline, grader: FakeGrader) -> None:
    first = pipeline.decide(DecisionRequest(clear_case(), (FRONT,), None, "key"))
    second = pipeline.decide(DecisionRequest(clear_case(), (FRONT,), None, "key"))

    assert second.is_replay
    assert second.kept == first.kept
    assert len(grader.asked) == 1


@pytest.mark.parametrize(
    "other",
    [
        DecisionRequest(clear_case(sku="OTHER"), (FRONT,), (View.FRONT_OFF,), "key"),
        DecisionRequest(clear_case(), (BACK,), (View.FRONT_OFF,), "key"),
        DecisionRequest(clear_case(), (FRONT,), (View.BACK,), "key"),
        DecisionRequest(clear_case(), (), None, "key"),
    ],
    ids=["case", "photo", "view", "no photos"],
)
def test_key_is_bound_to_case_photos_and_views(pipeline: Pipeline, other: DecisionRequest) -> None:
    pipeline.decide(DecisionRequest(clear_case(), (FRONT,), (View.FRONT_OFF,), "key"))

    with pytest.raises(KeyReused):
        pipeline.decide(other)


def test_renamed_file_with_the_same_bytes_is_the_same_photo(pipeline: Pipeline) -> None:
    pipeline.decide(DecisionRequest(clear_case(), (FRONT,), None, "key"))

    assert pipeline.decide(
        DecisionRequest(clear_case(), (SentPhoto("other.jpg", b"front"),), None, "key")
    ).is_replay


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (DecisionRequest(clear_case(), (SentPhoto("x", b"broken"),)), UnreadablePhoto),
        (DecisionRequest(clear_case(value={"amount": 1, "currency": "XTS"}), (FRONT,)), UnknownCurrency),
    ],
)
def test_what_can_not_be_decided_leaves_no_trace(
    pipeline: Pipeline, asked: DecisionRequest, error: type[Exception]
) -> None:
    with pytest.raises(error):
        pipeline.decide(asked)

    assert pipeline.record.page(limit=9).rows == ()


def test_wrong_case_in_a_batch_keeps_its_place(pipeline: Pipeline) -> None:
    good = clear_case(rma_id="RMA-9").model_dump(mode="json")

    answers = pipeline.score([good, {"rma": {}}, good])

    scores = [answer.score for answer in answers]
    assert [type(score) for score in scores] == [FraudScore, InvalidCase, FraudScore]
    assert [score.rma_id for score in scores if isinstance(score, FraudScore)] == ["RMA-9"] * 2


def test_batch_of_wrong_cases_asks_no_model(pipeline: Pipeline) -> None:
    assert all(isinstance(answer.score, InvalidCase) for answer in pipeline.score([1, None]))


def test_override_goes_where_the_policy_sends_it_unless_it_is_said(pipeline: Pipeline) -> None:
    decision_id = pipeline.decide(DecisionRequest(clear_case(), (FRONT,))).kept.decision.decision_id

    kept = pipeline.override(decision_id, choose("repair"))
    kept = pipeline.override(decision_id, choose("recycle", destination="review_desk"))

    assert [each.destination for each in kept.overrides] == ["repair_centre", "review_desk"]


@pytest.mark.parametrize(
    ("verification", "wanted"),
    [
        ({"battery_signs": ["heat"]}, "recycle"),
        ({"sanitisation": "unknown"}, "restock"),
        ({"lock": "on"}, "restock"),
        ({"lock": "unknown"}, "donate"),
    ],
)
def test_nobody_overrules_safety_data_or_ownership(
    pipeline: Pipeline, verification: dict[str, object], wanted: str
) -> None:
    decision_id = pipeline.decide(
        DecisionRequest(clear_case(verification), (FRONT,))
    ).kept.decision.decision_id

    with pytest.raises(OverrideRefused, match="Correct the case"):
        pipeline.override(decision_id, choose(wanted))


def test_person_may_overrule_an_evidence_hold(pipeline: Pipeline) -> None:
    decision = pipeline.decide(DecisionRequest(clear_case())).kept.decision

    kept = pipeline.override(decision.decision_id, choose("restock"))

    assert decision.decided_by == "gate:evidence"
    assert kept.overrides[0].disposition is Disposition.RESTOCK


def test_a_decision_keeps_its_photos_before_it_names_them(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_: object) -> None:
        raise RuntimeError("the process was killed")

    monkeypatch.setattr(pipeline.record, "append", lost)
    with pytest.raises(RuntimeError, match="killed"):
        pipeline.decide(DecisionRequest(clear_case(), (FRONT,)))

    assert len(list(pipeline.photos.waiting(datetime.max.replace(tzinfo=UTC)))) == 1
    assert pipeline.record.page(limit=1).rows == ()


def test_nothing_is_decided_where_photos_can_not_be_kept(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise UnusablePhotoStore("no room")

    monkeypatch.setattr(PhotoStore, "keep", full)
    with pytest.raises(UnusablePhotoStore):
        pipeline.decide(DecisionRequest(clear_case(), (FRONT,), None, "key"))

    assert pipeline.record.page(limit=1).rows == ()


def test_a_kept_photo_is_shown_until_its_term_is_over(pipeline: Pipeline) -> None:
    decision_id = pipeline.decide(DecisionRequest(clear_case(), (FRONT,))).kept.decision.decision_id

    shown = pipeline.picture(decision_id, 0, PictureSize.THUMBNAIL, with_findings=False)
    with pipeline.record.engine.begin() as connection:
        unname_photos(connection, decision_id)

    assert shown.media_type == "image/jpeg"
    with pytest.raises(ErasedPhoto, match="the decision still tells its hashes"):
        pipeline.picture(decision_id, 0, PictureSize.THUMBNAIL, with_findings=False)


def test_a_named_photo_that_is_missing_is_no_erased_one(pipeline: Pipeline) -> None:
    kept = pipeline.decide(DecisionRequest(clear_case(), (FRONT,))).kept
    assert kept.photos[0].kept is not None
    pipeline.photos.forget(kept.photos[0].kept.sha256)

    with pytest.raises(MissingPhoto):
        pipeline.picture(kept.decision.decision_id, 0, PictureSize.ORIGINAL, with_findings=False)


def test_a_photo_sent_ahead_is_seen_once_by_each_network(pipeline: Pipeline, grader: FakeGrader) -> None:
    photo_id = pipeline.upload(FRONT).upload.photo_id
    for sight in ("2", "2", "3", "3"):
        grader.sight = sight * 64
        pipeline.grade(pipeline.with_uploads([], [photo_id]))

    assert grader.anew == [True, False, False, True, False]
