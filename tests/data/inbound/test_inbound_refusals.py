"""X12 that is cut, mixed up or mistyped is refused in words that name the segment and the element."""

import re
from pathlib import Path

import pytest

from data.inbound import InvalidMessage
from tests.data.inbound.x12_desk import Desk
from tests.data.inbound.x12_message import PARCEL, RETURN, interchange


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def cut(text: str, of: str, to: str) -> str:
    assert of in text
    return text.replace(of, to)


BROKEN = {
    "no interchange": (lambda text: text[text.index("GS*") :], "begins with ISA, not with 'GS"),
    "cut in the middle": (lambda text: text[: text.index("MEA")], "SE is missing to end"),
    "no SE": (lambda text: cut(text, "SE*14*0001~\n", ""), "SE is missing to end the transaction set 0001"),
    "wrong segment count": (lambda text: cut(text, "SE*14*", "SE*15*"), r"\(SE01\): says '15' segments, 14"),
    "other set control": (lambda text: cut(text, "SE*14*0001", "SE*14*0002"), r"\(SE02\): control number"),
    "wrong set count": (
        lambda text: cut(text, "GE*1*905", "GE*2*905"),
        r"\(GE01\): says '2' transaction sets",
    ),
    "other group control": (
        lambda text: cut(text, "GE*1*905", "GE*1*906"),
        r"\(GE02\): control number '906'",
    ),
    "no GE": (lambda text: cut(text, "GE*1*905~\n", ""), "GE is missing to end the group 905"),
    "no IEA": (lambda text: cut(text, "IEA*1*000000905~\n", ""), "IEA is missing to end the interchange"),
    "wrong group count": (
        lambda text: cut(text, "IEA*1*", "IEA*x*"),
        r"\(IEA01\): says 'x' functional groups",
    ),
    "other interchange": (lambda text: cut(text, "IEA*1*000000905", "IEA*1*000000906"), r"\(IEA02\)"),
    "short ISA": (lambda text: "ISA*00*~" + text[106:], r"\(ISA12\): .* elements of the ISA are missing"),
    "nothing but an ISA": (lambda text: text[:60], "elements after the tag, 16 are needed"),
    "bad terminator": (lambda text: text[:105] + "A" + text[106:], "can't end a segment"),
}


@pytest.mark.parametrize(("harm", "words"), BROKEN.values(), ids=BROKEN)
def test_a_broken_envelope_is_refused_and_says_where(desk: Desk, harm, words) -> None:
    text = harm(interchange(RETURN))

    with pytest.raises(InvalidMessage, match=words) as refused:
        desk.cases(text)
    assert str(refused.value).startswith("returns.x12: segment ")


WRONG = {
    "no RMA number": ("BGN*00*RQ-77120*", "BGN*00**", r"segment 4 \(BGN02\): the RMA number is missing"),
    "impossible date": ("*20260310*0930", "*20261310*0930", r"segment 4 \(BGN03\): '20261310' is no date"),
    "short date": ("*20260310*0930", "*260310*0930", r"\(BGN03\): '260310' is no date; give CCYYMMDD"),
    "date of no century": ("*20260310*0930", "*02260310*0930", r"no date from 1970 to 2099"),
    "no date": ("*20260310*0930*ET", "", r"\(BGN03\): the date of the request is missing"),
    "impossible time": ("*0930*ET", "*2561*ET", r"\(BGN04\): '2561' is no time; give HHMM"),
    "unknown zone": ("*0930*ET", "*0930*QX", r"\(BGN05\): time code 'QX' is not one of LT, 01 to 24"),
    "no item": ("BLI*SK", "QTY*SK", "no BLI segment: the message names no item"),
    "no SKU": ("BLI*SK*IP14-128*", "BLI*SK**", r"segment 13 \(BLI02\): the item's number is missing"),
    "half a unit": ("*1*EA**559", "*0.5*EA**559", r"\(BLI03\): quantity '0.5' is no whole number"),
    "price in words": ("559.00", "LOTS", r"\(BLI06\): price 'LOTS' is not a number"),
    "no price": ("559.00", "", r"\(BLI06\): no price"),
    "price below zero": ("559.00", "-5", r"segment 13 \(BLI\): value.amount"),
    "no BGN": ("BGN*00", "BGX*00", "BGN is missing: a 180 begins with it"),
    "number too long": ("N9*RZ*RMA-10023", "N9*RZ*" + "9" * 70, r"\(BLI\): rma_id"),
    "ordered after the request": ("PRF*PO-4410***20260102", "PRF*PO-4410***20260402", "is after"),
}


@pytest.mark.parametrize(("right", "wrong", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_return_is_refused_and_says_segment_and_element(
    desk: Desk, right: str, wrong: str, words: str
) -> None:
    text = (
        RETURN.replace("N9*RZ*RMA-10023\n", "N9*PO*PO-1\n") if words.endswith("number is missing") else RETURN
    )

    with pytest.raises(InvalidMessage, match=words):
        desk.cases(interchange(cut(text, right, wrong)))


WRONG_STATUS = {
    "no date": ("AT7*AF*NS***20260310*1820*CT", "AT7*AF*NS", r"segment 7 \(AT705\): the date of the status"),
    "wrong time": ("20260310*1820", "20260310*9920", r"segment 7 \(AT706\): '9920' is no time"),
    "wrong angle": ("0900300", "90.05", r"\(MS104\): '90.05' is no angle; give DDDMMSS"),
    "angle off the globe": ("0350900", "0990000", r"\(MS1\): latitude_deg"),
    "no B10": ("B10*", "B11*", "B10 is missing: a 214 begins with it"),
}


@pytest.mark.parametrize(("right", "wrong", "words"), WRONG_STATUS.values(), ids=WRONG_STATUS)
def test_a_wrong_status_is_set_aside_and_says_segment_and_element(
    desk: Desk, right: str, wrong: str, words: str
) -> None:
    case = desk.case(interchange(RETURN), interchange(cut(PARCEL, right, wrong)))

    (aside,) = desk.aside.first
    assert case.scans == ()
    assert re.search(words, str(aside))
    assert str(aside).startswith("scans0.x12: interchange 000000905, transaction set 0001: segment ")
