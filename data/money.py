"""Define an amount of money in a stated currency."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from data.strict import CURRENCY_PATTERN, Frozen, Number

# The least coin of ISO 4217, of the Chilean UF; what lies nearer to 0 is no amount.
LEAST_AMOUNT = 0.0001


def _zero_or_a_coin(amount: float) -> float:
    if 0 < amount < LEAST_AMOUNT:
        raise ValueError(f"give 0, or at least {LEAST_AMOUNT}")
    return amount


CurrencyCode = Annotated[str, StringConstraints(pattern=CURRENCY_PATTERN)]
Amount = Annotated[Number, Field(ge=0, le=1_000_000), AfterValidator(_zero_or_a_coin)]


class Money(Frozen):
    """An amount in one currency, by its ISO 4217 code."""

    amount: Amount = Field(description="In whole units of the currency, not cents.")
    currency: CurrencyCode = Field(description="ISO 4217 code, such as USD, CAD or EUR.")
