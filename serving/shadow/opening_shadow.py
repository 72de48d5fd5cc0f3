"""Open a candidate as start-up opens what is served, and what lets it decide."""

import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from data.case import ReturnCase
from data.condition import Condition
from serving.condition.criteria import House, read_pack
from serving.condition.regrade import Regrader, rules_of
from serving.condition.rulebook import Rulebook
from serving.disposition.policy import open_policy
from serving.record.opening import open_again
from serving.record.record import Record
from serving.record.shadows.shadow_log import CandidateIdentity, ShadowLog, ShadowRun
from serving.release import CONDITION, FRAUD, Release, open_release, open_releases, sha256_of
from serving.settings import Settings
from serving.shadow.candidate import Candidate, Regrading
from serving.shadow.shadow import Shadow
from serving.shadow.shadow_file import InvalidShadow, ShadowFile, read_shadow_file
from serving.shadow.shadow_process import ShadowProcess
from serving.startup import open_grader, open_scorer


def check_shadow(settings: Settings) -> None:
    """Open the candidate once, so that one that can't decide stops the start and not a worker.

    Raises InvalidShadow, InvalidFile, BadPack, InvalidPolicy or BrokenRelease.
    """
    if settings.shadow is not None:
        open_candidate(settings, read_shadow_file(settings.shadow))


def open_shadow(settings: Settings, record: Record, clock: Callable[[], datetime]) -> Shadow | None:
    """Return what lets a candidate decide beside the service, None without one; it is not started yet."""
    if settings.shadow is None:
        return None
    file = read_shadow_file(settings.shadow)
    started_at, opened_as = clock(), record.database.opened_as
    if opened_as is None:
        raise InvalidShadow(
            f"{settings.shadow}: what a candidate decides is kept in the record, and this one lies in "
            "memory: give the record a file or a server"
        )

    def log_of(identity: CandidateIdentity) -> ShadowLog:
        run = ShadowRun(uuid.uuid4().hex, identity, file.budget.share, file.budget.seconds, started_at)
        # Of its own: what goes wrong with it must not make the record look out of use.
        return ShadowLog(open_again(settings.record_url, opened_as), run)

    process = ShadowProcess(settings.shadow)
    return Shadow(process, log_of, file.budget, clock, needs_photos=CONDITION in _releases(file))


def open_candidate(settings: Settings, file: ShadowFile) -> Candidate:
    """Open what a candidate decides by; raises what check_shadow does."""
    own = _releases(file)
    condition = own.get(CONDITION) or open_release(CONDITION, root=settings.models)
    fraud = own.get(FRAUD) or open_release(FRAUD, root=settings.models)
    live, policy = (
        open_policy(each, settings.rates) for each in (settings.policy, file.policy or settings.policy)
    )
    if live.currency != policy.currency:
        raise InvalidShadow(
            f"{settings.shadow}: its policy is in {policy.currency} and the one that is served in "
            f"{live.currency}: name one of the same currency, or nothing can be compared"
        )
    pack = read_pack(file.criteria) if file.criteria else read_pack()
    sees_otherwise = CONDITION in own or file.criteria is not None
    parts = {
        "policy": policy.sha256,
        CONDITION: condition.identity.sha256,
        FRAUD: fraud.identity.sha256,
        "criteria": pack.sha256,
        **_own_files(settings),
    }
    return Candidate(
        identity=CandidateIdentity.of(file.name, parts),
        policy=policy,
        grader=open_grader(settings, condition) if CONDITION in own else None,
        regrade=_regrading(settings, condition, pack) if file.criteria else None,
        scorer=open_scorer(settings, fraud) if FRAUD in own or sees_otherwise else None,
    )


def _releases(file: ShadowFile) -> dict[str, Release]:
    own = open_releases(file.models) if file.models else {}
    if unknown := sorted(own.keys() - {CONDITION, FRAUD}):
        raise InvalidShadow(
            f"{file.models} holds {', '.join(unknown)}: a candidate has models called {CONDITION} and {FRAUD}"
        )
    return own


def _regrading(settings: Settings, release: Release, pack: House) -> Regrading:
    """Return what grades a condition by another pack, as `regrade policy diff` does with kept ones."""
    rules = Rulebook.read(sizes=settings.sizes, prevalence=settings.prevalence)
    packs = {each.sha256: each for each in (read_pack(), pack)}
    regrader = Regrader(rules_of(release.manifest, rules), packs)

    def regrade(condition: Condition, case: ReturnCase) -> Condition:
        return regrader.regrade(condition, pack, device_class=case.rma.device_class, sku=case.rma.sku)

    return regrade


def _own_files(settings: Settings) -> dict[str, str]:
    """Return the hashes of the operator's own figures, which decide as well."""
    files: dict[str, Path | None] = {
        "sizes": settings.sizes,
        "prevalence": settings.prevalence,
        "rates": settings.rates,
    }
    return {name: sha256_of(path) for name, path in files.items() if path}
