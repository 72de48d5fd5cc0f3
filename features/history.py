"""Count what was known of earlier returns that share customer, address, payment or device."""

import numpy as np

from data.case_columns import CaseColumns, Floats, PriorColumns
from data.history import Link, PriorOutcome
from features.currency import to_usd
from features.rma import DAY_S
from features.segments import Mask, Segments

FRAUD = list(PriorOutcome).index(PriorOutcome.FRAUD)
HONEST = list(PriorOutcome).index(PriorOutcome.HONEST)


def history_features(cases: CaseColumns) -> dict[str, Floats]:
    """Return counts over windows; NaN where the case brings no history, 0 where it brings an empty one."""
    rma = cases.rma
    priors = cases.priors.take(cases.priors.requested_s <= cases.as_of_s[cases.priors.row])
    events = Segments(priors.row, len(cases))
    age_days = np.maximum((rma.requested_s[priors.row] - priors.requested_s) / DAY_S, 0.0)
    by = {link: (priors.links >> bit & 1).astype(bool) for bit, link in enumerate(Link)}
    found = {
        **_customer(rma.orders_count, priors, events, age_days, by[Link.CUSTOMER]),
        **_shared(priors, events, age_days, by),
        **_outcomes(cases, priors, events, by),
    }
    return {name: np.where(rma.has_history == 1.0, values, np.nan) for name, values in found.items()}


def _customer(
    orders_count: Floats, priors: PriorColumns, events: Segments, age_days: Floats, own: Mask
) -> dict[str, Floats]:
    in_year = events.counts(own & (age_days <= 365))
    value = to_usd(priors.amount, priors.currency)
    return {
        "customer_orders": orders_count,
        "customer_returns_7d": events.counts(own & (age_days <= 7)),
        "customer_returns_30d": events.counts(own & (age_days <= 30)),
        "customer_returns_90d": events.counts(own & (age_days <= 90)),
        "customer_returns_365d": in_year,
        "customer_return_rate": np.minimum(in_year / np.maximum(orders_count, 1.0), 1.0),
        "customer_value_365d_usd": events.totals(value, own & (age_days <= 365) & ~np.isnan(value)),
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
        "address_other_customers": events.distinct(priors.customer, by[Link.ADDRESS] & others),
        "payment_returns_90d": events.counts(by[Link.PAYMENT] & ~by[Link.CUSTOMER] & (age_days <= 90)),
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
        **{f"{link.value}_known_frauds": events.counts(fraud & mask) for link, mask in by.items()},
        "customer_known_honest": events.counts(known & (priors.outcome == HONEST) & by[Link.CUSTOMER]),
    }
