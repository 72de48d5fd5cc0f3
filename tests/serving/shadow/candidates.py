"""Write candidates to files and returns as they were decided live, so that a test names only what differs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from data.fraud import Action
from serving.condition.given.given_photo import GivenPhoto
from serving.shadow.candidate import SeenReturn
from tests.serving.clear_return import clear_case
from tests.serving.disposition.policy_text import SHIPPED
from tests.serving.record.entries import entry

# Nothing is restocked any more where that costs so much.
TOO_DEAR = 100_000


def dear_policy(folder: Path, name: str = "dear.yaml") -> Path:
    """Write the shipped policy with a cost of restocking that nothing is worth."""
    policy = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    costs = policy["costs"]["amounts"]["restock"]
    policy["costs"]["amounts"]["restock"] = dict.fromkeys(costs, TOO_DEAR)
    path = folder / name
    path.write_text(yaml.safe_dump(policy, sort_keys=False), encoding="utf-8")
    return path


def shadow_file(
    folder: Path, *, share: float = 1.0, seconds: float = 60.0, waiting: int = 8, **more: Any
) -> Path:
    """Write a candidate with the dear policy, or what is given instead."""
    budget = {"share": share, "seconds": seconds, "waiting": waiting}
    if not more:
        more = {"policy": dear_policy(folder).name}
    path = folder / "shadow.yaml"
    path.write_text(yaml.safe_dump({"name": "dear", **more, "budget": budget}), encoding="utf-8")
    return path


def seen_return(
    decision_id: str = "dec-1", *, action: Action = Action.RELEASE, photos: Sequence[bytes] = ()
) -> SeenReturn:
    """Return a clear phone as it was decided live: it is restocked."""
    kept = entry(decision_id, case=clear_case(), action=action)
    return SeenReturn(kept.case, kept.decision, tuple(map(GivenPhoto.of, photos)), None, 0.25)
