"""More damage never makes a better grade: drawn step by step onto one photo, through the released model."""

import pytest

from serving.condition.model import ConditionModel
from training.studies.more_damage import STEPS, add_damage


@pytest.mark.slow
def test_a_grade_never_improves_when_damage_is_added_to_a_photo():
    steps = add_damage(ConditionModel.open(), devices=40, seed=3)
    assert len(steps) > 20
    better = [str(step) for step in steps if step.is_better]
    assert not better, f"{len(better)} of {len(steps)} steps ({STEPS} a device): {better}"
