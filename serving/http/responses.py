"""Write answers, files and problems as HTTP responses."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from serving.http.answers import json_text
from serving.http.problems import MEDIA_TYPE, Problem
from serving.record.photo_store.shown_photo import Picture

SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/heic": ".heic"}


def answer_json(values: Any, headers: Mapping[str, str] | None = None, *, status: int = 200) -> Response:
    """Return JSON values as an answer."""
    return Response(json_text(values), status, headers=dict(headers or {}), media_type="application/json")


def answer_picture(picture: Picture, name: str) -> Response:
    """Return a picture as an answer that is shown and never run, and that no cache keeps."""
    suffix = SUFFIXES[picture.media_type]
    headers = {
        "Content-Disposition": f'inline; filename="{name}{suffix}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(picture.body, headers=headers, media_type=picture.media_type)


def answer_pdf(body: bytes, name: str) -> Response:
    """Return a PDF that a browser shows, and saves under a name without its suffix."""
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(body, headers=headers, media_type="application/pdf")


def answer_problem(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem as an answer with its own status."""
    body = json_text(problem.document())
    return Response(
        body, problem.http_status, headers={**(headers or {}), **problem.headers}, media_type=MEDIA_TYPE
    )
