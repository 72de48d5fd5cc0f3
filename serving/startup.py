"""Open everything that answers: models with their golden inputs replayed, the policy and the record."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from data.exchange.rate_table import RateTable, read_rates
from data.versioned_file import InvalidFile
from serving.computing import computing
from serving.deciding_files import deciding_files
from serving.disposition.gates import require_every_gate
from serving.disposition.policy import Policy, UnknownCurrency, open_policy
from serving.fraud.base_rate import BaseRateShift
from serving.fraud.policy import FraudPolicy, read_fraud_policy
from serving.judge import Judge
from serving.pipeline import Pipeline
from serving.record.configurations.configuration import Configuration
from serving.record.configurations.keeper import ConfigurationKeeper
from serving.record.configurations.kept_files import KeptFiles
from serving.record.desk.desk_rules import DEFAULT_DESK, DeskRules, read_desk
from serving.record.errors import UnusableRecord
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.retention import read_retention
from serving.record.photo_store.store_error import UnusablePhotoStore
from serving.record.photo_store.sweep import sweep
from serving.record.photo_store.sweeper import Sweeper
from serving.record.photo_store.uploads import Uploads
from serving.record.record import Record
from serving.record.webhooks.endpoints import read_endpoints
from serving.record.webhooks.rules import read_rules
from serving.release import CONDITION, FRAUD, Release, open_release, open_session, reading_manifest
from serving.settings import Settings
from serving.start_notes import warn

if TYPE_CHECKING:
    from serving.condition.model import ConditionModel
    from serving.condition.rulebook import Rulebook
    from serving.fraud.model import FraudModel
    from serving.record.webhooks.event_sender import EventSender

# Decisions are noted all the same: who turns it on again misses none.
FORGETFUL = (
    "REGRADE_MEMORY is off: the record is not asked what it knows of a return, so a photo that was used for "
    "another one and earlier frauds count only where the caller sends them; take the setting away to have it "
    "asked"
)


class FilesChanged(RuntimeError):
    """A file that decides was changed while the service started: what was opened is not known."""


def open_pipeline(
    settings: Settings, *, clock: Callable[[], datetime], new_id: Callable[[], str]
) -> Pipeline:
    """Open the champions, the policy and the record.

    Raises BrokenRelease, InvalidFile, InvalidPolicy, MissingGate, InvalidRecordUrl, UnusableRecord or
    InvalidPhotosUrl, or FilesChanged; nothing is served then.
    """
    before = _bodies_of(settings)
    scorer = open_scorer(settings)
    judge = _judge_with(scorer, settings)
    configuration, bodies = _configuration(settings, before)
    photos = PhotoStore.open(settings.photos_url, settings.photo_keys)
    warn([] if settings.memory else [FORGETFUL])
    record = _open_record(settings, new_id)
    keeper = ConfigurationKeeper(configuration, bodies, KeptFiles(photos.place), record.database, clock)
    _keep_if_possible(keeper)
    return Pipeline(
        grader=judge.grader,
        scorer=judge.scorer,
        policy=judge.policy,
        record=record,
        photos=photos,
        uploads=Uploads(photos, read_retention(settings.retention), clock),
        clock=clock,
        new_id=new_id,
        remembers=settings.memory,
        keeper=keeper,
        desk_rules=_open_desk(settings, judge.policy),
        fraud_policy=scorer.policy,
    )


def open_judge(settings: Settings) -> Judge:
    """Open the champions and the policy; raises BrokenRelease, InvalidFile, InvalidPolicy or MissingGate."""
    return _judge_with(open_scorer(settings), settings)


def _judge_with(scorer: "FraudModel", settings: Settings) -> Judge:
    require_every_gate()
    return Judge(
        grader=open_grader(settings),
        scorer=scorer,
        policy=open_policy(settings.policy, settings.rates),
    )


def _bodies_of(settings: Settings) -> dict[str, bytes]:
    """Return the bytes of every file that decides; what can't be read is told by whoever opens it."""
    bodies = {}
    for part, path in deciding_files(settings.chosen).items():
        with suppress(OSError):
            bodies[part] = path.read_bytes()
    return bodies


def _configuration(settings: Settings, before: dict[str, bytes]) -> tuple[Configuration, dict[str, bytes]]:
    """Return what decides, by the bytes that were there before everything was opened and still are."""
    after = _bodies_of(settings)
    changed = sorted(part for part in before | after if before.get(part) != after.get(part))
    if changed:
        raise FilesChanged(f"files were changed while they were opened ({', '.join(changed)}): start again")
    return Configuration.of(after, computing(), settings.threads), after


def _keep_if_possible(keeper: ConfigurationKeeper) -> None:
    """Keep what decides before anybody asks; where that fails decisions wait, and grades and scores go on."""
    try:
        keeper.keep()
    except (UnusablePhotoStore, UnusableRecord) as error:
        warn([f"no decision is taken until what decides can be kept beside the photos: {error}"])


def _open_desk(settings: Settings, policy: Policy) -> DeskRules:
    """Read the desk's file; raises InvalidFile for one whose amounts the policy can't convert."""
    rules = read_desk(settings.desk)
    for name in ("look_above", "two_people_above"):
        try:
            policy.amount(getattr(rules, name).value)
        except UnknownCurrency as error:
            raise InvalidFile(f"{settings.desk or DEFAULT_DESK}: {name}: {error}") from error
    return rules


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
        return FraudModel.open(release, own_fraud_policy(settings), own_rates(settings))


def own_rates(settings: Settings) -> RateTable | None:
    """Read an operator's exchange rates, None without any; raises InvalidFile."""
    return read_rates(settings.rates) if settings.rates else None


def own_fraud_policy(settings: Settings) -> FraudPolicy | None:
    """Read an operator's fraud policy, None without one; raises InvalidFraudPolicy."""
    return read_fraud_policy(settings.fraud_policy) if settings.fraud_policy else None


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
    condition, fraud = (open_release(name, root=settings.models) for name in (CONDITION, FRAUD))
    for release in (condition, fraud):
        open_session(release)
    with reading_manifest(condition.folder):
        read_contract(condition.manifest)
        _rulebook(settings, condition)
    _open_desk(settings, open_policy(settings.policy, settings.rates))
    policy = own_fraud_policy(settings)
    BaseRateShift.of(fraud, policy.base_rate if policy else None)
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
