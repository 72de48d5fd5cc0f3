"""Say the amounts of a decision in the currency of its return, with the rate, its day and who says so."""

from collections.abc import Iterable

from data.decision import ExpectedValue, OwnCurrency
from data.money import Money
from serving.disposition.policy import Policy


def in_own_currency(value: Money, expected: Iterable[ExpectedValue], policy: Policy) -> OwnCurrency | None:
    """Return the amounts in the return's own currency; None where that is the policy's."""
    if value.currency == policy.currency:
        return None
    quote = policy.quote(value.currency)
    return OwnCurrency(
        currency=value.currency,
        rate=quote.rate,
        rate_currency=policy.currency,
        as_of=quote.as_of,
        source=quote.source,
        table=quote.table,
        refund_amount=value.amount,
        expected_amounts={one.disposition: round(one.amount / quote.rate, 2) for one in expected},
    )
