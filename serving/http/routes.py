"""Route what BentoML has no calls for: reading the record, overriding a decision, the schema, the page."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from data.case import case_schema
from serving.certificate.certificate import certificate_values, certify
from serving.http.answers import blind_values, kept_values, story_values
from serving.http.desk.desk_routes import desk_routes
from serving.http.dispatcher import served_pipeline
from serving.http.fields import checked, parse_json, query_of, require_media_type
from serving.http.openapi import describe_service
from serving.http.problems import REFUSALS, Problem, ProblemKind, problem_of
from serving.http.queries import (
    CertificateQuery,
    DecisionQuery,
    DecisionsQuery,
    FiguresQuery,
    PageQuery,
    PhotoQuery,
    Query,
    ReturnsQuery,
)
from serving.http.responses import answer_json, answer_pdf, answer_picture, answer_problem
from serving.http.station_files import station_routes
from serving.record.override import OverrideRequest
from serving.record.paging import Page
from serving.record.returns.fact import FactsRequest


def house_routes() -> Starlette:
    """Return everything beside BentoML's own calls as one application."""
    routes = [
        Route("/", _home),
        Route("/docs.json", _docs),
        Route("/v1/decisions", _decisions),
        Route("/v1/decisions/{decision_id}", _decision),
        Route("/v1/decisions/{decision_id}/photos/{n}", _photo),
        Route("/v1/decisions/{decision_id}/certificate", _certificate),
        Route("/v1/decisions/{decision_id}/override", _override, methods=["POST"]),
        Route("/v1/returns", _returns),
        Route("/v1/returns/{rma_id:path}/facts", _facts, methods=["POST"]),
        Route("/v1/returns/{rma_id:path}", _return),
        *desk_routes(),
        Route("/v1/kpis", _kpis),
        Route("/v1/events", _events),
        Route("/v1/schema/case", _case_schema),
        *station_routes(),
    ]
    handlers: dict[Any, Callable[..., Response]] = dict.fromkeys(REFUSALS, _refuse)
    return Starlette(routes=routes, exception_handlers={**handlers, Exception: _fail})


def _home(_: Request) -> Response:
    # BentoML's own front page loads a tracker from elsewhere.
    return RedirectResponse("/station")


def _docs(_: Request) -> Response:
    return answer_json(describe_service())


def _decisions(request: Request) -> Response:
    asked = query_of(request, DecisionsQuery)
    page = served_pipeline().record.page(
        limit=asked.limit, before=asked.cursor, rma_id=asked.rma_id, disposition=asked.disposition
    )
    return _page("decisions", page)


def _decision(request: Request) -> Response:
    asked = query_of(request, DecisionQuery)
    pipeline, decision_id = served_pipeline(), request.path_params["decision_id"]
    kept = pipeline.record.get(decision_id)
    if asked.blind:
        return answer_json(blind_values(kept))
    return answer_json(kept_values(kept, pipeline.desk.shown(decision_id, asked.person)))


def _photo(request: Request) -> Response:
    asked = query_of(request, PhotoQuery)
    decision_id, number = request.path_params["decision_id"], request.path_params["n"]
    index = int(number) if number.isascii() and number.isdigit() else -1
    picture = served_pipeline().picture(decision_id, index, asked.size, with_findings=asked.overlay)
    return answer_picture(picture, f"{decision_id}-{index}")


def _certificate(request: Request) -> Response:
    asked = query_of(request, CertificateQuery)
    record = served_pipeline().record
    kept = record.get(request.path_params["decision_id"])
    certificate = certify(kept, record.returns.superseding(kept))
    if (asked.format or _format_accepted(request)) == "json":
        return answer_json(certificate_values(certificate))
    # reportlab takes a while to load, which only those who ask for a PDF should wait for.
    from serving.certificate.pages import certificate_pdf

    return answer_pdf(
        certificate_pdf(certificate, served_pipeline().marked_photos(kept)),
        f"certificate-{certificate.decision_id}",
    )


def _format_accepted(request: Request) -> str:
    accepted = request.headers.get("accept", "")
    return "json" if "application/json" in accepted and "application/pdf" not in accepted else "pdf"


async def _override(request: Request) -> Response:
    require_media_type(request, ("application/json",), "send JSON: {disposition, person, reason}")
    wanted = checked(OverrideRequest, await parse_json(await request.body()))
    return answer_json(await run_in_threadpool(_overridden, request.path_params["decision_id"], wanted))


def _overridden(decision_id: str, wanted: OverrideRequest) -> dict[str, Any]:
    pipeline = served_pipeline()
    return kept_values(
        pipeline.override(decision_id, wanted), pipeline.desk.shown(decision_id, wanted.person)
    )


def _returns(request: Request) -> Response:
    asked = query_of(request, ReturnsQuery)
    return _page("returns", served_pipeline().record.returns.page(limit=asked.limit, before=asked.cursor))


def _return(request: Request) -> Response:
    query_of(request, Query)
    return answer_json(story_values(served_pipeline().record.returns.story(request.path_params["rma_id"])))


async def _facts(request: Request) -> Response:
    require_media_type(request, ("application/json",), "send JSON: {facts: [{kind, ...}]}")
    sent = checked(FactsRequest, await parse_json(await request.body()))
    rma_id = request.path_params["rma_id"]
    kept = await run_in_threadpool(served_pipeline().add_facts, rma_id, sent.facts)
    values = {"rma_id": rma_id, "facts": [asdict(fact) for fact in kept]}
    return answer_json(values, status=201 if any(fact.is_new for fact in kept) else 200)


def _kpis(request: Request) -> Response:
    asked = query_of(request, FiguresQuery)
    return answer_json(asdict(served_pipeline().figures(asked.since)))


def _events(request: Request) -> Response:
    asked = query_of(request, PageQuery)
    page = served_pipeline().record.events(limit=asked.limit, after=asked.cursor)
    last = page.rows[-1]["sequence"] if page.rows else asked.cursor
    # The cursor is given at the end too: a listener asks from there the next time.
    return answer_json({"events": page.rows, "next_cursor": last, "has_more": page.next_cursor is not None})


def _case_schema(request: Request) -> Response:
    query_of(request, Query)
    return answer_json(case_schema())


def _page(name: str, page: Page) -> Response:
    return answer_json({name: page.rows, "next_cursor": page.next_cursor})


def _refuse(request: Request, error: Exception) -> Response:
    return answer_problem(problem_of(error).at(request.url.path))


def _fail(request: Request, _: Exception) -> Response:
    detail = "Nothing was changed. Try again; if it fails again, look into the service's log."
    return answer_problem(Problem(ProblemKind.INTERNAL, detail).at(request.url.path))
