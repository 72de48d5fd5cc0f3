"""Open everything that answers: models with their golden inputs replayed, the policy and the record."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from serving.disposition.gates import require_every_gate
from serving.disposition.policy import open_policy
from serving.pipeline import Pipeline
from serving.record.record import Record
from serving.release import CONDITION, FRAUD, Release, open_release, open_session
from serving.settings import Settings

if TYPE_CHECKING:
    from serving.condition.model import ConditionModel
    from serving.condition.rulebook import Rulebook


def open_pipeline(
    settings: Settings, *, clock: Callable[[], datetime], new_id: Callable[[], str]
) -> Pipeline:
    """Open the champions, the policy and the record.

    Raises BrokenRelease, InvalidFile, InvalidPolicy, MissingGate or InvalidRecordUrl; nothing is served then.
    """
    # Late, so that the process that only watches over workers does not load what only they need.
    from serving.fraud.model import FraudModel

    require_every_gate()
    return Pipeline(
        grader=open_grader(settings),
        scorer=FraudModel.open(open_release(FRAUD, root=settings.models)),
        policy=open_policy(settings.policy),
        record=Record.open(settings.record_url, new_id),
        clock=clock,
        new_id=new_id,
    )


def open_grader(settings: Settings) -> "ConditionModel":
    """Open the condition model with the operator's own files; raises BrokenRelease or InvalidFile."""
    from serving.condition.model import ConditionModel

    release = open_release(CONDITION, root=settings.models)
    return ConditionModel.open(release, threads=settings.threads, rulebook=_rulebook(settings, release))


def check_settings(settings: Settings) -> None:
    """Raise what open_pipeline would, before any worker is started that would try again and again."""
    from serving.condition.inference import read_contract

    require_every_gate()
    for name in (CONDITION, FRAUD):
        open_session(open_release(name, root=settings.models))
    condition = open_release(CONDITION, root=settings.models)
    read_contract(condition.manifest)
    _rulebook(settings, condition)
    open_policy(settings.policy)
    Record.open(settings.record_url, new_id=str).close()


def _rulebook(settings: Settings, release: Release) -> "Rulebook":
    from serving.condition.rulebook import Rulebook

    return Rulebook.read(release.manifest, sizes=settings.sizes, prevalence=settings.prevalence)
