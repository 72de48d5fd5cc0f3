"""Compute the features of the RMA: dates, window, value, reason, channel and device class."""

import numpy as np

from data.case_columns import CaseColumns, Codes, Floats
from features.case.contract import CaseContract
from features.case.currency import to_usd
from features.case.words import CHANNEL, DEVICE_CLASS, OWNERSHIP, REASON, WordList

DAY_S = 86_400.0
HOUR_S = 3_600.0


def rma_features(cases: CaseColumns, contract: CaseContract) -> dict[str, Floats]:
    """Return the features that are known as soon as the return is asked for."""
    rma = cases.rma
    # A delivery after as_of is not known yet.
    delivered_s = np.where(rma.delivered_s <= cases.as_of_s, rma.delivered_s, np.nan)
    bought = np.where(np.isnan(delivered_s), rma.ordered_s, delivered_s)
    owned_days = (rma.requested_s - bought) / DAY_S
    return {
        "value_usd": to_usd(rma.amount, rma.currency, contract.usd_for_one),
        "order_to_request_days": (rma.requested_s - rma.ordered_s) / DAY_S,
        "delivery_to_request_days": (rma.requested_s - delivered_s) / DAY_S,
        "return_window_days": rma.return_window_days,
        "window_left_days": rma.return_window_days - owned_days,
        "account_age_days": (rma.requested_s - rma.account_created_s) / DAY_S,
        # An account made after its order, by somebody who ordered as a guest, was no older than none then.
        "account_age_at_order_days": np.maximum(rma.ordered_s - rma.account_created_s, 0.0) / DAY_S,
        "request_hour": np.floor(rma.requested_s / HOUR_S) % 24.0,
        "request_weekday": (np.floor(rma.requested_s / DAY_S) + 3.0) % 7.0,
        "has_receipt": rma.has_receipt,
        "reason_changed": _changed(rma.reason, rma.first_reason),
        "picked_up_elsewhere": rma.picked_up_elsewhere,
        "declared_grade": rma.declared_rank,
        **_flags(CHANNEL, rma.channel, contract),
        **_flags(REASON, rma.reason, contract),
        **_flags(DEVICE_CLASS, rma.device_class, contract),
        **_flags(OWNERSHIP, rma.ownership, contract),
    }


def _changed(reason: Codes, first: Codes) -> Floats:
    return np.where(first < 0, np.nan, (first != reason).astype(np.float64))


def _flags(words: WordList, codes: Codes, contract: CaseContract) -> dict[str, Floats]:
    flags = contract.flags[words.path]
    return dict(zip(flags.columns, flags.spread(codes).T, strict=True))
