"""Hold what was acknowledged against what is kept: decisions, events, photos, and what was sent out."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx

from tests.soak.callers import decide
from tests.soak.ledger import Acknowledged, Ledger
from tests.soak.served import Served

PAGE = 200


def reckon(service: Served, ledger: Ledger, delivered: set[str]) -> list[str]:
    """Return what is wrong, a line each; `delivered` are the ids of the events that a receiver was sent."""
    with httpx.Client(base_url=service.address, timeout=60, trust_env=False) as http:
        events = list(_pages(http, "/v1/events", "events"))
        return [
            *_wrong_decisions(list(_pages(http, "/v1/decisions", "decisions")), ledger),
            *_wrong_events(events, ledger),
            *(
                f"event {each['event_id']} was sent to nobody"
                for each in events
                if each["event_id"] not in delivered
            ),
            *(wrong for decided in ledger.decisions for wrong in _wrong_story(http, decided)),
            *(wrong for decided in ledger.decisions for wrong in _wrong_photos(http, decided)),
        ]


def wrong_answers(service: Served, decisions: list[Acknowledged], ledger: Ledger) -> list[str]:
    """Ask for decisions again under their keys, and return those that are answered otherwise."""
    answers = [(each, decide(service.address, each.given, each.photo_ids, ledger)) for each in decisions]
    return [
        f"{decided.given.key}: another answer under the same key"
        for decided, answer in answers
        if answer != decided.answer
    ]


def verify(service: Served) -> list[str]:
    """Run `regrade verify-record --photos`, and return what it says if it finds anything."""
    command = [sys.executable, "-m", "regrade", "verify-record", "--photos", "--record", service.record]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [done.stdout, done.stderr]


def events_told(service: Served) -> set[str]:
    """Return the ids of all events that the record tells of."""
    with httpx.Client(base_url=service.address, timeout=60, trust_env=False) as http:
        return {event["event_id"] for event in _pages(http, "/v1/events", "events")}


def _wrong_decisions(listed: list[dict[str, Any]], ledger: Ledger) -> Iterator[str]:
    by_id = Counter(row["decision_id"] for row in listed)
    by_return = Counter(row["rma_id"] for row in listed)
    for decided in ledger.decisions:
        kept, of_return = by_id[decided.decision_id], by_return[decided.given.rma_id]
        if kept != 1:
            yield f"decision {decided.decision_id} was acknowledged and is there {kept} times"
        if of_return != 1:
            yield f"return {decided.given.rma_id} was decided {of_return} times"
    foreign = len(by_id.keys() - {each.decision_id for each in ledger.decisions})
    if foreign:
        yield f"{foreign} decisions were acknowledged to nobody"


def _wrong_events(events: list[dict[str, Any]], ledger: Ledger) -> Iterator[str]:
    told = Counter((event["decision_id"], event["type"]) for event in events)
    for decided in ledger.decisions:
        for kind, least, most in (
            ("decision.made", 1, 1),
            ("decision.overridden", decided.overrides_acknowledged, decided.overrides_asked),
            ("return.fact_added", len(decided.fact_ids), len(decided.fact_ids)),
        ):
            count = told[decided.decision_id, kind]
            if not least <= count <= most:
                yield f"decision {decided.decision_id}: {count} events {kind}, not {least} to {most}"


def _wrong_story(http: httpx.Client, decided: Acknowledged) -> Iterator[str]:
    story = http.get(f"/v1/returns/{decided.given.rma_id}").raise_for_status().json()
    kinds = Counter(entry["kind"] for entry in story["entries"])
    facts = sorted(entry["fact_id"] for entry in story["entries"] if entry["kind"] == "fact")
    if facts != sorted(decided.fact_ids):
        yield f"return {decided.given.rma_id}: facts {facts}, acknowledged {decided.fact_ids}"
    if not decided.overrides_acknowledged <= kinds["override"] <= decided.overrides_asked:
        yield f"return {decided.given.rma_id}: {kinds['override']} overrides"


def _wrong_photos(http: httpx.Client, decided: Acknowledged) -> Iterator[str]:
    for number in range(len(decided.given.photos)):
        response = http.get(f"/v1/decisions/{decided.decision_id}/photos/{number}")
        if not response.is_success:
            yield f"photo {number} of {decided.decision_id}: {response.text}"


def _pages(http: httpx.Client, path: str, name: str) -> Iterator[dict[str, Any]]:
    cursor: int | None = None
    while True:
        asked = {"limit": PAGE} if cursor is None else {"limit": PAGE, "cursor": cursor}
        page = http.get(path, params=asked).raise_for_status().json()
        yield from page[name]
        cursor = page["next_cursor"]
        if cursor is None or not page.get("has_more", True):
            return
