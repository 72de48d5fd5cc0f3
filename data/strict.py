"""Define the base of every message type: frozen, no unknown fields, each kind of value one type.

A number is a number and nothing that looks like one, a time is ISO 8601 text, and text can be stored,
shown and written again. What a value must be is said here in words, for `data.case.explain` to tell.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core import core_schema as core

from data.identity.imei import IMEI_PATTERN

# Every control and format character (Unicode categories Cc and Cf) and both line separators, which no name
# has and which hide, reverse or break what people read. Spelled out, for the schema's readers know no \p{..}.
_UNSEEN = (
    r"\x00-\x1f\x7f-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001-\U000e007f"
)
TEXT_PATTERN = f"^[^{_UNSEEN}]+$"
# A reason is written over several lines.
LINES_PATTERN = rf"^(?:[^{_UNSEEN}]|[\t\n\r])+$"
IDENTIFIER_PATTERN = r"^[\x21-\x7e]+$"
SERIAL_PATTERN = r"^[\x21-\x7e]+(?: +[\x21-\x7e]+)*$"
COUNTRY_PATTERN = r"^[A-Z]{2}$"
CURRENCY_PATTERN = r"^[A-Z]{3}$"
INSTANT_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?"
    r"(?:[Zz]|[+\u2212-][0-9]{2}:?[0-9]{2})$"
)
INSTANT_TEXT = "write date, time and zone as text in ISO 8601, such as 2026-03-01T09:30:00Z"
# What a text must be, by the pattern that it does not follow.
PATTERN_TEXTS = {
    TEXT_PATTERN: "take out control and format characters and line breaks",
    LINES_PATTERN: "take out control and format characters",
    INSTANT_PATTERN: INSTANT_TEXT,
    IDENTIFIER_PATTERN: "give visible ASCII characters without spaces",
    SERIAL_PATTERN: "give visible ASCII characters, as the label shows them",
    COUNTRY_PATTERN: "give two capitals after ISO 3166-1, such as US",
    IMEI_PATTERN: "give an IMEI of 14 to 16 digits or a MEID, as printed, with or without spaces and hyphens",
    CURRENCY_PATTERN: "give three capitals after ISO 4217, such as USD",
}
FIRST_INSTANT, END_OF_INSTANTS = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
LEAST_GRAMS, MOST_GRAMS = 0.1, 100_000

_INSTANT = re.compile(INSTANT_PATTERN)
_AS_PRINTED = {
    **{wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(range(0x2010, 0x2016), "-"),
    **dict.fromkeys((0x2212, 0xFE63), "-"),
    **dict.fromkeys((0xA0, 0x2007, 0x2009, 0x202F, 0x3000), " "),
}


class Frozen(BaseModel):
    """Base of every message type: immutable, unknown fields refused, numbers finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True)
class Moments:
    """Type a datetime as a moment from `first` on and before `end`, written in ISO 8601 with a zone.

    In code a datetime with a zone will do. Digits alone, which pydantic takes for seconds since 1970, do not.
    """

    first: datetime = FIRST_INSTANT
    end: datetime = END_OF_INSTANTS

    def __get_pydantic_core_schema__(self, _kind: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check the form before the value; in JSON without a Python call for each of a case's many times."""
        moment = core.datetime_schema(tz_constraint="aware", ge=self.first, lt=self.end)
        written = core.custom_error_schema(
            core.str_schema(pattern=INSTANT_PATTERN),
            custom_error_type="instant_form",
            custom_error_message=INSTANT_TEXT,
        )
        return core.json_or_python_schema(
            json_schema=core.chain_schema([written, moment]),
            python_schema=core.no_info_before_validator_function(_require_written, moment),
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Publish the form; JSON Schema can't say the bounds of a time."""
        first, last = self.first.date().isoformat(), self.end.year
        said = f"ISO 8601 with a time zone, such as 2026-03-01T09:30:00Z; from {first} on and before {last}."
        return {"type": "string", "format": "date-time", "pattern": INSTANT_PATTERN, "description": said}


Instant = Annotated[datetime, Moments()]


def _require_written(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and _INSTANT.match(value)):
        return value
    raise PydanticCustomError("instant_form", INSTANT_TEXT)


@dataclass(frozen=True)
class Wholes:
    """Type an int as a whole number from `least` to `most`: 30 or 30.0, and neither true nor "30".

    from_digits: for the query of an address, where everything is text: "30" and nothing else.
    """

    least: int
    most: int
    from_digits: bool = False

    def __get_pydantic_core_schema__(self, _kind: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check the kind of number before its size."""
        number = core.int_schema(strict=True, ge=self.least, le=self.most)
        return core.no_info_before_validator_function(_from_digits if self.from_digits else _whole, number)


def _none_for_zero(value: Any) -> Any:
    return None if type(value) in {int, float} and value == 0 else value


def _plainly_printed(value: Any) -> Any:
    """Spell the full-width letters, dashes and spaces that were typed or pasted as a label has them."""
    return value.translate(_AS_PRINTED) if isinstance(value, str) and not value.isascii() else value


def _whole(value: Any) -> Any:
    return int(value) if type(value) is float and value.is_integer() else value


def _from_digits(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
        return int(value)
    raise PydanticCustomError("digits", "give a whole number in digits, such as 50")


Number = Annotated[float, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]
WeightGrams = Annotated[
    Annotated[Number, Field(ge=LEAST_GRAMS, le=MOST_GRAMS)] | None,
    BeforeValidator(_none_for_zero),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": LEAST_GRAMS, "maximum": MOST_GRAMS},
                {"const": 0},
                {"type": "null"},
            ]
        }
    ),
    Field(description="Grams; 0 is the same as not weighed."),
]
Identifier = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=IDENTIFIER_PATTERN),
    Field(description="1 to 64 visible ASCII characters without spaces."),
]
Printed = BeforeValidator(_plainly_printed)
Serial = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=SERIAL_PATTERN, strip_whitespace=True),
    Printed,
    Field(description="As printed, typed or scanned: 1 to 64 visible ASCII characters and spaces."),
]
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=TEXT_PATTERN, strip_whitespace=True)
]
CountryCode = Annotated[
    str,
    StringConstraints(pattern=COUNTRY_PATTERN),
    Field(description="ISO 3166-1 alpha-2 code, such as US."),
]


def require_known_after(known_at: datetime | None, happened_at: datetime, name: str) -> None:
    """Raise ValueError for what is said to be known before it happened; the field `name` says when."""
    if known_at is not None and known_at < happened_at:
        raise ValueError(
            f"known_at {known_at.isoformat()} is before {name} {happened_at.isoformat()}; "
            "an event can't be known before it happens: correct one of them or leave known_at out"
        )


def visible(text: str) -> str:
    """Return a text with a space for every control and format character, and halves of characters spelled."""
    return re.sub(f"[{_UNSEEN}]", " ", writable(text)).strip()


def writable(text: str) -> str:
    """Return a text with halves of characters (lone surrogates) as escapes, so that it can be stored."""
    return text.encode("utf-8", "backslashreplace").decode()
