"""Grade kept conditions again by a criteria pack, with the release that looked at their photos."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from data.case import ReturnCase
from data.condition import Condition, ModelIdentity
from data.versioned_file import read_mapping
from serving.commands.policy.policy_replay import NotRedone, Redoing, Regrade
from serving.condition.criteria import BadPack, House, read_pack
from serving.condition.regrade import NotRegraded, Regrader, rules_of
from serving.condition.rulebook import Rulebook
from serving.disposition.policy import open_policy
from serving.release import CONDITION, BrokenRelease, open_release
from serving.settings import Settings


def is_pack(name: str) -> bool:
    """Return whether a name is that of a file with a criteria pack; packs have a scale."""
    path = Path(name)
    return path.is_file() and "scale" in read_mapping(
        path, needs="a policy or a criteria pack", error=BadPack
    )


def pack_redoings(old: str, new: str, settings: Settings) -> tuple[Redoing, Redoing]:
    """Return how two packs decide under the policy that is served; raises BadPack or InvalidPolicy."""
    policy = open_policy(settings.policy, settings.rates)
    before, after = read_pack(Path(old)), read_pack(Path(new))
    grading = _Grading(settings, {pack.sha256: pack for pack in (read_pack(), before, after)})
    return Redoing(policy, grading.by(before)), Redoing(policy, grading.by(after))


class _Grading:
    """Find for each condition the release that looked at its photos, and grade it again."""

    def __init__(self, settings: Settings, packs: Mapping[str, House]) -> None:
        rules = Rulebook.read(sizes=settings.sizes, prevalence=settings.prevalence)

        @cache
        def regrader(model: ModelIdentity) -> Regrader:
            return Regrader(rules_of(_manifest(model, settings), rules), packs)

        self._regrader = regrader

    def by(self, pack: House) -> Regrade:
        """Return what grades a kept condition by one pack; it raises NotRedone."""

        def regrade(condition: Condition, case: ReturnCase) -> Condition:
            rma = case.rma
            try:
                regrader = self._regrader(condition.model)
                return regrader.regrade(condition, pack, device_class=rma.device_class, sku=rma.sku)
            except (NotRegraded, BrokenRelease) as error:
                raise NotRedone(str(error)) from error

        return regrade


def _manifest(model: ModelIdentity, settings: Settings) -> Mapping[str, Any]:
    release = open_release(CONDITION, version=model.version, root=settings.models)
    if release.identity != model:
        raise NotRegraded(
            f"condition model {model.version} is another than the one that looked at its photos"
        )
    return release.manifest
