"""Make a decision on photos that show damage."""

from dataclasses import replace

from data.condition import Box, DefectFinding
from data.defect import DefectKind, Severity
from data.device import Surface
from serving.record.entry import Entry
from tests.serving.clear_return import clear_case
from tests.serving.record.entries import entry


def damaged_entry(decision_id: str) -> Entry:
    """Return a decision with a scratch on the first photo and a crack on the second."""
    made = entry(decision_id, case=clear_case(rma_id="RMA-2"))
    assert made.decision.condition is not None
    box = Box(0.1, 0.1, 0.2, 0.2)
    defects = tuple(
        DefectFinding(kind, surface, photo, 0.9, box, Severity.VISIBLE, 5.0, 1.0)
        for photo, (kind, surface) in enumerate(
            [(DefectKind.SCRATCH, Surface.FRONT), (DefectKind.CRACK, Surface.BACK)]
        )
    )
    return replace(
        made, decision=replace(made.decision, condition=replace(made.decision.condition, defects=defects))
    )
