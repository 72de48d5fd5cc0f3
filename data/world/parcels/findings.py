"""Draw what photo grading would find, with its errors, so that the fraud model learns to use it."""

import numpy as np

from data.case_columns import Codes, FindingColumns, Floats
from data.defect import DefectKind
from data.world.draws import Mask, Rng, chance
from data.world.figures import WorldFigures
from data.world.parcels.benches import Bench
from data.world.people.intent import Intent
from data.world.people.traces import draw_trace
from data.world.returns.claims import Claims

# How fast the chance of each visible defect grows with wear, in log odds for one grade; a guess.
GROWS = {DefectKind.CRACK: 1.3, DefectKind.SCRATCH: 1.1, DefectKind.DENT: 1.0, DefectKind.CHIP: 1.0}


def draw_findings(
    rng: Rng, intent: Intent, claims: Claims, bench: Bench, figures: WorldFigures
) -> FindingColumns:
    """Draw simulated findings for the opened units that were photographed; NaN for all others."""
    count = len(intent)
    worse = draw_trace(rng, figures, intent, "worse_than_declared")
    seen_rank = np.minimum(claims.true_rank + np.where(worse, rng.integers(1, 3, count), 0), 4)
    shown = bench.opened & chance(rng, figures["benches"]["photographed"], count)
    other = draw_trace(rng, figures, intent, "other_class_in_photo")
    photos = np.where(shown, rng.integers(1, 6, count), np.nan)
    grades = _grades(rng, seen_rank)
    abstains = chance(rng, 0.12, count)
    return FindingColumns(
        taken_s=np.where(shown, bench.verified_s, np.nan),
        grades=_only(shown, grades),
        grade_rank=np.where(shown & ~abstains, grades.argmax(axis=1), np.nan),
        defects=_only(shown, _defects(rng, seen_rank)),
        photos=photos,
        photos_ok=np.where(shown, np.minimum(photos, rng.binomial(5, 0.85, count)), np.nan),
        photos_duplicate=np.where(shown, chance(rng, 0.03, count), np.nan),
        class_seen=photos,
        class_mismatched=np.where(
            other, photos, np.where(chance(rng, 0.06, count), 1.0, 0.0) * np.sign(photos)
        ),
    )


def _grades(rng: Rng, rank: Codes) -> Floats:
    """Spread the grade's probability around the true rank, (n, 5), rows summing to 1."""
    centre = rank + rng.normal(0.0, 0.7, len(rank))
    weights = np.exp(-((np.arange(5) - centre[:, None]) ** 2))
    return np.asarray(np.round(weights / weights.sum(axis=1, keepdims=True), 6))


def _defects(rng: Rng, rank: Codes) -> Floats:
    """Draw each defect's probability, (n, kinds)."""
    kinds = list(DefectKind)
    grows = np.array([GROWS.get(kind, 0.6) for kind in kinds])
    log_odds = -4.0 + grows * rank[:, None] + rng.normal(0.0, 1.2, (len(rank), len(kinds)))
    return np.asarray(np.round(1.0 / (1.0 + np.exp(-log_odds)), 6))


def _only(shown: Mask, values: Floats) -> Floats:
    return np.where(shown[:, None], values, np.nan)
