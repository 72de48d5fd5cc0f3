"""One odd segment loses its own message and no other, and whoever sent it can be told which."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.inbound import InvalidMessage
from data.inbound.set_aside import SHOWN, SetAsides
from data.rma import ReturnReason
from tests.data.inbound.x12_desk import Desk
from tests.data.inbound.x12_message import PARCEL, RETURN, interchange

OTHER = RETURN.replace("RMA-10023", "RMA-10024").replace("F2LLX4ABCD", "F2LLX4ABCE")
THIRD = RETURN.replace("RMA-10023", "RMA-10025").replace("F2LLX4ABCD", "F2LLX4ABCF")
# A sender who names no RMA number, and calls every message the same.
NAMELESS = RETURN.replace("N9*RZ*RMA-10023\n", "").replace("RQ-77120", "BATCH")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def rma_ids(desk: Desk, text: str, *scans: str) -> list[str]:
    return [case.rma.rma_id for case in desk.cases(text, *scans)]


ODD = {
    "date": ("*20260310*0930*ET", "*20260231*0930*ET", r"\(BGN03\): '20260231' is no date"),
    "time zone": ("*0930*ET", "*0930*ZZ", r"\(BGN05\): time code 'ZZ'"),
    "quantity": ("*1*EA*", "*some*EA*", r"\(BLI03\): quantity 'some'"),
    "price": ("559.00", "559,00x", r"\(BLI06\): price '559,00x' is not a number"),
    "price with an underscore": ("559.00", "5_59", r"\(BLI06\): price '5_59' is not a number"),
    "currency": ("RDR*", "CUR*BY*DOLLAR\nRDR*", r"\(CUR02\): 'DOLLAR' is no currency"),
}


@pytest.mark.parametrize(("right", "wrong", "words"), ODD.values(), ids=ODD)
def test_an_odd_message_between_others_is_set_aside(desk: Desk, right: str, wrong: str, words: str) -> None:
    assert right in OTHER

    assert rma_ids(desk, interchange(RETURN, OTHER.replace(right, wrong), THIRD)) == [
        "RMA-10023",
        "RMA-10025",
    ]
    (aside,) = desk.aside.first
    assert aside.place == "interchange 000000905, transaction set 0002"
    assert re.search(words, aside.reason)


def test_an_odd_status_loses_its_own_message_only(desk: Desk) -> None:
    odd = PARCEL.replace("20260310*1820", "20260231*1820")
    later = PARCEL.replace("*1820*", "*1920*").replace("*0215*", "*0315*").replace("*0630*", "*0730*")

    case = desk.case(interchange(RETURN), interchange(PARCEL, odd, later))

    assert len(case.scans) == 6
    assert [one.place for one in desk.aside.first] == ["interchange 000000905, transaction set 0002"]


def test_where_no_return_can_be_read_the_first_reason_is_that_of_the_file(desk: Desk) -> None:
    wrong = interchange(RETURN.replace("559.00", "LOTS"), OTHER.replace("559.00", "MORE"))

    with pytest.raises(InvalidMessage, match=r"returns.x12: segment 13 .* 'LOTS' .*; 1 more can't be read"):
        desk.cases(wrong)


MISMATCHED = {
    "other count": ("SE*14*0002", "SE*15*0002", r"\(SE01\): says '15' segments, 14 are there"),
    "no count": ("SE*14*0002", "SE**0002", r"\(SE01\): says '' segments"),
    "other number": ("SE*14*0002", "SE*14*0009", r"\(SE02\): control number '0009'"),
    "no trailer": ("SE*14*0002~\n", "", r"SE is missing to end the transaction set 0002, found ST"),
}


@pytest.mark.parametrize(("right", "wrong", "words"), MISMATCHED.values(), ids=MISMATCHED)
def test_a_message_that_does_not_agree_with_its_trailer_loses_no_other(
    desk: Desk, right: str, wrong: str, words: str
) -> None:
    whole = interchange(RETURN, OTHER, THIRD)
    assert right in whole

    assert rma_ids(desk, whole.replace(right, wrong)) == ["RMA-10023", "RMA-10025"]
    (aside,) = desk.aside.first
    assert aside.place == "interchange 000000905, transaction set 0002"
    assert re.search(words, aside.reason)


@pytest.mark.parametrize("beside", ["TA1*000000904*260311*1200*A*000", "ISB*1", "ISE*260311*1200"])
@pytest.mark.parametrize("before", ["GS*", "IEA*"])
def test_what_stands_beside_the_groups_is_passed_over(desk: Desk, beside: str, before: str) -> None:
    whole = interchange(RETURN)

    assert rma_ids(desk, whole.replace(before, f"{beside}~\n{before}")) == ["RMA-10023"]
    assert desk.aside.count == 0


CUT = {
    "miscounted": lambda text: text.replace("SE*14*", "SE*15*"),
    "cut in the middle": lambda text: text[: text.index("MEA")],
    "cut at the front": lambda text: text[text.index("GS*") :],
    "without its end": lambda text: text.replace("IEA*1*000000906~\n", ""),
    "without its separators": lambda text: "ISA" + text[106:],
}


@pytest.mark.parametrize("harm", CUT.values(), ids=CUT)
def test_an_interchange_that_was_cut_is_set_aside_and_the_others_are_read(desk: Desk, harm) -> None:
    cut = harm(interchange(OTHER, number=906))

    assert rma_ids(desk, interchange(RETURN) + cut + interchange(THIRD, number=907)) == [
        "RMA-10023",
        "RMA-10025",
    ]
    assert desk.aside.count >= 1
    assert all(one.reason.startswith("segment ") for one in desk.aside.first)


def test_text_after_an_interchange_is_set_aside(desk: Desk) -> None:
    assert rma_ids(desk, interchange(RETURN) + "thank you") == ["RMA-10023"]
    assert "begins with ISA, not with 'thank you'" in str(desk.aside.first[0])


@pytest.mark.parametrize("count", [1, 3])
def test_acknowledgments_of_earlier_interchanges_are_passed_over(desk: Desk, count: int) -> None:
    acknowledged = "TA1*000000904*260311*1200*A*000~\n" * count + "GS*"

    assert rma_ids(desk, interchange(RETURN).replace("GS*", acknowledged)) == ["RMA-10023"]
    assert desk.aside.count == 0


def test_an_interchange_of_acknowledgments_alone_is_no_fault(desk: Desk) -> None:
    whole = interchange(RETURN)
    alone = f"{whole[:106]}\nTA1*000000904*260311*1200*A*000~\nIEA*0*000000905~\n"

    assert rma_ids(desk, alone + whole) == ["RMA-10023"]
    assert desk.aside.count == 0


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2400", datetime(2026, 3, 11, 0, 0, tzinfo=UTC)),
        ("240000", datetime(2026, 3, 11, 0, 0, tzinfo=UTC)),
        ("0000", datetime(2026, 3, 10, 0, 0, tzinfo=UTC)),
        ("09", datetime(2026, 3, 10, 9, 0, tzinfo=UTC)),
        ("093015", datetime(2026, 3, 10, 9, 30, 15, tzinfo=UTC)),
        ("0930155", datetime(2026, 3, 10, 9, 30, 15, 500_000, tzinfo=UTC)),
    ],
)
def test_times_are_read_to_the_precision_they_have(desk: Desk, written: str, moment: datetime) -> None:
    case = desk.case(interchange(RETURN.replace("*0930*ET", f"*{written}*UT")))

    assert case.rma.requested_at == moment


@pytest.mark.parametrize("written", ["240", "2401", "2460", "9", "093"])
def test_a_time_that_is_none_is_not_guessed(desk: Desk, written: str) -> None:
    with pytest.raises(InvalidMessage, match=rf"\(BGN04\): '{written}' is no time"):
        desk.cases(interchange(RETURN.replace("*0930*ET", f"*{written}*UT")))


def test_a_group_without_a_readable_date_goes_by_its_interchange(desk: Desk) -> None:
    text = interchange(RETURN).replace("RETURNSCO*20260312*1405*905", "RETURNSCO*20261399*1405*905")

    assert desk.case(text).as_of == datetime(2026, 3, 12, 14, 5, tzinfo=UTC)
    assert any("(GS04)" in note and "time of the interchange" in note for note in desk.notes)


def test_prices_are_in_the_currency_that_the_message_names(desk: Desk) -> None:
    text = RETURN.replace("RDR*", "CUR*BY*CAD\nRDR*", 1) + "CUR*BY*MXN\n"

    rma = desk.case(interchange(RETURN.replace("RDR*", "CUR*BY*CAD\nRDR*", 1))).rma
    assert (rma.value.amount, rma.value.currency) == (559.0, "CAD")
    assert not any("without a currency" in note for note in desk.notes)
    assert desk.case(interchange(text)).rma.value.currency == "MXN"
    assert any(
        note.startswith("several currencies (CUR02 MXN, CAD): the first is taken") for note in desk.notes
    )


def test_a_price_of_the_sender_s_file_is_in_that_file_s_currency(desk: Desk) -> None:
    sender = (
        "version: 1\nchannel: retail_store\ncurrency: USD\ntime_zone: UTC\nskus: {IP14-128: {value: 700}}"
    )
    text = RETURN.replace("**559.00", "**").replace("RDR*", "CUR*BY*CAD\nRDR*", 1)

    value = desk.case(interchange(text), sender=sender).rma.value
    assert (value.amount, value.currency) == (700, "USD")


def test_every_default_that_was_taken_is_told(desk: Desk) -> None:
    desk.cases(interchange(RETURN.replace("*0930*ET", "").replace("*1*EA*", "**EA*")))

    told = "\n".join(desk.notes)
    for words in (
        "a 180 names no channel: taken as enterprise_client",
        "prices without a currency (CUR): taken as USD",
        "times of GS without a zone: taken as UTC",
        "times of BGN without a zone: taken as UTC",
        "BGN with a date and no time: taken as its first minute",
        "BLI without a quantity: taken as 1",
        "no --as-of: each return is looked at when the last of it became known",
    ):
        assert words in told


WITHOUT_SERIAL = NAMELESS.replace("**SN*F2LLX4ABCD", "")
SECOND = {
    "serial": (NAMELESS, NAMELESS.replace("F2LLX4ABCD", "F2LLX4ABCE")),
    "date": (NAMELESS, NAMELESS.replace("*20260310*0930", "*20260311*0930")),
    "sku, and no serial": (WITHOUT_SERIAL, WITHOUT_SERIAL.replace("IP14-128", "IP14-256")),
    "reason, and no serial": (WITHOUT_SERIAL, WITHOUT_SERIAL.replace("RA*DM", "RA*WG")),
    "purpose, and no serial": (WITHOUT_SERIAL, WITHOUT_SERIAL.replace("BGN*00", "BGN*05")),
}


@pytest.mark.parametrize(("first", "second"), SECOND.values(), ids=SECOND)
def test_messages_of_one_name_and_other_contents_are_two_returns(desk: Desk, first: str, second: str) -> None:
    text = interchange(first) + interchange(second, number=906, at="20260312 1500")

    assert rma_ids(desk, text) == ["BATCH", "BATCH-906-0001"]
    (told,) = [note for note in desk.notes if "kept apart" in note]
    assert "BGN02" in told
    assert "as BATCH-906-0001" in told


def test_units_of_two_messages_are_all_scored(desk: Desk) -> None:
    five = NAMELESS.replace("BLI*SK*IP14-128*1*EA**559.00**SN*F2LLX4ABCD", "BLI*SK*IP14-128*5*EA**559.00")
    later = five.replace("*20260310*0930", "*20260311*0930")

    cases = rma_ids(desk, interchange(five) + interchange(later, number=906))

    assert len(set(cases)) == 10
    assert cases[5:] == [f"BATCH-906-0001.{unit}" for unit in range(1, 6)]


def test_another_sender_s_number_is_another_return(desk: Desk) -> None:
    other = interchange(RETURN.replace("**SN*F2LLX4ABCD", ""), number=906).replace("CELLMART ", "OTHERMART")

    assert rma_ids(desk, interchange(RETURN) + other) == ["RMA-10023", "RMA-10023-906-0001"]


def test_an_rma_number_with_another_serial_is_another_return_unless_it_says_that_it_corrects(
    desk: Desk,
) -> None:
    other = RETURN.replace("F2LLX4ABCD", "F2LLX4ABCE")
    corrected = other.replace("BGN*00", "BGN*04")

    assert len(desk.cases(interchange(RETURN) + interchange(other, number=906))) == 2
    case = desk.case(interchange(RETURN) + interchange(corrected, number=906, at="20260312 1500"))
    assert case.rma.expected_serial == "F2LLX4ABCE"
    assert any(note.startswith("returns said again in other words: the latest") for note in desk.notes)


@pytest.mark.parametrize("message", [RETURN, NAMELESS, WITHOUT_SERIAL])
def test_a_message_sent_three_times_is_one_return(desk: Desk, message: str) -> None:
    copies = [interchange(message, number=number, at="20260312 1500") for number in (905, 906, 907)]

    assert len(desk.cases("".join(copies))) == 1
    assert any(note.startswith("returns sent again: counted once (2 times") for note in desk.notes)


def test_a_cancellation_ends_the_return_that_it_names_and_no_other(desk: Desk) -> None:
    other = NAMELESS.replace("F2LLX4ABCD", "F2LLX4ABCE")
    cancelled = other.replace("BGN*00", "BGN*01")
    text = "".join(
        interchange(message, number=number, at=f"20260312 0{number}")
        for message, number in ((NAMELESS, 110), (other, 120), (cancelled, 130))
    )

    case = desk.case(text)
    assert case.rma.expected_serial == "F2LLX4ABCD"
    assert "return BATCH-130-0001 was cancelled: left out" in desk.notes


def test_what_a_later_message_says_does_not_count_before_it_was_known(desk: Desk) -> None:
    cancelled = interchange(RETURN.replace("BGN*00", "BGN*01"), number=906, at="20260314 0900")
    changed = interchange(RETURN.replace("RA*DM", "RA*WG"), number=907, at="20260315 0900")

    case = desk.case(interchange(RETURN) + cancelled + changed, as_of=datetime(2026, 3, 13, tzinfo=UTC))

    assert case.rma.reason is ReturnReason.DEFECTIVE
    assert any("known after as_of: they do not count (2 times" in note for note in desk.notes)


def test_only_the_first_are_named_and_all_are_counted() -> None:
    aside = SetAsides()
    for number in range(SHOWN + 7):
        aside.add("file", f"case {number}", "file: is odd")

    lines = aside.lines()
    assert lines[0] == "set aside: file: case 0: is odd"
    assert len(lines) == SHOWN + 1
    assert lines[-1] == f"{SHOWN + 7} set aside in all; the first {SHOWN} are named"
