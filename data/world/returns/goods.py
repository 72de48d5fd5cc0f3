"""Draw what comes back: the unit that was sold, its model, weight, value and accessories."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.case_columns import Codes, Floats
from data.fraud import Typology
from data.world.draws import Rng, chance, pick_by_row
from data.world.figures import HONEST, TYPOLOGIES, WorldFigures
from data.world.people.intent import Intent
from data.world.people.rings import Rings
from data.world.returns.ledger import Ledger

SERIAL_SYMBOLS = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", dtype=np.uint8)
SERIAL_LENGTH = 10
RING_UNITS = 40_000_000_000
DOUBLE_REFUND = TYPOLOGIES.index(Typology.DOUBLE_REFUND)


@dataclass(frozen=True)
class Goods:
    """One row a return: the unit as it was sold. `imei` is 0 where the model has none."""

    unit: Codes
    device_class: Codes
    model: Codes
    value_usd: Floats
    packed_weight_g: Floats
    accessories: Codes
    serial: NDArray[np.uint8]
    imei: Codes


def draw_goods(
    rng: Rng, intent: Intent, rings: Rings, figures: WorldFigures, ledger: Ledger, *, first: int
) -> Goods:
    """Draw a new unit for each return; double refunds, resold units and those of some rings come back."""
    section, count = figures["orders"], len(intent)
    device_class = pick_by_row(rng, _class_weights(figures)[np.where(intent.typology == HONEST, 0, 1)])
    model = device_class * section["skus_each"] + rng.integers(0, section["skus_each"], count)
    again = _returned_before(rng, intent, section, ledger)
    unit = np.where(again >= 0, ledger.unit_at(again), first + np.arange(count, dtype=np.int64))
    model = np.where(again >= 0, ledger.model_at(again), model)
    of_ring = rings.has_device[intent.ring] & (intent.ring >= 0)
    of_ring &= chance(rng, figures["rings"]["same_device"], count)
    unit = np.where(of_ring, RING_UNITS + intent.ring, unit)
    model = np.where(of_ring, intent.ring * 7 % section["skus_each"], model)
    return _describe(rng, intent, figures, unit, model)


def serials(unit: Codes) -> NDArray[np.uint8]:
    """Spell the serial number of each unit, (n, 10) ASCII."""
    base = len(SERIAL_SYMBOLS)
    scrambled = ((unit + 1).astype(np.uint64) * np.uint64(6_364_136_223_846_793_005)) >> np.uint64(13)
    digits = (scrambled[:, None] // np.uint64(base) ** np.arange(SERIAL_LENGTH, dtype=np.uint64)) % np.uint64(
        base
    )
    return SERIAL_SYMBOLS[digits.astype(np.int64)]


def imeis(unit: Codes, model: Codes) -> Codes:
    """Number each unit with its model's type code, six digits of its own, and the Luhn digit."""
    body = (35_100_000 + model * 1_013) * 1_000_000 + (unit * 7_919 + 13) % 1_000_000
    return np.asarray(body * 10 + _luhn_digit(body))


def weight_of_model(model: Codes, figures: WorldFigures) -> Floats:
    """Return the packed weight of each model in grams."""
    section = figures["orders"]
    base = np.array(list(section["weight_g"].values()), dtype=np.float64)[model // section["skus_each"]]
    return np.asarray(np.round(base * (0.8 + 0.4 * ((model * 37) % 101) / 100.0)))


def _describe(rng: Rng, intent: Intent, figures: WorldFigures, unit: Codes, model: Codes) -> Goods:
    section, count = figures["orders"], len(intent)
    device_class = model // section["skus_each"]
    middle = np.array(list(section["value_usd"].values()), dtype=np.float64)[device_class]
    greed = np.where(intent.typology == HONEST, 1.0, figures["choices"]["value_of_fraud"])
    value = middle * greed * rng.lognormal(0.0, section["value_sigma"], count)
    has_imei = (device_class == 0) | ((device_class == 1) & (model % 2 == 0))
    return Goods(
        unit=unit,
        device_class=device_class,
        model=model,
        value_usd=np.round(np.clip(value, 5, 20_000), 2),
        packed_weight_g=weight_of_model(model, figures),
        accessories=np.where(model % 3 == 0, 7, 15).astype(np.int64),
        serial=serials(unit),
        imei=np.where(has_imei, imeis(unit, model), 0),
    )


def _class_weights(figures: WorldFigures) -> Floats:
    """Return (2, classes): how often an honest person and a fraudster return each class."""
    shares = figures["orders"]["device_class"]
    taste = figures["choices"]["device_class_of_fraud"]
    return np.array([list(shares.values()), [shares[name] * taste[name] for name in shares]])


def _returned_before(rng: Rng, intent: Intent, section: dict[str, float], ledger: Ledger) -> Codes:
    """Draw which earlier return each return repeats, -1 for none."""
    count = len(intent)
    drawn = ledger.draw(rng, count)
    resold = (intent.typology == HONEST) & chance(rng, section["seen_before"], count)
    repeated = (intent.typology == DOUBLE_REFUND) & chance(rng, 0.55, count)
    return np.where(resold | repeated, drawn, -1)


def _luhn_digit(body: Codes) -> Codes:
    total = np.zeros_like(body)
    for position in range(14):
        digit = body // 10**position % 10
        doubled = digit * 2 if position % 2 == 0 else digit
        total += doubled // 10 + doubled % 10
    return np.asarray((10 - total % 10) % 10)
