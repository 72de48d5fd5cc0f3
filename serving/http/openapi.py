"""Describe every address of the service as OpenAPI 3.1, with the schemas generated from the types."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from data.case import ReturnCase
from data.condition import MAX_PHOTOS
from data.device import DeviceClass, View
from data.fraud import MOST_REASONS
from data.strict import Frozen
from serving.http.answers import (
    BlindAnswer,
    CertificateAnswer,
    DecisionAnswer,
    FactsAnswer,
    GradeAnswer,
    KeptAnswer,
    ReturnAnswer,
    ScoresAnswer,
    UploadAnswer,
)
from serving.http.desk_answers import ClaimStateAnswer, CorrectionsAnswer, NoteAnswer, OpinionsAnswer
from serving.http.fields import KEY
from serving.http.forms import COUNT_TEXT, IDS_TEXT, REASONS_TEXT, SHA256_TEXT
from serving.http.problems import MEDIA_TYPE
from serving.http.queries import (
    CertificateQuery,
    DecisionQuery,
    DecisionsQuery,
    FiguresQuery,
    PageQuery,
    PhotoQuery,
    Query,
    QueueQuery,
    ReturnsQuery,
)
from serving.http.responses import SUFFIXES
from serving.pipeline import MAX_RETURNS
from serving.record.desk.corrections import CorrectionsRequest
from serving.record.desk.desk_claims import ClaimRequest
from serving.record.desk.notes import NoteRequest
from serving.record.desk.opinions import OpinionRequest
from serving.record.override import OverrideRequest
from serving.record.returns.fact import FactsRequest

REFERENCE = "#/components/schemas/{model}"
PHOTOS = {"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": MAX_PHOTOS}
BINARY = {"schema": {"type": "string", "format": "binary"}}
VIEWS = {"type": "array", "items": {"type": "string", "enum": list(View)}}
COUNT = {"type": "integer", "minimum": 0, "maximum": MAX_PHOTOS, "description": COUNT_TEXT}
SHA256 = {
    "type": "array",
    "items": {"type": "string", "pattern": "^[0-9A-Fa-f]{64}$"},
    "maxItems": MAX_PHOTOS,
    "description": SHA256_TEXT,
}
REASONS = {"type": ["integer", "null"], "minimum": 0, "maximum": MOST_REASONS, "description": REASONS_TEXT}
WHOLE = {"photo_count": COUNT, "photo_sha256": SHA256}
PHOTO_IDS = {
    "type": "array",
    "items": {"type": "string"},
    "maxItems": MAX_PHOTOS,
    "description": IDS_TEXT,
}
DEVICE_CLASS = {"type": "string", "enum": list(DeviceClass)}
DECISION_ID = {"name": "decision_id", "in": "path", "required": True, "schema": {"type": "string"}}
RMA_ID = {"name": "rma_id", "in": "path", "required": True, "schema": {"type": "string"}}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key with the same content answers with the first decision and decides nothing "
    "anew (Idempotent-Replayed: true); with other content it is refused with 422.",
    "schema": KEY.json_schema(),
}


class ProblemDocument(Frozen):
    """What went wrong, after RFC 9457; `errors` has a line `where: what` for each thing to correct."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: tuple[str, ...] = ()


MODELS: tuple[type[BaseModel], ...] = (
    ReturnCase,
    GradeAnswer,
    ScoresAnswer,
    DecisionAnswer,
    KeptAnswer,
    UploadAnswer,
    PhotoQuery,
    CertificateAnswer,
    OverrideRequest,
    ReturnAnswer,
    FactsAnswer,
    FactsRequest,
    ClaimRequest,
    ClaimStateAnswer,
    NoteRequest,
    NoteAnswer,
    OpinionRequest,
    OpinionsAnswer,
    CorrectionsRequest,
    CorrectionsAnswer,
    BlindAnswer,
    QueueQuery,
    ProblemDocument,
)


def describe_service() -> dict[str, Any]:
    """Return the OpenAPI document."""
    _, schemas = models_json_schema([(model, "serialization") for model in MODELS], ref_template=REFERENCE)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Regrade", "version": "1", "description": "Errors are RFC 9457 problem documents."},
        "paths": {**_calls(), **_record_paths(), **_system_paths()},
        "components": {"schemas": schemas["$defs"]},
    }


def _calls() -> dict[str, Any]:
    shown: dict[str, dict[str, Any]] = {"photos": PHOTOS, "photo_ids": PHOTO_IDS, "views": VIEWS, **WHOLE}
    grade = _grade_form(shown)
    case, key = _reference(ReturnCase), KEY.json_schema()
    decide = _form(["case"], case=case, idempotency_key=key, **shown)
    upload = _form(["photo"], photo=PHOTOS["items"], device_class=DEVICE_CLASS, view=VIEWS["items"])
    returns = {"type": "array", "items": _reference(ReturnCase), "minItems": 1, "maxItems": MAX_RETURNS}
    score = _body("application/json", _object(["returns"], returns=returns, reasons=REASONS))
    return {
        "/v1/grade": {"post": _operation("Grade one device from photos of it.", GradeAnswer, body=grade)},
        "/v1/photos": {"post": _created("Keep one photo for a decision to come.", UploadAnswer, upload)},
        "/v1/grade/overlay": {"post": _picture("Draw the findings over one device's photos.", grade)},
        "/v1/fraud/score": {
            "post": _operation("Score returns for fraud, in order.", ScoresAnswer, body=score)
        },
        "/v1/decide": {
            "post": _operation(
                "Decide what happens to one device.",
                DecisionAnswer,
                body=decide,
                parameters=[IDEMPOTENCY_KEY],
            )
        },
    }


def _record_paths() -> dict[str, Any]:
    override = _body("application/json", _reference(OverrideRequest))
    one_or_blind = [DECISION_ID, *_parameters(DecisionQuery)]
    facts = _body("application/json", _reference(FactsRequest))
    one, pages = [DECISION_ID], _parameters(PageQuery)
    return {
        "/v1/decisions": {
            "get": _operation("List decisions, newest first.", None, parameters=_parameters(DecisionsQuery))
        },
        "/v1/decisions/{decision_id}": {
            "get": _operation(
                "Read one decision, or with blind=true what it was asked for alone.",
                KeptAnswer,
                parameters=one_or_blind,
            )
        },
        "/v1/decisions/{decision_id}/certificate": {"get": _certificate()},
        "/v1/decisions/{decision_id}/override": {
            "post": _operation("Let a person choose otherwise.", KeptAnswer, body=override, parameters=one)
        },
        "/v1/decisions/{decision_id}/photos/{n}": {"get": _kept_photo()},
        "/v1/returns": {
            "get": _operation(
                "List returns, the last decided first.", None, parameters=_parameters(ReturnsQuery)
            )
        },
        "/v1/returns/{rma_id}": {
            "get": _operation("Tell everything of one return.", ReturnAnswer, parameters=[RMA_ID])
        },
        "/v1/returns/{rma_id}/facts": {
            "post": _operation(
                "Keep what became known of a return.", FactsAnswer, body=facts, parameters=[RMA_ID]
            )
        },
        **_desk_paths(),
        "/v1/events": {"get": _operation("List what happened after a cursor.", None, parameters=pages)},
        "/v1/kpis": {
            "get": _operation("Count the figures of the record.", None, parameters=_parameters(FiguresQuery))
        },
        "/v1/schema/case": {"get": _operation("Serve the JSON Schema of a case.", None)},
    }


def _desk_paths() -> dict[str, Any]:
    calls: dict[str, tuple[str, type[BaseModel], type[BaseModel]]] = {
        "note": ("Keep a note on a decision.", NoteAnswer, NoteRequest),
        "opinion": ("Give an opinion, blind to the others.", OpinionsAnswer, OpinionRequest),
        "corrections": ("Correct what was seen on the photos.", CorrectionsAnswer, CorrectionsRequest),
    }
    made = {
        f"/v1/decisions/{{decision_id}}/{name}": {
            "post": _created(text, answer, _body("application/json", _reference(asked)), [DECISION_ID])
        }
        for name, (text, answer, asked) in calls.items()
    }
    claim = _body("application/json", _reference(ClaimRequest))
    return {
        "/v1/review-queue": {
            "get": _operation(
                "List what waits for a person, oldest first or by urgency.",
                None,
                parameters=_parameters(QueueQuery),
            )
        },
        "/v1/review-queue/rules": {
            "get": _operation("Tell why something waits, until when, and the reason codes.", None)
        },
        "/v1/decisions/{decision_id}/claim": {
            "post": _operation(
                "Claim a decision for a while, or give it back.",
                ClaimStateAnswer,
                body=claim,
                parameters=[DECISION_ID],
            )
        },
        **made,
    }


def _system_paths() -> dict[str, Any]:
    texts = {
        "/livez": "Tell that the process lives.",
        "/readyz": "Tell that the models are loaded and replayed, and that decisions can be kept.",
        "/healthz": "Tell the same as /livez, for those who ask there.",
        "/metrics": "Serve Prometheus metrics.",
        "/docs.json": "Serve this description.",
        "/schema.json": "Serve BentoML's own description, which its client reads.",
        "/station": "Serve the station page.",
    }
    return {
        path: {"get": {"summary": text, "responses": {"200": {"description": "OK"}}}}
        for path, text in texts.items()
    }


def _parameters(query: type[Query]) -> list[dict[str, Any]]:
    """Return the parameters of a query with the limits that its type keeps."""
    fields = query.model_json_schema(ref_template=REFERENCE)["properties"]
    return [{"name": name, "in": "query", "schema": _sent(schema)} for name, schema in fields.items()]


def _sent(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what may be sent for a field: a parameter is given or left out, and is never null."""
    options = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    return {name: value for name, value in options[0].items() if name not in {"title", "default"}}


def _operation(
    summary: str,
    answer: type[BaseModel] | None,
    *,
    body: dict[str, Any] | None = None,
    parameters: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    schema = _reference(answer) if answer else {"type": "object"}
    content = {MEDIA_TYPE: {"schema": _reference(ProblemDocument)}}
    operation = {
        "summary": summary,
        "responses": {
            "200": {"description": "The answer.", "content": {"application/json": {"schema": schema}}},
            "default": {"description": "A problem.", "content": content},
        },
    }
    optional = {"requestBody": body, "parameters": parameters}
    return operation | {name: value for name, value in optional.items() if value}


def _created(
    summary: str,
    answer: type[BaseModel],
    body: dict[str, Any],
    parameters: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    operation = _operation(summary, answer, body=body, parameters=parameters)
    operation["responses"]["201"] = operation["responses"].pop("200")
    return operation


def _kept_photo() -> dict[str, Any]:
    index = {"name": "n", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9]+$"}}
    operation = _operation(
        "Show one photo of a decision as it was kept, smaller, or with what was found on it.",
        None,
        parameters=[DECISION_ID, index, *_parameters(PhotoQuery)],
    )
    picture = {"schema": {"type": "string", "format": "binary"}}
    operation["responses"]["200"]["content"] = dict.fromkeys(SUFFIXES, picture)
    return operation


def _picture(summary: str, body: dict[str, Any]) -> dict[str, Any]:
    operation = _operation(summary, None, body=body)
    operation["responses"]["200"]["content"] = {"image/jpeg": BINARY}
    return operation


def _certificate() -> dict[str, Any]:
    parameters = [DECISION_ID, *_parameters(CertificateQuery)]
    summary = "Certify a decided device's condition, as a PDF or as JSON."
    operation = _operation(summary, CertificateAnswer, parameters=parameters)
    operation["responses"]["200"]["content"]["application/pdf"] = BINARY
    return operation


def _grade_form(shown: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the form of a grade: at least one photo, by file or id."""
    names = ("photos", "photo_ids")
    some = {name: {**shown[name], "minItems": 1} for name in names}
    form = _object([], device_class=DEVICE_CLASS, **{**shown, **some})
    return _body("multipart/form-data", {**form, "anyOf": [{"required": [name]} for name in names]})


def _form(required: list[str], **properties: Any) -> dict[str, Any]:
    return _body("multipart/form-data", _object(required, **properties))


def _body(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {media_type: {"schema": schema}}}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "additionalProperties": False, "properties": properties}


def _reference(model: type[BaseModel]) -> dict[str, Any]:
    return {"$ref": REFERENCE.format(model=model.__name__)}
