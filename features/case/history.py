"""Compute the features of earlier returns that share customer, address, payment or device."""

import numpy as np

from data.case_columns import CaseColumns, Codes, Floats, PriorColumns
from data.history import Link, PriorOutcome
from features.case.contract import CaseContract
from features.case.currency import to_usd
from features.case.known import only_known, only_where
from features.case.rma import DAY_S
from features.case.route import is_scanned
from features.case.segments import Mask, Segments
from features.case.verification import is_verified

FRAUD = list(PriorOutcome).index(PriorOutcome.FRAUD)
HONEST = list(PriorOutcome).index(PriorOutcome.HONEST)
BITS = {link: 1 << bit for bit, link in enumerate(Link)}
ALWAYS_KNOWN = sum(bit for link, bit in BITS.items() if link not in {Link.LABEL, Link.PHOTO})
KNOWN_FRAUDS_BY = (Link.CUSTOMER, Link.ADDRESS, Link.PAYMENT, Link.DEVICE)


def history_features(cases: CaseColumns, contract: CaseContract) -> dict[str, Floats]:
    """Return counts over windows; NaN where the case brings no history, 0 where it brings an empty one."""
    rma = cases.rma
    scanned, shown = is_scanned(cases), is_verified(cases) | (cases.findings.taken_s <= cases.as_of_s)
    links = cases.priors.links & _known_links(scanned, shown)[cases.priors.row]
    usable = (cases.priors.requested_s <= cases.as_of_s[cases.priors.row]) & (links > 0)
    priors, links = only_known(cases.priors, usable), links[usable]
    events = Segments(priors.row, len(cases))
    age_days = np.maximum((rma.requested_s[priors.row] - priors.requested_s) / DAY_S, 0.0)
    by = {link: (links & bit).astype(bool) for link, bit in BITS.items()}
    value_usd = to_usd(priors.amount, priors.currency, contract.usd_for_one)
    found = {
        **_customer(rma.orders_count, value_usd, events, age_days, by[Link.CUSTOMER]),
        **_shared(priors, events, age_days, by),
        **_outcomes(cases, priors, events, by),
        "label_returns_365d": np.where(scanned, events.counts(by[Link.LABEL] & (age_days <= 365)), np.nan),
        "photo_returns_365d": np.where(shown, events.counts(by[Link.PHOTO] & (age_days <= 365)), np.nan),
    }
    return only_where(rma.has_history == 1.0, found)


def _known_links(scanned: Mask, shown: Mask) -> Codes:
    """Return which links can be known of each case: a label once scanned, a photo once on the bench."""
    return np.asarray(ALWAYS_KNOWN + BITS[Link.LABEL] * scanned + BITS[Link.PHOTO] * shown, dtype=np.int64)


def _customer(
    orders_count: Floats, value_usd: Floats, events: Segments, age_days: Floats, own: Mask
) -> dict[str, Floats]:
    in_year = events.counts(own & (age_days <= 365))
    return {
        "customer_orders": orders_count,
        "customer_returns_7d": events.counts(own & (age_days <= 7)),
        "customer_returns_30d": events.counts(own & (age_days <= 30)),
        "customer_returns_90d": events.counts(own & (age_days <= 90)),
        "customer_returns_365d": in_year,
        "customer_return_rate": np.minimum(in_year / np.maximum(orders_count, 1.0), 1.0),
        "customer_value_365d_usd": events.totals(value_usd, own & (age_days <= 365) & ~np.isnan(value_usd)),
        "customer_last_return_days": events.smallest(age_days, own),
        "customer_first_return_days": events.largest(age_days, own),
    }


def _shared(
    priors: PriorColumns, events: Segments, age_days: Floats, by: dict[Link, Mask]
) -> dict[str, Floats]:
    """Count returns of other customers by what they share with this one, and those of the same device."""
    others = ~by[Link.CUSTOMER] & (priors.customer >= 0)
    return {
        "address_returns_30d": events.counts(by[Link.ADDRESS] & ~by[Link.CUSTOMER] & (age_days <= 30)),
        "address_returns_365d": events.counts(by[Link.ADDRESS] & ~by[Link.CUSTOMER] & (age_days <= 365)),
        "address_first_return_days": events.largest(age_days, by[Link.ADDRESS]),
        "address_other_customers": events.distinct(priors.customer, by[Link.ADDRESS] & others),
        "payment_returns_90d": events.counts(by[Link.PAYMENT] & ~by[Link.CUSTOMER] & (age_days <= 90)),
        "payment_first_return_days": events.largest(age_days, by[Link.PAYMENT]),
        "payment_other_customers": events.distinct(priors.customer, by[Link.PAYMENT] & others),
        "linked_returns_14d": events.counts(age_days <= 14),
        "ring_degree": events.distinct(priors.customer, others),
        "device_returns_365d": events.counts(by[Link.DEVICE] & (age_days <= 365)),
        "device_last_return_days": events.smallest(age_days, by[Link.DEVICE]),
    }


def _outcomes(
    cases: CaseColumns, priors: PriorColumns, events: Segments, by: dict[Link, Mask]
) -> dict[str, Floats]:
    """Count earlier frauds and clearances, each only once it was known."""
    known = priors.outcome_known_s <= cases.as_of_s[priors.row]
    fraud = known & (priors.outcome == FRAUD)
    return {
        **{f"{link.value}_known_frauds": events.counts(fraud & by[link]) for link in KNOWN_FRAUDS_BY},
        "customer_known_honest": events.counts(known & (priors.outcome == HONEST) & by[Link.CUSTOMER]),
    }
