"""Draw which returns travel on the label, or show the photos, of an earlier one."""

from dataclasses import dataclass

import numpy as np

from data.case_columns import Codes, FindingColumns
from data.world.draws import Mask, Rng
from data.world.figures import WorldFigures
from data.world.people.intent import Intent
from data.world.people.traces import draw_trace
from data.world.returns.ledger import Ledger


@dataclass(frozen=True)
class Reuse:
    """One row a return: the number of its label, and of its photos, -1 where it has none."""

    label: Codes
    photo: Codes


def draw_reuse(
    rng: Rng, intent: Intent, findings: FindingColumns, figures: WorldFigures, ledger: Ledger, *, first: int
) -> Reuse:
    """Number labels and photos, those of an earlier return again where they are reused."""
    own = first + np.arange(len(intent), dtype=np.int64)
    label = _taken_from(rng, ledger, draw_trace(rng, figures, intent, "label_of_another_return"))
    photo = _taken_from(rng, ledger, draw_trace(rng, figures, intent, "photo_of_another_return"))
    photos = np.where(photo >= 0, ledger.photo_at(photo), own)
    return Reuse(
        label=np.where(label >= 0, ledger.label_at(label), own),
        photo=np.where(np.isnan(findings.photos), -1, photos),
    )


def _taken_from(rng: Rng, ledger: Ledger, taken: Mask) -> Codes:
    """Draw which earlier return each takes from, -1 for none."""
    return np.where(taken, ledger.draw(rng, len(taken)), -1)
