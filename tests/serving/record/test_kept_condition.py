"""Decisions kept by earlier versions still read: what they did not have is absent, not an error."""

import json

from data.condition import Standing
from serving.http.answers import CONDITION
from tests.serving.clear_return import photographed


def test_a_condition_kept_before_scales_had_limits_still_reads():
    kept = CONDITION.dump_python(photographed(), mode="json")
    kept["standards"] = {"ctia_like": "A"}
    del kept["assurance"]
    condition = CONDITION.validate_json(json.dumps(kept))
    assert condition.standards == {"ctia_like": "A"}
    assert condition.assurance is None


def test_a_condition_is_kept_with_every_scale_and_its_limit():
    kept = CONDITION.dump_python(photographed(), mode="json")
    kept["standards"] = {
        "ctia_like": {"grade": "B", "deciding_limit": "back not seen: B at best", "version": "1"}
    }
    condition = CONDITION.validate_json(json.dumps(kept))
    assert condition.standards["ctia_like"] == Standing("B", "back not seen: B at best", "1")
    assert CONDITION.dump_python(condition, mode="json")["standards"] == kept["standards"]
