"""Draw the customers: how often they return, how inclined to abuse, where they live, with whom."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from data.case_columns import Codes, Floats
from data.world.draws import Rng, pick
from data.world.figures import WorldFigures
from data.world.settings import WorldSettings

DAY_S = 86_400.0


@dataclass(frozen=True)
class People:
    """Every customer, one row each; rings come last. `return_edges` is cumulative, for drawing by rate.

    `moves_s` is when somebody moves house, infinite for most.
    """

    return_edges: Floats
    propensity: Floats
    created_s: Floats
    address: Codes
    payment: Codes
    country: Codes
    latitude_deg: Floats
    longitude_deg: Floats
    moves_s: Floats
    orders_rate: Floats
    ring_from: int

    def __len__(self) -> int:
        return len(self.created_s)


def draw_people(rng: Rng, settings: WorldSettings, figures: WorldFigures, *, start_s: float) -> People:
    """Draw the whole population."""
    section = figures["population"]
    count = max(50, int(settings.returns * section["customers_per_return"]))
    rates = rng.lognormal(0.0, section["returns_sigma"], count)
    country = pick(rng, section["countries"], count)
    latitude, longitude = _homes(rng, section, country)
    return People(
        return_edges=np.cumsum(rates) / rates.sum(),
        propensity=_propensity(rng, section["abuse_sigma"], rates),
        created_s=start_s - _account_ages(rng, section["account_age_days"], count) * DAY_S,
        address=_addresses(rng, section, count),
        payment=_payments(rng, section["shared_payment"], count),
        country=country,
        latitude_deg=latitude,
        longitude_deg=longitude,
        moves_s=_moves(rng, section["moves_house"], count, start_s, settings.days),
        orders_rate=section["orders_per_return"] * (0.35 * rates / rates.mean() + 0.65),
        ring_from=count,
    )


def _propensity(rng: Rng, sigma: float, rates: Floats) -> Floats:
    """Draw a skewed inclination to abuse with mean 1 over returns, however often one returns."""
    drawn = rng.lognormal(0.0, sigma, len(rates))
    return np.asarray(drawn * rates.sum() / (drawn * rates).sum())


def _account_ages(rng: Rng, quantiles: dict[str, float], count: int) -> Floats:
    """Draw ages at the start of the year; a fifth of the customers join during it."""
    ages = np.interp(rng.random(count), [0.0, 0.5, 1.0], list(quantiles.values()))
    joins_later = rng.random(count) < 0.2
    return np.where(joins_later, -365.0 * rng.random(count), ages)


def _homes(rng: Rng, section: dict[str, Any], country: Codes) -> tuple[Floats, Floats]:
    """Scatter homes around the towns of each country."""
    count, towns_each = len(country), section["towns_each"]
    town = country * towns_each + rng.integers(0, towns_each, count)
    axes = []
    for axis in ("latitude_deg", "longitude_deg"):
        edges = np.array([section["homes"][name][axis] for name in section["countries"]])
        towns = rng.uniform(edges[:, :1], edges[:, 1:], (len(edges), towns_each)).ravel()
        axes.append(np.round(towns[town] + rng.normal(0, 0.3, count), 3))
    return axes[0], axes[1]


def _moves(rng: Rng, share: float, count: int, start_s: float, days: int) -> Floats:
    """Draw when each customer moves house; from a quarter before the start, so that its traces are there."""
    when = start_s + rng.uniform(-90, days, count) * DAY_S
    return np.where(rng.random(count) < share * (days + 90) / 365, when, np.inf)


def _addresses(rng: Rng, section: dict[str, float], count: int) -> Codes:
    """Give each customer an address; some share a household, some a dormitory or an office."""
    addresses = np.arange(count, dtype=np.int64)
    household = np.flatnonzero(rng.random(count) < section["household_share"] / 2)
    addresses[household] = addresses[np.maximum(household - 1, 0)]
    dormitory = np.flatnonzero(rng.random(count) < section["dormitory_share"])
    buildings = max(1, int(len(dormitory) / section["dormitory_size"]))
    addresses[dormitory] = count + rng.integers(0, buildings, len(dormitory))
    return addresses


def _payments(rng: Rng, share: float, count: int) -> Codes:
    """Give each customer a card; some use that of a neighbour in the table, often of the same household."""
    payments = np.arange(count, dtype=np.int64)
    borrowed = np.flatnonzero(rng.random(count) < share)
    payments[borrowed] = payments[np.maximum(borrowed - 1, 0)]
    return payments
