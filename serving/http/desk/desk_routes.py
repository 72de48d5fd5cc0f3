"""Route the review desk: what waits, and who claims, notes, judges and corrects it."""

from typing import Any, TypeVar

from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.http.desk_answers import claim_values, corrections_values, note_values, opinions_values
from serving.http.dispatcher import served_pipeline
from serving.http.fields import checked, parse_json, query_of, require_media_type
from serving.http.queries import Query, QueueQuery
from serving.http.responses import answer_json
from serving.record.desk.corrections import CorrectionsRequest
from serving.record.desk.desk_claims import ClaimRequest
from serving.record.desk.notes import NoteRequest
from serving.record.desk.opinions import OpinionRequest
from serving.record.desk.review_queue import QueueFilter, QueueOrder

# Who asks for none of what came later gets the queue as it was before.
BEFORE = {"limit", "cursor"}
Model = TypeVar("Model", bound=BaseModel)


def desk_routes() -> list[Route]:
    """Return the addresses of the desk."""
    decision = "/v1/decisions/{decision_id}"
    return [
        Route("/v1/review-queue", _review_queue),
        Route("/v1/review-queue/rules", _rules),
        Route(f"{decision}/claim", _claim, methods=["POST"]),
        Route(f"{decision}/note", _note, methods=["POST"]),
        Route(f"{decision}/opinion", _opinion, methods=["POST"]),
        Route(f"{decision}/corrections", _corrections, methods=["POST"]),
    ]


def _review_queue(request: Request) -> Response:
    asked = query_of(request, QueueQuery)
    wanted = QueueFilter(
        order=asked.order or QueueOrder.OLDEST,
        reason=asked.reason,
        is_claimed=asked.claimed,
        due_before=asked.due_before,
        holds_only=asked.model_fields_set <= BEFORE,
    )
    page = served_pipeline().desk.queue.page(wanted, limit=asked.limit, after=asked.cursor)
    return answer_json({"decisions": page.rows, "next_cursor": page.next_cursor})


def _rules(request: Request) -> Response:
    query_of(request, Query)
    return answer_json(served_pipeline().desk.rules.model_dump(mode="json"))


async def _claim(request: Request) -> Response:
    wanted = await _sent(request, ClaimRequest, "{person}")
    decision_id = request.path_params["decision_id"]
    claim = await run_in_threadpool(served_pipeline().desk.claim, decision_id, wanted)
    return answer_json(claim_values(decision_id, wanted.purpose, claim))


async def _note(request: Request) -> Response:
    wanted = await _sent(request, NoteRequest, "{person, text}")
    note = await run_in_threadpool(served_pipeline().desk.note, request.path_params["decision_id"], wanted)
    return answer_json(note_values(note), status=201)


async def _opinion(request: Request) -> Response:
    wanted = await _sent(request, OpinionRequest, "{person, grade, is_fraud, disposition}")
    decision_id = request.path_params["decision_id"]
    opinions = await run_in_threadpool(served_pipeline().desk.give_opinion, decision_id, wanted)
    return answer_json(opinions_values(opinions), status=201)


async def _corrections(request: Request) -> Response:
    wanted = await _sent(request, CorrectionsRequest, "{person, corrections: [{action, ...}]}")
    kept = await run_in_threadpool(served_pipeline().desk.correct, request.path_params["decision_id"], wanted)
    return answer_json(corrections_values(kept), status=201)


async def _sent(request: Request, model: type[Model], form: str) -> Model:
    require_media_type(request, ("application/json",), f"send JSON: {form}")
    values: Any = await parse_json(await request.body())
    return checked(model, values)
