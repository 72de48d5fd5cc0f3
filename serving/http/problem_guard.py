"""Keep the whole service within its limits and make every error a problem document."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from anyio import move_on_after
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.first_errors import excerpt
from serving.http.problems import MEDIA_TYPE, Problem, ProblemKind, Refused
from serving.http.responses import answer_problem

REFUSAL = "regrade.refusal"
# How much of a body that is too large is still read, so that the sender gets to hear the answer.
DRAIN_BYTES = 256 * 1024 * 1024
DRAIN_S = 10
MAX_ERROR_BYTES = 64 * 1024

_KINDS: Mapping[int, ProblemKind] = {
    404: ProblemKind.NOT_FOUND,
    405: ProblemKind.METHOD_NOT_ALLOWED,
    413: ProblemKind.TOO_LARGE,
    415: ProblemKind.WRONG_MEDIA_TYPE,
    422: ProblemKind.WRONG_FIELD,
    429: ProblemKind.BUSY,
    503: ProblemKind.NOT_READY,
    504: ProblemKind.TIMEOUT,
}
_ADVICE: Mapping[int, str] = {
    404: "GET /docs.json lists what there is.",
    405: "Use one of the methods in the Allow header.",
    429: "Send it again in a few seconds.",
    500: "Nothing was decided. Send it again; if it fails again, look into the service's log.",
    503: "Wait until /readyz answers 200.",
    504: "Nothing was answered in time. Send it again, with fewer or smaller photos.",
}


def remember_refusal(scope: Scope, refused: Refused) -> None:
    """Leave the problem where the outermost layer finds it, however the layers between answer."""
    scope[REFUSAL].append(refused.problem)


class BodyLimit:
    """Refuse bodies over the limit of their path, by their stated length or while they are read.

    A refusal is sent when the whole body has been read: who still sends does not listen.
    """

    def __init__(self, app: ASGIApp, limits: Mapping[str, int], otherwise: int) -> None:
        self._app = app
        self._limits = limits
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limits.get(scope["path"], self._otherwise)
        body = _Body(scope, receive, limit)

        async def send_after_body(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400:
                await body.drain()
            await send(message)

        stated = Headers(scope=scope).get("content-length", "0")
        if stated.isdigit() and int(stated) > limit:
            answer = answer_problem(_too_large(stated, limit).at(scope["path"]))
            await answer(scope, receive, send_after_body)
            return
        await self._app(scope, body.receive, send_after_body)


class _Body:
    """The body of one request: counted while it is read, and read to its end where nobody else does."""

    def __init__(self, scope: Scope, receive: Receive, limit: int) -> None:
        self._scope = scope
        self._receive = receive
        self._limit = limit
        self._count = 0
        # A sender that asks first has sent nothing yet, and reading would tell it to go on.
        self._is_over = Headers(scope=scope).get("expect", "").lower() == "100-continue"

    async def receive(self) -> Message:
        """Return the next message; raises Refused over the limit."""
        message = await self._next()
        if self._count > self._limit:
            refused = Refused(_too_large(f"more than {self._limit}", self._limit))
            remember_refusal(self._scope, refused)
            raise refused
        return message

    async def drain(self) -> None:
        """Read what is left, within reason."""
        with move_on_after(DRAIN_S):
            while not self._is_over and self._count < DRAIN_BYTES:
                await self._next()

    async def _next(self) -> Message:
        message = await self._receive()
        self._count += len(message.get("body", b""))
        self._is_over = message["type"] != "http.request" or not message.get("more_body")
        return message


class Problems:
    """Turn every answer of 400 and above into a problem document; the outermost layer of the service."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[REFUSAL] = []
        await self._app(scope, receive, _Rewriter(scope, receive, send).send)


class _Rewriter:
    """Hold back an error answer until its text is known, then send the problem instead."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """Pass a good answer on as it comes, and replace a bad one once it is complete."""
        if message["type"] == "http.response.start" and _is_foreign_error(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")[:MAX_ERROR_BYTES]
            if not message.get("more_body"):
                await self._answer(self._start)

    async def _answer(self, start: Message) -> None:
        headers = MutableHeaders(raw=list(start["headers"]))
        for name in ("content-length", "content-type", "content-encoding"):
            del headers[name]
        refusals = self._scope[REFUSAL]
        problem = refusals[0] if refusals else _foreign_problem(self._scope, start["status"], self._body)
        await answer_problem(problem.at(self._scope["path"]), headers)(self._scope, self._receive, self._send)


def _is_foreign_error(message: Message) -> bool:
    content_type = Headers(raw=message["headers"]).get("content-type", "")
    return bool(message["status"] >= 400) and not content_type.startswith(MEDIA_TYPE)


def _foreign_problem(scope: Scope, status: int, body: bytes) -> Problem:
    kind = _KINDS.get(status, ProblemKind.REFUSED if status < 500 else ProblemKind.INTERNAL)
    # What failed inside is not for those outside; that the service is not ready was said for them.
    said = _said(body) if status < 500 or status == HTTPStatus.SERVICE_UNAVAILABLE else ""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "error"
    text = said if said and said != phrase else f"{scope['method']} {excerpt(scope['path'])}: {phrase}"
    detail = " ".join(part for part in (f"{text.rstrip('.')}.", _ADVICE.get(status, "")) if part)
    return Problem(kind, detail, status=status)


def _said(body: bytes) -> str:
    try:
        answer: Any = json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace").strip()[:500]
    if isinstance(answer, list) and answer:
        answer = answer[0]
    return str(answer.get("error", "")) if isinstance(answer, dict) else ""


def _too_large(given: object, limit: int) -> Problem:
    detail = (
        f"The body has {given} bytes; at most {limit} are allowed here: send fewer or smaller photos, "
        "or fewer returns at a time."
    )
    return Problem(ProblemKind.TOO_LARGE, detail)
