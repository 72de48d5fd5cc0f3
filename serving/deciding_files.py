"""List every file whose bytes can change a decision, each by the part that it plays.

The part stays the same when a file gets a new version under a new name: so what played it in a kept decision
can be put in the place of what plays it today.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data.exchange.rate_table import FOLDER as EXCHANGE
from data.exchange.rate_table import TABLES
from data.sizes import TYPICAL_SIZES
from features.case.contract import CASE_CONTRACT
from features.case.route import ROUTE_NORMS
from features.photo.formats.cost import PHOTO_COST
from features.photo.likeness.likeness_measures import DEFAULT_LIKENESS
from features.photo.measures import DEFAULT_MEASURES
from features.photo.quality import PHOTO_QUALITY
from serving.condition.abstaining import DEFAULT_ABSTAINING
from serving.condition.assurance import MEASURED_WITH
from serving.condition.criteria.pack import HOUSE_PACK, STANDARD_PACKS
from serving.condition.criteria.prevalence import DEFAULT_PREVALENCE
from serving.condition.inference_rules import DEFAULT_INFERENCE
from serving.condition.measuring import DEFAULT_MEASURING
from serving.disposition.policy import DEFAULT_POLICY, policy_path
from serving.fraud.policy import DEFAULT_POLICY as DEFAULT_FRAUD_POLICY
from serving.fraud.reasons import REASON_TEXTS
from serving.memory.bounds import DEFAULT_BOUNDS
from serving.release import (
    CHAMPIONS_FILE,
    CONDITION,
    FRAUD,
    MANIFEST_FILE,
    models_root,
    open_release,
    reading_manifest,
)

POLICY, CHAMPIONS = "policy", "champions"
FRAUD_POLICY = "fraud policy"
OWN_SIZES, OWN_PREVALENCE, OWN_RATES = "own sizes", "own prevalence", "own rates"
RELEASED = (CONDITION, FRAUD)


@dataclass(frozen=True)
class Chosen:
    """What an operator chose to decide by: releases, a policy, and files of their own, None without."""

    models: Path | None = None
    policy: str = DEFAULT_POLICY
    sizes: Path | None = None
    prevalence: Path | None = None
    rates: Path | None = None
    fraud_policy: Path | None = None


def deciding_files(chosen: Chosen) -> dict[str, Path]:
    """Return every file that can change a decision, by its part; raises BrokenRelease or NoPolicy."""
    own = {
        OWN_SIZES: chosen.sizes,
        OWN_PREVALENCE: chosen.prevalence,
        OWN_RATES: chosen.rates,
        FRAUD_POLICY: chosen.fraud_policy,
    }
    return {
        **shipped_files(),
        **_released_files(chosen.models or models_root()),
        POLICY: policy_path(chosen.policy),
        **{part: path for part, path in own.items() if path},
    }


def shipped_files() -> dict[str, Path]:
    """Return the files that lie beside the code, by their part."""
    packs = {f"criteria {_without_version(path)}": path for path in STANDARD_PACKS}
    rates = {f"rates {name}": EXCHANGE / f"{name}.yaml" for name in TABLES}
    return {
        "abstaining": DEFAULT_ABSTAINING,
        "case contract": CASE_CONTRACT,
        "criteria house": HOUSE_PACK,
        FRAUD_POLICY: DEFAULT_FRAUD_POLICY,
        "fraud reasons": REASON_TEXTS,
        "inference": DEFAULT_INFERENCE,
        "likeness": DEFAULT_LIKENESS,
        "measured with": MEASURED_WITH,
        "measuring": DEFAULT_MEASURING,
        "memory": DEFAULT_BOUNDS,
        "photo cost": PHOTO_COST,
        "photo measures": DEFAULT_MEASURES,
        "photo quality": PHOTO_QUALITY,
        "prevalence": DEFAULT_PREVALENCE,
        "route norms": ROUTE_NORMS,
        "sizes": TYPICAL_SIZES,
        **packs,
        **rates,
    }


def released_part(model: str, file: str) -> str:
    """Return the part of one file of the release that answers for a model."""
    return f"{model}/{file}"


def files_of_release(files: Mapping[str, bytes], model: str) -> dict[str, bytes]:
    """Return those files of a model's release among some parts, by their names in its folder."""
    prefix = released_part(model, "")
    return {part.removeprefix(prefix): body for part, body in files.items() if part.startswith(prefix)}


def _released_files(root: Path) -> dict[str, Path]:
    found = {CHAMPIONS: root / CHAMPIONS_FILE}
    for model in RELEASED:
        release = open_release(model, root=root)
        with reading_manifest(release.folder):
            names = [MANIFEST_FILE, *release.manifest["files"]]
        found |= {released_part(model, name): release.folder / name for name in names}
    return found


def _without_version(path: Path) -> str:
    return path.stem.rpartition("-")[0]
