"""Make decisions and overrides to keep, so that a test names only what differs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from PIL import Image

from data.case import ReturnCase
from data.decision import Decision, Destination, Disposition
from data.defect import Grade
from data.device import View
from data.fraud import Action
from features.photo.likeness.likeness import take_likeness
from serving.disposition.decide import dispose
from serving.disposition.evidence import Evidence
from serving.disposition.policy import open_policy
from serving.record.configurations.configuration import Configuration
from serving.record.configurations.keeper import ConfigurationKeeper
from serving.record.configurations.kept_files import KeptFiles
from serving.record.desk.corrections import CorrectedView, CorrectionsRequest
from serving.record.desk.desk import Desk
from serving.record.desk.desk_claims import ClaimRequest
from serving.record.desk.desk_rules import read_desk
from serving.record.desk.notes import NoteRequest
from serving.record.desk.opinions import OpinionRequest
from serving.record.desk.review_queue import QueueFilter
from serving.record.entry import Entry, Override, fingerprint, trace_photo
from serving.record.photo_store.places import open_place
from serving.record.record import Record
from serving.record.returns.fact import FactKind, FraudFact
from tests.serving.clear_return import clear_case, photographed, scored

POLICY = open_policy()
MOMENT = datetime(2026, 3, 8, 10, 0, tzinfo=UTC)
PHOTOS = (trace_photo(0, "front.jpg", b"one"), trace_photo(1, "back.jpg", b"two"))


def numbered(prefix: str) -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{prefix}-{next(numbers)}"


def entry(
    decision_id: str = "dec-1",
    *,
    case: ReturnCase | None = None,
    action: Action = Action.RELEASE,
    key: str | None = None,
    at: datetime = MOMENT,
) -> Entry:
    case = case or clear_case()
    evidence = Evidence(case, photographed(), scored(action))
    choice = dispose(evidence, POLICY)
    decision = Decision(
        decision_id=decision_id,
        rma_id=case.rma.rma_id,
        decided_at=at,
        condition=evidence.condition,
        fraud=evidence.fraud,
        policy=POLICY.identity,
        **vars(choice),
    )
    return Entry(decision, case, PHOTOS, fingerprint(case, PHOTOS), key, 600.0, "CAD")


def choice(disposition: Disposition = Disposition.REPAIR, person: str = "ana") -> Override:
    return Override(
        at=MOMENT + timedelta(hours=1),
        person=person,
        second_person=None,
        reason="screen flickers",
        disposition=disposition,
        destination=Destination.REPAIR_CENTRE,
    )


def keep_configuration(record: Record) -> str:
    """Keep a configuration, and return the hash by which decisions name it."""
    files = KeptFiles(open_place("memory://entries"))
    bodies = {"policy": b"name: house"}
    configuration = Configuration.of(bodies, {"numpy": "2.4.6"}, threads=2)
    return ConfigurationKeeper(configuration, bodies, files, record.database, lambda: MOMENT).keep()


def desk_at(record: Record, at: datetime = MOMENT) -> Desk:
    """Return the review desk of a record, by the rules that ship, at a moment."""
    return record.desk(read_desk(), lambda: at)


def waiting(
    record: Record, asked: QueueFilter | None = None, *, at: datetime = MOMENT
) -> list[dict[str, Any]]:
    """Return what waits for people, as it came where nothing else is asked for."""
    return list(desk_at(record, at).queue.page(asked or QueueFilter(), limit=50).rows)


def filled_record(url: str) -> Record:
    """Return a record with a row in every table of evidence: an erased decision and a fact among them."""
    record = Record.open(url, numbered("evt"))
    likeness = take_likeness(Image.effect_noise((64, 48), 40).convert("RGB"))
    for number in range(1, 5):
        decided = entry(f"dec-{number}", key=f"key-{number}", case=clear_case(rma_id=f"RMA-{number}"))
        record.append(replace(decided, likenesses={0: likeness}))
    held = entry("dec-held", action=Action.HOLD)
    record.append(replace(held, configuration_sha256=keep_configuration(record)))
    record.override("dec-2", choice(person="ana"))
    record.override("dec-4", choice(person="bo"))
    fraud = FraudFact(kind=FactKind.FRAUD, time=MOMENT, is_confirmed=True, note="a brick in the box")
    record.returns.add_facts("RMA-1", [fraud], MOMENT + timedelta(days=3))
    for decision_id in ("dec-1", "dec-3"):
        use_desk(record, decision_id)
    record.erase("dec-4", reason="the customer asked for it, ticket 7", at=MOMENT + timedelta(days=9))
    # Who reads events seals them.
    record.events(limit=1)
    return record


def use_desk(record: Record, decision_id: str) -> None:
    """Do once with a decision everything that can be done with it at the review desk."""
    desk = desk_at(record, MOMENT + timedelta(hours=2))
    desk.claim(decision_id, ClaimRequest(person="ana"))
    desk.note(decision_id, NoteRequest(person="ana", text="the box was open"))
    opinion = OpinionRequest(person="ana", grade=Grade.C, is_fraud=False, reason_code="other", text="worn")
    desk.give_opinion(decision_id, opinion)
    views = (CorrectedView(photo=0, view=View.BACK),)
    desk.correct(decision_id, CorrectionsRequest(person="ana", views=views, reason_code="poor_photos"))
