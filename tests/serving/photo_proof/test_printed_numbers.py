"""Codes in photos are read, compared with what was sold, and never outweigh what a person read."""

from typing import Any

import pytest
from PIL import Image

from data.case import ReturnCase
from data.fraud import Action
from data.identity.comparison import Match
from data.photo_proof import NumberKind, PhotoProof, SuspicionKind
from features.photo.photo import Photo, read_photo
from serving.photo_proof.printed import printed_in
from serving.photo_proof.prove import heed_proof, prove
from tests.serving.clear_return import clear_case, scored
from tests.serving.photo_proof.labels import jpeg, label, with_labels

SOLD, OTHER, SOLD_SERIAL = "356938035643809", "353270071234563", "R58M12ABCDE"
ANOTHER = SuspicionKind.ANOTHER_UNIT


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
    [OTHER, f"IMEI: {OTHER}", f"IMEI1:{OTHER};SN:{SOLD_SERIAL[:-3]}XYZ", "S/N: R58M99ZZZZZ", "R58M12ABCDF"],
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
        "R58M12",
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
    assert [(one.text, one.kind) for one in printed_in(text) if one.kind] == numbers
