"""Call a service that is being killed as an RMA system does: again under the same key until it answers."""

import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import httpx

from tests.soak.ledger import Acknowledged, Ledger
from tests.soak.returns import ReturnToDecide, new_return

# What a caller does: decides without photos, by photos, or by a photo that was sent ahead.
WITHOUT_PHOTOS, BY_PHOTOS, BY_PHOTO_AHEAD = "no photos", "photos", "photo ahead"
SHARES = {WITHOUT_PHOTOS: 0.6, BY_PHOTOS: 0.25, BY_PHOTO_AHEAD: 0.15}
MOST_PHOTOS = 2
# How often a caller is impatient and sends twice at once, and how often a decision is followed by more.
TWICE, WITH_FACT, WITH_OVERRIDE = 0.1, 0.2, 0.2
# Long, because it only ends a hang.
PATIENCE_S = 600.0
_ASK_AGAIN_S = 0.05
# The service was killed, or says that the record can't be used now or that it took too long.
_TRY_AGAIN = frozenset({502, 503, 504})


class Caller:
    """One caller, who asks one thing after the other until told to stop."""

    def __init__(self, address: str, ledger: Ledger, seed: int) -> None:
        self._address = address
        self._ledger = ledger
        self._random = random.Random(seed)

    def run(self, stop: Event) -> None:
        """Ask until told to stop; what was asked by then is still answered. Raises AssertionError."""
        while not stop.is_set():
            self._follow(self._decide())

    def _decide(self) -> Acknowledged:
        kind = self._random.choices(list(SHARES), list(SHARES.values()))[0]
        count = 0 if kind == WITHOUT_PHOTOS else self._random.randint(1, MOST_PHOTOS)
        given = new_return(self._random, photos=count)
        ids = self._send_ahead(given.photos) if kind == BY_PHOTO_AHEAD else ()
        if self._random.random() < TWICE:
            with ThreadPoolExecutor(2) as both:
                first, second = both.map(lambda _: decide(self._address, given, ids, self._ledger), range(2))
            assert first["decision_id"] == second["decision_id"], f"two decisions under {given.key}"
        else:
            first = decide(self._address, given, ids, self._ledger)
        return self._ledger.acknowledge(given, ids, first)

    def _send_ahead(self, photos: tuple[bytes, ...]) -> tuple[str, ...]:
        sent = []
        for photo in photos:
            files = [("photo", ("photo.jpg", photo))]
            answer = persist(self._address, self._ledger, "POST", "/v1/photos", files=files)
            sent.append(str(answer["photo_id"]))
        return tuple(sent)

    def _follow(self, decided: Acknowledged) -> None:
        """Say later what became known of a return, and override a decision that may be overridden."""
        if self._random.random() < WITH_FACT:
            self._add_fact(decided)
        if self._random.random() < WITH_OVERRIDE:
            self._override(decided)

    def _add_fact(self, decided: Acknowledged) -> None:
        price = {"amount": self._random.randrange(100, 400), "currency": "USD"}
        fact = {"kind": "resold", "time": "2026-10-01T09:00:00Z", "origin": "buyer", "price": price}
        path = f"/v1/returns/{decided.given.rma_id}/facts"
        answer = persist(self._address, self._ledger, "POST", path, json={"facts": [fact]})
        decided.fact_ids.append(answer["facts"][0]["fact_id"])

    def _override(self, decided: Acknowledged) -> None:
        """Override once: it has no key, so one without an answer may be kept or not."""
        body = {"disposition": "recycle", "person": "Ana", "reason": "the frame is bent"}
        path = f"/v1/decisions/{decided.decision_id}/override"
        decided.overrides_asked += 1
        response = ask(self._address, self._ledger, "POST", path, json=body)
        if response is not None and response.status_code == 200:
            decided.overrides_acknowledged += 1


def decide(address: str, given: ReturnToDecide, photo_ids: tuple[str, ...], ledger: Ledger) -> dict[str, Any]:
    """Ask for a decision under its key until there is an answer, and return it."""
    photos = () if photo_ids else given.photos
    parts: dict[str, Any] = {"data": {"case": json.dumps(given.case), "photo_ids": list(photo_ids)}}
    # A form of several parts also where no photo is in it.
    parts["files"] = [("photos", (f"{number}.jpg", photo)) for number, photo in enumerate(photos)] or None
    headers = {"Idempotency-Key": given.key}
    return persist(address, ledger, "POST", "/v1/decide", headers=headers, **parts)


def persist(address: str, ledger: Ledger, method: str, path: str, **request: Any) -> dict[str, Any]:
    """Ask until there is an answer; raises AssertionError for one that no kill explains."""
    end_s = time.monotonic() + PATIENCE_S
    while True:
        response = ask(address, ledger, method, path, **request)
        if response is not None and response.is_success:
            answer: dict[str, Any] = response.json()
            return answer
        wrong = None if response is None or response.status_code in _TRY_AGAIN else response.text
        assert wrong is None, f"{method} {path}: {wrong}"
        assert time.monotonic() < end_s, f"{method} {path}: no answer in {PATIENCE_S:.0f} s"
        assert not ledger.is_given_up.is_set(), f"{method} {path}: given up"
        time.sleep(_ASK_AGAIN_S)


def ask(address: str, ledger: Ledger, method: str, path: str, **request: Any) -> httpx.Response | None:
    """Ask once, on a connection of its own, and note what came; None where the connection broke."""
    try:
        # Nothing is encrypted here, and to read the certificates takes longer than most answers.
        response = httpx.request(
            method, f"{address}{path}", timeout=90, trust_env=False, verify=False, **request
        )
    except httpx.TransportError:
        ledger.count("broken connection")
        return None
    ledger.count(str(response.status_code))
    return response


def counted(answers: Mapping[str, int]) -> str:
    """Say how many answers of each kind there were."""
    return ", ".join(f"{count:,} {kind}" for kind, count in Counter(answers).most_common())
