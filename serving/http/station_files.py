"""Serve the station page: its own files only, and nothing that a foreign page could use."""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

STATION_FOLDER = Path(__file__).parents[1] / "station"
SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": SECURITY_POLICY,
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Asked for anew each time, answered 304 while nothing changed: a new version shows at once.
    "Cache-Control": "no-cache",
}


class StationFiles(StaticFiles):
    """The files of the page, with the headers that fence it in."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Answer with one file, or 304 when the browser has it already."""
        response = super().file_response(*args, **kwargs)
        response.headers.update(HEADERS)
        return response


def station_routes() -> list[BaseRoute]:
    """Return the page at /station and its files below."""
    files = StationFiles(directory=STATION_FOLDER)

    async def page(request: Request) -> Response:
        return await files.get_response("index.html", request.scope)

    return [Route("/station", page), Route("/station/", page), Mount("/station", files)]
