"""A candidate that can't be tried is told in words before anything is served."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from serving.release import BrokenRelease
from serving.settings import Settings
from serving.shadow.opening_shadow import check_shadow
from serving.shadow.shadow_file import InvalidShadow, read_shadow_file
from tests.serving.disposition.policy_text import SHIPPED
from tests.serving.shadow.candidates import dear_policy, shadow_file

BUDGET = {"share": 0.5, "seconds": 5, "waiting": 3}


def written(folder: Path, document: dict[str, Any]) -> Path:
    path = folder / "shadow.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def test_what_a_candidate_names_is_found_beside_its_file(tmp_path: Path) -> None:
    dear_policy(tmp_path)
    (tmp_path / "own").mkdir()
    path = written(tmp_path, {"name": "mine", "policy": "dear.yaml", "models": "own", "budget": BUDGET})

    read = read_shadow_file(path)

    assert (read.policy, read.models) == (str(tmp_path / "dear.yaml"), tmp_path / "own")
    assert (read.budget.share, read.budget.waiting, read.budget.photo_bytes) == (0.5, 3, 64 * 2**20)


def test_shipped_policy_is_named_by_its_name(tmp_path: Path) -> None:
    path = written(tmp_path, {"name": "older", "policy": "house-2", "budget": BUDGET})

    check_shadow(Settings(shadow=path))


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"name": "mine", "budget": BUDGET}, "name what the candidate decides by"),
        ({"name": "a b", "policy": "house-3", "budget": BUDGET}, "without spaces"),
        ({"name": "mine", "policy": "house-3"}, "budget: Field required"),
        (
            {"name": "mine", "policy": "house-3", "budget": {**BUDGET, "share": 2}},
            "budget.share: give 1 or less",
        ),
        ({"name": "mine", "policy": "house-3", "budget": {**BUDGET, "waiting": 0}}, "give 1 or more"),
        ({"name": "mine", "polcy": "house-3", "budget": BUDGET}, "polcy: unknown field"),
        ({"name": "mine", "policy": "missing.yaml", "budget": BUDGET}, "no policy 'missing.yaml'"),
        ({"name": "mine", "criteria": "missing.yaml", "budget": BUDGET}, "missing.yaml can't be read"),
    ],
)
def test_wrong_candidate_stops_the_start_and_says_what_to_do(
    tmp_path: Path, document: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        check_shadow(Settings(shadow=written(tmp_path, document)))


def test_folder_without_a_release_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    path = shadow_file(tmp_path, models="empty")

    with pytest.raises(BrokenRelease, match="holds no release"):
        check_shadow(Settings(shadow=path))


def test_policy_in_another_currency_can_be_compared_with_nothing(tmp_path: Path) -> None:
    policy = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    policy["currency"] = "USD"
    (tmp_path / "usd.yaml").write_text(yaml.safe_dump(policy, sort_keys=False))

    with pytest.raises(InvalidShadow, match="in USD and the one that is served in CAD"):
        check_shadow(Settings(shadow=shadow_file(tmp_path, policy="usd.yaml")))


def test_without_a_file_there_is_nothing_to_check() -> None:
    check_shadow(Settings())
