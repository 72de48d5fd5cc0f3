"""Write the cases of a block as JSON lines, in the very form that the API takes."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from data.case_columns import Codes, Floats, PriorColumns, ScanColumns
from data.defect import Grade
from data.device import DeviceClass
from data.history import Link, PriorOutcome
from data.rma import Channel, Ownership, ReturnReason
from data.scan import ScanCode
from data.verification import FunctionalGrade, ListStatus, LockState, Outcome, SealState
from data.world.block import CURRENCIES, Block
from data.world.figures import WorldFigures
from data.world.parcels.parcels import carrier_set
from data.world.settings import WorldSettings
from data.world.written.names import identifiers, instants, numbers, picked, rma_ids

Fields = dict[str, Any]


def world_case_lines(block: Block, figures: WorldFigures, settings: WorldSettings) -> Iterator[str]:
    """Yield one line for each return, as it is known at its latest moment."""
    encode = json.JSONEncoder(separators=(",", ":")).encode
    for case in case_messages(block, figures, settings):
        yield encode(case) + "\n"


def case_messages(block: Block, figures: WorldFigures, settings: WorldSettings) -> Iterator[Fields]:
    """Yield each return as a plain message; what is unknown is left out."""
    columns = block.columns()
    as_of = instants(columns.as_of_s)
    rmas = _rmas(block, figures)
    visits = _verifications(block, figures)
    scans = _grouped(columns.scans.row, _scans(block, columns.scans, figures, settings), len(block))
    priors = _grouped(columns.priors.row, _priors(block, columns.priors), len(block))
    orders = block.parties.orders_count.astype(np.int64).tolist()
    for row, rma in enumerate(rmas):
        case: Fields = {"rma": rma, "scans": scans[row]}
        if visits[row] is not None:
            case["verification"] = visits[row]
        case["history"] = {"orders_count": orders[row], "prior_returns": priors[row]}
        case["as_of"] = as_of[row]
        yield case


def _rmas(block: Block, figures: WorldFigures) -> list[Fields]:
    claims, parties, goods = block.claims, block.parties, block.goods
    rma = block.columns().rma
    orders = block.entries.number[-len(block) :]
    receipts = [None if value is None else value == 1.0 for value in numbers(claims.has_receipt)]
    windows = [None if value is None else int(value) for value in numbers(claims.window_days)]
    pickups = identifiers("A", parties.pickup_address)
    values = zip(block.amount.tolist(), CURRENCIES[parties.country].tolist(), strict=True)
    columns: Fields = {
        "rma_id": rma_ids(orders),
        "order_id": identifiers("O", orders),
        "customer_id": identifiers("C", parties.account),
        "address_id": identifiers("A", parties.address),
        "pickup_address_id": [
            name if named else None for name, named in zip(pickups, claims.names_pickup.tolist(), strict=True)
        ],
        "payment_id": identifiers("P", parties.payment),
        "channel": picked(Channel, claims.channel),
        "reason": picked(ReturnReason, claims.reason),
        "first_reason": picked(ReturnReason, claims.first_reason),
        "ordered_at": instants(claims.ordered_s),
        "delivered_at": instants(claims.delivered_s),
        "requested_at": instants(block.intent.requested_s),
        "return_window_days": windows,
        "account_created_at": instants(claims.account_created_s),
        "has_receipt": receipts,
        "device_class": picked(DeviceClass, goods.device_class),
        "sku": [f"M{model:03d}" for model in goods.model.tolist()],
        "expected_serial": rma.expected_serial.tolist(),
        "expected_imei": block.imei_texts()[0].tolist(),
        "expected_weight_g": numbers(rma.expected_weight_g),
        "expected_accessories": _accessories(goods.accessories, figures),
        "declared_grade": picked(Grade, _ranks(claims.declared_rank)),
        "ownership": picked(Ownership, rma.ownership),
        "country": picked(figures["population"]["countries"], parties.country),
        "value": [{"amount": amount, "currency": currency} for amount, currency in values],
    }
    return _messages(columns)


def _verifications(block: Block, figures: WorldFigures) -> list[Fields | None]:
    bench = block.bench
    columns: Fields = {
        "verified_at": instants(bench.verified_s),
        "site": picked(figures["parcels"]["sites"], block.parcels.site),
        "inspector": identifiers("I", bench.inspector),
        "outcome": picked(Outcome, bench.outcome),
        "observed_device_class": picked(DeviceClass, bench.observed_class),
        "observed_serial": block.serial_texts()[1].tolist(),
        "observed_imei": block.imei_texts()[1].tolist(),
        "weight_g": numbers(bench.weight_g),
        "accessories": [
            names if counted else None
            for names, counted in zip(
                _accessories(bench.accessories, figures), bench.accessories_counted.tolist(), strict=True
            )
        ],
        "seal": picked(SealState, bench.seal),
        "lock": picked(LockState, bench.lock),
        "list_status": picked(ListStatus, bench.list_status),
        "functional": picked(FunctionalGrade, bench.functional),
    }
    return [message if "verified_at" in message else None for message in _messages(columns)]


def _scans(block: Block, scans: ScanColumns, figures: WorldFigures, settings: WorldSettings) -> list[Fields]:
    latitude, longitude = scans.latitude_deg.tolist(), scans.longitude_deg.tolist()
    tracking = np.where(scans.tracking < 0, -1, block.reuse.label[scans.row])
    third = [None if value is None else value == 1.0 for value in numbers(scans.third_party)]
    columns: Fields = {
        "code": picked(ScanCode, scans.code),
        "carrier": picked(carrier_set(settings, figures), scans.carrier),
        "tracking_id": [f"T{number}" if number >= 0 else None for number in tracking.tolist()],
        "facility": [f"F{number}" if number >= 0 else None for number in scans.facility.tolist()],
        "handler": [f"H{number}" if number >= 0 else None for number in scans.handler.tolist()],
        "is_third_party": third,
        "time": instants(scans.time_s),
        "known_at": instants(scans.known_s),
        "place": [
            {"latitude_deg": north, "longitude_deg": east}
            for north, east in zip(latitude, longitude, strict=True)
        ],
        "weight_g": numbers(scans.weight_g),
    }
    return _messages(columns)


def _priors(block: Block, priors: PriorColumns) -> list[Fields]:
    links = [
        [link.value for bit, link in enumerate(Link) if mask >> bit & 1] for mask in priors.links.tolist()
    ]
    values = zip(priors.amount.tolist(), priors.currency.tolist(), strict=True)
    columns: Fields = {
        "rma_id": rma_ids(block.entries.number[block.pairs.entry]),
        "links": links,
        "customer_id": identifiers("C", priors.customer),
        "requested_at": instants(priors.requested_s),
        "value": [{"amount": amount, "currency": currency} for amount, currency in values],
        "outcome": picked(PriorOutcome, priors.outcome),
        "outcome_known_at": instants(priors.outcome_known_s),
    }
    return _messages(columns)


def _messages(columns: dict[str, list[Any]]) -> list[Fields]:
    """Turn columns into one message a row, without what is unknown."""
    names = list(columns)
    return [
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for row in zip(*columns.values(), strict=True)
    ]


def _grouped(rows: Codes, messages: list[Fields], count: int) -> list[list[Fields]]:
    edges = np.searchsorted(rows, np.arange(count + 1)).tolist()
    return [messages[start:end] for start, end in pairwise(edges)]


def _accessories(masks: Codes, figures: WorldFigures) -> list[list[str]]:
    names = figures["orders"]["accessories"]
    by_mask = [[name for bit, name in enumerate(names) if mask >> bit & 1] for mask in range(16)]
    return [by_mask[mask] for mask in masks.tolist()]


def _ranks(values: Floats) -> Codes:
    return np.where(np.isnan(values), -1, values).astype(np.int64)
