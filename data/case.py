"""Define the return case: everything known of one return, the message that enters Regrade."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from data.first_errors import MOST_LINES, Lists, excerpt, first_errors
from data.history import History, PriorReturn, distinct_returns, is_told_after, known_returns
from data.json_text import OddJson, as_utf8, parse_each_name_once
from data.rma import Ownership, ReturnReason, Rma
from data.scan import ScanEvent, distinct_scans
from data.strict import INSTANT_TEXT, PATTERN_TEXTS, Frozen, Instant, writable
from data.verification import Verification

MAX_CASE_BYTES = 256 * 1024
UNKNOWN_FIELD = "unknown field; remove it or correct its name"
# Of what was sent, a line tells no more than these: the place of a field and its value.
PLACE_CHARACTERS, VALUE_CHARACTERS = 100, 80
MISSING = "Field required; add it"
NO_OBJECT = "give an object, in braces"
NO_NUMBER = "give a number with a point and without quotes, such as 300.50"
NO_WHOLE = "give a whole number without quotes, such as 30"
NO_LIST = "give a list, in square brackets"
NO_SUCH_TIME = (
    "there is no such date or time: months have 01 to 12 and their own days, a day 00:00:00 to 23:59:59 "
    "without leap seconds, zones less than 24:00; correct it"
)
# What to do about each kind of error that pydantic finds in our types; what a type says itself stands there.
# Names in braces are of the error's context.
SENTENCES = {
    "json_invalid": "this is no JSON ({error}); give one JSON object in UTF-8",
    "model_type": NO_OBJECT,
    "model_attributes_type": NO_OBJECT,
    "dict_type": NO_OBJECT,
    "invalid_key": "give a name in quotes",
    "string_type": "give text, in quotes",
    "string_unicode": "take out the half of a character (a lone surrogate): it can't be stored",
    "string_too_short": "give {min_length} or more characters",
    "string_too_long": "give at most {max_length} characters",
    "float_type": NO_NUMBER,
    "float_parsing": NO_NUMBER,
    "finite_number": "give a finite number",
    "int_type": NO_WHOLE,
    "int_parsing": NO_WHOLE,
    "int_parsing_size": NO_WHOLE,
    "int_from_float": NO_WHOLE,
    "bool_type": "give true or false",
    "bool_parsing": "give true or false",
    "enum": "give one of {expected}",
    "literal_error": "give one of {expected}",
    "greater_than": "give more than {gt}",
    "greater_than_equal": "give {ge} or more",
    "less_than": "give less than {lt}",
    "less_than_equal": "give {le} or less",
    "too_short": "{actual_length} were given; give at least {min_length}",
    "too_long": "{actual_length} were given; give at most {max_length}",
    "list_type": NO_LIST,
    "tuple_type": NO_LIST,
    "set_type": NO_LIST,
    "frozen_set_type": NO_LIST,
    "timezone_aware": INSTANT_TEXT,
    "datetime_type": INSTANT_TEXT,
    "datetime_parsing": NO_SUCH_TIME,
    "datetime_object_invalid": NO_SUCH_TIME,
    "datetime_from_date_parsing": NO_SUCH_TIME,
    "value_error": "{error}",
}
# Bounds of times, which pydantic gives as text.
TIME_SENTENCES = {
    "greater_than_equal": "give a time from {ge} on",
    "less_than": "give a time before {lt}",
}
UNFORESEEN = "this can't be read here; GET /v1/schema/case says what can"
# Kinds of error that a type of ours raises with its own words.
OWN_WORDS = frozenset({"instant_form", "digits"})


class InvalidCase(ValueError):
    """A case that is not what the schema asks for; `problems` names each field and what to do.

    `unlisted` counts, as far as anybody counted, what else is wrong with a case that has more problems than
    are told.
    """

    def __init__(self, problems: list[str], unlisted: int = 0) -> None:
        super().__init__("; ".join([*problems, *([f"and {unlisted} more"] if unlisted else [])]))
        self.problems = problems
        self.unlisted = unlisted

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes with everything it tells."""
        return InvalidCase, (self.problems, self.unlisted)


class TooLargeCase(InvalidCase):
    """A case with more bytes than are read."""

    def __init__(self, size: int) -> None:
        super().__init__(
            [f"the case is {size} bytes; at most {MAX_CASE_BYTES} are allowed: send fewer scans"]
        )


class ReturnCase(Frozen):
    """One return as it is known at `as_of`; what became known later must not move the answer."""

    rma: Rma
    scans: tuple[ScanEvent, ...] = Field((), max_length=500, fail_fast=True)
    verification: Verification | None = None
    history: History | None = None
    as_of: Instant = Field(description="The moment of the decision; later facts are ignored.")

    @property
    def distinct_scans(self) -> tuple[ScanEvent, ...]:
        """Return each scan once, however often it was sent.

        The case itself stays as it was sent.
        """
        return distinct_scans(self.scans)

    @property
    def distinct_returns(self) -> tuple[PriorReturn, ...]:
        """Return each earlier return once, however often it was sent."""
        return distinct_returns(self.history.prior_returns) if self.history else ()

    @property
    def known_returns(self) -> tuple[PriorReturn, ...]:
        """Return each earlier return once, as it was known by `as_of`."""
        return known_returns(self.history.prior_returns, self.as_of) if self.history else ()

    @property
    def known_verification(self) -> Verification | None:
        """Return the bench's findings unless they became known after `as_of`."""
        found = self.verification
        return found if found is not None and found.known_since <= self.as_of else None

    @property
    def as_known(self) -> Self:
        """Return the case without the facts that are said to have become known after `as_of`."""
        rma, seen = self.rma.known_by(self.as_of), self.known_verification
        history = self.history.counted_by(self.as_of) if self.history else None
        if rma is self.rma and seen is self.verification and history is self.history:
            return self
        return self.model_copy(update={"rma": rma, "verification": seen, "history": history})

    @property
    def for_gates(self) -> Self:
        """Return the case without facts of the RMA that became known after `as_of`, but for bad news.

        That a device is financed or recalled counts whenever it became known. The bench's findings are as
        sent: of those that came later signs of a hazard count.
        """
        told, known = self.rma, self.rma.known_by(self.as_of)
        if known is told:
            return self
        bad: dict[str, object] = {"known_at": None}
        if told.ownership is Ownership.FINANCED:
            bad["ownership"] = told.ownership
        if told.reason is ReturnReason.RECALL:
            bad["reason"] = told.reason
        return self.model_copy(update={"rma": known.model_copy(update=bad)})

    @property
    def notes(self) -> tuple[str, ...]:
        """Return a sentence about each kind of entry that was sent more than once, or does not count yet."""
        listed = len(self.history.prior_returns) if self.history else 0
        copies = {
            "scans": len(self.scans) - len(self.distinct_scans),
            "entries of earlier returns": listed - len(self.distinct_returns),
        }
        repeated = tuple(f"{n} {what} repeat others and count once" for what, n in copies.items() if n)
        return (*repeated, *self._later, *self._ahead)

    @property
    def _later(self) -> Iterator[str]:
        """Yield a sentence for each kind of fact, but the bench's, that became known after `as_of`."""
        late = f"became known after as_of {self.as_of.isoformat()}"
        for name in sorted(self.rma.later_than(self.as_of)):
            yield f"rma.{name} {late}: the score does not count it"
        if scans := sum(scan.known_since > self.as_of for scan in self.scans):
            yield f"{_counted(scans, 'scan')} {late}: the score does not count what came later"
        if self.history is None:
            return
        if self.history.orders_count is not None and self.history.counted_by(self.as_of) is not self.history:
            yield f"history.orders_count {late}: the score does not count it"
        priors = self.history.prior_returns
        if asked := sum(prior.requested_at > self.as_of for prior in priors):
            yield f"{_counted(asked, 'earlier return')} asked for after as_of: not counted by the score"
        if told := sum(p.requested_at <= self.as_of and is_told_after(p, self.as_of) for p in priors):
            yield f"{_counted(told, 'outcome')} of earlier returns {late}: to the score still unknown"

    @property
    def _ahead(self) -> tuple[str, ...]:
        """Return a sentence about bench findings that a clock dates after the moment of the decision."""
        found = self.verification
        if found is None or found.known_since <= self.as_of:
            return ()
        name = "verified_at" if found.verified_at > self.as_of else "known_at"
        return (
            f"verification.{name} {getattr(found, name).isoformat()} is after as_of "
            f"{self.as_of.isoformat()}: of it only signs of a hazard count; send as_of at or after it, "
            "or set the clock right",
        )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        requested_at = self.rma.requested_at
        if requested_at > self.as_of:
            raise ValueError(
                f"rma.requested_at {requested_at.isoformat()} is after as_of "
                f"{self.as_of.isoformat()}; as_of must not be earlier than the request: correct one of them"
            )
        if self.verification is not None and self.verification.verified_at < requested_at:
            raise ValueError(
                f"verification.verified_at {self.verification.verified_at.isoformat()} is before "
                f"rma.requested_at {requested_at.isoformat()}; nothing can be verified before its return "
                "is asked for: correct one of them"
            )
        return self


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"


LONG_LISTS: Lists = {("scans",): ScanEvent, ("history", "prior_returns"): PriorReturn}


def read_case(body: str | bytes) -> ReturnCase:
    """Parse one case from JSON, in UTF-8 or in what its byte order mark says.

    Raises InvalidCase past MAX_CASE_BYTES, for text that is no JSON object or has a name twice in one, and
    with one line for each wrong field.
    """
    text = body.removeprefix("\ufeff") if isinstance(body, str) else case_text(body)
    case = _checked(text)
    if _has_each_name_once(text, case):
        return case
    try:
        parse_each_name_once(text)
    except OddJson as error:
        raise InvalidCase([str(error)]) from error
    return case


def parse_case(value: Any) -> ReturnCase:
    """Check one case that was parsed from JSON already.

    Raises InvalidCase as read_case does.
    """
    try:
        body = json.dumps(value)
    except RecursionError as error:
        raise InvalidCase([f"case: {NO_OBJECT}; it is nested too deep"]) from error
    try:
        return _checked(body)
    except InvalidCase as refused:
        raise _located(value, refused) from refused


def case_of(value: object) -> ReturnCase:
    """Read one case as it came: as JSON bytes, parsed already, or as the problem that its reader had with it.

    Raises InvalidCase as read_case does.
    """
    if isinstance(value, InvalidCase):
        raise value
    return read_case(value) if isinstance(value, bytes) else parse_case(value)


def case_text(body: bytes) -> bytes:
    """Return the text of a case in UTF-8; raises InvalidCase where its encoding is broken."""
    try:
        return as_utf8(body)
    except UnicodeDecodeError as error:
        raise InvalidCase([f"case: the text is no {error.encoding}: send it as UTF-8"]) from error


def _checked(text: str | bytes) -> ReturnCase:
    size = len(text.encode(errors="replace") if isinstance(text, str) else text)
    if size > MAX_CASE_BYTES:
        raise TooLargeCase(size)
    try:
        return ReturnCase.model_validate_json(text)
    except ValidationError as error:
        details, unlisted = first_errors(error, text, ReturnCase, LONG_LISTS)
        raise InvalidCase([_explain_one(dict(detail), "case") for detail in details], unlisted) from error


def _has_each_name_once(text: str | bytes, case: ReturnCase) -> bool:
    """Return whether it is sure, without parsing the text once more, that no name stands twice in one object.

    Every name of a case that was taken is a field, so that a text with as many names as fields are set has
    none twice. What only looks like a name, within some text, makes one too many and leaves it open.
    """
    if isinstance(text, str):
        text = text.encode()
    # Names with a space before their colon are not counted.
    if any(space in text for space in (b" :", b"\t:", b"\n:", b"\r:")):
        return False
    return text.count(b'":') == _fields_set(case)


def _fields_set(case: ReturnCase) -> int:
    """Count the fields that were given, in the case and in all its parts."""
    priors = case.history.prior_returns if case.history else ()
    parts: list[BaseModel | None] = [case, case.rma, case.rma.value, case.verification, case.history]
    parts += [case.rma.known_at, *case.rma.source_codes, *priors, *(prior.value for prior in priors)]
    parts += [*case.scans, *(scan.place for scan in case.scans)]
    parts += [code for scan in case.scans for code in scan.source_codes]
    return sum(len(part.model_fields_set) for part in parts if part is not None)


def case_schema() -> dict[str, Any]:
    """Return the JSON Schema of a case, generated from the types."""
    return ReturnCase.model_json_schema()


def explain(error: ValidationError, *, whole: str = "case") -> list[str]:
    """Return for each wrong field where it is, what to do and what was given.

    Of very many fields only the first are told.

    whole: what to call the thing itself where no single field of it is wrong; without a name it is not shown.
    """
    return [text for _, text in explain_each(error, whole=whole)]


def explain_each(error: ValidationError, *, whole: str) -> list[tuple[dict[str, Any], str]]:
    """Return each error of `explain` as pydantic found it, beside its line."""
    details = [dict(detail) for detail in error.errors(include_url=False)[:MOST_LINES]]
    return [(detail, _explain_one(detail, whole)) for detail in details]


def _located(value: Any, refused: InvalidCase) -> InvalidCase:
    """Name the field that holds half of a character, which stops a JSON parser before any field."""
    if not refused.problems[0].startswith("case: this is no JSON"):
        return refused
    try:
        ReturnCase.model_validate(value)
    except ValidationError as error:
        # Junk is not worth the search.
        return InvalidCase(explain(error)) if error.error_count() <= MOST_LINES else refused
    return refused


def _explain_one(detail: dict[str, Any], whole: str) -> str:
    place = writable(".".join(str(part) for part in detail["loc"]))
    where = excerpt(place, PLACE_CHARACTERS) or whole
    if detail["type"] == "extra_forbidden":
        return f"{where}: {UNKNOWN_FIELD}"
    if detail["type"] == "missing":
        return f"{where}: {MISSING}"
    what = _what_to_do(detail)
    if not where:
        return what
    if detail["type"] == "value_error" and isinstance(detail["input"], dict):
        return f"{where}: {what}"
    return f"{where}: {what} (given {_shorten(detail['input'])})"


def _what_to_do(detail: dict[str, Any]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in OWN_WORDS:
        return str(detail["msg"])
    if kind == "string_pattern_mismatch":
        return PATTERN_TEXTS.get(context["pattern"], UNFORESEEN)
    is_time = isinstance(context.get("ge", context.get("lt")), str)
    sentence = (TIME_SENTENCES if is_time else SENTENCES).get(kind, UNFORESEEN)
    return sentence.format_map({name: _said(value) for name, value in context.items()})


def _said(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _shorten(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    try:
        text = repr(value)
    except RecursionError:
        return "something nested too deep"
    return text if len(text) <= VALUE_CHARACTERS else f"{text[:VALUE_CHARACTERS]}..."
