"""Compute the features of what photo grading found, against what was declared and sold."""

import numpy as np

from data.case_columns import CaseColumns, Floats
from data.defect import DefectKind
from features.case.known import only_where

KINDS = list(DefectKind)
USED = (
    DefectKind.CRACK,
    DefectKind.SCRATCH,
    DefectKind.DENT,
    DefectKind.MISSING_PART,
    DefectKind.DISPLAY_FAULT,
    DefectKind.COATING_LOSS,
)


def finding_features(cases: CaseColumns) -> dict[str, Floats]:
    """Return the photo features; NaN without photos, and before they were taken."""
    seen = cases.findings
    expected_rank = np.zeros(len(cases))
    for rank in range(1, 5):
        expected_rank = expected_rank + rank * seen.grades[:, rank]
    found = {
        "photo_count": seen.photos,
        "photo_ok_share": seen.photos_ok / np.maximum(seen.photos, 1.0),
        "photo_duplicates": seen.photos_duplicate,
        "photo_class_mismatch": np.where(
            seen.class_seen > 0, seen.class_mismatched / np.maximum(seen.class_seen, 1.0), np.nan
        ),
        "observed_grade": expected_rank,
        "grade_below_declared": expected_rank - cases.rma.declared_rank,
        **{f"photo_{kind.value}": seen.defects[:, KINDS.index(kind)] for kind in USED},
    }
    taken = seen.taken_s <= cases.as_of_s
    return only_where(taken, found)
