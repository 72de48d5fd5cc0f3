from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from data.case import InvalidCase, ReturnCase, parse_case
from data.condition import Condition, ModelIdentity
from data.decision import Disposition
from data.defect import DefectKind
from data.device import DeviceClass, View
from data.fraud import Action, FraudScore
from data.verification import BatterySign
from features.photo.photo import Frame, Photo, UnreadablePhoto
from serving.condition.given.given_photo import GivenPhoto
from serving.condition.inference import Prediction
from serving.condition.model import Examination
from serving.disposition.policy import UnknownCurrency, open_policy
from serving.memory.merge import with_memory
from serving.pipeline import DecisionRequest, Pipeline
from serving.record.audit_draw import draw_for_audit, unpredictable
from serving.record.desk.desk_claims import ClaimRequest
from serving.record.desk.review_queue import QueueFilter
from serving.record.errors import Claimed, KeyReused, UnusableRecord, WrongAtDesk
from serving.record.override import OverrideRefused, OverrideRequest
from serving.record.photo_store.named_photos import unname_photos
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.retention import read_retention
from serving.record.photo_store.sent_photo import SentPhoto
from serving.record.photo_store.shown_photo import PictureSize
from serving.record.photo_store.store_error import ErasedPhoto, MissingPhoto, UnusablePhotoStore
from serving.record.photo_store.uploads import Uploads
from serving.record.record import Record
from serving.record.returns.fact import FactsRequest
from serving.record.tables import DECISIONS
from tests.serving.clear_return import VERIFICATION, clear_case, photographed, scored

MOMENT = datetime(2026, 3, 8, 10, 0, tzinfo=UTC)
FRONT = SentPhoto("front.jpg", b"front")
BACK = SentPhoto("back.jpg", b"back")


@dataclass
class FakeGrader:
    """Grades everything A, except the bytes b"broken", and remembers what it was asked."""

    identity: ModelIdentity
    asked: list[tuple[tuple[bytes, ...], DeviceClass | None, tuple[View, ...] | None]] = field(
        default_factory=list
    )
    skus: list[str | None] = field(default_factory=list)
    sight: str = "2" * 64
    anew: list[bool] = field(default_factory=list)

    def examine(
        self,
        photos: Sequence[GivenPhoto],
        *,
        device_class: DeviceClass | None = None,
        views: Sequence[View] | None = None,
        sku: str | None = None,
    ) -> Examination:
        bodies = tuple(photo.body for photo in photos)
        self.skus.append(sku)
        self.anew += [photo.seen is None for photo in photos]
        self.asked.append((bodies, device_class, tuple(views) if views else None))
        if b"broken" in bodies:
            raise UnreadablePhoto("photo 1: broken", 0)
        read = tuple(Photo(Image.new("RGB", (4, 3)), 4, 3) for _ in photos)
        return Examination(photographed(), read, tuple(seen() for _ in photos))


@dataclass
class FakeScorer:
    """Scores everything as harmless and remembers the conditions it was shown."""

    identity: ModelIdentity
    seen: list[Condition | None] = field(default_factory=list)

    def score(
        self, cases: Sequence[ReturnCase], conditions: Sequence[Condition | None] | None = None
    ) -> list[FraudScore]:
        self.seen += conditions or []
        return [replace(scored(), rma_id=case.rma.rma_id) for case in cases]


def seen() -> Prediction:
    """Return what a network says that sees no device."""
    frame = Frame(np.zeros((96, 96, 3), np.uint8), 0.0, 0.0, 1 / 96, 1 / 96)
    places = np.zeros((len(DefectKind) + 1, 12, 12), np.float32)
    return Prediction(dict.fromkeys(DefectKind, 0.1), places, frame, None, None, View.UNKNOWN)


@pytest.fixture
def grader() -> FakeGrader:
    return FakeGrader(ModelIdentity("condition", "0", "0" * 64))


@pytest.fixture
def scorer() -> FakeScorer:
    return FakeScorer(ModelIdentity("fraud", "0", "1" * 64))


@pytest.fixture
def pipeline(tmp_path: Path, grader: FakeGrader, scorer: FakeScorer) -> Pipeline:
    numbers = count(1)

    def new_id() -> str:
        return f"id-{next(numbers)}"

    record = Record.open(f"sqlite:///{tmp_path / 'record.sqlite'}", new_id)
    photos = PhotoStore.open(str(tmp_path / "photos"))
    uploads = Uploads(photos, read_retention(), lambda: MOMENT)
    return Pipeline(grader, scorer, open_policy(), record, photos, uploads, lambda: MOMENT, new_id)


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


def choose(disposition: str, **more: str) -> OverrideRequest:
    values = {"disposition": disposition, "person": "ana", "reason": "looked at it", **more}
    return OverrideRequest.model_validate(values)


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


def test_a_photo_that_another_return_was_decided_by_is_looked_at_by_a_person(pipeline: Pipeline) -> None:
    pipeline.decide(DecisionRequest(clear_case(rma_id="RMA-1"), (FRONT,)))

    decision = pipeline.decide(DecisionRequest(clear_case(rma_id="RMA-2"), (FRONT,))).kept.decision

    assert decision.disposition is Disposition.QUARANTINE
    assert decision.decided_by == "gate:fraud"
    assert "The same photo was used for RMA RMA-1 (photo 1, there photo 1: the same file)" in decision.because
    assert decision.fraud.action is Action.REVIEW
    assert decision.memory is not None
    assert decision.memory.reused_for == ("RMA-1",)


def test_the_same_return_may_show_its_photo_again(pipeline: Pipeline) -> None:
    for _ in range(2):
        decision = pipeline.decide(DecisionRequest(clear_case(), (FRONT,))).kept.decision
        assert (decision.disposition, decision.memory) == (Disposition.RESTOCK, None)


def test_a_retried_request_gets_its_own_decision_whatever_was_decided_since(pipeline: Pipeline) -> None:
    first = pipeline.decide(DecisionRequest(clear_case(rma_id="RMA-1"), (FRONT,), None, "key"))
    pipeline.decide(DecisionRequest(clear_case(rma_id="RMA-2"), (FRONT,)))

    assert (
        pipeline.decide(DecisionRequest(clear_case(rma_id="RMA-1"), (FRONT,), None, "key")).kept == first.kept
    )


def test_what_the_bench_found_later_decides_the_next_time(pipeline: Pipeline) -> None:
    sent = clear_case()
    unverified = sent.model_copy(update={"verification": None})
    pipeline.decide(DecisionRequest(unverified, (FRONT,)))
    found = FactsRequest.model_validate(
        {"facts": [{"kind": "verification", "verification": {**VERIFICATION, "battery_signs": ["leak"]}}]}
    )
    pipeline.add_facts("RMA-1", found.facts)

    kept = pipeline.decide(DecisionRequest(unverified, (FRONT,))).kept

    assert kept.decision.decided_by == "gate:battery"
    assert kept.case["verification"] is None
    case = with_memory(parse_case(kept.case), kept.decision.memory)
    assert case.verification is not None
    assert case.verification.battery_signs == {BatterySign.LEAK}


def test_a_return_is_not_decided_where_the_record_can_not_be_asked(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise UnusableRecord("it did not answer in time")

    monkeypatch.setattr(Record, "recall", fail)
    with pytest.raises(UnusableRecord):
        pipeline.decide(DecisionRequest(clear_case(), (FRONT,)))
    assert pipeline.record.page(limit=1).rows == ()


def test_without_its_memory_the_record_is_not_asked_and_notes_all_the_same(pipeline: Pipeline) -> None:
    forgetful = replace(pipeline, remembers=False)
    for rma_id in ("RMA-1", "RMA-2"):
        decision = forgetful.decide(DecisionRequest(clear_case(rma_id=rma_id), (FRONT,))).kept.decision
        assert decision.disposition is Disposition.RESTOCK

    decision = pipeline.decide(DecisionRequest(clear_case(rma_id="RMA-3"), (FRONT,))).kept.decision

    assert decision.memory is not None
    assert decision.memory.reused_for == ("RMA-1", "RMA-2")


def drawn(pipeline: Pipeline) -> list[tuple[float | None, bool | None]]:
    columns = (DECISIONS.c.audit_probability, DECISIONS.c.is_drawn)
    with pipeline.record.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(DECISIONS.c.sequence))]


def test_a_decision_is_drawn_before_any_model_has_seen_it_and_a_retry_not_again(
    pipeline: Pipeline, grader: FakeGrader
) -> None:
    asked_at: list[int] = []

    def chance() -> float:
        asked_at.append(len(grader.asked))
        return 0.0199

    pipeline = replace(pipeline, chance=chance)
    asked = DecisionRequest(clear_case(), (FRONT,), None, "key")
    first, again = pipeline.decide(asked), pipeline.decide(asked)

    assert asked_at == [0]
    assert again.is_replay
    assert drawn(pipeline) == [(0.02, True)]
    assert first.kept.decision.disposition is Disposition.RESTOCK, "the draw moves nothing"
    assert "audit" not in str(vars(first.kept.decision))


def test_what_is_not_drawn_keeps_its_probability_too(pipeline: Pipeline) -> None:
    pipeline = replace(pipeline, chance=lambda: 0.02)

    pipeline.decide(DecisionRequest(clear_case(), (FRONT,)))

    assert drawn(pipeline) == [(0.02, False)]


def test_about_two_in_a_hundred_of_10_000_are_drawn_whatever_was_drawn_before() -> None:
    draws = [draw_for_audit(0.02, unpredictable).is_drawn for _ in range(10_000)]

    # 200 expected, standard deviation 14: six of them either way, one run in a billion.
    assert 116 <= sum(draws) <= 284
    pairs = sum(one and other for one, other in pairwise(draws))
    assert pairs <= 30, "4 expected"


def test_a_return_of_high_value_is_overridden_by_two_people(pipeline: Pipeline) -> None:
    case = clear_case(value={"amount": 2000.01, "currency": "CAD"})
    decision_id = pipeline.decide(DecisionRequest(case, (FRONT,))).kept.decision.decision_id

    for alone in ({}, {"second_person": "AN\u00c1"}):
        with pytest.raises(OverrideRefused, match=r"worth CAD 2000.01, and above CAD 2000.00"):
            pipeline.override(decision_id, choose("repair", **alone))
    kept = pipeline.override(
        decision_id, choose("repair", second_person="Bo", reason_code="cost_or_capacity")
    )

    assert [(each.second_person, each.reason_code) for each in kept.overrides] == [("Bo", "cost_or_capacity")]
    with pytest.raises(WrongAtDesk, match="'mood' is not one of"):
        pipeline.override(decision_id, choose("repair", second_person="Bo", reason_code="mood"))


@pytest.mark.parametrize("second", ["ANA", "\u0430na", "a na", "\uff41\uff4e\uff41", "an\u3164a", "\u00e1na"])
def test_destroying_takes_two_people_and_not_two_spellings(second: str) -> None:
    with pytest.raises(ValueError, match="two different people"):
        choose("destroy", second_person=second)


def test_who_has_claimed_a_device_is_the_one_who_overrides_it(pipeline: Pipeline) -> None:
    decision_id = pipeline.decide(DecisionRequest(clear_case(), (FRONT,))).kept.decision.decision_id
    pipeline.desk.claim(decision_id, ClaimRequest(person="Bo"))

    with pytest.raises(Claimed, match="Bo works on decision"):
        pipeline.override(decision_id, choose("repair"))

    assert pipeline.override(decision_id, choose("repair", second_person="bo")).overrides
    assert pipeline.override(decision_id, choose("repair", person="Bo")).overrides
    later = replace(pipeline, clock=lambda: MOMENT + timedelta(minutes=31))
    assert later.override(decision_id, choose("repair")).overrides


def test_what_is_worth_much_or_nearly_was_held_is_looked_at(pipeline: Pipeline) -> None:
    for number, amount in enumerate((1400, 1600)):
        case = clear_case(rma_id=f"RMA-{number}", value={"amount": amount, "currency": "CAD"})
        pipeline.decide(DecisionRequest(case, (FRONT,)))

    [row] = pipeline.desk.queue.page(QueueFilter(holds_only=False), limit=9).rows

    assert (row["rma_id"], row["reasons"], row["amount"]) == ("RMA-1", ["above_value"], 1600.0)
