"""X12 comes in many spellings, is cut, mixed up and mistyped, and is read the same or refused in words."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.case import ReturnCase, read_case
from data.device import DeviceClass
from data.inbound import InvalidMessage, case_lines, read_sender
from data.rma import Channel, ReturnReason
from data.scan import ScanCode
from tests.data.x12_message import FREIGHT, HABITS, PARCEL, RETURN, Habit, interchange


class Desk:
    """Write files and read the cases they make."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.notes: list[str] = []

    def file(self, text: str, name: str = "returns.x12") -> Path:
        path = self._folder / name
        path.write_bytes(text.encode("latin-1"))
        return path

    def cases(self, text: str, *scans: str, sender: str | None = None) -> list[ReturnCase]:
        files = [self.file(scan, f"scans{number}.x12") for number, scan in enumerate(scans)]
        habits = read_sender(self.file(sender, "sender.yaml")) if sender else None
        lines = case_lines(self.file(text), files, sender=habits, tell=self.notes.append)
        return [read_case(line) for line in lines]

    def case(self, text: str, *scans: str, sender: str | None = None) -> ReturnCase:
        (found,) = self.cases(text, *scans, sender=sender)
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_return_authorisation_becomes_a_case(desk: Desk) -> None:
    case = desk.case(interchange(RETURN))

    rma = case.rma
    assert (rma.rma_id, rma.order_id, rma.sku) == ("RMA-10023", "PO-4410", "IP14-128")
    assert (rma.reason, rma.channel, rma.device_class) == (
        ReturnReason.DEFECTIVE,
        Channel.ENTERPRISE_CLIENT,
        DeviceClass.PHONE,
    )
    assert (rma.expected_serial, rma.expected_imei) == ("F2LLX4ABCD", None)
    assert rma.expected_weight_g == pytest.approx(419.6)
    assert (rma.value.amount, rma.value.currency) == (559.0, "USD")
    assert (rma.customer_id, rma.pickup_address_id, rma.country) == ("CM118", "CM118-DOCK", "US")
    assert rma.requested_at == datetime(2026, 3, 10, 13, 30, tzinfo=UTC)
    assert rma.delivered_at == datetime(2026, 1, 5, 20, 10, tzinfo=UTC)
    assert rma.ordered_at == datetime(2026, 1, 2, tzinfo=UTC)
    assert case.as_of == datetime(2026, 3, 12, 14, 5, tzinfo=UTC)


def test_the_codes_of_the_sender_are_kept_with_what_they_mean(desk: Desk) -> None:
    rma = desk.case(interchange(RETURN.replace("RDR*RA*DM*", "RDR*RP*EW*ZX"))).rma

    kept = [(code.element, code.code, code.meaning) for code in rma.source_codes]
    assert rma.reason is ReturnReason.UNKNOWN
    assert kept == [
        ("X12 RDR01", "RP", "return pending"),
        ("X12 RDR02", "EW", "excessive wear"),
        ("X12 RDR03", "ZX", None),
    ]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("CO", ReturnReason.ORDERING_ERROR),
        ("DR", ReturnReason.DEFECTIVE),
        ("NA", ReturnReason.NOT_AS_EXPECTED),
        ("WG", ReturnReason.WRONG_GOODS),
        ("LP", ReturnReason.UNKNOWN),
        ("", ReturnReason.UNKNOWN),
    ],
)
def test_the_reason_follows_the_code(desk: Desk, code: str, reason: ReturnReason) -> None:
    assert desk.case(interchange(RETURN.replace("RA*DM*", f"RA*{code}*"))).rma.reason is reason


def test_no_record_of_sale_means_no_receipt(desk: Desk) -> None:
    assert desk.case(interchange(RETURN.replace("RA*DM*", "RA*DM*NR"))).rma.has_receipt is False


@pytest.mark.parametrize("habit", HABITS.values(), ids=HABITS)
def test_every_sender_s_way_of_writing_gives_the_same_case(desk: Desk, habit: Habit) -> None:
    expected = desk.case(interchange(RETURN), interchange(PARCEL))

    assert desk.case(interchange(RETURN, habit=habit), interchange(PARCEL, habit=habit)) == expected


def test_the_scans_of_a_parcel_find_their_case(desk: Desk) -> None:
    case = desk.case(interchange(RETURN), interchange(PARCEL, at="20260311 1500"))

    assert [scan.code for scan in case.scans] == [ScanCode.PICKED_UP, ScanCode.ARRIVED, ScanCode.MISSORTED]
    first, hub, last = case.scans
    assert first.time == datetime(2026, 3, 10, 23, 20, tzinfo=UTC)
    assert first.known_at == datetime(2026, 3, 11, 15, 0, tzinfo=UTC)
    assert (first.carrier, first.tracking_id, first.facility) == ("UPSN", "1Z999AA10123456784", "AUSTIN, TX")
    assert hub.place is not None
    assert (hub.place.latitude_deg, hub.place.longitude_deg) == pytest.approx((35.15, -90.05))
    assert {scan.weight_g for scan in case.scans} == {408.2}
    assert [(code.code, code.meaning) for code in last.source_codes] == [
        ("SD", "delayed"),
        ("AA", "mis-sort"),
    ]


def test_both_sets_in_one_file_belong_together(desk: Desk) -> None:
    assert len(desk.case(interchange(RETURN, PARCEL)).scans) == 3


def test_several_interchanges_in_one_file_are_read_each_with_its_own_separators(desk: Desk) -> None:
    other = RETURN.replace("RMA-10023", "RMA-10024").replace("1Z 999 AA1 01 2345 6784", "1Z000")
    text = interchange(RETURN) + "\r\n\r\n" + interchange(other, habit=HABITS["pipes and carets"], number=906)

    assert [case.rma.rma_id for case in desk.cases(text)] == ["RMA-10023", "RMA-10024"]


def test_freight_keeps_unknown_codes_leaves_estimates_out_and_converts_kilograms(desk: Desk) -> None:
    text = RETURN.replace("N9*2I*1Z 999 AA1 01 2345 6784", "N9*CN*PRO556677")

    case = desk.case(interchange(text), interchange(FREIGHT, at="20260313 1200"))

    handed, delivered = case.scans
    assert (handed.code, handed.weight_g, handed.handler, handed.is_third_party) == (
        ScanCode.HANDED_OFF,
        12_500.0,
        "RGNL",
        True,
    )
    assert (delivered.code, delivered.weight_g) == (ScanCode.DELIVERED, None)
    assert delivered.source_codes[1].model_dump() == {
        "element": "X12 AT7-02",
        "code": "ZQ",
        "meaning": None,
    }
    told = "\n".join(desk.notes)
    assert "AT7 AG (delivery estimated) announces and does not tell: left out" in told
    assert "AT8 weighs several parcels together: weight left unknown" in told
    assert "X12 AT7-02 code 'ZQ' is not known: kept as it is" in told
    assert "times of AT7 without a zone: taken as UTC; --sender can correct it (2 times)" in told


def test_an_unknown_status_is_a_scan_of_unknown_kind_with_its_code(desk: Desk) -> None:
    (scan, *_) = desk.case(interchange(RETURN), interchange(PARCEL.replace("AT7*AF*NS", "AT7*QQ*NS"))).scans

    assert (scan.code, scan.source_codes[0].code) == (ScanCode.UNKNOWN, "QQ")


def test_a_status_sent_twice_counts_once_and_as_known_since_the_first(desk: Desk) -> None:
    first, again = interchange(PARCEL, at="20260311 1500"), interchange(PARCEL, at="20260312 0900")

    case = desk.case(interchange(RETURN), again, first)

    assert len(case.scans) == 3
    assert {scan.known_at for scan in case.scans} == {datetime(2026, 3, 11, 15, 0, tzinfo=UTC)}


def test_a_status_later_than_its_own_message_is_known_when_it_happens(desk: Desk) -> None:
    case = desk.case(interchange(RETURN), interchange(PARCEL, at="20260310 2000"))

    assert all(scan.known_at is not None and scan.known_at >= scan.time for scan in case.scans)
    assert any("check the time zone" in note for note in desk.notes)


def test_scans_that_belong_to_no_case_are_told(desk: Desk) -> None:
    case = desk.case(interchange(RETURN), interchange(FREIGHT))

    assert case.scans == ()
    (told,) = [note for note in desk.notes if note.startswith("scans that belong to no case: left out")]
    assert "(2 times, first at scans0.x12: segment 7 (AT7) with shipment BOL88" in told


def test_a_line_of_several_units_gives_a_case_a_unit(desk: Desk) -> None:
    line = "BLI*SK*IP14-128*3*EA**559.00\nN9*SE*SER-A\nN9*SE*356938035643809"
    cases = desk.cases(interchange(RETURN.replace("BLI*SK*IP14-128*1*EA**559.00**SN*F2LLX4ABCD", line)))

    assert [case.rma.rma_id for case in cases] == ["RMA-10023.1", "RMA-10023.2", "RMA-10023.3"]
    assert [case.rma.expected_serial for case in cases] == ["SER-A", None, None]
    assert [case.rma.expected_imei for case in cases] == [None, "356938035643809", None]


def test_each_item_line_is_a_case_with_its_own_reason(desk: Desk) -> None:
    text = RETURN + "BLI*SK*RT-9*1*EA**80.00\nRDR*RA*WG\nPID*F****WIFI ROUTER\n"

    phone, router = desk.cases(interchange(text), interchange(PARCEL))

    assert (phone.rma.rma_id, router.rma.rma_id) == ("RMA-10023.1", "RMA-10023.2")
    assert (phone.rma.reason, router.rma.reason) == (ReturnReason.DEFECTIVE, ReturnReason.WRONG_GOODS)
    assert router.rma.device_class is DeviceClass.ROUTER
    assert len(phone.scans) == len(router.scans) == 3


def test_a_corrected_return_keeps_the_reason_given_first(desk: Desk) -> None:
    changed = RETURN.replace("RA*DM*", "RA*WG*")
    text = interchange(RETURN, at="20260310 1000") + interchange(changed, at="20260311 1000", number=906)

    rma = desk.case(text).rma

    assert (rma.first_reason, rma.reason) == (ReturnReason.DEFECTIVE, ReturnReason.WRONG_GOODS)


def test_a_cancelled_return_is_left_out_and_told(desk: Desk) -> None:
    cancelled = RETURN.replace("BGN*00*", "BGN*01*")
    text = interchange(RETURN, at="20260310 1000") + interchange(cancelled, at="20260311 1000", number=906)

    assert desk.cases(text) == []
    assert "return RMA-10023 was cancelled: left out" in desk.notes


def test_what_messages_leave_open_comes_from_the_sender_s_file(desk: Desk) -> None:
    sender = """
version: 1
channel: retail_store
currency: USD
time_zone: UTC
by_id: {CELLMART: {currency: CAD, time_zone: America/Toronto}}
skus: {IP14-128: {device_class: tablet, value: 700, weight_g: 350, accessories: [cable]}}
"""
    text = RETURN.replace("**559.00", "**").replace("*0930*ET", "*0930")

    rma = desk.case(interchange(text), sender=sender).rma

    assert (rma.channel, rma.device_class) == (Channel.RETAIL_STORE, DeviceClass.TABLET)
    assert (rma.value.amount, rma.value.currency, rma.expected_weight_g) == (700, "CAD", 350)
    assert rma.requested_at == datetime(2026, 3, 10, 13, 30, tzinfo=UTC)


def test_the_number_of_the_message_serves_where_no_rma_number_stands(desk: Desk) -> None:
    assert desk.case(interchange(RETURN.replace("N9*RZ*RMA-10023\n", ""))).rma.rma_id == "RQ-77120"


def test_other_transaction_sets_are_left_out_and_told(desk: Desk) -> None:
    assert len(desk.cases(interchange(RETURN, "997\nAK1*AN*1\nAK9*A*1*1*1"))) == 1
    assert "returns.x12: 1 transaction set(s) '997' left out: 180 and 214 are read" in desk.notes


@pytest.mark.parametrize(
    ("code", "hour"), [("UT", 9), ("ED", 13), ("ES", 14), ("PT", 16), ("02", 7), ("23", 11), ("HS", 19)]
)
def test_times_are_read_in_the_zone_they_name(desk: Desk, code: str, hour: int) -> None:
    requested_at = desk.case(interchange(RETURN.replace("*0930*ET", f"*0900*{code}"))).rma.requested_at

    assert requested_at == datetime(2026, 3, 10, hour, 0, tzinfo=UTC)


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
    "text between": (lambda text: text + "thank you", "begins with ISA, not with 'thank you'"),
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
def test_a_wrong_status_is_refused_and_says_segment_and_element(
    desk: Desk, right: str, wrong: str, words: str
) -> None:
    with pytest.raises(InvalidMessage, match=words) as refused:
        desk.cases(interchange(RETURN), interchange(cut(PARCEL, right, wrong)))
    assert str(refused.value).startswith("scans0.x12: ")


@pytest.mark.parametrize(
    ("unit", "given", "weight_g"),
    [("L", "2", 907.2), ("K", "0.5", 500.0), ("G", "640", 640.0), ("KG", "1", 1000.0), ("OZ", "16", 453.6)],
)
def test_weights_become_grams(desk: Desk, unit: str, given: str, weight_g: float) -> None:
    parcel = PARCEL.replace("AT8*G*L*0.9*1", f"AT8*G*{unit}*{given}*1")

    assert desk.case(interchange(RETURN), interchange(parcel)).scans[0].weight_g == weight_g


@pytest.mark.parametrize(
    "weight", ["AT8*G*L*0*1", "AT8*G*Q*4*1", "AT8*G*L*x*1", "AT8*G*L*9999*1", "AT8*B*L*4*1"]
)
def test_a_weight_that_can_not_be_used_is_unknown_and_not_an_error(desk: Desk, weight: str) -> None:
    parcel = PARCEL.replace("AT8*G*L*0.9*1", weight)

    assert desk.case(interchange(RETURN), interchange(parcel)).scans[0].weight_g is None


def test_only_statuses_and_no_return_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidMessage, match="holds no return authorisation"):
        desk.cases(interchange(PARCEL))


def test_letters_beyond_ascii_are_read(desk: Desk) -> None:
    parcel = PARCEL.replace("MS1*AUSTIN*TX*US", "MS1*MONTRÉAL*QC*CAN")

    (scan, *_) = desk.case(interchange(RETURN), interchange(parcel)).scans
    assert (scan.facility, scan.place.country) == ("MONTRÉAL, QC", "CA")


def test_the_moment_of_the_decision_can_be_given(desk: Desk) -> None:
    moment = datetime(2026, 3, 11, 8, tzinfo=UTC)

    (line,) = case_lines(desk.file(interchange(RETURN)), as_of=moment)

    assert json.loads(line)["as_of"] == "2026-03-11T08:00:00Z"
