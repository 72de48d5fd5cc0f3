"""Read an IMEI or a MEID, the number of a phone, in any of the forms in which it is printed."""

import re
from dataclasses import dataclass
from functools import lru_cache

from stdnum import luhn, meid

_BETWEEN = r"[ ./-]{0,3}"
# 14 to 16 digits, 15 with the version behind them, or a MEID in 18 digits or 14 hexadecimal ones, both with
# or without a check digit; with the label in front, or in a code of GS1. Readers take O for 0 and the like:
# such letters are read where the check digit proves it. Read alike by Rust, Python and JavaScript, for the
# schema publishes it.
IMEI_PATTERN = (
    r"^(?:"
    r"(?:(?:[Ii][Mm][Ee][Ii](?:[Ss][Vv])?(?:/[Mm][Ee][Ii][Dd])?|[Mm][Ee][Ii][Dd])"
    r"(?: ?[Nn][Oo])?(?: ?[(]?[1-4][)]?[ :=#]| ?[ :=#.])[ :=#.]*"
    r"|[Ii][Mm][Ee][Ii](?:[Ss][Vv])?|[(]8002[)] ?)?(?:"
    rf"(?:[0-9]{_BETWEEN}){{13,15}}[0-9]"
    rf"|(?:[0-9]{_BETWEEN}){{14}}[0-9](?: ?[/-] ?|  ?)[0-9]{{2}}"
    rf"|(?:[0-9]{_BETWEEN}){{17,18}}[0-9]"
    rf"|(?:[0-9A-Fa-f]{_BETWEEN}){{13,14}}[0-9A-Fa-f]"
    rf"|[0-9]{_BETWEEN}[0-9OoIl](?:{_BETWEEN}[0-9OoIlSsB]){{13}}"
    r")|https?://[!-~]+/8002/[0-9]{14,16})$"
)
BODY_DIGITS, TAC_DIGITS, IMEI_DIGITS, DECIMAL_MEID_DIGITS = 14, 8, 15, 18
# The application identifier of GS1 codes, which scanners leave in front.
GS1_IMEI = "8002"
_IMEI = re.compile(IMEI_PATTERN)
_AROUND = re.compile(
    r"^(?:IMEI(?:SV)?(?:/MEID)?|MEID)(?: ?NO)?(?: ?\(?[1-4]\)?(?=[ :=#]))?[ :=#.]*|^\(8002\)|^HTTP.*/"
)
_WITH_VERSION = re.compile(r"(.*[0-9])(?: *[/-] *| +)[0-9]{2}")
_HEXADECIMAL = re.compile(r"[0-9A-F]+")
_CONFUSED = str.maketrans("OILSB", "01158")


@dataclass(frozen=True)
class DeviceNumber:
    """An IMEI or MEID: the 14 digits that name the device, and all digits as they were written.

    check_fails is None where no check digit was written.
    """

    body: str
    written: str
    check_fails: bool | None

    @property
    def tac(self) -> str:
        """Return the digits that name the model."""
        return self.body[:TAC_DIGITS]

    def is_same(self, other: "DeviceNumber") -> bool:
        """Say whether both name one device, up to zeros in front, which scanners add and tables drop."""
        return self.body == other.body or self.written.lstrip("0") == other.written.lstrip("0")

    @property
    def is_decimal(self) -> bool:
        """Return whether this is an IMEI; a MEID has letters."""
        return self.body.isdigit()


@lru_cache(maxsize=4_096)
def read_number(text: str) -> DeviceNumber | None:
    """Read an IMEI or MEID as printed; None for what is none, and for one digit over and over."""
    if not _IMEI.match(text):
        return None
    digits = _digits(_AROUND.sub("", text.upper()))
    body = digits[:BODY_DIGITS]
    if not _HEXADECIMAL.fullmatch(digits) or len(set(body)) == 1:
        return None
    has_check = body.isdigit() and len(digits) == IMEI_DIGITS
    return DeviceNumber(body, digits, not luhn.is_valid(digits) if has_check else None)


def require_digits(text: str) -> str:
    """Return a number in one of the forms; raises ValueError for letters that no check digit proves."""
    if not _HEXADECIMAL.fullmatch(_digits(_AROUND.sub("", text.upper()))):
        raise ValueError("letters stand among its digits, and the check digit is wrong: read it again")
    return text


def is_imei(text: str) -> bool:
    """Say whether a number of unknown kind is an IMEI: 15 digits of which the last one proves the others."""
    number = read_number(text)
    return number is not None and number.check_fails is False


def _digits(bare: str) -> str:
    """Return the digits of a number without what stands between them, nor a version behind all."""
    digits = _joined(bare)
    if (found := _WITH_VERSION.fullmatch(bare)) and len(_joined(found[1])) == IMEI_DIGITS:
        digits = _joined(found[1])
    if digits.startswith(GS1_IMEI) and len(digits) == len(GS1_IMEI) + IMEI_DIGITS:
        # No MEID begins so: its first ten digits say at most 32 bits.
        digits = digits.removeprefix(GS1_IMEI)
    if digits.isdigit() and len(digits) in (DECIMAL_MEID_DIGITS, DECIMAL_MEID_DIGITS + 1):
        return meid.compact(digits[:DECIMAL_MEID_DIGITS], strip_check_digit=False)
    plain = digits.translate(_CONFUSED)
    is_proven = len(plain) == IMEI_DIGITS and plain.isdigit() and luhn.is_valid(plain)
    return plain if is_proven and digits[0].isdigit() else digits


def _joined(text: str) -> str:
    return re.sub(r"[ ./-]", "", text)
