"""Draw refund rings: a few accounts that share an address, a payment or both for some weeks."""

from dataclasses import dataclass, replace

import numpy as np

from data.case_columns import Codes, Floats
from data.world.draws import Mask, Rng, chance
from data.world.figures import WorldFigures
from data.world.people.people import DAY_S, People
from data.world.settings import WorldSettings


@dataclass(frozen=True)
class Rings:
    """Each ring's accounts (positions in People from `first` for `accounts`) and the time it is active.

    `has_device`: whether it sends the same unit again and again.
    """

    first: Codes
    accounts: Codes
    from_s: Floats
    to_s: Floats
    has_device: Mask

    def active(self, start_s: float, end_s: float) -> Codes:
        """Return the positions of the rings active at some time between the two."""
        return np.flatnonzero((self.from_s < end_s) & (self.to_s > start_s))


def add_rings(
    rng: Rng, people: People, settings: WorldSettings, figures: WorldFigures, *, start_s: float
) -> tuple[People, Rings]:
    """Draw the year's rings and put their accounts after everybody else."""
    section = figures["rings"]
    low, high = section["accounts"]
    returns = settings.returns * settings.prevalence * section["share_of_fraud"]
    count = max(1, round(returns / (section["returns_each"] * (low + high) / 2)))
    accounts = rng.integers(low, high + 1, count)
    weeks = rng.uniform(section["weeks_active"][0], section["weeks_active"][1], count)
    begins = start_s + rng.uniform(-14, settings.days, count) * DAY_S
    first = len(people) + np.concatenate([[0], np.cumsum(accounts)[:-1]])
    has_device = chance(rng, section["shares"]["device"], count)
    rings = Rings(first.astype(np.int64), accounts, begins, begins + weeks * 7 * DAY_S, has_device)
    return _join(rng, people, rings, section), rings


def _join(rng: Rng, people: People, rings: Rings, section: dict[str, dict[str, float]]) -> People:
    ring = np.repeat(np.arange(len(rings.first)), rings.accounts)
    count = len(ring)
    shares_address = rng.random(len(rings.first)) < section["shares"]["address"]
    shares_payment = ~shares_address | (rng.random(len(rings.first)) < section["shares"]["payment"])
    own = 10_000_000_000 + np.arange(count)
    home = rng.integers(0, len(people), len(rings.first))[ring]
    created = rings.from_s[ring] - rng.gamma(1.5, 40.0, count) * DAY_S
    return replace(
        people,
        propensity=np.concatenate([people.propensity, np.zeros(count)]),
        created_s=np.concatenate([people.created_s, created]),
        address=np.concatenate([people.address, np.where(shares_address[ring], 20_000_000_000 + ring, own)]),
        payment=np.concatenate([people.payment, np.where(shares_payment[ring], 20_000_000_000 + ring, own)]),
        country=np.concatenate([people.country, people.country[home]]),
        latitude_deg=np.concatenate([people.latitude_deg, people.latitude_deg[home]]),
        longitude_deg=np.concatenate([people.longitude_deg, people.longitude_deg[home]]),
        moves_s=np.concatenate([people.moves_s, np.full(count, np.inf)]),
        orders_rate=np.concatenate([people.orders_rate, rng.uniform(3, 9, count)]),
    )
