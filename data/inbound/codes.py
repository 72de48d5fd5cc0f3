"""Look up what the codes of other systems mean."""

from functools import cache
from pathlib import Path

from data.device import DeviceClass
from data.inbound.reading import ReferenceKind
from data.rma import ReturnReason
from data.scan import ScanCode
from data.source_code import SourceCode
from data.strict import Frozen, visible
from data.verification import Outcome
from data.versioned_file import read_yaml

_CODES = Path(__file__).parent / "codes.yaml"


class Meaning(Frozen):
    """What one code means, and which of our own values it stands for."""

    meaning: str | None = None
    reason: ReturnReason | None = None
    scan: ScanCode | None = None
    outcome: Outcome | None = None
    is_event: bool = True


Meanings = dict[str, Meaning]
UNKNOWN = Meaning()


class ReferenceTables(Frozen):
    """Which kind of number a qualifier announces."""

    x12: dict[str, ReferenceKind]
    epcis: dict[str, ReferenceKind]


class PartyTables(Frozen):
    """Which party codes name whom, best first."""

    customer: tuple[str, ...]
    pickup_address: tuple[str, ...]
    address: tuple[str, ...]


class CodeTables(Frozen):
    """All tables of codes.yaml."""

    version: int
    x12_180: dict[str, Meanings]
    x12_214: dict[str, Meanings]
    epcis: dict[str, Meanings]
    references: ReferenceTables
    item_numbers: tuple[str, ...]
    item_serial: str
    dates: dict[str, str]
    parties: PartyTables
    grams_per_unit: dict[str, float]
    gross_weights: tuple[str, ...]
    masses: tuple[str, ...]
    countries: dict[str, str]
    time_codes: dict[str, float | str]
    device_words: dict[str, DeviceClass]


@cache
def code_tables() -> CodeTables:
    """Read codes.yaml."""
    return read_yaml(_CODES, CodeTables)


def source_code(element: str, code: str, meaning: Meaning) -> SourceCode:
    """Keep a code as it was written, at most as long as a name may be, and without what nobody sees."""
    return SourceCode(element=element, code=visible(code[:100])[:100] or "?", meaning=meaning.meaning)


def country_code(text: str) -> str | None:
    """Return the two-letter code of a country, None for one that is not known here."""
    code = code_tables().countries.get(text.upper(), text.upper())
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None


def device_class_in(description: str) -> DeviceClass | None:
    """Find the device class in a free description."""
    words = description.lower()
    return next((kind for word, kind in code_tables().device_words.items() if word in words), None)
