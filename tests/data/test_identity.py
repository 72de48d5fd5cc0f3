"""One device is known however its numbers were written, and another one is never taken for it."""

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data.identity.comparison import (
    Identity,
    Match,
    compare,
    compare_imeis,
    compare_serials,
    key_of,
    keys_of,
    plain_serial,
)
from data.identity.imei import is_imei, read_number, require_digits
from data.identity.serial import SURE_LENGTH

SERIAL = "KT4V70B9N21"
IMEI, SECOND, OTHER = "352099001761481", "352099001761499", "490154203237518"
LETTERS = string.ascii_uppercase + string.digits
CONFUSED = str.maketrans("OIBS", "0185")

serials = st.text(LETTERS, min_size=SURE_LENGTH, max_size=16).filter(
    lambda text: compare_serials(text, text).passes
)
written = st.text([chr(code) for code in range(0x21, 0x7F)] + [" "], min_size=1, max_size=24)


@pytest.mark.parametrize(
    "read",
    [
        *("kt4v70b9n21", "KT4V-70B9-N21", "KT4V 70B9 N21", "KT4V.70B9/N21"),
        *("SKT4V70B9N21", "1SKT4V70B9N21", "21KT4V70B9N21", "SNKT4V70B9N21"),
        *("S/N:KT4V70B9N21", "S/N: KT4V70B9N21", "SN: KT4V70B9N21", "s/n kt4v70b9n21", "SN-KT4V70B9N21"),
        *(
            "Serial No. KT4V70B9N21",
            "SERIAL NUMBER: KT4V70B9N21",
            "Serial#KT4V70B9N21",
            "Ser. No. KT4V70B9N21",
        ),
        *("(21)KT4V70B9N21", "(01)04912345678904(21)KT4V70B9N21", "010491234567890421KT4V70B9N21"),
        *("https://id.gs1.org/01/04912345678904/21/KT4V70B9N21", "]C121KT4V70B9N21"),
        *("21SKT4V70B9N21", "30SKT4V70B9N21", "SNo KT4V70B9N21", "SER#KT4V70B9N21", "SSN:KT4V70B9N21"),
        *("Serien-Nr. KT4V70B9N21", "No. KT4V70B9N21", "Serial=KT4V70B9N21", "N/S: KT4V70B9N21"),
        *(
            "MODEL:QX7 SN:KT4V70B9N21",
            "P/N:QX7,S/N:KT4V70B9N21",
            "SN:KT4V70B9N21;P/N:QX7",
            "PN QX7 SN KT4V70B9N21",
        ),
        *(
            "SN: KT4V 70B9 N21 MAC: 001122334455",
            '{"sn":"KT4V70B9N21"}',
            "IMEI: 352099001761481 SN: KT4V70B9N21",
        ),
        *("https://plate.example/d?sn=KT4V70B9N21&m=2", "urn:epc:id:sgtin:0491234.067890.KT4V70B9N21"),
        *("KT4V70B9N21KT4V70B9N21", "KT4V70B9N21 KT4V70B9N21", "KT4V70B9N21/KT4V70B9N21"),
        *("0KT4V70B9N21", "000KT4V70B9N21", "KT4V7OB9N21", "KT4V7089N21", "KT4V70B9N2I", "KT4V70B9N2l"),
    ],
)
def test_a_serial_is_the_same_however_it_was_written(read: str) -> None:
    assert compare_serials(SERIAL, read).match is Match.SAME
    assert compare_serials(read, SERIAL).match is Match.SAME


@pytest.mark.parametrize("read", ["74128853", "S74128853", "SN0074128853", "S/N:74128853", "S000074128853"])
def test_a_scanner_may_add_its_identifier_and_drop_the_zeros(read: str) -> None:
    assert compare_serials("0074128853", read).match is Match.SAME
    assert compare_serials(read, "0074128853").match is Match.SAME
    assert not compare_serials("0074128854", read).passes


@pytest.mark.parametrize(
    "read",
    ["MODEL:QX7 SN:KT4V70B9N22", "21SKT4V70B9N22", "KT4V70B9N22KT4V70B9N22", "S/N:KT4V70B9N22;P/N:QX7"],
)
def test_the_neighbour_stays_the_neighbour_behind_any_label(read: str) -> None:
    assert not compare_serials(SERIAL, read).passes


@pytest.mark.parametrize(
    ("read", "why"),
    [
        ("KT4V70B9N22", "differs in one place: read it again"),
        ("XT4V70B9N21", "differs in one place: read it again"),
        ("0T4V70B9N21", "differs in one place: read it again"),
        ("SKT4V70B9N22", "differs in one place: read it again"),
        ("KT4V70B9N12", "has two characters swapped: read it again"),
    ],
)
def test_one_character_exchanged_may_be_the_neighbour_and_does_not_pass(read: str, why: str) -> None:
    found = compare_serials(SERIAL, read)

    assert (found.match, found.why, found.passes) == (Match.SLIP, why, False)


@pytest.mark.parametrize("read", ["KT4V70B9N2", "T4V70B9N21", "KT4V700B9N21", "KT4V70B9N211", "XKT4V70B9N21"])
def test_one_character_more_or_less_is_a_slip_that_passes(read: str) -> None:
    found = compare_serials(SERIAL, read)

    assert (found.match, found.passes) == (Match.SLIP, True)


@pytest.mark.parametrize(("sold", "read"), [("1023", "10234"), ("A17", "A7"), ("99812", "9981")])
def test_a_short_serial_with_one_character_more_may_be_another_unit(sold: str, read: str) -> None:
    found = compare_serials(sold, read)

    assert (found.match, found.passes) == (Match.SLIP, False)


@pytest.mark.parametrize("read", ["KT4V88C2M07", "ZZ99YY88XX7", "KT4V", "KT4V70B9N2177", "KT4V70B8N22"])
def test_a_serial_that_differs_in_many_places_is_another_unit(read: str) -> None:
    assert compare_serials(SERIAL, read).match is Match.OTHER


@pytest.mark.parametrize(
    "read",
    [
        *("N/A", "none", "Unknown", "-----", "0000000", "XXXX", "S/N:", "To be filled by O.E.M.", None),
        *("NO SN", "see label", "TBA", "not legible", "no read", "0123456789", "#N/A", "label missing"),
    ],
)
def test_what_is_no_serial_can_not_be_compared_and_clears_nothing(read: str | None) -> None:
    for found in (compare_serials(SERIAL, read), compare_serials(read, SERIAL), compare_serials(read, read)):
        assert (found.match, found.passes) == (Match.NOT_COMPARABLE, False)


@pytest.mark.parametrize(
    ("typed", "sold"), [("12l345", "12L345"), ("12l345", "121345"), ("kl4v70", "KL4V70")]
)
def test_a_small_l_is_read_as_l_and_as_one(typed: str, sold: str) -> None:
    assert compare_serials(sold, typed).match is Match.SAME


@given(written, written)
def test_the_order_of_two_serials_does_not_matter(one: str, other: str) -> None:
    there, back = compare_serials(one, other), compare_serials(other, one)

    assert (there.match, there.why, there.passes) == (back.match, back.why, back.passes)


@given(written)
def test_a_serial_spelled_plainly_stays_as_it_is(serial: str) -> None:
    plain = plain_serial(serial)

    assert plain_serial(plain) == plain
    assert key_of(key_of(serial)) == key_of(serial)


@given(serials, st.integers(0, 16), st.sampled_from(LETTERS))
def test_an_inserted_or_lost_character_never_makes_another_unit(serial: str, place: int, letter: str) -> None:
    longer = serial[:place] + letter + serial[place:]
    assume(compare_serials(longer, longer).passes)

    assert compare_serials(serial, longer).passes
    assert compare_serials(longer, serial).passes


@given(serials, st.integers(0, 15), st.sampled_from(LETTERS))
def test_an_exchanged_character_passes_only_where_readers_confuse_it(
    serial: str, place: int, letter: str
) -> None:
    at = place % len(serial)
    changed = serial[:at] + letter + serial[at + 1 :]
    assume(compare_serials(changed, changed).passes)

    is_confused = changed.translate(CONFUSED) == serial.translate(CONFUSED)
    assert compare_serials(serial, changed).passes is is_confused


@given(serials, serials)
def test_two_serials_of_one_length_pass_only_if_every_place_agrees(one: str, other: str) -> None:
    length = min(len(one), len(other))
    one, other = one[:length], other[:length]
    assume(compare_serials(one, one).passes and compare_serials(other, other).passes)

    assert compare_serials(one, other).passes is (one.translate(CONFUSED) == other.translate(CONFUSED))


@pytest.mark.parametrize(
    "printed",
    [
        *(
            "352099001761481",
            "35209900176148",
            "3520990017614801",
            "35-209900-176148-1",
            "35 209900 176148 1",
        ),
        *("35/209900/176148/1", "352099001761481/01", "352099001761481 / 01", "IMEI: 35-209900-176148-1"),
        *("352099001761481-01", "35 209900 176148 1  01", "IMEI1: 352099001761481", "IMEI 2 352099001761481"),
        *(
            "IMEI=352099001761481",
            "IMEI No. 352099001761481",
            "IMEI/MEID: 352099001761481",
            "IMEI (1): 352099001761481",
        ),
        *("IMEISV: 3520990017614801", "(8002)352099001761481", "8002352099001761481"),
        *("https://id.gs1.org/8002/352099001761481", "35209900I76I48I", "3520990O1761481", "352O99OO176148l"),
    ],
)
def test_an_imei_names_the_same_phone_in_every_print(printed: str) -> None:
    number = read_number(printed)

    assert number is not None
    assert (number.body, number.tac) == ("35209900176148", "35209900")
    assert compare_imeis([IMEI], [printed]).match is Match.SAME


@pytest.mark.parametrize(
    "printed",
    [
        *("af 01 23 45 0a bc de", "AF0123450ABCDE", "AF0123450ABCDE3", "293608736500703710"),
        *("MEID: AF0123450ABCDE", "MEID 293608736500703710", "2936087365007037106"),
    ],
)
def test_a_meid_is_the_same_in_decimal_and_hexadecimal(printed: str) -> None:
    assert compare_imeis(["AF-012345-0ABCDE"], [printed]).match is Match.SAME


@pytest.mark.parametrize(
    "text",
    ["", "35209900176", "35209900176148123", "AF0123450ABCDEF0", "123456789012345678901", "GG012345678901"],
)
def test_what_has_another_length_is_no_imei(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "fails"),
    [(IMEI, False), ("352099001761482", True), ("35209900176148", None), (IMEI + "/01", False)],
)
def test_a_wrong_check_digit_is_evidence_and_no_refusal(text: str, fails: bool | None) -> None:
    number = read_number(text)

    assert number is not None
    assert number.check_fails is fails
    assert is_imei(text) is (fails is False)


@pytest.mark.parametrize(
    ("sold", "read", "match"),
    [
        ([IMEI, SECOND], [SECOND], Match.SAME),
        ([SECOND], [IMEI, SECOND], Match.SAME),
        ([IMEI], [SECOND], Match.SLIP),
        ([IMEI], [OTHER], Match.OTHER),
        ([IMEI], ["35209900176141"], Match.SLIP),
        ([IMEI], ["35209900176184"], Match.SLIP),
        ([IMEI], ["35209900176141" + "48"], Match.SLIP),
        ([IMEI], ["000000000000000"], Match.OTHER),
        (["000000000000000"], ["000000000000000"], Match.NOT_COMPARABLE),
        ([IMEI], ["AF0123450ABCDE"], Match.NOT_COMPARABLE),
        ([IMEI], [], Match.NOT_COMPARABLE),
    ],
)
def test_any_imei_in_common_is_a_match_and_a_neighbour_is_none(
    sold: list[str], read: list[str], match: Match
) -> None:
    found = compare_imeis(sold, read)

    assert found.match is match
    assert found.passes is (match is Match.SAME)


@pytest.mark.parametrize(("sold", "read"), [(IMEI, "0" + IMEI), ("013209900176140", "13209900176140")])
def test_a_zero_in_front_that_was_added_or_lost_is_no_other_phone(sold: str, read: str) -> None:
    assert compare_imeis([sold], [read]).match is Match.SAME
    assert compare_imeis([read], [sold]).match is Match.SAME


@pytest.mark.parametrize("text", ["3520990O1761482", "352O99001761480", "35209900176I482"])
def test_letters_in_an_imei_are_read_only_where_the_check_digit_proves_them(text: str) -> None:
    assert read_number(text) is None
    with pytest.raises(ValueError, match="check digit is wrong: read it again"):
        require_digits(text)


def unit(serial: str | None = None, *imeis: str) -> Identity:
    return Identity(serial, imeis)


@pytest.mark.parametrize(
    ("sold", "read"),
    [
        (unit(SERIAL, IMEI), unit(IMEI)),
        (unit(SERIAL, IMEI), unit("35-209900-176148-1")),
        (unit(SERIAL, IMEI), unit("IMEI1: 352099001761481")),
        (unit(SERIAL, IMEI), unit("0352099001761481")),
        (unit(SERIAL, IMEI), unit("see label", IMEI)),
        (unit(SERIAL, IMEI, SECOND), unit(SECOND, IMEI)),
        (unit(IMEI), unit("3520990017614801")),
        (unit(IMEI), unit(SERIAL, IMEI)),
        (unit(SERIAL, IMEI), unit("N/A", IMEI)),
        (unit(SERIAL, IMEI), unit(SERIAL, "AF0123450ABCDE")),
        (unit(SERIAL), unit(None, IMEI)),
        (unit("N/A"), unit("N/A")),
        (unit(), unit(SERIAL, IMEI)),
    ],
)
def test_nothing_is_held_against_one_device(sold: Identity, read: Identity) -> None:
    assert compare(sold, read).objection is None


@pytest.mark.parametrize(
    ("sold", "read", "match"),
    [
        (unit(SERIAL, IMEI), unit(SERIAL, OTHER), Match.OTHER),
        (unit(SERIAL, IMEI), unit("ZZ99YY88XX7", IMEI), Match.OTHER),
        (unit(SERIAL, IMEI), unit(OTHER), Match.OTHER),
        (unit(SERIAL, IMEI), unit("KT4V70B9N22", IMEI), Match.SLIP),
        (unit(SERIAL), unit(IMEI), Match.NOT_COMPARABLE),
        (unit(SERIAL), unit("N/A"), Match.NOT_COMPARABLE),
        (unit("N/A"), unit(SERIAL), Match.NOT_COMPARABLE),
        (unit(IMEI), unit(SERIAL), Match.NOT_COMPARABLE),
        (unit(None, IMEI), unit(None, "AF0123450ABCDE"), Match.NOT_COMPARABLE),
    ],
)
def test_a_difference_outweighs_a_match_and_the_incomparable_clears_nothing(
    sold: Identity, read: Identity, match: Match
) -> None:
    against = compare(sold, read).objection

    assert against is not None
    assert against.match is match
    assert against.expected
    assert against.observed


def test_serials_of_fifteen_digits_stay_serials() -> None:
    """One in ten passes for an IMEI by chance, and its neighbours do not."""
    found = compare(unit("352099001761481"), unit("352099001764567"))

    assert found.serial.match is Match.OTHER


@given(st.builds(unit, st.none() | written, st.sampled_from([IMEI, SECOND, OTHER])))
def test_a_device_is_never_held_against_itself(identity: Identity) -> None:
    assert compare(identity, identity).objection is None


@pytest.mark.parametrize("read", ["352099001761481", "35-209900-176148-1", "35209900176148"])
def test_a_unit_is_found_under_its_imei_in_any_print(read: str) -> None:
    assert key_of(read) in keys_of(unit(SERIAL, "3520990017614801"))


@pytest.mark.parametrize("sold", ["SKT4V70B9N21", "S/N: kt4v70b9n21", "0KT4V70B9N21", "(21)KT4V-70B9-N21"])
def test_a_unit_is_found_under_its_serial_however_it_was_sold(sold: str) -> None:
    assert key_of("KT4V7OB9N21") in keys_of(unit(sold))
    assert key_of("KT4V70B9N22") not in keys_of(unit(sold))
