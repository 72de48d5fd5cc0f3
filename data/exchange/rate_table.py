"""Read tables of exchange rates, and lay an operator's own table over one that ships."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from data.money import CurrencyCode
from data.versioned_file import Fault, Faults, InvalidFile, VersionedFile, read_versioned

FOLDER = Path(__file__).parent
TABLES = ("reference-1", "reference-2")
"""The tables that ship, oldest first."""


@dataclass(frozen=True)
class Quote:
    """What one unit of a currency is worth in another, of which day, and who says so."""

    rate: float
    as_of: date
    source: str
    table: str


@dataclass(frozen=True)
class Rates:
    """What one unit of each known currency is worth in `base`."""

    base: str
    quotes: Mapping[str, Quote]

    def __contains__(self, currency: str) -> bool:
        return currency in self.quotes

    def quote(self, currency: str, into: str) -> Quote:
        """Return a rate into a currency of the table; raises KeyError for one that is not in it."""
        found = self.quotes[currency]
        # Not divided by 1.0, so that a rate into the base is to the bit what its table says.
        if into == self.base:
            return found
        return Quote(found.rate / self.quotes[into].rate, found.as_of, found.source, found.table)

    def under(self, own: "RateTable") -> Self:
        """Return these rates with an operator's laid over them: theirs count where both know a currency.

        Raises InvalidFile where the two have no currency in common to convert by.
        """
        quotes = {code: own.quote(rate * self._factor(own)) for code, rate in own.rates.items()}
        return type(self)(self.base, {**self.quotes, **quotes, self.base: self.quotes[self.base]})

    def over(self, own: "RateTable") -> Self:
        """Return these rates with an operator's beside them: theirs count only where these know none."""
        return type(self)(self.base, {**self.under(own).quotes, **self.quotes})

    def _factor(self, own: "RateTable") -> float:
        """Return what one unit of the operator's base is worth in ours."""
        if own.base == self.base:
            return 1.0
        if self.base in own.rates:
            return 1.0 / own.rates[self.base]
        if own.base in self.quotes:
            return self.quotes[own.base].rate
        raise InvalidFile(
            f"rates {own.name} {own.version}: base {own.base} has no rate in {self.base}: "
            f"add {self.base} to its rates, or take one of {', '.join(sorted(self.quotes))} as base"
        )


class RateTable(VersionedFile):
    """One file of rates: what one unit of each currency is worth in the base currency."""

    base: CurrencyCode
    as_of: date
    source: str = Field(min_length=1)
    rates: dict[CurrencyCode, Annotated[float, Field(gt=0)]]

    @model_validator(mode="before")
    @classmethod
    def _in_todays_form(cls, document: Any) -> Any:
        """Read the first table too, which named its base in the entry of its rates."""
        if not isinstance(document, dict) or "usd_for_one" not in document:
            return document
        rest = {key: value for key, value in document.items() if key not in {"usd_for_one", "date"}}
        return {**rest, "name": "reference", "base": "USD", "as_of": document["date"]} | {
            "rates": document["usd_for_one"]
        }

    @model_validator(mode="after")
    def _base_is_the_unit(self) -> Self:
        if self.rates.get(self.base) != 1.0:
            raise Faults([Fault(("rates",), f"rates must hold {self.base}: 1.0, the base of the table")])
        return self

    def quote(self, rate: float) -> Quote:
        """Return a rate with the day and the source of this table."""
        return Quote(rate, self.as_of, self.source, f"{self.name} {self.version}")

    @property
    def quoted(self) -> Rates:
        """Return every rate with its day and source."""
        return Rates(self.base, {code: self.quote(rate) for code, rate in self.rates.items()})


@cache
def shipped_rates(name: str) -> RateTable:
    """Read a table of TABLES."""
    return read_versioned(FOLDER / f"{name}.yaml", RateTable)


def read_rates(path: Path) -> RateTable:
    """Read an operator's own table; raises InvalidFile."""
    return read_versioned(path, RateTable)
