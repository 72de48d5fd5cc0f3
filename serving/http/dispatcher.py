"""Send each request to BentoML or to the house's own routes."""

from collections.abc import Iterable

import bentoml
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.pipeline import Pipeline


def served_pipeline() -> Pipeline:
    """Return the pipeline of the service that answers, for the house's own routes."""
    pipeline: Pipeline = bentoml.get_current_service().pipeline
    return pipeline


class Dispatcher:
    """BentoML answers its own paths; everything else, also what does not exist, is the house's.

    Not mounted inside BentoML: its metrics keep a row for every path ever asked for, which decision ids and
    scanners would grow without end, and behind its timeout layer an error without an answer hangs.
    """

    def __init__(self, bentoml: ASGIApp, paths: Iterable[str], house: ASGIApp) -> None:
        self._bentoml = bentoml
        self._paths = frozenset(paths)
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or BentoML's start and stop."""
        is_own = scope["type"] == "http" and scope["path"] not in self._paths
        await (self._house if is_own else self._bentoml)(scope, receive, send)
