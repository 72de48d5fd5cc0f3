"""Simulate the parcels' contents and their way, as carriers happened to scan it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from data.case_columns import Codes, Floats
from data.scan import ScanCode
from data.world.draws import Mask, Rng, by_quantiles, chance, pick, pick_by_row
from data.world.figures import HONEST, WorldFigures
from data.world.people.intent import Intent
from data.world.people.parties import Parties
from data.world.people.traces import draw_trace
from data.world.returns.goods import Goods
from data.world.settings import InvalidWorld, WorldSettings

HOUR_S = 3600.0
CODES = list(ScanCode)


@dataclass(frozen=True)
class Parcels:
    """One row a return: which lane it took, what it weighed, and whether it ever reached the bench.

    `dock_hand` is the employee who would induct it, counted within the site.
    """

    carrier: Codes
    site: Codes
    dock_hand: Codes
    cross_border: Mask
    label_s: Floats
    custody_s: Floats
    delivered_s: Floats
    inducted_s: Floats
    sent_weight_g: Floats
    arrived_weight_g: Floats
    is_light: Mask
    delivered_elsewhere: Mask


def carrier_set(settings: WorldSettings, figures: WorldFigures) -> dict[str, dict[str, float]]:
    """Return the carriers of the world by name.

    Raises InvalidWorld for a set that is not in the figures.
    """
    sets: dict[str, dict[str, dict[str, float]]] = figures["parcels"]["sets"]
    if settings.carriers not in sets:
        raise InvalidWorld(f"carriers {settings.carriers!r} is not one of {', '.join(sets)}")
    return sets[settings.carriers]


def draw_parcels(
    rng: Rng, intent: Intent, parties: Parties, goods: Goods, settings: WorldSettings, figures: WorldFigures
) -> Parcels:
    """Draw lane, weights and times; `inducted_s` is NaN for a parcel that never arrives at the bench."""
    section, count = figures["parcels"], len(intent)
    carriers = carrier_set(settings, figures)
    site = _sites(rng, parties, figures)
    cross_border = _countries(figures)[site] != parties.country
    carrier = pick(rng, {name: row["share"] for name, row in carriers.items()}, count)
    speed = np.array([row["speed"] for row in carriers.values()])[carrier]
    label = intent.requested_s + np.floor(rng.exponential(0.3 * HOUR_S, count))
    custody = label + np.floor(by_quantiles(rng, section["label_to_custody_h"], count) * HOUR_S)
    transit_h = by_quantiles(rng, section["transit_h"], count) * speed
    transit_h = _along_lanes(rng, section["lanes"], cross_border, transit_h)
    transit_h *= np.where(draw_trace(rng, figures, intent, "long_dwell"), rng.uniform(1.5, 3.0, count), 1.0)
    delivered = custody + np.floor(transit_h * HOUR_S)
    lost = draw_trace(rng, figures, intent, "never_inducted")
    inducted = delivered + np.floor(by_quantiles(rng, section["delivered_to_inducted_h"], count) * HOUR_S)
    light = draw_trace(rng, figures, intent, "parcel_light")
    sent = _sent_weights(rng, intent, goods, figures, light)
    dropped = draw_trace(rng, figures, intent, "weight_dropped_on_the_way")
    return Parcels(
        carrier=carrier,
        site=site,
        dock_hand=rng.integers(0, section["dock"]["hands_each"], count),
        cross_border=cross_border,
        label_s=label,
        custody_s=custody,
        delivered_s=delivered,
        inducted_s=np.where(lost, np.nan, inducted),
        sent_weight_g=sent,
        arrived_weight_g=np.where(dropped, sent * rng.uniform(0.65, 0.95, count), sent),
        is_light=light,
        delivered_elsewhere=lost & chance(rng, np.where(intent.trace == HONEST, 0.25, 0.7), count),
    )


def _sent_weights(rng: Rng, intent: Intent, goods: Goods, figures: WorldFigures, light: Mask) -> Floats:
    """Weigh what was really sent: a bit off through packing, accessories or a substitute, or nearly empty."""
    count = len(intent)
    off = draw_trace(rng, figures, intent, "parcel_a_bit_off")
    sign = np.where(chance(rng, 0.7, count), -1.0, 1.0)
    shift = np.where(off, sign * rng.uniform(0.04, 0.16, count), rng.normal(0.0, 0.012, count))
    return goods.packed_weight_g * np.where(light, rng.uniform(0.15, 0.6, count), 1.0 + shift)


def _sites(rng: Rng, parties: Parties, figures: WorldFigures) -> Codes:
    """Choose the receiving site; most parcels stay in their country where it has one."""
    section = figures["parcels"]
    shares = np.array([row["share"] for row in section["sites"].values()])
    at_home = _countries(figures) == parties.country[:, None]
    return pick_by_row(rng, shares * np.where(at_home, section["stays_in_country"], 1.0))


def _countries(figures: WorldFigures) -> Codes:
    """Return the country of each site, as a position among the customers' countries."""
    names = list(figures["population"]["countries"])
    return np.array([names.index(row["country"]) for row in figures["parcels"]["sites"].values()])


def _along_lanes(rng: Rng, lanes: dict[str, Any], cross_border: Mask, transit_h: Floats) -> Floats:
    """Stretch the hours on the way by lane, and let customs look at what crosses a border."""
    home, abroad = lanes["domestic"], lanes["cross_border"]
    customs_h = by_quantiles(rng, abroad["customs_h"], len(transit_h))
    abroad_h = transit_h * abroad["transit"] + customs_h
    return np.asarray(np.where(cross_border, abroad_h, transit_h * home["transit"]))
