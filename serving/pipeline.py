"""Take a return through condition, fraud score, disposition and record."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from PIL.Image import Image

from data.case import ReturnCase, case_of
from data.condition import Condition, PhotoFinding
from data.decision import Decision
from data.device import DeviceClass, View
from data.memory.memory import Memory
from serving.condition.model import Examination, OnRead
from serving.condition.overlay.overlay import overlay_jpeg
from serving.disposition.evidence import Evidence
from serving.disposition.policy import Policy
from serving.fraud.policy import FraudPolicy, read_fraud_policy
from serving.fraud.scorer import ScoredReturn, Scorer, score_in_order
from serving.gathering import GatheredBeside, Gatherer
from serving.judge import Grader, Judge
from serving.record.audit_draw import draw_for_audit, unpredictable
from serving.record.configurations.keeper import ConfigurationKeeper
from serving.record.desk.closeness import looks_asked
from serving.record.desk.desk import Desk
from serving.record.desk.desk_rules import DeskRules, ReviewReason, read_desk
from serving.record.entry import Entry, Kept, fingerprint
from serving.record.kpis import Kpis, count_figures
from serving.record.override import OverrideRequest, override_of
from serving.record.photo_store.kept_photo import KeptPhoto, keep_photo
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.sent_photo import Ahead, PhotoSet, SentPhoto
from serving.record.photo_store.shown_photo import Picture, PictureSize, mark_kept, show_kept
from serving.record.photo_store.store_error import ErasedPhoto, UnknownPhoto, UnusablePhotoStore
from serving.record.photo_store.uploads import Upload, Uploads
from serving.record.record import Record
from serving.record.returns.fact import Fact
from serving.record.returns.story import KeptFact

MAX_RETURNS = 1000
TOLD_STILL = "the decision still tells its hashes and what was found on it"


@dataclass(frozen=True)
class DecisionRequest:
    """The request for a decision: the case, its photos with their views, and a key."""

    case: ReturnCase
    photos: tuple[SentPhoto, ...] = ()
    views: tuple[View, ...] | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True)
class DecisionResult:
    """A kept decision, and whether it was taken earlier under the same key."""

    kept: Kept
    is_replay: bool


@dataclass(frozen=True)
class UploadResult:
    """A photo that was sent ahead, and what it shows by itself."""

    upload: Upload
    finding: PhotoFinding


@dataclass(frozen=True)
class Pipeline:
    """The one way from input to answers, which the command line and the service both call.

    `remembers` says whether our own record is asked what it knows of a return before it is decided.
    `keeper` keeps what decisions are taken with; without one they name nothing and can't be replayed.
    """

    grader: Grader
    scorer: Scorer
    policy: Policy
    record: Record
    photos: PhotoStore
    uploads: Uploads
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    remembers: bool = True
    keeper: ConfigurationKeeper | None = None
    desk_rules: DeskRules = field(default_factory=read_desk)
    fraud_policy: FraudPolicy = field(default_factory=read_fraud_policy)
    chance: Callable[[], float] = unpredictable

    @property
    def judge(self) -> Judge:
        """Return what decides, without anything that keeps."""
        return Judge(self.grader, self.scorer, self.policy)

    def upload(
        self, photo: SentPhoto, *, device_class: DeviceClass | None = None, view: View | None = None
    ) -> UploadResult:
        """Keep one photo for a decision to come, and say what it shows; raises PhotoError."""
        views = [view] if view else None
        examination = self._examine([photo], device_class=device_class, views=views)
        trace = photo.trace(0)
        upload = Upload(
            self.new_id(),
            self.uploads.expiry(),
            trace.name,
            trace.size_bytes,
            trace.sha256,
            device_class,
            view,
            keep_photo(self.photos, photo.body, examination.photos[0]),
        )
        self.uploads.add(upload, self.grader.sight, examination.predictions[0])
        return UploadResult(upload, examination.condition.photos[0])

    def with_uploads(
        self,
        photos: Sequence[SentPhoto],
        photo_ids: Sequence[str],
        *,
        views: Sequence[View] | None = None,
        device_class: DeviceClass | None = None,
    ) -> PhotoSet:
        """Return the photos of a request: those that came with it, then those that were sent ahead.

        What was said of the latter holds where the request says nothing. Raises UnknownUpload or
        MixedClasses; that a photo has expired is told where it is looked at, so that a decision that was
        taken by it is still found under its key.
        """
        sent = [*photos]
        for index, photo_id in enumerate(photo_ids):
            upload = self.uploads.get(photo_id, index)
            ahead = Ahead(upload, index, self.grader.sight, self.uploads)
            sent.append(SentPhoto(upload.name, ahead=ahead))
        return PhotoSet.of(sent, views, device_class)

    def grade(self, shown: PhotoSet) -> Condition:
        """Grade one device from its photos; raises PhotoError, WrongPhotoCount or ExpiredUpload."""
        return self._examine(shown.photos, device_class=shown.device_class, views=shown.views).condition

    def draw(self, shown: PhotoSet) -> bytes:
        """Grade one device as `grade` does and return a JPEG of its photos with what was found on them."""
        examination = self._examine(shown.photos, device_class=shown.device_class, views=shown.views)
        return overlay_jpeg(examination)

    def score(self, values: Sequence[object], *, reasons: int | None = None) -> list[ScoredReturn]:
        """Score cases in order, parsed or as JSON bytes; a wrong one yields its error and stops no other.

        `reasons` says how many each score has at most, None as many as the policy says.
        """
        return score_in_order(self.scorer, values, case_of, reasons=reasons)

    def decide(self, asked: DecisionRequest) -> DecisionResult:
        """Decide what happens to one return and keep it; the same key with the same content decides once.

        Raises PhotoError, WrongPhotoCount, UnknownCurrency or KeyReused, and UnusablePhotoStore where the
        photos, or what decides, can't be kept; nothing is decided then. Raises UnusableRecord where the
        record could not be asked what it knows, or the decision could not be kept or is not known to be: the
        same key then decides once.
        """
        traces = tuple(photo.trace(index) for index, photo in enumerate(asked.photos))
        print_ = fingerprint(asked.case, traces, asked.views)
        earlier = self.record.before_deciding(asked.idempotency_key, print_)
        if earlier is not None:
            return DecisionResult(earlier, is_replay=True)
        configuration = self.keeper.keep() if self.keeper else None
        # Before any model has seen it, and for each decision once: a retry is answered above.
        draw = draw_for_audit(self.desk_rules.audit_share.value, self.chance)
        gatherer = Gatherer(self.record, self.photos, self.remembers)
        with GatheredBeside(gatherer, asked.case, asked.photos, asked.views) as gathering:
            examination = self._examine_return(asked, gathering.start)
            gathered = gathering.result()
        decision = self._decision(self._weigh(asked.case, examination, gathered.memory))
        worth = self.policy.amount(asked.case.rma.value)
        entry = Entry(
            decision=decision,
            case=asked.case,
            # Photos first, then the row that names them: a crash between leaves a photo that nobody names.
            photos=gathered.photos,
            fingerprint=print_,
            idempotency_key=asked.idempotency_key,
            refund_amount=worth,
            currency=self.policy.currency,
            likenesses=gathered.likenesses,
            configuration_sha256=configuration,
            looks_asked=self._looks_asked(decision, worth),
            draw=draw,
        )
        kept = self.record.append(entry)
        # What can't be noted now is found to be named by whoever sweeps.
        with suppress(UnusablePhotoStore):
            self.photos.settle({photo.kept.sha256 for photo in entry.photos if photo.kept})
        return DecisionResult(kept, is_replay=kept.decision.decision_id != decision.decision_id)

    def picture(self, decision_id: str, index: int, size: PictureSize, *, with_findings: bool) -> Picture:
        """Show one photo of a decision as it was kept, or with what was found on it.

        Raises UnknownDecision, UnknownPhoto, ErasedPhoto, DamagedPhoto or UnusablePhotoStore.
        """
        kept = self.record.get(decision_id)
        photo = self._kept_photo(kept, index)
        condition = kept.decision.condition if with_findings else None
        return show_kept(self.photos, photo, size, condition, index)

    def marked_photos(self, kept: Kept) -> Callable[[int], Image | None]:
        """Return what draws the boxes of a decision onto its photos, None for one that is not kept."""

        def marked(index: int) -> Image | None:
            try:
                photo = self._kept_photo(kept, index)
            except (UnknownPhoto, ErasedPhoto):
                return None
            condition = kept.decision.condition
            return mark_kept(self.photos, photo, condition, index) if condition else None

        return marked

    def _kept_photo(self, kept: Kept, index: int) -> KeptPhoto:
        decision_id = kept.decision.decision_id
        photo = next((photo for photo in kept.photos if photo.index == index), None)
        if photo is None or photo.kept is None:
            why = "has no photo of this number" if photo is None else "was taken before photos were kept"
            raise UnknownPhoto(f"decision {decision_id} {why}; its photos[] tell what there is")
        if not self.record.names_photo(decision_id, photo.kept.sha256):
            raise ErasedPhoto(f"the photo was kept as long as the retention policy says; {TOLD_STILL}")
        return photo.kept

    def override(self, decision_id: str, request: OverrideRequest) -> Kept:
        """Keep a person's other choice.

        Raises UnknownDecision, OverrideRefused, WrongAtDesk or UnusableRecord, and Claimed where somebody
        else works on the decision: two people are not to send one device two ways.
        """
        with self.record.database.in_time():
            kept, now = self.record.get(decision_id), self.clock()
            override = override_of(request, kept, self.policy, self.desk_rules, now)
            people = tuple(name for name in (request.person, request.second_person) if name)
            self.desk.require_free(decision_id, people)
            return self.record.override(decision_id, override)

    def figures(self, since: datetime | None) -> Kpis:
        """Return the figures of all returns, or of those last decided since a moment."""
        return count_figures(self.record, since, rules=self.desk_rules, now=self.clock())

    @property
    def desk(self) -> Desk:
        """Return the review desk, where people look at what was decided."""
        return self.record.desk(self.desk_rules, self.clock)

    def add_facts(self, rma_id: str, facts: Sequence[Fact]) -> list[KeptFact]:
        """Keep what became known of a return; raises UnknownReturn."""
        return self.record.returns.add_facts(rma_id, facts, self.clock())

    def _examine(
        self,
        photos: Sequence[SentPhoto],
        *,
        device_class: DeviceClass | None,
        views: Sequence[View] | None,
    ) -> Examination:
        given = [photo.given for photo in photos]
        examination = self.grader.examine(given, device_class=device_class, views=views)
        self._see(photos, examination)
        return examination

    def _examine_return(self, asked: DecisionRequest, on_read: OnRead | None = None) -> Examination | None:
        given = [photo.given for photo in asked.photos]
        examination = self.judge.examine(asked.case, given, asked.views, on_read=on_read)
        if examination is not None:
            self._see(asked.photos, examination)
        return examination

    def _see(self, photos: Sequence[SentPhoto], examination: Examination) -> None:
        """Keep what was seen in photos that were sent ahead, where it is another network than before."""
        for photo, prediction in zip(photos, examination.predictions, strict=True):
            if photo.ahead and photo.given.seen is None:
                self.uploads.see(photo.ahead.upload, self.grader.sight, prediction)

    def _weigh(
        self, case: ReturnCase, examination: Examination | None, memory: Memory | None = None
    ) -> Evidence:
        return self.judge.weigh(case, examination, memory)

    def _looks_asked(self, decision: Decision, worth: float) -> tuple[ReviewReason, ...]:
        limit = self.policy.amount(self.desk_rules.look_above.value)
        return looks_asked(decision, worth, limit, self.desk_rules, self.fraud_policy.review)

    def _decision(self, evidence: Evidence) -> Decision:
        return self.judge.conclude(evidence, decision_id=self.new_id(), decided_at=self.clock())
