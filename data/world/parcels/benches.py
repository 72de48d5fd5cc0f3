"""Simulate the benches: what inspectors read, weigh and note, with their own errors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.case_columns import Codes, Floats
from data.rma import Channel
from data.verification import FunctionalGrade, ListStatus, LockState, Outcome, SealState
from data.world.draws import Mask, Rng, by_quantiles, chance, pick
from data.world.figures import WorldFigures
from data.world.parcels.parcels import HOUR_S, Parcels
from data.world.people.intent import Intent
from data.world.people.traces import draw_trace
from data.world.returns.claims import Claims
from data.world.returns.goods import SERIAL_LENGTH, SERIAL_SYMBOLS, Goods, imeis, serials


@dataclass(frozen=True)
class Bench:
    """One row a return; `verified_s` is NaN for a parcel that never came. Codes follow data.verification.

    `serial` is (n, 10) ASCII, valid where `serial_read`; `imei` is 0 where none was read.
    """

    verified_s: Floats
    inspector: Codes
    outcome: Codes
    observed_class: Codes
    serial: NDArray[np.uint8]
    serial_read: Mask
    imei: Codes
    weight_g: Floats
    accessories: Codes
    accessories_counted: Mask
    seal: Codes
    lock: Codes
    list_status: Codes
    functional: Codes
    opened: Mask


@dataclass(frozen=True)
class _Content:
    """The goods that are really in the box."""

    empty: Mask
    other_unit: Mask
    other_model: Mask


def draw_bench(
    rng: Rng, intent: Intent, goods: Goods, claims: Claims, parcels: Parcels, figures: WorldFigures
) -> Bench:
    """Draw the bench visit of every parcel that arrived."""
    section, count = figures["benches"], len(intent)
    arrived = ~np.isnan(parcels.inducted_s)
    rates = np.array([row["opened"] for row in figures["parcels"]["sites"].values()])
    opened = arrived & chance(rng, rates[parcels.site], count)
    lag = np.floor(by_quantiles(rng, section["verify_lag_h"], count) * HOUR_S)
    inspector = parcels.site * section["inspectors_each"] + rng.integers(0, section["inspectors_each"], count)
    content = _Content(
        empty=draw_trace(rng, figures, intent, "empty") & (parcels.is_light | chance(rng, 0.3, count)),
        other_unit=draw_trace(rng, figures, intent, "serial_other_unit"),
        other_model=draw_trace(rng, figures, intent, "other_model"),
    )
    error = _reading_errors(parcels, inspector, figures)
    serial, read, mistyped = _read_serials(rng, intent, goods, content, error, opened, figures)
    missing = draw_trace(rng, figures, intent, "accessory_missing")
    counted = opened & ~content.empty
    looks = _looks(claims, figures)
    return Bench(
        verified_s=np.where(arrived, parcels.inducted_s + lag, np.nan),
        inspector=inspector,
        outcome=_outcomes(rng, intent, content, opened, missing, mistyped & read, figures),
        observed_class=_observed_classes(rng, goods, content, counted),
        serial=serial,
        serial_read=read,
        imei=_read_imeis(rng, intent, goods, counted, looks, figures),
        weight_g=_weigh(rng, parcels, arrived, looks, figures),
        accessories=np.where(missing, goods.accessories & rng.integers(0, 15, count), goods.accessories),
        accessories_counted=counted,
        seal=_seals(rng, intent, opened, figures),
        lock=_locks(rng, intent, goods, counted, looks, figures),
        list_status=_lists(rng, intent, goods, counted, looks, figures),
        functional=_tests(rng, intent, claims, counted, looks, figures),
        opened=opened,
    )


def _looks(claims: Claims, figures: WorldFigures) -> Floats:
    """Return the share of the usual looks that each return gets: less where its channel takes goods in."""
    shares = [figures["benches"]["looks"].get(channel.value, 1.0) for channel in Channel]
    return np.array(shares)[claims.channel]


def _read_serials(
    rng: Rng,
    intent: Intent,
    goods: Goods,
    content: _Content,
    error: Floats,
    opened: Mask,
    figures: WorldFigures,
) -> tuple[NDArray[np.uint8], Mask, Mask]:
    """Read the serial of whatever is in the box, with each inspector's own chance of an error."""
    section, count = figures["benches"], len(intent)
    other = serials(rng.integers(10**9, 10**12, count))
    serial = np.where((content.other_unit | content.other_model)[:, None], other, goods.serial)
    mistyped = draw_trace(rng, figures, intent, "serial_mistyped") | chance(rng, error, count)
    place = rng.integers(0, SERIAL_LENGTH - 1, count)
    swapped = mistyped & chance(rng, section["neighbours_swapped"], count)
    symbol = SERIAL_SYMBOLS[rng.integers(0, len(SERIAL_SYMBOLS), count)]
    rows = np.arange(count)
    first, second = serial[rows, place], serial[rows, place + 1]
    serial[rows, place] = np.where(swapped, second, np.where(mistyped, symbol, first))
    serial[rows, place + 1] = np.where(swapped, first, second)
    read = opened & ~content.empty & chance(rng, section["serial_read"], count)
    return serial, read, mistyped


def _reading_errors(parcels: Parcels, inspector: Codes, figures: WorldFigures) -> Floats:
    """Return how likely each inspector mistypes: their own rate, times that of their site."""
    low, high = figures["benches"]["inspector_error"]
    of_site = np.array([row["error"] for row in figures["parcels"]["sites"].values()])[parcels.site]
    return np.asarray((low + (high - low) * ((inspector * 29) % 23) / 22.0) * of_site)


def _read_imeis(
    rng: Rng, intent: Intent, goods: Goods, counted: Mask, looks: Floats, figures: WorldFigures
) -> Codes:
    """Read the IMEI of devices that have one; a made-up one may fail its check digit."""
    count = len(intent)
    other = imeis(
        rng.integers(0, 10**9, count), np.where(chance(rng, 0.6, count), goods.model, goods.model + 1)
    )
    imei = np.where(draw_trace(rng, figures, intent, "imei_wrong"), other, goods.imei)
    broken = draw_trace(rng, figures, intent, "imei_not_luhn")
    imei = np.where(broken, imei // 10 * 10 + (imei + 3) % 10, imei)
    read = counted & (goods.imei > 0) & chance(rng, figures["benches"]["imei_read"] * looks, count)
    return np.where(read, imei, 0)


def _outcomes(
    rng: Rng,
    intent: Intent,
    content: _Content,
    opened: Mask,
    missing: Mask,
    mistyped: Mask,
    figures: WorldFigures,
) -> Codes:
    """Name what open-and-verify found, strongest first; not everything is noticed."""
    names, count = list(Outcome), len(intent)
    counterfeit = draw_trace(rng, figures, intent, "called_counterfeit")
    noticed = chance(rng, 0.8, count)
    taken = chance(rng, figures["benches"]["slip_taken_for_another_unit"], count)
    cases: list[tuple[Mask, Outcome]] = [
        (~opened, Outcome.NOT_OPENED),
        (content.empty, Outcome.EMPTY),
        (counterfeit, Outcome.COUNTERFEIT),
        (content.other_model & noticed, Outcome.MISMATCH_CLASS),
        ((content.other_unit & noticed) | (mistyped & taken), Outcome.MISMATCH_INSTANCE),
        (missing & chance(rng, 0.35, count), Outcome.MISMATCH_QUANTITY),
        (chance(rng, 0.08, count), Outcome.UNKNOWN),
    ]
    codes = [names.index(outcome) for _, outcome in cases]
    return np.select([mask for mask, _ in cases], codes, names.index(Outcome.MATCH)).astype(np.int64)


def _observed_classes(rng: Rng, goods: Goods, content: _Content, counted: Mask) -> Codes:
    other = content.other_model & chance(rng, 0.3, len(counted))
    seen = np.where(other, (goods.device_class + 1) % 7, goods.device_class)
    return np.where(counted, seen, -1)


def _weigh(rng: Rng, parcels: Parcels, arrived: Mask, looks: Floats, figures: WorldFigures) -> Floats:
    count = len(arrived)
    weighed = arrived & chance(rng, figures["benches"]["weighed"] * looks, count)
    read = parcels.arrived_weight_g * (1.0 + rng.normal(0.0, 0.006, count))
    return np.where(weighed, np.maximum(np.round(read), 1.0), np.nan)


def _seals(rng: Rng, intent: Intent, opened: Mask, figures: WorldFigures) -> Codes:
    names, count = list(SealState), len(intent)
    broken = pick(rng, {"broken": 0.6, "resealed": 0.15, "absent": 0.25}, count) + 1
    seal = np.where(
        draw_trace(rng, figures, intent, "seal_not_intact"), broken, names.index(SealState.INTACT)
    )
    return np.where(opened & chance(rng, 0.85, count), seal, names.index(SealState.UNKNOWN))


def _locks(
    rng: Rng, intent: Intent, goods: Goods, counted: Mask, looks: Floats, figures: WorldFigures
) -> Codes:
    names, count = list(LockState), len(intent)
    on = draw_trace(rng, figures, intent, "locked")
    lock = np.where(on, names.index(LockState.ON), names.index(LockState.OFF))
    lock = np.where(goods.device_class <= 2, lock, names.index(LockState.NOT_APPLICABLE))
    checked = counted & chance(rng, figures["benches"]["lock_checked"] * looks, count)
    return np.where(checked, lock, names.index(LockState.UNKNOWN))


def _lists(
    rng: Rng, intent: Intent, goods: Goods, counted: Mask, looks: Floats, figures: WorldFigures
) -> Codes:
    names, count = list(ListStatus), len(intent)
    listed = draw_trace(rng, figures, intent, "listed_stolen")
    kind = np.where(chance(rng, 0.7, count), names.index(ListStatus.STOLEN), names.index(ListStatus.LOST))
    status = np.where(listed, kind, names.index(ListStatus.CLEAN))
    checked = counted & (goods.imei > 0) & chance(rng, figures["benches"]["list_checked"] * looks, count)
    return np.where(checked, status, names.index(ListStatus.UNKNOWN))


def _tests(
    rng: Rng, intent: Intent, claims: Claims, counted: Mask, looks: Floats, figures: WorldFigures
) -> Codes:
    names, count = list(FunctionalGrade), len(intent)
    found = claims.faulty & chance(rng, figures["benches"]["fault_found"], count)
    fails = found | draw_trace(rng, figures, intent, "fails_test")
    passed = names.index(FunctionalGrade.F3) + rng.integers(0, 3, count)
    grade = np.where(fails, names.index(FunctionalGrade.FAILED), passed)
    tested = counted & chance(rng, figures["benches"]["tested"] * looks, count)
    return np.where(tested, grade, names.index(FunctionalGrade.UNTESTED))
