"""Compute the features of the parcel's way: hands, gaps, detours, weights, and how it ended."""

from functools import cache
from pathlib import Path

import numpy as np

from data.case_columns import CaseColumns, Floats, ScanColumns
from data.scan import ScanCode
from data.strict import Frozen
from data.versioned_file import read_yaml
from features.case.known import only_known, only_where
from features.case.rma import HOUR_S
from features.case.segments import Mask, Segments

CODES = {code: position for position, code in enumerate(ScanCode)}
CUSTODY = [CODES[ScanCode.DROPPED_OFF], CODES[ScanCode.PICKED_UP]]
KM_PER_DEGREE = 111.2
ROUTE_NORMS = Path(__file__).parent / "route_norms-2.yaml"
COUNTED = {
    f"{code.value}_count": CODES[code]
    for code in (
        ScanCode.HANDED_OFF,
        ScanCode.ADDRESS_CORRECTED,
        ScanCode.MISSORTED,
        ScanCode.REWRAPPED,
        ScanCode.RECONSIGNED,
        ScanCode.DAMAGED,
        ScanCode.DELIVERY_ATTEMPTED,
        ScanCode.REFUSED,
        ScanCode.RETURNED_TO_SHIPPER,
    )
}


class RouteNorms(Frozen):
    """The entries of route_norms-2.yaml, explained there."""

    version: str
    source: str
    handling_h: float
    speed_km_per_h: float
    distance_unknown_h: float
    detour_least_km: float
    step_least_h: float


@cache
def route_norms() -> RouteNorms:
    """Read what a parcel's way back normally takes."""
    return read_yaml(ROUTE_NORMS, RouteNorms)


def route_features(cases: CaseColumns) -> dict[str, Floats]:
    """Return the features of the scans known by `as_of`; NaN for a case without any."""
    scans = only_known(cases.scans, cases.scans.known_s <= cases.as_of_s[cases.scans.row])
    events = Segments(scans.row, len(cases))
    counts = events.counts_by(scans.code, len(CODES))
    found = {
        "scan_count": counts.sum(axis=1),
        **{name: counts[:, code] for name, code in COUNTED.items()},
        "custody_count": counts[:, CUSTODY].sum(axis=1),
        **_hands(scans, events),
        **_times(cases, scans, events),
        **_places(scans, events),
        **_weights(cases, scans, events),
    }
    return only_where(found["scan_count"] > 0, found)


def _hands(scans: ScanColumns, events: Segments) -> dict[str, Floats]:
    return {
        "third_party_hand_offs": events.counts(scans.third_party == 1.0),
        "carrier_count": events.distinct(scans.carrier, scans.carrier >= 0),
        "handler_count": events.distinct(scans.handler, scans.handler >= 0),
        "facility_count": events.distinct(scans.facility, scans.facility >= 0),
        "tracking_count": events.distinct(scans.tracking, scans.tracking >= 0),
    }


def _times(cases: CaseColumns, scans: ScanColumns, events: Segments) -> dict[str, Floats]:
    """Return hours between the events; a delivery without induction counts up to `as_of`."""
    custody = _is(scans, ScanCode.DROPPED_OFF) | _is(scans, ScanCode.PICKED_UP)
    moving = scans.code != CODES[ScanCode.LABEL_CREATED]
    begin = events.first(scans.time_s, moving)
    delivered = events.last(scans.time_s, _is(scans, ScanCode.DELIVERED))
    inducted = events.first(scans.time_s, _is(scans, ScanCode.INDUCTED))
    gap = np.zeros(len(scans.row))
    gap[1:] = scans.time_s[1:] - scans.time_s[:-1]
    together = events.follows() & moving
    together[1:] &= moving[:-1]
    dwell = together.copy()
    dwell[1:] &= (scans.facility[1:] == scans.facility[:-1]) & (scans.facility[1:] >= 0)
    arrived = ~np.isnan(inducted) | (cases.verification.verified_s <= cases.as_of_s)
    return {
        "request_to_label_h": (
            events.first(scans.time_s, _is(scans, ScanCode.LABEL_CREATED)) - cases.rma.requested_s
        )
        / HOUR_S,
        "request_to_custody_h": (events.first(scans.time_s, custody) - cases.rma.requested_s) / HOUR_S,
        "transit_h": (delivered - begin) / HOUR_S,
        "transit_against_norm": (delivered - begin) / HOUR_S / _norm_h(scans, events),
        "gap_max_h": events.largest(gap, together) / HOUR_S,
        "dwell_max_h": events.largest(gap, dwell) / HOUR_S,
        "delivered_to_inducted_h": (inducted - delivered) / HOUR_S,
        "waiting_for_induction_h": np.where(
            np.isnan(delivered) | arrived, 0.0, (cases.as_of_s - delivered) / HOUR_S
        ),
        "known_late_h": events.largest((scans.known_s - scans.time_s) / HOUR_S, moving),
    }


def _places(scans: ScanColumns, events: Segments) -> dict[str, Floats]:
    """Return straight-line distances; the way is the sum over the events whose place is known."""
    norms = route_norms()
    placed = ~np.isnan(scans.latitude_deg) & ~np.isnan(scans.longitude_deg)
    located = only_known(scans, placed)
    within = Segments(located.row, events.cases)
    step = np.zeros(len(located.row))
    step[1:] = distance_km(
        located.latitude_deg[:-1],
        located.longitude_deg[:-1],
        located.latitude_deg[1:],
        located.longitude_deg[1:],
    )
    follows = within.follows()
    hours = np.ones(len(located.row))
    hours[1:] = np.maximum((located.time_s[1:] - located.time_s[:-1]) / HOUR_S, norms.step_least_h)
    label = _is(located, ScanCode.LABEL_CREATED)
    custody = _is(located, ScanCode.DROPPED_OFF) | _is(located, ScanCode.PICKED_UP)
    direct = _between(located, within, custody, ~label)
    return {
        "drop_off_distance_km": _between(located, within, label, custody, last=False),
        "way_km": within.totals(step, follows & ~label),
        "detour_ratio": within.totals(step, follows & ~label) / np.maximum(direct, norms.detour_least_km),
        "speed_max_km_per_h": within.largest(step / hours, follows),
        "delivered_off_dock_km": _between(
            located, within, _is(located, ScanCode.DELIVERED), _is(located, ScanCode.INDUCTED)
        ),
        "delivered_step_km": within.last(step, follows & _is(located, ScanCode.DELIVERED)),
    }


def _weights(cases: CaseColumns, scans: ScanColumns, events: Segments) -> dict[str, Floats]:
    weighed = ~np.isnan(scans.weight_g)
    first, last = events.first(scans.weight_g, weighed), events.last(scans.weight_g, weighed)
    expected = cases.rma.expected_weight_g
    mean = events.totals(scans.weight_g, weighed) / np.maximum(events.counts(weighed), 1.0)
    several = events.counts(weighed) >= 2
    return {
        "weight_scan_count": events.counts(weighed),
        "weight_scanned_off": np.where(np.isnan(first), np.nan, mean / expected - 1.0),
        "weight_first_off": first / expected - 1.0,
        "weight_last_off": last / expected - 1.0,
        "weight_change_on_way": np.where(several, last / first - 1.0, np.nan),
    }


def is_scanned(cases: CaseColumns) -> Mask:
    """Return whether any scan of the parcel was known by `as_of`."""
    scanned = np.zeros(len(cases), dtype=bool)
    scanned[cases.scans.row[cases.scans.known_s <= cases.as_of_s[cases.scans.row]]] = True
    return scanned


def distance_km(
    latitude: Floats, longitude: Floats, other_latitude: Floats, other_longitude: Floats
) -> Floats:
    """Return the distance on a local plane, good to about 2 % below 3,000 km away from the poles.

    Only + - * / and square roots, which every machine and batch size rounds the same way.
    """
    middle = (latitude + other_latitude) / 2.0 * (np.pi / 180.0)
    square = middle * middle
    cosine = 1.0 - square / 2.0 * (1.0 - square / 12.0 * (1.0 - square / 30.0))
    across = np.abs(longitude - other_longitude)
    across = np.minimum(across, 360.0 - across) * cosine
    along = latitude - other_latitude
    return np.asarray(np.sqrt(along * along + across * across) * KM_PER_DEGREE)


def _is(scans: ScanColumns, code: ScanCode) -> Mask:
    return np.asarray(scans.code == CODES[code])


def _between(scans: ScanColumns, events: Segments, start: Mask, end: Mask, *, last: bool = True) -> Floats:
    """Return the distance from the first event of one kind to the last, or first, of another."""
    pick = events.last if last else events.first
    return distance_km(
        events.first(scans.latitude_deg, start),
        events.first(scans.longitude_deg, start),
        pick(scans.latitude_deg, end),
        pick(scans.longitude_deg, end),
    )


def _norm_h(scans: ScanColumns, events: Segments) -> Floats:
    norms = route_norms()
    placed = ~np.isnan(scans.latitude_deg) & ~np.isnan(scans.longitude_deg)
    direct = _between(scans, events, placed, placed)
    norm = norms.handling_h + direct / norms.speed_km_per_h
    return np.where(np.isnan(direct), norms.distance_unknown_h, norm)
