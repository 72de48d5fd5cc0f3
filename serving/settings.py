"""Define the environment variables that tell a worker process what to serve."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from serving.deciding_files import Chosen
from serving.disposition.policy import DEFAULT_POLICY
from serving.record.opening import DEFAULT_RECORD_URL
from serving.record.photo_store.photo_store import beside_record
from serving.release import MODELS_VARIABLE
from serving.start_notes import warn

RECORD_VARIABLE = "REGRADE_RECORD"
PHOTOS_VARIABLE = "REGRADE_PHOTOS"
PHOTO_KEYS_VARIABLE = "REGRADE_PHOTO_KEYS"
RETENTION_VARIABLE = "REGRADE_RETENTION"
POLICY_VARIABLE = "REGRADE_POLICY"
SIZES_VARIABLE = "REGRADE_SIZES"
PREVALENCE_VARIABLE = "REGRADE_PREVALENCE"
RATES_VARIABLE = "REGRADE_RATES"
FRAUD_POLICY_VARIABLE = "REGRADE_FRAUD_POLICY"
THREADS_VARIABLE = "REGRADE_THREADS"
# Set by `regrade serve` for its workers, and by nobody else.
OPENED_VARIABLE = "REGRADE_OPENED_RECORD"
WEBHOOKS_VARIABLE = "REGRADE_WEBHOOKS"
MEMORY_VARIABLE = "REGRADE_MEMORY"
ON, OFF = "on", "off"
DESK_VARIABLE = "REGRADE_DESK"
SHADOW_VARIABLE = "REGRADE_SHADOW"
DEFAULT_THREADS = 2
PREFIX = "REGRADE_"
VARIABLES = (
    RECORD_VARIABLE,
    PHOTOS_VARIABLE,
    PHOTO_KEYS_VARIABLE,
    RETENTION_VARIABLE,
    MODELS_VARIABLE,
    POLICY_VARIABLE,
    SIZES_VARIABLE,
    PREVALENCE_VARIABLE,
    RATES_VARIABLE,
    FRAUD_POLICY_VARIABLE,
    THREADS_VARIABLE,
    WEBHOOKS_VARIABLE,
    MEMORY_VARIABLE,
    DESK_VARIABLE,
    SHADOW_VARIABLE,
)
KNOWN = f"there are {', '.join(VARIABLES)}"


class InvalidSetting(ValueError):
    """An environment variable with a value that can't be used."""


@dataclass(frozen=True)
class Settings:
    """The settings of one worker: the record's URL, the folder of releases, the policy, and threads a model.

    `photos` is where the photos of decisions are kept, a folder or a URL, None beside the record;
    `photo_keys` where the keys are that they are sealed with, None beside the photos.
    `sizes`, `prevalence`, `rates`, `fraud_policy`, `retention`, `webhooks` and `desk` are an operator's own
    files: how large its SKUs are, what damage it receives, its exchange rates, from which fraud probability
    what is done and at which base rate, how long photos are kept, who is sent the events, and what waits for
    people until when.
    `memory` says whether the record is asked, before a return is decided, what it knows of it; `shadow` names
    the candidate that decides beside what is served.
    `opened_as` names the record that whoever started this worker has opened, so that no other one is.
    """

    record_url: str = DEFAULT_RECORD_URL
    models: Path | None = None
    policy: str = DEFAULT_POLICY
    threads: int = DEFAULT_THREADS
    sizes: Path | None = None
    prevalence: Path | None = None
    rates: Path | None = None
    fraud_policy: Path | None = None
    photos: str | None = None
    photo_keys: str | None = None
    retention: Path | None = None
    webhooks: Path | None = None
    memory: bool = True
    desk: Path | None = None
    shadow: Path | None = None
    opened_as: str | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read an environment; raises InvalidSetting, and warns of names that nobody reads."""
        known = (*VARIABLES, OPENED_VARIABLE)
        unknown = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
        warn(f"{name} is no setting, so what it should change is as it ships; {KNOWN}" for name in unknown)
        return cls(
            record_url=environment.get(RECORD_VARIABLE) or DEFAULT_RECORD_URL,
            models=_path(environment.get(MODELS_VARIABLE)),
            policy=environment.get(POLICY_VARIABLE) or DEFAULT_POLICY,
            threads=_threads(environment.get(THREADS_VARIABLE) or str(DEFAULT_THREADS)),
            sizes=_path(environment.get(SIZES_VARIABLE)),
            prevalence=_path(environment.get(PREVALENCE_VARIABLE)),
            rates=_path(environment.get(RATES_VARIABLE)),
            fraud_policy=_path(environment.get(FRAUD_POLICY_VARIABLE)),
            photos=environment.get(PHOTOS_VARIABLE) or None,
            photo_keys=environment.get(PHOTO_KEYS_VARIABLE) or None,
            retention=_path(environment.get(RETENTION_VARIABLE)),
            webhooks=_path(environment.get(WEBHOOKS_VARIABLE)),
            memory=_is_on(environment.get(MEMORY_VARIABLE) or ON),
            desk=_path(environment.get(DESK_VARIABLE)),
            shadow=_path(environment.get(SHADOW_VARIABLE)),
            opened_as=environment.get(OPENED_VARIABLE),
        )

    @property
    def photos_url(self) -> str:
        """Return where the photos of decisions are kept."""
        return self.photos or beside_record(self.record_url)

    @property
    def chosen(self) -> Chosen:
        """Return what of it says by which files is decided."""
        return Chosen(
            models=self.models,
            policy=self.policy,
            sizes=self.sizes,
            prevalence=self.prevalence,
            rates=self.rates,
            fraud_policy=self.fraud_policy,
        )

    def variables(self) -> dict[str, str]:
        """Return the environment variables that make a worker read these settings."""
        variables = {
            RECORD_VARIABLE: self.record_url,
            POLICY_VARIABLE: self.policy,
            THREADS_VARIABLE: str(self.threads),
            MEMORY_VARIABLE: ON if self.memory else OFF,
        }
        files = {
            PHOTOS_VARIABLE: self.photos,
            PHOTO_KEYS_VARIABLE: self.photo_keys,
            RETENTION_VARIABLE: self.retention,
            MODELS_VARIABLE: self.models,
            SIZES_VARIABLE: self.sizes,
            PREVALENCE_VARIABLE: self.prevalence,
            RATES_VARIABLE: self.rates,
            FRAUD_POLICY_VARIABLE: self.fraud_policy,
            WEBHOOKS_VARIABLE: self.webhooks,
            DESK_VARIABLE: self.desk,
            SHADOW_VARIABLE: self.shadow,
        }
        opened = {OPENED_VARIABLE: self.opened_as} if self.opened_as else {}
        return variables | {name: str(path) for name, path in files.items() if path} | opened


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _is_on(text: str) -> bool:
    if text not in {ON, OFF}:
        raise InvalidSetting(f"{MEMORY_VARIABLE} is {text!r}; give {ON} or {OFF}")
    return text == ON


def _threads(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 256):
        raise InvalidSetting(f"{THREADS_VARIABLE} is {text!r}; give a whole number from 1 to 256")
    return int(text)
