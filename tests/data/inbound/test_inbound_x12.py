"""X12 comes in many spellings and means the same: cases from 180, scans from 214, joined by their numbers."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.device import DeviceClass
from data.inbound import InvalidMessage, case_lines
from data.inbound.codes import code_tables
from data.rma import Channel, ReturnReason
from data.scan import ScanCode
from tests.data.inbound.good_lines import good_lines
from tests.data.inbound.x12_desk import Desk
from tests.data.inbound.x12_message import FREIGHT, HABITS, PARCEL, RETURN, Habit, interchange


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


REASONS = {
    "CO": ReturnReason.ORDERING_ERROR,
    "DM": ReturnReason.DEFECTIVE,
    "DR": ReturnReason.DEFECTIVE,
    "NA": ReturnReason.NOT_AS_EXPECTED,
    "WG": ReturnReason.WRONG_GOODS,
}


@pytest.mark.parametrize(
    ("code", "reason"), [*REASONS.items(), ("LP", ReturnReason.UNKNOWN), ("", ReturnReason.UNKNOWN)]
)
def test_the_reason_follows_the_code(desk: Desk, code: str, reason: ReturnReason) -> None:
    assert desk.case(interchange(RETURN.replace("RA*DM*", f"RA*{code}*"))).rma.reason is reason


def test_every_code_with_a_reason_of_ours_is_tried_above() -> None:
    """A code that gains or loses its reason in codes.yaml does so in REASONS too."""
    read = code_tables().x12_180["RDR02"]

    assert {code: entry.reason for code, entry in read.items() if entry.reason} == REASONS


def test_every_class_that_has_a_name_is_found_in_a_description() -> None:
    """Without a word in codes.yaml a return of the class is refused, unless its sender says what it sells."""
    assert set(DeviceClass) - set(code_tables().device_words.values()) == {DeviceClass.OTHER}


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


def test_the_amount_of_a_line_is_shared_out_over_its_units(desk: Desk) -> None:
    line = "BLI*SK*IP14-128*4*EA\nAMT*1*1000"
    cases = desk.cases(interchange(RETURN.replace("BLI*SK*IP14-128*1*EA**559.00**SN*F2LLX4ABCD", line)))

    assert [case.rma.value.amount for case in cases] == [250.0] * 4


def test_a_serial_number_in_the_header_is_that_of_the_only_line(desk: Desk) -> None:
    text = RETURN.replace("**SN*F2LLX4ABCD", "").replace("N9*2I*", "N9*SE*F2LLX4ABCD\nN9*2I*")
    two = text + "BLI*SK*RT-9*1*EA**80.00\n"

    assert desk.case(interchange(text)).rma.expected_serial == "F2LLX4ABCD"
    assert [case.rma.expected_serial for case in desk.cases(interchange(two))] == [None, None]


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
    assert scan.place is not None
    assert (scan.facility, scan.place.country) == ("MONTRÉAL, QC", "CA")


def test_the_moment_of_the_decision_can_be_given(desk: Desk) -> None:
    moment = datetime(2026, 3, 11, 8, tzinfo=UTC)

    (line,) = good_lines(desk.file(interchange(RETURN)), as_of=moment)

    assert json.loads(line)["as_of"] == "2026-03-11T08:00:00Z"


def test_a_return_asked_for_after_that_moment_is_left_out_and_told(desk: Desk) -> None:
    told: list[str] = []
    before = datetime(2026, 3, 10, 8, tzinfo=UTC)

    assert list(case_lines(desk.file(interchange(RETURN)), as_of=before, tell=told.append)) == []
    assert "returns asked for after 2026-03-10T08:00:00+00:00: left out, at RMA-10023" in told


def test_each_serial_number_of_a_line_is_a_unit(desk: Desk) -> None:
    two = RETURN.replace("F2LLX4ABCD", "F2LLX4ABCD*SN*F2LLX4ABCE")

    cases = desk.cases(interchange(two))

    assert [case.rma.expected_serial for case in cases] == ["F2LLX4ABCD", "F2LLX4ABCE"]
    assert any(note.startswith("lines with more serial numbers than units") for note in desk.notes)


@pytest.mark.parametrize(
    ("added", "field"), [("N1*BY*CAFÉ CENTRAL", "customer_id"), ("PRF*BESTELLUNG-Ä1", "order_id")]
)
def test_a_name_that_is_no_identifier_is_left_unknown_and_told(desk: Desk, added: str, field: str) -> None:
    lines = [line for line in RETURN.splitlines() if not line.startswith(("N1*BY", "PRF", "N9*PO"))]
    at = next(place for place, line in enumerate(lines) if line.startswith("BLI"))

    case = desk.case(interchange("\n".join([*lines[:at], added, *lines[at:]])))

    assert getattr(case.rma, field) is None
    assert any("is no identifier of visible ASCII: left unknown" in note for note in desk.notes)


def test_what_a_return_does_not_say_clearly_is_told(desk: Desk) -> None:
    odd = RETURN.replace("N9*RZ*RMA-10023", "N9*RZ*RMA-10023\nN9*RZ*RMA-10099")
    odd = re.sub(r"RDR\*\w*\*\w*", "RDR*QQ*ZZ", odd)

    case = desk.case(interchange(odd))

    assert case.rma.rma_id == "RMA-10023"
    assert any(note.startswith("several RMA numbers (RZ RMA-10023, RMA-10099)") for note in desk.notes)
    assert any(note.startswith("X12 RDR01 code 'QQ' is not known") for note in desk.notes)
    assert any(note.startswith("X12 RDR02 code 'ZZ' is not known") for note in desk.notes)
