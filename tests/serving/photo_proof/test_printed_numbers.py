"""Codes in photos are read, compared with what was sold, and never outweigh what a person read."""

from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image

from data.case import ReturnCase, parse_case
from data.condition import Box
from data.fraud import Action
from data.identity.comparison import Match
from data.proof.proof import NumberKind, PhotoProof, SuspicionKind
from features.photo.photo import Photo, read_photo
from serving.photo_proof.printed import printed_in
from serving.photo_proof.printed_codes import Code
from serving.photo_proof.prove import heed_proof, prove
from tests.serving.clear_return import clear_case, scored
from tests.serving.photo_proof.labels import jpeg, label, with_labels

SOLD, OTHER, SOLD_SERIAL = "356938035643809", "353270071234563", "R58M12ABCDE"
ANOTHER = SuspicionKind.ANOTHER_UNIT
LATER = datetime(2026, 3, 9, tzinfo=UTC)


def photo_of(*texts: str, symbology: str = "Code128") -> Photo:
    return read_photo(jpeg(with_labels(*(label(text, symbology) for text in texts))))


def case_with(verification: dict[str, Any] | None = None, **rma: Any) -> ReturnCase:
    return clear_case(verification, **{"expected_imei": SOLD, "expected_serial": SOLD_SERIAL, **rma})


def proof_of(case: ReturnCase, *photos: Photo) -> PhotoProof:
    return prove(case, photos) or PhotoProof()


def suspected(proof: PhotoProof) -> set[SuspicionKind]:
    return {suspicion.kind for suspicion in proof.suspicions}


@pytest.mark.parametrize("symbology", ["Code128", "Code39", "QRCode", "DataMatrix", "PDF417", "Aztec"])
def test_the_number_that_was_sold_is_found_with_its_place(symbology: str) -> None:
    blank = read_photo(jpeg(Image.new("RGB", (640, 480), "white")))
    [number] = proof_of(case_with(), blank, photo_of(SOLD_SERIAL, symbology=symbology)).numbers

    assert (number.photo, number.kind, number.match) == (1, NumberKind.SERIAL, Match.SAME)
    assert number.text == SOLD_SERIAL
    assert 0.05 < number.box.left < 0.15
    assert 0 < number.box.top < 0.2


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_it_is_read_however_the_label_lies(turns: int) -> None:
    image = with_labels(label(SOLD)).rotate(90 * turns, expand=True)

    assert [each.text for each in proof_of(case_with(), read_photo(jpeg(image))).numbers] == [SOLD]


@pytest.mark.parametrize(
    "text",
    [OTHER, f"IMEI: {OTHER}", f"IMEI1:{OTHER};SN:{SOLD_SERIAL[:-3]}XYZ", f"(8002){OTHER}"],
)
def test_another_unit_is_suspected_and_reviewed(text: str) -> None:
    case = case_with()
    proof = proof_of(case, photo_of(text, symbology="QRCode"))
    heeded = heed_proof(scored(), case, proof)

    assert suspected(proof) == {ANOTHER}
    assert heeded.action is Action.REVIEW
    assert heeded.reasons[0].code == "photo_proof"
    assert "photo 1 shows" in heeded.reasons[0].text
    assert "photo" not in heeded.reasons[0].customer_text
    assert heeded.probability == scored().probability


def test_a_label_that_also_names_the_sold_unit_is_no_suspicion() -> None:
    proof = proof_of(case_with(), photo_of(OTHER, SOLD))

    assert {number.match for number in proof.numbers} == {Match.SAME, Match.OTHER}
    assert proof.suspicions == ()


@pytest.mark.parametrize("read", [{"observed_imei": SOLD}, {"observed_serial": SOLD_SERIAL}])
def test_what_a_person_read_outweighs_what_a_photo_shows(read: dict[str, Any]) -> None:
    case = case_with(read)
    proof = proof_of(case, photo_of(OTHER))

    assert suspected(proof) == {ANOTHER}
    assert heed_proof(scored(), case, proof) == scored()


def test_what_a_person_read_wrongly_outweighs_nothing() -> None:
    case = case_with({"observed_imei": OTHER})

    assert heed_proof(scored(), case, proof_of(case, photo_of(OTHER))).action is Action.REVIEW


@pytest.mark.parametrize(
    "text",
    [
        "961207710009254",  # a tracking number whose last digit would do for an IMEI
        "4006381333931",
        "89490200001234567890",
        "https://example.org/setup?token=secret",
        "Jo Doe, 1 Main Street",
        "Jo Doe (21) 98765-4321",
        "(21)Jo Doe, 1 Main Street",
        "S/N: 8SSA10E75843L1GZ",
        "Receipt;SN:00012345;total",
        "R58M12",
        "353270071234569",  # the check digit is wrong
    ],
)
def test_a_code_that_names_nothing_of_the_return_is_not_kept(text: str) -> None:
    assert prove(case_with(), [photo_of(text, symbology="QRCode")]) is None


def test_a_code_without_a_check_of_its_own_accuses_nobody() -> None:
    assert prove(case_with(), [photo_of("R58M12ABCDF", symbology="Code39")]) is None


@pytest.mark.parametrize("sold", [{"expected_imei": None, "expected_serial": None}])
def test_without_a_number_sold_nothing_is_suspected(sold: dict[str, Any]) -> None:
    assert prove(case_with(**sold), [photo_of(OTHER)]) is None


def test_an_imei_in_the_serial_field_is_compared_as_one() -> None:
    proof = proof_of(case_with(expected_imei=None, expected_serial=SOLD), photo_of(SOLD))

    assert {number.match for number in proof.numbers} == {Match.SAME}


@pytest.mark.parametrize("text", ["356938031123459", "356938035643817"])
def test_a_number_of_the_same_model_may_be_the_second_of_the_phone(text: str) -> None:
    one, both = case_with(), case_with(expected_imeis=[SOLD, "356938035643825"])

    [told] = proof_of(one, photo_of(text)).numbers
    assert told.match is not Match.SAME
    assert suspected(proof_of(one, photo_of(text))) == set()
    assert suspected(proof_of(both, photo_of(text))) == ({ANOTHER} if told.match is Match.OTHER else set())


@pytest.mark.parametrize(
    "text",
    [
        f'{{"name":"Jo Doe","address":"1 Main Street","sn":"{SOLD_SERIAL}"}}',
        f"Jo Doe, 1 Main Street, Toronto; SN: {SOLD_SERIAL}; jo@example.org",
        f"https://shop.example/r?email=jo%40example.org&sn={SOLD_SERIAL}&token=secret",
        f"[)>\x1e06\x1dS{SOLD_SERIAL}\x1d1P12345678",
    ],
)
def test_of_a_code_that_names_the_sold_unit_nothing_else_is_kept(text: str) -> None:
    numbers = proof_of(case_with(), photo_of(text, symbology="QRCode")).numbers

    assert {(number.text.removeprefix("S"), number.match) for number in numbers} == {
        (SOLD_SERIAL, Match.SAME)
    }


def test_one_photo_can_not_fill_a_decision() -> None:
    many = [
        photo_of(
            *(f"IMEI:{OTHER};" + ",".join(f"SN:A{n}12345{m}" for m in range(9)) for n in range(3)),
            symbology="QRCode",
        )
    ]
    case = case_with()
    proof = proof_of(case, *many)

    assert len(proof.numbers) == 20
    assert "more (asks for a review)" in heed_proof(scored(), case, proof).reasons[0].text


def test_the_sold_number_is_found_among_many_codes() -> None:
    others = (label(f"ITEM-{n:04}", "QRCode", 2) for n in range(25))
    photo = read_photo(jpeg(with_labels(*others, label(SOLD), size=(1_200, 3_000))))

    assert [number.match for number in proof_of(case_with(), photo).numbers] == [Match.SAME]


def test_what_became_known_later_neither_accuses_nor_clears() -> None:
    late = {"known_at": {"expected_imei": "2026-03-09T00:00:00Z"}}
    scan = {"code": "delivered", "time": "2026-03-07T09:00:00Z", "tracking_id": OTHER}
    case = case_with()
    cleared = parse_case({**case.model_dump(mode="json", exclude_none=True), "scans": [scan]})
    later = cleared.model_copy(update={"scans": (cleared.scans[0].model_copy(update={"known_at": LATER}),)})

    assert prove(clear_case(expected_imei=SOLD, **late), [photo_of(OTHER)]) is None
    assert suspected(proof_of(cleared, photo_of(OTHER))) == set()
    assert suspected(proof_of(later, photo_of(OTHER))) == {ANOTHER}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (f"(01)09506000134352(21){SOLD_SERIAL}", [(SOLD_SERIAL, NumberKind.SERIAL)]),
        (f"(8002){SOLD}", [(SOLD, NumberKind.IMEI)]),
        (f"IMEI:{SOLD},S/N: {SOLD_SERIAL}", [(SOLD, NumberKind.IMEI), (SOLD_SERIAL, NumberKind.SERIAL)]),
        ("IMEI:123456,SN:AB", []),
    ],
)
def test_a_code_tells_what_its_numbers_are(text: str, numbers: list[tuple[str, NumberKind]]) -> None:
    code = Code(0, "QR Code", text, Box(0.1, 0.1, 0.2, 0.2), is_gs1=True)

    assert [(one.text, one.kind) for one in printed_in(code) if one.kind] == numbers


def test_brackets_say_nothing_outside_of_gs1() -> None:
    code = Code(0, "QR Code", f"(21){SOLD_SERIAL}", Box(0.1, 0.1, 0.2, 0.2))

    assert [one.kind for one in printed_in(code)] == [None]
