"""Decisions that the service took by an operator's own files, all of which are gone since."""

import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml

from data.case import parse_case
from serving.condition.criteria.prevalence import DEFAULT_PREVALENCE
from serving.demo.returns import DemoReturn, shipped_returns
from serving.disposition.policy import DEFAULT_POLICY, POLICY_FOLDER
from serving.pipeline import DecisionRequest, Pipeline
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.sent_photo import SentPhoto
from serving.record.record import Record
from serving.release import models_root
from serving.replay.chosen import all_decisions
from serving.replay.replay import Replay
from serving.replay.replayed import Replayed
from serving.settings import Settings
from serving.startup import open_pipeline


@dataclass(frozen=True)
class DecidedShelf:
    """A folder with a record and what lies beside it."""

    folder: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'record.sqlite'}"

    def copy(self, to: Path) -> "DecidedShelf":
        shutil.copytree(self.folder, to, dirs_exist_ok=True)
        return DecidedShelf(to)

    def open(self) -> tuple[Record, PhotoStore]:
        settings = Settings(record_url=self.url)
        return Record.open(self.url, lambda: uuid.uuid4().hex), PhotoStore.open(settings.photos_url)

    def replayed(self) -> list[Replayed]:
        record, photos = self.open()
        try:
            return list(Replay(record, photos).run(all_decisions(record)))
        finally:
            record.close()

    def kept_file(self, sha256: str) -> Path:
        return self.folder / "record-photos" / "files" / sha256[:2] / sha256


def decide_by_own_files(folder: Path) -> DecidedShelf:
    """Take a decision with photos, one without, and one by a photo sent ahead; then lose all own files."""
    shelf = DecidedShelf(folder / "kept")
    shelf.folder.mkdir()
    settings = own_settings(folder, shelf.url)
    with_pipeline(settings, take_three)
    for path in (settings.policy, settings.prevalence, settings.sizes):
        Path(str(path)).unlink()
    shutil.rmtree(folder / "models")
    return shelf


def with_pipeline(settings: Settings, do: Callable[[Pipeline], object]) -> None:
    pipeline = open_pipeline(settings, clock=lambda: datetime.now(UTC), new_id=lambda: uuid.uuid4().hex)
    try:
        do(pipeline)
    finally:
        pipeline.record.close()


def decide_first() -> None:
    """Take one decision by the settings of the environment."""
    with_pipeline(Settings.of(), lambda pipeline: pipeline.decide(asked(shipped_returns()[0], views=True)))


def take_three(pipeline: Pipeline) -> None:
    honest, _, cracked = shipped_returns()[:3]
    pipeline.decide(asked(honest, views=True))
    pipeline.decide(DecisionRequest(parse_case(honest.case)))
    first = cracked.photos[0]
    upload = pipeline.upload(photo_of(first.path), view=first.view).upload
    shown = pipeline.with_uploads([photo_of(cracked.photos[1].path)], [upload.photo_id])
    pipeline.decide(DecisionRequest(parse_case(cracked.case), shown.photos, shown.views))


def asked(one: DemoReturn, *, views: bool) -> DecisionRequest:
    shown = tuple(photo.view for photo in one.photos) if views else None
    return DecisionRequest(parse_case(one.case), tuple(photo_of(photo.path) for photo in one.photos), shown)


def photo_of(path: Path) -> SentPhoto:
    return SentPhoto(path.name, path.read_bytes())


def own_settings(folder: Path, record_url: str) -> Settings:
    """Return settings with a policy, a prevalence and sizes of one's own, and a copy of the releases."""
    shutil.copytree(models_root(), folder / "models", ignore=shutil.ignore_patterns("__pycache__"))
    policy = folder / "own-policy.yaml"
    document = yaml.safe_load((POLICY_FOLDER / f"{DEFAULT_POLICY}.yaml").read_text())
    document["values"]["fractions"]["restock"]["A"] = 0.5
    policy.write_text(yaml.safe_dump({**document, "name": "own", "version": "9"}, sort_keys=False))
    prevalence = folder / "own-prevalence.yaml"
    prevalence.write_text(DEFAULT_PREVALENCE.read_text() + "# as we see it\n")
    sizes = folder / "own-sizes.yaml"
    size = "{height_mm: 140, width_mm: 70, depth_mm: 9, spread: 0.01, source: our catalogue}"
    sizes.write_text(f'name: own\nversion: "1"\nclasses: {{phone: {size}}}\n')
    return Settings(
        record_url=record_url,
        models=folder / "models",
        policy=str(policy),
        prevalence=prevalence,
        sizes=sizes,
        threads=1,
    )
