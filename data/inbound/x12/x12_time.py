"""Read dates and times of X12 into moments with a time zone."""

from datetime import datetime, timedelta, timezone, tzinfo
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

from data.inbound.codes import code_tables
from data.inbound.invalid_message import InvalidMessage
from data.inbound.reading import Notes
from data.inbound.sender import Sender
from data.inbound.x12.interchange import Segment, TransactionSet

LOCAL = ("", "LT")
MIDNIGHT = time_of_day()
TIME_DIGITS = (2, 4, 6, 7, 8)
EARLIEST, LATEST = datetime(1970, 1, 2), datetime(2099, 12, 30)


class Clock:
    """Read the times of one sender, and note what had to be assumed."""

    def __init__(self, sender: Sender, notes: Notes) -> None:
        self._sender = sender
        self._notes = notes

    def sent_at(self, message: TransactionSet) -> datetime:
        """Return when the message left its sender, by GS04 and GS05, or else by ISA09 and ISA10."""
        try:
            return self._sent(message.group, 4, 5)
        except InvalidMessage as error:
            if not message.interchange.get(9):
                raise
            if message.group.get(4):
                self._notes.add(f"{error}; the time of the interchange was taken")
            return self._sent(message.interchange, 9, 10)

    def _sent(self, segment: Segment, date: int, time: int) -> datetime:
        if not segment.get(date):
            raise InvalidMessage(f"{segment.where(date)}: the date is missing: add it as CCYYMMDD")
        return self._read(segment, date, time, zone=self._own_zone(segment))

    def read(self, segment: Segment, date: int, time: int, code: int) -> datetime | None:
        """Return the moment of three elements, None where there is no date."""
        if not segment.get(date):
            return None
        return self._read(segment, date, time, zone=self._zone(segment, code))

    def _read(self, segment: Segment, date: int, time: int, *, zone: tzinfo) -> datetime:
        day, clock = _day(segment, date), segment.get(time)
        if not clock:
            self._notes.add(f"{segment.tag} with a date and no time: taken as its first minute")
        if _is_end_of_day(clock):
            day, clock = day + timedelta(days=1), ""
        return datetime.combine(day, _time_of_day(segment, time) if clock else MIDNIGHT, zone)

    def _zone(self, segment: Segment, place: int) -> tzinfo:
        code = segment.get(place).upper()
        if code in LOCAL:
            return self._own_zone(segment)
        if code.isascii() and code.isdigit() and 1 <= int(code) <= 24:
            hours = int(code) if int(code) <= 12 else int(code) - 25
            return timezone(timedelta(hours=hours))
        known = code_tables().time_codes
        if code not in known:
            raise InvalidMessage(
                f"{segment.where(place)}: time code {code!r} is not one of LT, 01 to 24, {', '.join(known)}"
            )
        return _zone_of(segment, place, known[code])

    def _own_zone(self, segment: Segment) -> tzinfo:
        zone = self._sender.time_zone
        self._notes.add(f"times of {segment.tag} without a zone: taken as {zone}; --sender can correct it")
        return self._sender.zone


def _zone_of(segment: Segment, place: int, known: float | str) -> tzinfo:
    if not isinstance(known, str):
        return timezone(timedelta(hours=known))
    try:
        return ZoneInfo(known)
    except (OSError, KeyError) as error:
        raise InvalidMessage(
            f"{segment.where(place)}: this machine has no time zone {known}: pip install tzdata"
        ) from error


def _day(segment: Segment, place: int) -> datetime:
    """Read CCYYMMDD; the interchange header alone writes YYMMDD, which is of this century."""
    text = segment.get(place)
    digits = f"20{text}" if segment.tag == "ISA" and len(text) == 6 else text
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        raise _wrong(segment, place, "date", "CCYYMMDD")
    try:
        day = datetime(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise _wrong(segment, place, "date", "CCYYMMDD") from error
    if not EARLIEST <= day <= LATEST:
        raise _wrong(segment, place, "date from 1970 to 2099", "CCYYMMDD")
    return day


def _is_end_of_day(clock: str) -> bool:
    return len(clock) in TIME_DIGITS and clock.rstrip("0") == "24"


def _time_of_day(segment: Segment, place: int) -> time_of_day:
    """Read HH, HHMM, HHMMSS and HHMMSSDD, where DD are hundredths."""
    text = segment.get(place)
    if len(text) not in TIME_DIGITS or not (text.isascii() and text.isdigit()):
        raise _wrong(segment, place, "time", "HHMM or HHMMSS")
    filled = text.ljust(8, "0")
    try:
        return time_of_day(int(filled[:2]), int(filled[2:4]), int(filled[4:6]), int(filled[6:]) * 10_000)
    except ValueError as error:
        raise _wrong(segment, place, "time", "HHMM or HHMMSS") from error


def _wrong(segment: Segment, place: int, what: str, form: str) -> InvalidMessage:
    return InvalidMessage(
        f"{segment.where(place)}: {segment.get(place)!r} is no {what}; give {form}: correct it or ask again"
    )
