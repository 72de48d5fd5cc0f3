"""Serve the house over HTTP with BentoML: each call takes its form, asks the pipeline, shapes the answer."""

import logging
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import bentoml
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from bentoml.validators import ContentType
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from data.case import ReturnCase
from data.decision import Decision
from data.device import DeviceClass, View
from serving.http.answers import (
    DecisionAnswer,
    GradeAnswer,
    ScoresAnswer,
    UploadAnswer,
    condition_values,
    decision_values,
    scores_values,
    upload_values,
)
from serving.http.dispatcher import Dispatcher
from serving.http.forms import DecideForm, FewReturns, GradeForm, ScoreForm, UploadForm
from serving.http.problem_guard import BodyLimit, Problems
from serving.http.problems import REFUSALS, Refused, problem_of, record_problem
from serving.http.readiness import Readiness
from serving.http.responses import answer_json, answer_problem
from serving.http.routes import house_routes
from serving.pipeline import DecisionRequest
from serving.record.errors import UnusableRecord
from serving.record.photo_store.sent_photo import SentPhoto
from serving.settings import Settings
from serving.settled import settle
from serving.shadow.candidate import SeenReturn
from serving.shadow.opening_shadow import open_shadow
from serving.shadow.shadow import Shadow
from serving.startup import open_pipeline, open_sender, open_sweeper

PHOTO_BODY_BYTES = 100 * 1024 * 1024
SCORE_BODY_BYTES = 16 * 1024 * 1024
OTHER_BODY_BYTES = 1024 * 1024
GRADE, OVERLAY, SCORE, DECIDE = "/v1/grade", "/v1/grade/overlay", "/v1/fraud/score", "/v1/decide"
UPLOAD = "/v1/photos"
BODY_LIMITS = {
    GRADE: PHOTO_BODY_BYTES,
    OVERLAY: PHOTO_BODY_BYTES,
    DECIDE: PHOTO_BODY_BYTES,
    UPLOAD: PHOTO_BODY_BYTES,
    SCORE: SCORE_BODY_BYTES,
}
BENTOML_PATHS = ("/livez", "/readyz", "/healthz", "/metrics", "/schema.json")
TIMEOUT_S = 60
# Requests in hand at once; more than that are told to come back, so that memory stays bounded.
MAX_CONCURRENCY = 64
# BentoML makes spans for every message of every request, also where no exporter takes them: 0.3 ms a call.
# Who sets an exporter in BENTOML_CONFIG, under services.regrade.tracing, sets `excluded_urls: []` beside it.
UNTRACED = [".*"]
# Photo sets in hand at once.
REQUEST_THREADS = 4
# Batches of scores in hand at once, beside the photo sets.
BATCH_THREADS = 2


class GuardedService(bentoml.Service):  # type: ignore[misc]
    """A BentoML service with our own addresses beside its calls, and limits and problems around all."""

    def to_asgi(self, is_main: bool = True) -> Problems:
        """Return the whole service as one ASGI application."""
        calls = [method.route for method in self.apis.values()]
        dispatcher = Dispatcher(super().to_asgi(is_main), [*calls, *BENTOML_PATHS], house_routes())
        return Problems(BodyLimit(dispatcher, BODY_LIMITS, otherwise=OTHER_BODY_BYTES))


@bentoml.service(
    name="regrade",
    service_class=GuardedService,
    description="Grades a returned device from photos, scores return fraud and decides what happens to it.",
    traffic={"timeout": TIMEOUT_S, "max_concurrency": MAX_CONCURRENCY},
    threads=REQUEST_THREADS,
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": UNTRACED},
)
class Regrade:
    """Condition grading, fraud scoring and disposition of returned devices."""

    def __init__(self) -> None:
        logging.getLogger("bentoml._internal.server.http_app").addFilter(_is_incident)
        self._batches = CapacityLimiter(BATCH_THREADS)
        settings = Settings.of()
        self.pipeline = open_pipeline(settings, clock=_utc_now, new_id=_new_id)
        self._readiness = Readiness(self.pipeline.record.database)
        self._sweeper = open_sweeper(self.pipeline, settings)
        self._sweeper.start()
        self._sender = open_sender(settings, self.pipeline.record, _utc_now)
        if self._sender:
            self._sender.start()
        self._shadow = open_shadow(settings, self.pipeline.record, _utc_now)
        if self._shadow:
            self._shadow.start()
        settle()

    def __is_ready__(self) -> bool:
        """Tell BentoML's /readyz whether decisions can be kept; where not, the answer says why."""
        try:
            self._readiness.require()
        except UnusableRecord as error:
            problem = record_problem(error)
            raise HTTPException(problem.http_status, problem.detail, problem.headers) from error
        return True

    @bentoml.api(route=GRADE, input_spec=GradeForm, output_spec=GradeAnswer)  # type: ignore[untyped-decorator]
    def grade(
        self,
        photos: list[UploadFile],
        photo_ids: list[str],
        device_class: DeviceClass | None,
        views: list[View] | None,
        **_: Any,
    ) -> Response:
        """Grade one device from photos of it."""
        sent = _receive(photos)
        try:
            shown = self.pipeline.with_uploads(sent, photo_ids, views=views, device_class=device_class)
            condition = self.pipeline.grade(shown)
        except REFUSALS as error:
            return _refuse(error, GRADE, sent)
        return answer_json(condition_values(condition))

    @bentoml.api(route=UPLOAD, input_spec=UploadForm, output_spec=UploadAnswer)  # type: ignore[untyped-decorator]
    def upload(
        self, photo: UploadFile, device_class: DeviceClass | None, view: View | None, **_: Any
    ) -> Response:
        """Keep one photo for a decision to come, and say what it shows."""
        sent = _receive([photo])
        try:
            result = self.pipeline.upload(sent[0], device_class=device_class, view=view)
        except REFUSALS as error:
            return _refuse(error, UPLOAD, sent)
        return answer_json(upload_values(result), status=201)

    @bentoml.api(route=OVERLAY, input_spec=GradeForm)  # type: ignore[untyped-decorator]
    def overlay(
        self,
        photos: list[UploadFile],
        photo_ids: list[str],
        device_class: DeviceClass | None,
        views: list[View] | None,
        **_: Any,
    ) -> Annotated[Path, ContentType("image/jpeg")]:
        """Grade one device and answer a JPEG of its photos with heat and a numbered box at each finding."""
        # The annotation is what BentoML's schema and client go by; the answer is a Response, as elsewhere.
        sent = _receive(photos)
        try:
            shown = self.pipeline.with_uploads(sent, photo_ids, views=views, device_class=device_class)
            picture = self.pipeline.draw(shown)
        except REFUSALS as error:
            return _refuse(error, OVERLAY, sent)  # type: ignore[return-value]
        return Response(picture, media_type="image/jpeg")  # type: ignore[return-value]

    @bentoml.api(route=SCORE, input_spec=ScoreForm, output_spec=ScoresAnswer)  # type: ignore[untyped-decorator]
    async def score(self, returns: list[Any], reasons: int | None) -> Response:
        """Score returns for fraud, in order; a wrong case gets its problem in its place."""
        if isinstance(returns, FewReturns):
            return self._score(returns, reasons)
        return await run_sync(self._score, returns, reasons, limiter=self._batches)

    def _score(self, returns: list[Any], reasons: int | None) -> Response:
        items = scores_values(returns, self.pipeline.score(returns, reasons=reasons))
        return answer_json({"scores": items, "model": vars(self.pipeline.scorer.identity)})

    @bentoml.api(route=DECIDE, input_spec=DecideForm, output_spec=DecisionAnswer)  # type: ignore[untyped-decorator]
    def decide(
        self,
        case: ReturnCase,
        photos: list[UploadFile],
        photo_ids: list[str],
        views: list[View] | None,
        idempotency_key: str | None,
        **_: Any,
    ) -> Response:
        """Decide what happens to one returned device, and keep the decision with its evidence."""
        sent, begun_s = _receive(photos), time.monotonic()
        try:
            asked_class = case.rma.device_class
            shown = self.pipeline.with_uploads(sent, photo_ids, views=views, device_class=asked_class)
            asked = DecisionRequest(case, shown.photos, shown.views, idempotency_key)
            outcome = self.pipeline.decide(asked)
        except REFUSALS as error:
            return _refuse(error, DECIDE, sent)
        decision = outcome.kept.decision
        headers = {"Location": f"/v1/decisions/{decision.decision_id}"}
        replayed = {"Idempotent-Replayed": "true"} if outcome.is_replay else {}
        answer = answer_json(decision_values(decision, case.notes), headers | replayed)
        if self._shadow and not outcome.is_replay:
            self._shadow.offer(_seen(asked, decision, self._shadow, time.monotonic() - begun_s))
        return answer

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    def close(self) -> None:
        """Stop sweeping, sending and comparing, and give the record's connections back."""
        self._sweeper.stop()
        if self._shadow:
            self._shadow.stop()
        if self._sender:
            self._sender.stop()
        self.pipeline.record.close()


def _refuse(error: Exception, path: str, photos: tuple[SentPhoto, ...]) -> Response:
    return answer_problem(problem_of(error, [photo.name for photo in photos]).at(path))


def _receive(photos: list[UploadFile]) -> tuple[SentPhoto, ...]:
    return tuple(_read(upload) for upload in photos)


def _seen(asked: DecisionRequest, decision: Decision, shadow: Shadow, duration_s: float) -> SeenReturn:
    photos = tuple(photo.given for photo in asked.photos) if shadow.needs_photos else ()
    return SeenReturn(asked.case, decision, photos, asked.views, duration_s)


def _read(upload: UploadFile) -> SentPhoto:
    with upload.file as file:
        return SentPhoto(upload.filename or "", file.read())


def _is_incident(record: logging.LogRecord) -> bool:
    # BentoML logs a traceback for whatever a call raises; a refused or broken-off request is no incident.
    return not (record.exc_info and isinstance(record.exc_info[1], Refused | ClientDisconnect))


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return uuid.uuid4().hex
