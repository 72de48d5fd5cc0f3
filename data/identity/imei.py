"""Read an IMEI or a MEID, the number of a phone, in any of the forms in which it is printed."""

import re
from dataclasses import dataclass
from functools import lru_cache

from stdnum import luhn, meid

_BETWEEN = r"[ ./-]{0,3}"
# 14 to 16 digits, 15 with the version behind a slash, or a MEID in 18 digits or 14 hexadecimal ones with or
# without its check digit; read alike by Rust, Python and JavaScript, for the schema publishes it.
IMEI_PATTERN = (
    r"^(?:[Ii][Mm][Ee][Ii][ :]*)?(?:"
    rf"(?:[0-9]{_BETWEEN}){{13,15}}[0-9]"
    rf"|(?:[0-9]{_BETWEEN}){{14}}[0-9] ?/ ?[0-9]{{2}}"
    rf"|(?:[0-9]{_BETWEEN}){{17}}[0-9]"
    rf"|(?:[0-9A-Fa-f]{_BETWEEN}){{13,14}}[0-9A-Fa-f]"
    r")$"
)
BODY_DIGITS, TAC_DIGITS, IMEI_DIGITS, DECIMAL_MEID_DIGITS = 14, 8, 15, 18
_IMEI = re.compile(IMEI_PATTERN)


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

    @property
    def is_decimal(self) -> bool:
        """Return whether this is an IMEI; a MEID has letters."""
        return self.body.isdigit()


@lru_cache(maxsize=4_096)
def read_number(text: str) -> DeviceNumber | None:
    """Read an IMEI or MEID as printed; None for what is none, and for one digit over and over."""
    if not _IMEI.match(text):
        return None
    bare, slash, version = re.sub(r"(?i)^IMEI[ :]*", "", text).upper().rpartition("/")
    digits = re.sub(r"[^0-9A-F]", "", bare + version)
    if slash and len(re.sub(r"[^0-9A-F]", "", bare)) == IMEI_DIGITS:
        digits = digits[:IMEI_DIGITS]
    if digits.isdigit() and len(digits) == DECIMAL_MEID_DIGITS:
        digits = meid.compact(digits, strip_check_digit=False)
    body = digits[:BODY_DIGITS]
    if len(set(body)) == 1:
        return None
    has_check = body.isdigit() and len(digits) == IMEI_DIGITS
    return DeviceNumber(body, digits, not luhn.is_valid(digits) if has_check else None)


def is_imei(text: str) -> bool:
    """Say whether a number of unknown kind is an IMEI: 15 digits of which the last one proves the others."""
    number = read_number(text)
    return number is not None and number.check_fails is False
