"""What is said of validation photos comes from lines that were fitted without them."""

import numpy as np
import pytest

from data.defect import DefectKind
from serving.release import open_release
from training.condition.lines.calibration_looks import RawLook
from training.condition.lines.cross_fit import CROSS_FIT, PARTS, CrossFitted, cross_fit, part_of
from training.condition.network import KINDS

CRACK = DefectKind.CRACK


def look(group: str, logit: float, *, is_there: bool) -> RawLook:
    logits = np.full((2, len(KINDS)), logit)
    return RawLook({CRACK: is_there}, frozenset({CRACK}), logits, False, {}, {}, group)


@pytest.fixture(scope="module")
def clear_looks() -> list[RawLook]:
    rng = np.random.default_rng(5)
    return [
        look(f"device-{number}", rng.normal(2.0 if number % 3 == 0 else -2.0, 2.0), is_there=number % 3 == 0)
        for number in range(120)
    ]


def test_photos_of_one_device_lie_in_one_part_and_devices_in_all() -> None:
    assert part_of("device-1") == part_of("device-1")
    assert {part_of(f"device-{number}") for number in range(60)} == set(range(PARTS))


def test_what_a_device_shows_does_not_touch_the_lines_that_answer_about_it(clear_looks) -> None:
    group = "device-7"
    own = [one for one in clear_looks if one.group == group]
    lying = [look(one.group, 30.0, is_there=False) for one in own] * 20
    fitted, spoiled = (cross_fit([*clear_looks, *more], {}) for more in ([], lying))

    assert fitted[part_of(group)] == spoiled[part_of(group)]
    others = [part for part in range(PARTS) if part != part_of(group)]
    assert all(fitted[part] != spoiled[part] for part in others)


def test_a_release_that_keeps_no_parts_answers_itself() -> None:
    models = CrossFitted.open(open_release("condition", version="8"))

    assert models.of("device-1") is models.of("device-2")


def test_each_device_is_answered_by_the_lines_of_its_part() -> None:
    release = open_release("condition", version="8")
    thresholds = release.manifest["thresholds"]
    parts = [{"thresholds": {**thresholds, "crack": 0.2 + 0.1 * part}} for part in range(PARTS)]
    release.manifest[CROSS_FIT] = parts
    models = CrossFitted.open(release)

    for group in ("device-1", "device-2", "device-3"):
        asked = models.of(group)._contract.thresholds[CRACK]
        assert asked == parts[part_of(group)]["thresholds"]["crack"]
