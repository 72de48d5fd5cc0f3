"""Give every message type the same strictness: frozen, no unknown fields, no NaN or infinity."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Identifier = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$"),
    Field(description="1 to 64 visible ASCII characters without spaces."),
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
Instant = Annotated[
    AwareDatetime,
    Field(description="ISO 8601 with a time zone, such as 2026-03-01T09:30:00Z."),
]
CountryCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{2}$"),
    Field(description="ISO 3166-1 alpha-2 code, such as US."),
]
WeightGrams = Annotated[float, Field(gt=0, le=100_000, description="Grams.")]


class Frozen(BaseModel):
    """Base of every message type: immutable, unknown fields refused, numbers finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
