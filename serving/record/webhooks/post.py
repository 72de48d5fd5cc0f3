"""Send one event to one receiver and say what came of it."""

import asyncio
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

import httpx

from serving.record.entry import canonical_json
from serving.record.webhooks.endpoints import Endpoint
from serving.record.webhooks.queue import Delivery
from serving.record.webhooks.signature import signed_headers

# Statuses by which a receiver says that it can't take anything just now.
_NOBODY_HOME = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}


class Reaction(Enum):
    """What a receiver did with an event."""

    TAKEN = "taken"
    REFUSED = "refused"
    AWAY = "away"


@dataclass(frozen=True)
class Answer:
    """A receiver's reaction, what it said, and for how long it asks to be left alone."""

    reaction: Reaction
    said: str = ""
    retry_after_s: float = 0.0


async def post(
    client: httpx.AsyncClient, endpoint: Endpoint, delivery: Delivery, *, at_s: int, timeout_s: float
) -> Answer:
    """Send an event, signed; any status from 200 to 299 takes it. A redirection is not followed."""
    body = event_body(delivery)
    headers = {
        "content-type": "application/json",
        "user-agent": "regrade-webhooks",
        **signed_headers(delivery.event_id, at_s, body, endpoint.keys),
    }
    try:
        # Around all of it: a receiver may also answer a letter at a time.
        async with asyncio.timeout(timeout_s):
            async with client.stream("POST", endpoint.url, content=body, headers=headers) as response:
                return _answer(response)
    except TimeoutError:
        return Answer(Reaction.AWAY, f"no answer within {timeout_s:g} s")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Answer(Reaction.AWAY, f"{type(error).__name__}: {error}"[:200])


def event_body(delivery: Delivery) -> bytes:
    """Return an event as JSON bytes in the form of Standard Webhooks; one that was erased tells so."""
    told = {"erased": True} if delivery.data is None else delivery.data
    data = {**told, "decision_id": delivery.decision_id, "rma_id": delivery.rma_id}
    return canonical_json({"type": delivery.type, "timestamp": delivery.at, "data": data}).encode()


def _answer(response: httpx.Response) -> Answer:
    if response.is_success:
        return Answer(Reaction.TAKEN)
    said = f"answered {response.status_code}"
    if response.status_code in _NOBODY_HOME:
        return Answer(Reaction.AWAY, said, _seconds(response.headers.get("retry-after")))
    return Answer(Reaction.REFUSED, said)


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isascii() and text.isdigit() else 0.0
