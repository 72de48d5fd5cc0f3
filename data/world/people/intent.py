"""Draw who returns, when, and with what intent, before anything is ordered, shipped or seen."""

from dataclasses import dataclass

import numpy as np

from data.case_columns import Codes, Floats
from data.fraud import Typology
from data.world.draws import Mask, Rng, chance, pick_by_row
from data.world.figures import HONEST, TYPOLOGIES, WorldFigures
from data.world.people.people import DAY_S, People
from data.world.people.rings import Rings
from data.world.settings import WorldSettings

# A block spans days, so a ring of the block may not be at work on the very day.
RING_TRIES = 8


@dataclass(frozen=True)
class Intent:
    """One row a return, in order of request. `typology` is -1 for honest, `ring` -1 for none.

    `trace` is the typology whose traces the return leaves: -1 for honest people and careful fraudsters.
    """

    customer: Codes
    requested_s: Floats
    typology: Codes
    trace: Codes
    careful: Mask
    ring: Codes
    fresh_account: Mask

    def __len__(self) -> int:
        return len(self.customer)


def draw_intent(
    rng: Rng,
    people: People,
    rings: Rings,
    settings: WorldSettings,
    figures: WorldFigures,
    *,
    requested_s: Floats,
    year_share: float,
) -> Intent:
    """Draw the people behind the requests at the given times, and their intent."""
    count = len(requested_s)
    fraud = figures["fraud"]
    customer = np.searchsorted(people.return_edges, rng.random(count)).astype(np.int64)
    ring_share = 0.0 if settings.withheld is Typology.REFUND_RING else figures["rings"]["share_of_fraud"]
    lone = chance(rng, settings.prevalence * (1 - ring_share) * people.propensity[customer], count)
    ring = _ring_of(rng, rings, requested_s, chance(rng, settings.prevalence * ring_share, count))
    in_ring = ring >= 0
    member = rings.first[ring] + (rng.random(count) * rings.accounts[ring]).astype(np.int64)
    typology = np.where(lone | in_ring, _typologies(rng, settings, fraud, count, year_share), HONEST)
    careful = (typology != HONEST) & chance(rng, fraud["careful"], count)
    return Intent(
        customer=np.where(in_ring, member, customer),
        requested_s=requested_s,
        typology=typology,
        trace=np.where(careful, HONEST, typology),
        careful=careful,
        ring=ring,
        fresh_account=lone & ~in_ring & chance(rng, fraud["fresh_account"], count),
    )


def request_times(rng: Rng, count: int, day_s: Floats) -> Floats:
    """Draw the second of the day of each request, more in waking hours, and sort them all."""
    hours = np.clip(rng.normal(20.5, 4.2, count), 0, 38) % 24
    return np.sort(np.floor(day_s + hours * 3600.0))


def _ring_of(rng: Rng, rings: Rings, requested_s: Floats, wanted: Mask) -> Codes:
    """Draw a ring that is at work at the moment of the request; -1 where none is."""
    active = rings.active(float(requested_s[0]), float(requested_s[-1]) + DAY_S)
    if not len(active):
        return np.full(len(requested_s), -1, dtype=np.int64)
    drawn = active[rng.integers(0, len(active), (len(requested_s), RING_TRIES))]
    works = (rings.from_s[drawn] <= requested_s[:, None]) & (requested_s[:, None] <= rings.to_s[drawn])
    ring = np.take_along_axis(drawn, works.argmax(axis=1)[:, None], axis=1)[:, 0]
    return np.where(wanted & works.any(axis=1), ring, -1)


def _typologies(
    rng: Rng, settings: WorldSettings, fraud: dict[str, dict[str, float]], count: int, year_share: float
) -> Codes:
    """Draw what kind a fraud would be; the mix drifts over the year."""
    weights = np.array([fraud["mix"][typology.value] for typology in TYPOLOGIES])
    towards = [typology.value for typology in TYPOLOGIES].index(str(fraud["drift_towards"]))
    gain = 1.0 + (float(fraud["drift_gain"]) - 1.0) * settings.drift * year_share  # type: ignore[arg-type]
    weights[towards] *= gain
    if settings.withheld in TYPOLOGIES:
        weights[TYPOLOGIES.index(settings.withheld)] = 0.0
    return pick_by_row(rng, np.tile(weights, (count, 1)))
