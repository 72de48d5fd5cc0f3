"""What a service was told reaches each of its workers."""

from dataclasses import fields
from pathlib import Path

from serving.settings import Settings

TOLD = Settings(
    record_url="sqlite:///other.sqlite",
    models=Path("models"),
    policy="mine.yaml",
    threads=3,
    sizes=Path("sizes.yaml"),
    prevalence=Path("prevalence.yaml"),
    rates=Path("rates.yaml"),
    fraud_policy=Path("fraud.yaml"),
    photos="s3://photos",
    photo_keys="keys",
    retention=Path("retention.yaml"),
    webhooks=Path("webhooks.yaml"),
    memory=False,
    desk=Path("desk.yaml"),
    shadow=Path("shadow.yaml"),
    opened_as="other.sqlite",
)


def test_every_setting_is_read_again_by_a_worker() -> None:
    assert Settings.of(TOLD.variables()) == TOLD


def test_every_setting_is_tried_above() -> None:
    shipped = Settings()

    assert [
        one.name for one in fields(Settings) if getattr(TOLD, one.name) == getattr(shipped, one.name)
    ] == []
