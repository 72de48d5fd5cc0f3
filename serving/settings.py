"""Name the environment variables that tell a worker process what to serve."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from serving.policy import DEFAULT_POLICY
from serving.record import DEFAULT_RECORD_URL
from serving.release import MODELS_VARIABLE

RECORD_VARIABLE = "REGRADE_RECORD"
POLICY_VARIABLE = "REGRADE_POLICY"
THREADS_VARIABLE = "REGRADE_THREADS"
DEFAULT_THREADS = 2


class InvalidSetting(ValueError):
    """An environment variable has a value that can't be used."""


@dataclass(frozen=True)
class Settings:
    """What one worker serves: the record's URL, the folder of releases, the policy, and threads a model."""

    record_url: str = DEFAULT_RECORD_URL
    models: Path | None = None
    policy: str = DEFAULT_POLICY
    threads: int = DEFAULT_THREADS

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the settings from an environment; raises InvalidSetting."""
        models = environment.get(MODELS_VARIABLE)
        return cls(
            record_url=environment.get(RECORD_VARIABLE) or DEFAULT_RECORD_URL,
            models=Path(models) if models else None,
            policy=environment.get(POLICY_VARIABLE) or DEFAULT_POLICY,
            threads=_threads(environment.get(THREADS_VARIABLE) or str(DEFAULT_THREADS)),
        )

    def variables(self) -> dict[str, str]:
        """Return the environment variables that make a worker read these settings."""
        variables = {
            RECORD_VARIABLE: self.record_url,
            POLICY_VARIABLE: self.policy,
            THREADS_VARIABLE: str(self.threads),
        }
        return variables | ({MODELS_VARIABLE: str(self.models)} if self.models else {})


def _threads(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 256):
        raise InvalidSetting(f"{THREADS_VARIABLE} is {text!r}; give a whole number from 1 to 256")
    return int(text)
