"""Draw the reviews of some of the returns: late, not always right, and never all of them."""

from dataclasses import dataclass

import numpy as np

from data.case_columns import Codes, Floats
from data.fraud import Typology
from data.history import PriorOutcome
from data.world.draws import Mask, Rng, chance
from data.world.figures import HONEST, TYPOLOGIES, WorldFigures
from data.world.people.intent import Intent
from data.world.people.people import DAY_S
from data.world.settings import WorldSettings

WARDROBING = TYPOLOGIES.index(Typology.WARDROBING)
UNKNOWN = list(PriorOutcome).index(PriorOutcome.UNKNOWN)


@dataclass(frozen=True)
class Reviews:
    """One row a return. `outcome` follows PriorOutcome; `propensity` is the chance of review it had."""

    outcome: Codes
    known_s: Floats
    reviewed: Mask
    in_slice: Mask
    propensity: Floats


def draw_reviews(
    rng: Rng,
    intent: Intent,
    settings: WorldSettings,
    figures: WorldFigures,
    *,
    points: Floats,
    opened: Mask,
    seen_s: Floats,
) -> Reviews:
    """Draw which returns are reviewed, by the operator's points and at random, and each review's outcome."""
    section, count = figures["adjudicator"], len(intent)
    steps = section["review_by_points"]
    rate = np.array(list(steps.values()))[np.searchsorted(list(steps), points, side="right") - 1]
    in_slice = chance(rng, section["slice"], count)
    reviewed = in_slice | chance(rng, rate, count)
    fraud = _confirms(rng, intent, settings, section, opened)
    delay = section["delay_days"]
    days = rng.gamma(delay["shape"], delay["mean"] / delay["shape"], count)
    outcome = np.where(fraud, list(PriorOutcome).index(PriorOutcome.FRAUD), 0)
    return Reviews(
        outcome=np.where(reviewed, outcome, UNKNOWN),
        known_s=np.where(reviewed, np.floor(seen_s + days * DAY_S), np.nan),
        reviewed=reviewed,
        in_slice=in_slice,
        propensity=section["slice"] + (1.0 - section["slice"]) * rate,
    )


def _confirms(
    rng: Rng, intent: Intent, settings: WorldSettings, section: dict[str, float], opened: Mask
) -> Mask:
    """Draw whether a review would end in a confirmed fraud."""
    base: dict[str, float] = section["confirm"]  # type: ignore[assignment]
    rate = np.where(opened, base["opened"], base["closed"])
    rate = np.where(intent.typology == WARDROBING, section["confirm_wardrobing"], rate)
    rate = 1.0 - (1.0 - rate) * settings.label_noise
    falsely = section["confirm_falsely"] * settings.label_noise
    return chance(rng, np.where(intent.typology == HONEST, falsely, rate), len(intent))
