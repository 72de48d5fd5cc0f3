"""Name the next steps that gates and dispositions ask for, and what their texts may mention."""

import string
from collections.abc import Iterator, Mapping, Set
from typing import Literal, get_args

from data.decision import Disposition
from data.versioned_file import Fault

# The steps that gates ask for, beside those of each disposition.
StepName = Literal[
    "battery_hazard",
    "battery_not_checked",
    "battery_suspected",
    "may_hold_data",
    "media_destroyed",
    "lock_on",
    "listed",
    "financed",
    "lock_or_list_unknown",
    "recalled",
    "compliance_review",
    "export",
    "fraud_review",
    "fraud_hold",
    "retake_photos",
    "take_photos",
    "wrong_contents",
    "not_verified",
    "missing_faces",
    "function_test",
    "missing_accessories",
    "unchecked_accessories",
]
STEPS: tuple[str, ...] = (*get_args(StepName), *Disposition)
# The fields that a step's text may name in braces; those of other steps name none.
STEP_FIELDS: Mapping[str, frozenset[str]] = {
    "battery_hazard": frozenset({"un_number", "packing"}),
    "lock_or_list_unknown": frozenset({"unknowns"}),
    "missing_faces": frozenset({"faces"}),
    "missing_accessories": frozenset({"accessories"}),
    "unchecked_accessories": frozenset({"accessories"}),
    Disposition.RECYCLE: frozenset({"weee_category"}),
}


def step_faults(next_steps: Mapping[str, tuple[str, ...]], unasked: Set[str]) -> Iterator[Fault]:
    """Yield what is wrong with the texts of the steps; those in `unasked` may be missing."""
    missing = sorted(set(STEPS) - unasked - next_steps.keys())
    if missing:
        text = f"next_steps lacks {', '.join(missing)}: add a list of texts for each"
        yield Fault(("next_steps",), text)
    unknown = sorted(next_steps.keys() - set(STEPS))
    for name in unknown:
        yield Fault(
            ("next_steps", name), f"next_steps.{name} is asked for by nothing: remove it or correct it"
        )
    for name, texts in next_steps.items():
        yield from _unknown_fields(name, texts)


def _unknown_fields(name: str, texts: tuple[str, ...]) -> Iterator[Fault]:
    allowed = STEP_FIELDS.get(name, frozenset())
    used = {field for text in texts for _, field, _, _ in string.Formatter().parse(text) if field is not None}
    if not used <= allowed:
        text = (
            f"next_steps.{name} names {', '.join(sorted(used - allowed))} in braces; "
            f"it may name: {', '.join(sorted(allowed)) or 'nothing'}"
        )
        yield Fault(("next_steps", name), text)
