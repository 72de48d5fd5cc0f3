"""Turn a block of the world into tables: what an operator's systems would hold, and the truth beside it."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute

from data.case_columns import Codes, Floats
from data.defect import DefectKind, Grade
from data.device import DeviceClass
from data.history import PriorOutcome
from data.rma import Channel, Ownership, ReturnReason
from data.scan import ScanCode
from data.verification import FunctionalGrade, ListStatus, LockState, Outcome, SealState
from data.world.block import CURRENCIES, Block
from data.world.figures import TYPOLOGIES, WorldFigures
from data.world.parcels.parcels import carrier_set
from data.world.people.people import People
from data.world.people.rings import Rings
from data.world.settings import WorldSettings
from data.world.written.names import identifiers, picked, rma_ids

INSTANT = pa.timestamp("s", tz="UTC")


def customers_table(people: People, rings: Rings, figures: WorldFigures, start_s: float) -> pa.Table:
    """Return all customers; `ring` and `propensity` are truth that no operator knows."""
    count = len(people)
    ring = [-1] * people.ring_from
    for number, accounts in enumerate(rings.accounts.tolist()):
        ring += [number] * accounts
    return pa.table(
        {
            "customer_id": identifiers("C", _range(0, count)),
            "address_id": identifiers("A", people.address),
            "payment_id": identifiers("P", people.payment),
            "account_created_at": _instants(people.created_s),
            "joined_before_start": people.created_s < start_s,
            "country": _picked(figures["population"]["countries"], people.country),
            "propensity": people.propensity,
            "ring": pa.array(ring, pa.int64()),
        }
    )


def block_tables(block: Block, figures: WorldFigures, settings: WorldSettings) -> dict[str, pa.Table]:
    """Return the tables of a block by name."""
    return {
        "units": _units(block),
        "orders": _orders(block),
        "rmas": _rmas(block, figures),
        "scans": _scans(block, figures, settings),
        "verifications": _verifications(block, figures),
        "findings": _findings(block),
        "outcomes": _outcomes(block),
        "truth": _truth(block),
    }


def _units(block: Block) -> pa.Table:
    goods = block.goods
    expected, _ = block.serial_texts()
    return pa.table(
        {
            "rma_id": _ids(block),
            "unit_id": identifiers("U", goods.unit),
            "sku": [f"M{model:03d}" for model in goods.model.tolist()],
            "device_class": _picked(DeviceClass, goods.device_class),
            "serial_on_record": pa.array(expected.tolist(), pa.string()),
            "imei_on_record": pa.array(block.imei_texts()[0].tolist(), pa.string()),
            "packed_weight_g": goods.packed_weight_g,
        }
    )


def _orders(block: Block) -> pa.Table:
    return pa.table(
        {
            "order_id": identifiers("O", block.entries.number[-len(block) :]),
            "rma_id": _ids(block),
            "customer_id": identifiers("C", block.parties.account),
            "payment_id": identifiers("P", block.parties.payment),
            "address_id": identifiers("A", block.parties.address),
            "ordered_at": _instants(block.claims.ordered_s),
            "delivered_at": _instants(block.claims.delivered_s),
            "customer_orders_so_far": block.parties.orders_count.astype("int64"),
        }
    )


def _rmas(block: Block, figures: WorldFigures) -> pa.Table:
    claims = block.claims
    return pa.table(
        {
            "rma_id": _ids(block),
            "customer_id": identifiers("C", block.parties.account),
            "pickup_address_id": identifiers("A", block.parties.pickup_address),
            "channel": _picked(Channel, claims.channel),
            "reason": _picked(ReturnReason, claims.reason),
            "first_reason": _picked(ReturnReason, claims.first_reason),
            "ownership": _picked(Ownership, claims.ownership),
            "requested_at": _instants(block.intent.requested_s),
            "known_at": _instants(block.intent.requested_s),
            "return_window_days": _floats(claims.window_days),
            "has_receipt": _floats(claims.has_receipt),
            "declared_grade": _picked(Grade, _codes(claims.declared_rank)),
            "country": _picked(figures["population"]["countries"], block.parties.country),
            "amount": block.amount,
            "currency": CURRENCIES[block.parties.country].tolist(),
        }
    )


def _scans(block: Block, figures: WorldFigures, settings: WorldSettings) -> pa.Table:
    scans = block.scans
    return pa.table(
        {
            "rma_id": rma_ids(block.first + scans.row),
            "tracking_id": identifiers("T", block.reuse.label[scans.row]),
            "code": _picked(ScanCode, scans.code),
            "time": _instants(scans.time_s),
            "known_at": _instants(scans.known_s),
            "carrier": _picked(carrier_set(settings, figures), scans.carrier),
            "facility": pa.array(scans.facility, pa.int64()),
            "handler": pa.array(scans.handler, pa.int64()),
            "is_third_party": _floats(scans.third_party),
            "latitude_deg": scans.latitude_deg,
            "longitude_deg": scans.longitude_deg,
            "weight_g": _floats(scans.weight_g),
        }
    )


def _verifications(block: Block, figures: WorldFigures) -> pa.Table:
    bench = block.bench
    table = pa.table(
        {
            "rma_id": _ids(block),
            "verified_at": _instants(bench.verified_s),
            "known_at": _instants(bench.verified_s),
            "site": _picked(figures["parcels"]["sites"], block.parcels.site),
            "inspector": identifiers("I", bench.inspector),
            "outcome": _picked(Outcome, bench.outcome),
            "observed_device_class": _picked(DeviceClass, bench.observed_class),
            "observed_serial": pa.array(block.serial_texts()[1].tolist(), pa.string()),
            "observed_imei": pa.array(block.imei_texts()[1].tolist(), pa.string()),
            "weight_g": _floats(bench.weight_g),
            "seal": _picked(SealState, bench.seal),
            "lock": _picked(LockState, bench.lock),
            "list_status": _picked(ListStatus, bench.list_status),
            "functional": _picked(FunctionalGrade, bench.functional),
        }
    )
    return table.filter(pa.compute.is_valid(table["verified_at"]))


def _findings(block: Block) -> pa.Table:
    """Return the simulated photo findings, one row for each return that was photographed."""
    found = block.findings
    table = pa.table(
        {
            "rma_id": _ids(block),
            "photographed_at": _instants(found.taken_s),
            "known_at": _instants(found.taken_s),
            "perceptual_hash": identifiers("H", block.reuse.photo),
            "photos": _floats(found.photos),
            "photos_ok": _floats(found.photos_ok),
            "photos_of_other_class": _floats(found.class_mismatched),
            **{
                f"grade_{grade.value}": _floats(found.grades[:, column]) for column, grade in enumerate(Grade)
            },
            **{kind.value: _floats(found.defects[:, column]) for column, kind in enumerate(DefectKind)},
        }
    )
    return table.filter(pa.compute.is_valid(table["photographed_at"]))


def _outcomes(block: Block) -> pa.Table:
    """Return what reviews concluded and when that became known, with the chance of review each had."""
    reviews = block.reviews
    table = pa.table(
        {
            "rma_id": _ids(block),
            "outcome": _picked(PriorOutcome, reviews.outcome),
            "known_at": _instants(reviews.known_s),
            "review_propensity": reviews.propensity,
            "in_random_slice": reviews.in_slice,
        }
    )
    return table.filter(pa.compute.is_valid(table["known_at"]))


def _truth(block: Block) -> pa.Table:
    intent = block.intent
    return pa.table(
        {
            "rma_id": _ids(block),
            "is_fraud": intent.typology >= 0,
            "typology": _picked(TYPOLOGIES, intent.typology),
            "is_careful": intent.careful,
            "ring": pa.array(intent.ring, pa.int64()),
        }
    )


def _ids(block: Block) -> list[str]:
    return rma_ids(_range(block.first, len(block)))


def _range(first: int, count: int) -> Codes:
    return first + np.arange(count, dtype=np.int64)


def _codes(values: Floats) -> Codes:
    return np.where(np.isnan(values), -1, values).astype(np.int64)


def _floats(values: Floats) -> pa.Array:
    return pa.array(values, pa.float64(), from_pandas=True)


def _instants(seconds: Floats) -> pa.Array:
    unknown = np.isnan(seconds)
    whole = np.where(unknown, 0, seconds).astype(np.int64)
    return pa.array(whole, pa.int64(), mask=unknown).cast(INSTANT)


def _picked(names: Iterable[str], codes: Codes) -> pa.Array:
    """Return names by code as text, also where a block happens to hold none."""
    return pa.array(picked(names, codes), pa.string())
