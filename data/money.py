"""Hold an amount of money in a stated currency."""

from typing import Annotated

from pydantic import Field, StringConstraints

from data.strict import Frozen

CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Money(Frozen):
    """An amount in one currency, by its ISO 4217 code."""

    amount: float = Field(ge=0, le=1_000_000, description="In whole units of the currency, not cents.")
    currency: CurrencyCode = Field(description="ISO 4217 code, such as USD, CAD or EUR.")
