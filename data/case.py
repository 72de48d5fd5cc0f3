"""Bring everything known of one return together: the message that enters Regrade."""

import json
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from data.history import History
from data.rma import Rma
from data.scan import ScanEvent
from data.strict import Frozen, Instant
from data.verification import Verification

MAX_CASE_BYTES = 256 * 1024


class InvalidCase(ValueError):
    """A case is not what the schema asks for; `problems` names each field and what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class ReturnCase(Frozen):
    """One return as it is known at `as_of`; what became known later must not move the answer."""

    rma: Rma
    scans: tuple[ScanEvent, ...] = Field((), max_length=500)
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
        raise InvalidCase(explain(error)) from error


def parse_case(value: Any) -> ReturnCase:
    """Check one case that was parsed from JSON already.

    Raises InvalidCase as read_case does.
    """
    return read_case(json.dumps(value))


def case_schema() -> dict[str, Any]:
    """Return the JSON Schema of a case, generated from the types."""
    return ReturnCase.model_json_schema()


def explain(error: ValidationError, *, whole: str = "case") -> list[str]:
    """Say for each wrong field where it is, what is wrong and what was given.

    whole: what to call the thing itself where no single field of it is wrong; without a name it is not shown.
    """
    details = error.errors(include_url=False, include_context=False)
    return [_explain_one(dict(detail), whole) for detail in details]


def _explain_one(detail: dict[str, Any], whole: str) -> str:
    where = ".".join(str(part) for part in detail["loc"]) or whole
    if detail["type"] == "extra_forbidden":
        return f"{where}: unknown field; remove it or correct its name"
    if detail["type"] == "missing":
        return f"{where}: Field required; add it"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{where}: {message} (given {_shorten(detail['input'])})" if where else message


def _shorten(value: Any, limit: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}..."
