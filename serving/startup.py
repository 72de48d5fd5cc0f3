"""Open everything that answers: models with their golden inputs replayed, the policy and the record."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from data.exchange.rate_table import RateTable, read_rates
from serving.disposition.gates import require_every_gate
from serving.disposition.policy import open_policy
from serving.pipeline import Pipeline
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.retention import read_retention
from serving.record.photo_store.sweep import sweep
from serving.record.photo_store.sweeper import Sweeper
from serving.record.photo_store.uploads import Uploads
from serving.record.record import Record
from serving.record.webhooks.endpoints import read_endpoints
from serving.record.webhooks.rules import read_rules
from serving.release import CONDITION, FRAUD, Release, open_release, open_session, reading_manifest
from serving.settings import Settings

if TYPE_CHECKING:
    from serving.condition.model import ConditionModel
    from serving.condition.rulebook import Rulebook
    from serving.fraud.model import FraudModel
    from serving.record.webhooks.event_sender import EventSender


def open_pipeline(
    settings: Settings, *, clock: Callable[[], datetime], new_id: Callable[[], str]
) -> Pipeline:
    """Open the champions, the policy and the record.

    Raises BrokenRelease, InvalidFile, InvalidPolicy, MissingGate, InvalidRecordUrl, UnusableRecord or
    InvalidPhotosUrl; nothing is served then.
    """
    require_every_gate()
    photos = PhotoStore.open(settings.photos_url, settings.photo_keys)
    return Pipeline(
        grader=open_grader(settings),
        scorer=open_scorer(settings),
        policy=open_policy(settings.policy, settings.rates),
        record=_open_record(settings, new_id),
        photos=photos,
        uploads=Uploads(photos, read_retention(settings.retention), clock),
        clock=clock,
        new_id=new_id,
    )


def _open_record(settings: Settings, new_id: Callable[[], str]) -> Record:
    if settings.opened_as is None:
        return Record.open(settings.record_url, new_id)
    # A worker that is started anew while the record is out of use grades and scores all the same.
    return Record.open_again(settings.record_url, settings.opened_as, new_id)


def open_sweeper(pipeline: Pipeline, settings: Settings) -> Sweeper:
    """Return what takes away photos past their time while the service runs; it is not started yet."""
    retention = read_retention(settings.retention)

    def run() -> None:
        sweep(pipeline.record.engine, pipeline.photos, pipeline.uploads, retention, pipeline.clock())

    return Sweeper(pipeline.photos, run, pipeline.clock)


def open_grader(settings: Settings, release: Release | None = None) -> "ConditionModel":
    """Open a condition model, the champion if none is given, with the operator's own files.

    Raises BrokenRelease or InvalidFile.
    """
    from serving.condition.model import ConditionModel

    release = release or open_release(CONDITION, root=settings.models)
    with reading_manifest(release.folder):
        rulebook = _rulebook(settings, release)
        return ConditionModel.open(release, threads=settings.threads, rulebook=rulebook)


def open_scorer(settings: Settings, release: Release | None = None) -> "FraudModel":
    """Open a fraud model, the champion if none is given; raises BrokenRelease or InvalidFile."""
    # Late, so that the process that only watches over workers does not load what only they need.
    from serving.fraud.model import FraudModel

    release = release or open_release(FRAUD, root=settings.models)
    with reading_manifest(release.folder):
        return FraudModel.open(release, rates=own_rates(settings))


def own_rates(settings: Settings) -> RateTable | None:
    """Read an operator's exchange rates, None without any; raises InvalidFile."""
    return read_rates(settings.rates) if settings.rates else None


def open_sender(settings: Settings, record: Record, clock: Callable[[], datetime]) -> "EventSender | None":
    """Return what sends the record's events, None where nobody wants them; raises InvalidFile."""
    if settings.webhooks is None:
        return None
    from serving.record.webhooks.event_sender import EventSender

    return EventSender(record.database, read_endpoints(settings.webhooks), read_rules(), clock)


def check_settings(settings: Settings) -> Settings:
    """Return the settings for workers, which know by them the record that was opened here.

    Raises what open_pipeline would, before any worker is started that would try again and again.
    """
    from serving.condition.inference import read_contract

    require_every_gate()
    for name in (CONDITION, FRAUD):
        open_session(open_release(name, root=settings.models))
    condition = open_release(CONDITION, root=settings.models)
    with reading_manifest(condition.folder):
        read_contract(condition.manifest)
        _rulebook(settings, condition)
    open_policy(settings.policy, settings.rates)
    if settings.webhooks is not None:
        read_endpoints(settings.webhooks)
        read_rules()
    PhotoStore.open(settings.photos_url, settings.photo_keys)
    read_retention(settings.retention)
    record = Record.open(settings.record_url, new_id=str)
    record.close()
    return replace(settings, opened_as=record.database.opened_as)


def _rulebook(settings: Settings, release: Release) -> "Rulebook":
    from serving.condition.rulebook import Rulebook

    return Rulebook.read(release.manifest, sizes=settings.sizes, prevalence=settings.prevalence)
