"""Bring everything known of one return together: the message that enters Regrade."""

import json
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from data.excerpt import MOST_LINES, excerpt
from data.first_errors import Lists, first_errors
from data.history import History, PriorReturn
from data.rma import Rma
from data.scan import ScanEvent
from data.strict import Frozen, Instant
from data.verification import Verification

MAX_CASE_BYTES = 256 * 1024
UNKNOWN_FIELD = "unknown field; remove it or correct its name"
# Of what was sent, a line tells no more than these: the place of a field and its value.
PLACE_CHARACTERS, VALUE_CHARACTERS = 100, 80


class InvalidCase(ValueError):
    """A case is not what the schema asks for; `problems` names each field and what to do.

    `unlisted` counts, as far as anybody counted, what else is wrong with a case that has more problems than
    are told.
    """

    def __init__(self, problems: list[str], unlisted: int = 0) -> None:
        super().__init__("; ".join([*problems, *([f"and {unlisted} more"] if unlisted else [])]))
        self.problems = problems
        self.unlisted = unlisted


class ReturnCase(Frozen):
    """One return as it is known at `as_of`; what became known later must not move the answer."""

    rma: Rma
    scans: tuple[ScanEvent, ...] = Field((), max_length=500, fail_fast=True)
    verification: Verification | None = None
    history: History | None = None
    as_of: Instant = Field(description="The moment of the decision; later facts are ignored.")

    @model_validator(mode="after")
    def _asked_for_before_as_of(self) -> Self:
        if self.rma.requested_at > self.as_of:
            raise ValueError(
                f"rma.requested_at {self.rma.requested_at.isoformat()} is after as_of "
                f"{self.as_of.isoformat()}; as_of must not be earlier than the request: correct one of them"
            )
        return self


LONG_LISTS: Lists = {("scans",): ScanEvent, ("history", "prior_returns"): PriorReturn}


def read_case(body: str | bytes) -> ReturnCase:
    """Parse one case from JSON.

    Raises InvalidCase past MAX_CASE_BYTES, for text that is no JSON object, and with one line for
    each wrong field.
    """
    size = len(body.encode() if isinstance(body, str) else body)
    if size > MAX_CASE_BYTES:
        raise InvalidCase(
            [f"the case is {size} bytes; at most {MAX_CASE_BYTES} are allowed: send fewer scans"]
        )
    try:
        return ReturnCase.model_validate_json(body)
    except ValidationError as error:
        details, unlisted = first_errors(error, body, ReturnCase, LONG_LISTS)
        raise InvalidCase([_explain_one(dict(detail)) for detail in details], unlisted) from error


def parse_case(value: Any) -> ReturnCase:
    """Check one case that was parsed from JSON already.

    Raises InvalidCase as read_case does.
    """
    return read_case(json.dumps(value))


def case_schema() -> dict[str, Any]:
    """Return the JSON Schema of a case, generated from the types."""
    return ReturnCase.model_json_schema()


def explain(error: ValidationError) -> list[str]:
    """Say for each wrong field where it is, what is wrong and what was given; of very many, for the first."""
    details = error.errors(include_url=False)
    return [_explain_one(dict(detail)) for detail in details[:MOST_LINES]]


def _explain_one(detail: dict[str, Any]) -> str:
    where = excerpt(".".join(str(part) for part in detail["loc"]), PLACE_CHARACTERS) or "case"
    if detail["type"] == "extra_forbidden":
        return f"{where}: {UNKNOWN_FIELD}"
    if detail["type"] == "missing":
        return f"{where}: Field required; add it"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{where}: {message} (given {_shorten(detail['input'])})"


def _shorten(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= VALUE_CHARACTERS else f"{text[:VALUE_CHARACTERS]}..."
