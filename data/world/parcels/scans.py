"""Turn parcels into scan events: some are lost, some weights missing, some known late."""

from dataclasses import dataclass

import numpy as np

from data.case_columns import Codes, Floats, ScanColumns
from data.scan import ScanCode
from data.world.draws import Mask, Rng, by_quantiles, chance
from data.world.figures import HONEST, WorldFigures
from data.world.parcels.parcels import CODES, HOUR_S, Parcels, carrier_set
from data.world.people.intent import Intent
from data.world.people.parties import Parties
from data.world.people.traces import draw_trace
from data.world.settings import WorldSettings

# The events of a parcel in the order in which they can happen, and how far along the way each lies.
SLOTS: tuple[tuple[ScanCode, float], ...] = (
    (ScanCode.LABEL_CREATED, -1.0),
    (ScanCode.DROPPED_OFF, 0.0),
    (ScanCode.PICKED_UP, 0.05),
    (ScanCode.ARRIVED, 0.18),
    (ScanCode.DEPARTED, 0.30),
    (ScanCode.HANDED_OFF, 0.36),
    (ScanCode.MISSORTED, 0.42),
    (ScanCode.REWRAPPED, 0.48),
    (ScanCode.DAMAGED, 0.52),
    (ScanCode.ARRIVED, 0.60),
    (ScanCode.DEPARTED, 0.74),
    (ScanCode.ADDRESS_CORRECTED, 0.80),
    (ScanCode.RECONSIGNED, 0.86),
    (ScanCode.DELIVERY_ATTEMPTED, 0.95),
    (ScanCode.DELIVERED, 1.0),
    (ScanCode.INDUCTED, 2.0),
)
HUB_A, HUB_B, DELIVERED, INDUCTED = 3, 9, 14, 15


@dataclass(frozen=True)
class _Grid:
    """(returns, slots) arrays of what would be scanned."""

    present: Mask
    time_s: Floats
    weight_g: Floats
    latitude_deg: Floats
    longitude_deg: Floats


def draw_scans(
    rng: Rng,
    intent: Intent,
    parties: Parties,
    parcels: Parcels,
    settings: WorldSettings,
    figures: WorldFigures,
) -> ScanColumns:
    """Draw all scans of a block, flat, sorted by return and then by time."""
    present = _present(rng, intent, parcels, settings, figures)
    times = _times(rng, parcels)
    weights = _weights(rng, parcels, settings, figures)
    latitude, longitude = _places(rng, intent, parties, parcels, figures)
    return _flatten(rng, _Grid(present, times, weights, latitude, longitude), intent, parcels, figures)


def _present(
    rng: Rng, intent: Intent, parcels: Parcels, settings: WorldSettings, figures: WorldFigures
) -> Mask:
    count = len(intent)
    carriers = carrier_set(settings, figures).values()
    lost = np.array([row["lost_scan"] for row in carriers])[parcels.carrier]
    present = rng.random((count, len(SLOTS))) >= lost[:, None]
    dropped_off = chance(rng, 0.65, count)
    twice = draw_trace(rng, figures, intent, "label_used_twice")
    present[:, 0] |= True
    present[:, 1] = dropped_off | twice
    present[:, 2] = ~dropped_off | twice
    hands = chance(rng, 0.10, count) | draw_trace(rng, figures, intent, "third_party_hand_off")
    rare = {5: hands} | {
        slot: draw_trace(rng, figures, intent, trace)
        for slot, trace in {
            6: "missorted",
            7: "rewrapped",
            8: "damaged_scan",
            11: "address_corrected",
            12: "reconsigned",
            13: "attempted",
        }.items()
    }
    for slot, happens in rare.items():
        present[:, slot] &= happens
    present[:, DELIVERED] |= chance(rng, 0.9, count)
    present[:, INDUCTED] = ~np.isnan(parcels.inducted_s) & ~_missed(rng, parcels, figures)
    return np.asarray(present)


def _missed(rng: Rng, parcels: Parcels, figures: WorldFigures) -> Mask:
    """Draw which parcels the dock forgot to scan in; some employees forget more than others."""
    low, high = figures["parcels"]["dock"]["missed"]
    forgets = low + (high - low) * ((_dock_employee(parcels, figures) * 13) % 11) / 10.0
    return chance(rng, forgets, len(forgets))


def _dock_employee(parcels: Parcels, figures: WorldFigures) -> Codes:
    """Number the employees of all docks."""
    return np.asarray(parcels.site * figures["parcels"]["dock"]["hands_each"] + parcels.dock_hand)


def _times(rng: Rng, parcels: Parcels) -> Floats:
    """Place the events along the way, jittered by a tenth of it, in whole seconds."""
    along = np.array([share for _, share in SLOTS])
    transit = (parcels.delivered_s - parcels.custody_s)[:, None]
    jitter = rng.uniform(-0.04, 0.04, (len(transit), len(SLOTS)))
    share = np.clip(along + np.where((along > 0.1) & (along < 0.99), jitter, 0.0), 0.0, 1.0)
    times = parcels.custody_s[:, None] + share * transit
    times[:, 0] = parcels.label_s
    times[:, INDUCTED] = np.where(np.isnan(parcels.inducted_s), 0.0, parcels.inducted_s)
    return np.asarray(np.floor(times))


def _weights(rng: Rng, parcels: Parcels, settings: WorldSettings, figures: WorldFigures) -> Floats:
    """Weigh at custody and at both hubs, with the carrier's own error; a quarter is missing."""
    carriers = list(carrier_set(settings, figures).values())
    bias = np.array([row["weight_bias"] for row in carriers])[parcels.carrier]
    sigma = np.array([row["weight_sigma"] for row in carriers])[parcels.carrier]
    weights = np.full((len(bias), len(SLOTS)), np.nan)
    for slot, truth in (
        (1, parcels.sent_weight_g),
        (HUB_A, parcels.sent_weight_g),
        (HUB_B, parcels.arrived_weight_g),
    ):
        read = truth * (1.0 + bias + sigma * rng.standard_normal(len(bias)))
        missing = chance(rng, figures["parcels"]["weight_missing"], len(bias))
        weights[:, slot] = np.where(missing, np.nan, np.maximum(np.round(read), 1.0))
    return weights


def _places(
    rng: Rng, intent: Intent, parties: Parties, parcels: Parcels, figures: WorldFigures
) -> tuple[Floats, Floats]:
    """Lay the events between home and site; a far drop-off and a delivery elsewhere lie off the way."""
    sites = figures["parcels"]["sites"].values()
    far = draw_trace(rng, figures, intent, "far_drop_off")
    elsewhere = parcels.delivered_elsewhere
    axes = []
    for home, site in (
        (parties.latitude_deg, np.array([row["latitude_deg"] for row in sites])[parcels.site]),
        (parties.longitude_deg, np.array([row["longitude_deg"] for row in sites])[parcels.site]),
    ):
        away = rng.uniform(2.0, 9.0, len(home)) * np.where(chance(rng, 0.5, len(home)), 1.0, -1.0)
        start = home + np.where(far, away, rng.normal(0.0, 0.08, len(home)))
        along = np.clip(np.array([share for _, share in SLOTS]), 0.0, 1.0)
        line = (
            start[:, None] + (site - start)[:, None] * along + rng.normal(0.0, 0.25, (len(home), len(SLOTS)))
        )
        line[:, 0] = home
        line[:, 1] = start
        line[:, 2] = start
        line[:, DELIVERED] = np.where(elsewhere, site + away * 0.4, site)
        line[:, INDUCTED] = site
        axes.append(np.round(line, 3))
    return np.clip(axes[0], -89, 89), axes[1]


def _flatten(rng: Rng, grid: _Grid, intent: Intent, parcels: Parcels, figures: WorldFigures) -> ScanColumns:
    times = np.where(grid.present, grid.time_s, np.inf)
    order = np.argsort(times, axis=1, kind="stable")
    row, place = np.nonzero(np.take_along_axis(grid.present, order, axis=1))
    slot = order[row, place]
    count = len(row)
    time_s = grid.time_s[row, slot]
    lag_h = by_quantiles(rng, figures["parcels"]["scan_known_lag_h"], count)
    third = chance(rng, np.where(intent.trace == HONEST, 0.5, 0.85), len(intent))[row]
    carrier = parcels.carrier[row]
    hub = np.select(
        [slot <= 2, slot < HUB_B, slot < DELIVERED], [-1, 100 + row % 97, 300 + parcels.site[row]], 400
    )
    return ScanColumns(
        row=row.astype(np.int64),
        code=np.array([CODES.index(code) for code, _ in SLOTS])[slot],
        time_s=time_s,
        known_s=time_s + np.floor(np.where(lag_h < 0.02, 0.0, lag_h) * HOUR_S),
        carrier=np.where(slot == INDUCTED, -1, carrier).astype(np.int64),
        tracking=np.where(slot == INDUCTED, -1, row).astype(np.int64),
        facility=np.where(slot >= DELIVERED, 400 + parcels.site[row], hub).astype(np.int64),
        handler=np.select(
            [slot == 5, slot == INDUCTED],
            [1000 + row % 40, 2000 + _dock_employee(parcels, figures)[row]],
            carrier,
        ).astype(np.int64),
        third_party=np.where(slot == 5, third.astype(np.float64), np.where(slot == INDUCTED, np.nan, 0.0)),
        latitude_deg=grid.latitude_deg[row, slot],
        longitude_deg=grid.longitude_deg[row, slot],
        weight_g=grid.weight_g[row, slot],
    )
