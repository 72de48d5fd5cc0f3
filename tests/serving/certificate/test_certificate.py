"""A certificate says what was read and seen, hides who returned it, and is the same each time."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from data.condition import Assurance, Box, DefectFinding, Standing
from data.decision import Decision
from data.defect import DefectKind, Grade, Severity
from data.device import DeviceClass, Surface
from data.verification import SanitisationState
from serving.certificate.certificate import NothingToCertify, certificate_values, certify
from serving.certificate.pages import certificate_pdf
from serving.condition.overlay.overlay import mark_photo
from serving.disposition.decide import dispose
from serving.disposition.evidence import Evidence
from serving.disposition.policy import open_policy
from serving.record.entry import Kept, canonical_json, case_document, content_sha256, trace_photo
from tests.serving.clear_return import clear_case, photographed, scored

POLICY = open_policy()
SCRATCH = DefectFinding(
    kind=DefectKind.SCRATCH,
    surface=Surface.FRONT,
    photo=0,
    probability=0.998,
    box=Box(0.25, 0.25, 0.5, 0.1),
    severity=Severity.VISIBLE,
    length_mm=12.34,
    area_mm2=4.6,
)
ASSURANCE = Assurance(0.8, 0.1, 0.2, 0.95, 300, "drawn devices")


def kept(
    grade: Grade | None = Grade.B,
    verification: dict[str, Any] | None = None,
    rma: dict[str, Any] | None = None,
) -> Kept:
    case = clear_case(verification, **(rma or {}))
    condition = replace(
        photographed(grade),
        deciding_limit="scratch 12.3 mm on front > 7 mm: B, not A",
        defects=(SCRATCH,),
        standards={"r2_cosmetic": Standing("C3", "scratch 12.3 mm on front > 10 mm: C3, not C4", "1")},
        criteria={"name": "house", "version": "2", "sha256": "5" * 64},
        assurance=ASSURANCE,
    )
    evidence = Evidence(case, condition, scored())
    decision = Decision(
        decision_id="dec-1",
        rma_id=case.rma.rma_id,
        decided_at=datetime(2026, 3, 8, 10, 30, tzinfo=UTC),
        condition=condition,
        fraud=evidence.fraud,
        policy=POLICY.identity,
        **vars(dispose(evidence, POLICY)),
    )
    photos = (trace_photo(0, "Ana Lima's phone.jpg", b"front"),)
    return Kept(1, decision, case_document(case), photos, (), "c" * 64)


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def drawn(_: int) -> Image.Image:
    return Image.new("RGB", (300, 400), (40, 90, 160))


def test_certificate_tells_what_was_read_measured_and_graded() -> None:
    read: dict[str, Any] = {
        "observed_serial": "SN-77",
        "observed_imei": "490154203237518",
        "functional": "F4",
    }

    text = text_of(certificate_pdf(certify(kept(verification=read), None), drawn))

    for told in (
        "house grade, A to E",
        "a phone, PH-128",
        "SN-77",
        "490154203237518",
        "F4 of R2v3",
        "purged",
        "no sign of damage",
        "scratch 12.3 mm on front > 7 mm: B, not A",
        "at most 10% are worse than their grade (at 95% confidence, measured on 300 drawn devices)",
        "R2v3 cosmetic C3 scratch 12.3 mm on front > 10 mm: C3, not C4",
        "1 scratch front photo 1 visible 12.3 mm 5 mm² > 99 %",
        "condition 0",
        "house 2",
        "c" * 64,
    ):
        assert told in text


def test_certificate_tells_nothing_of_the_customer_or_the_fraud_score() -> None:
    personal = {"customer_id": "CUS-9", "order_id": "ORD-9", "address_id": "ADR-9", "payment_id": "PAY-9"}
    certificate = certify(kept(rma=personal), None)

    told = canonical_json(certificate_values(certificate)) + text_of(certificate_pdf(certificate, drawn))

    for hidden in (*personal.values(), "Ana", "fraud", "600"):
        assert hidden not in told


def test_what_was_only_sold_is_not_certified_as_read() -> None:
    sold = {"expected_serial": "SN-SOLD", "expected_imei": "490154203237518"}

    device = certify(kept(verification={"outcome": "mismatch_instance"}, rma=sold), None).device

    assert (device.sku, device.serial, device.imeis) == (None, None, ())


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_classes_seen_alike_often_the_order_of_photos_decides_none(turned: bool) -> None:
    one = kept()
    condition = one.decision.condition
    assert condition is not None
    classes = [DeviceClass.TABLET, DeviceClass.PHONE]
    photos = tuple(
        replace(condition.photos[0], index=index, device_class=known)
        for index, known in enumerate(reversed(classes) if turned else classes)
    )
    traces = tuple(trace_photo(index, "p.jpg", bytes([index])) for index in range(2))
    decision = replace(one.decision, condition=replace(condition, photos=photos))

    certificate = certify(replace(one, decision=decision, photos=traces), None)

    assert certificate.device.device_class is DeviceClass.PHONE


def test_without_a_grade_the_reasons_stand_in_its_place() -> None:
    text = text_of(certificate_pdf(certify(kept(grade=None), None), drawn))

    assert "no grade" in text
    assert "No grade: too dark" in text
    assert "What decides:" not in text
    assert "worse than their grade" not in text


def test_decision_without_photos_has_no_condition_to_certify() -> None:
    whole = kept()
    unseen = replace(whole, decision=replace(whole.decision, condition=None))

    with pytest.raises(NothingToCertify, match="decide again with photos"):
        certify(unseen, None)


def test_certificate_of_a_superseded_decision_says_that_it_is_no_longer_valid() -> None:
    superseded = certify(kept(), "dec-2")

    assert certificate_values(superseded)["superseded_by"] == "dec-2"
    assert superseded.sha256 != certify(kept(), None).sha256
    assert "No longer valid: decision dec-2 of the same return came later." in text_of(
        certificate_pdf(superseded, drawn)
    )
    assert "No longer valid" not in text_of(certificate_pdf(certify(kept(), None), drawn))


def test_hash_is_of_everything_else_in_the_certificate() -> None:
    values = certificate_values(certify(kept(), None))
    told = values.pop("sha256")

    assert told == content_sha256(canonical_json(values))
    assert certify(kept(grade=Grade.C), None).sha256 != told


def test_same_decision_has_the_same_pdf_to_the_byte() -> None:
    assert certificate_pdf(certify(kept(), None), drawn) == certificate_pdf(certify(kept(), None), drawn)


def test_photo_that_is_not_kept_leaves_its_place_and_its_hash() -> None:
    text = text_of(certificate_pdf(certify(kept(), None), lambda _: None))

    assert "This photo is not kept." in text
    assert kept().photos[0].sha256[:40] in text


def test_letter_that_the_font_lacks_is_written_by_its_number() -> None:
    text = text_of(certificate_pdf(certify(kept(rma={"sku": "红 <b>9</b> Ärö"}), None), drawn))

    assert "[U+7EA2] <b>9</b> Ärö" in text


def test_many_defects_and_photos_run_over_pages_and_each_page_names_the_certificate() -> None:
    one = kept()
    condition = one.decision.condition
    assert condition is not None
    photos = tuple(replace(condition.photos[0], index=index) for index in range(12))
    crowded = replace(condition, photos=photos, defects=(SCRATCH,) * 200)
    traces = tuple(trace_photo(index, "p.jpg", bytes([index])) for index in range(12))
    certificate = certify(
        replace(one, decision=replace(one.decision, condition=crowded), photos=traces), None
    )

    pages = PdfReader(io.BytesIO(certificate_pdf(certificate, drawn))).pages

    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        assert certificate.sha256[:16] in page.extract_text()
        assert f"page {number}" in page.extract_text()


def test_marked_photo_shows_its_boxes_and_leaves_the_rest_as_it_was() -> None:
    condition = kept().decision.condition
    assert condition is not None

    marked = mark_photo(drawn(0), condition, 0, 800)

    assert marked.size == (600, 800)
    assert marked.getpixel((150, 220)) != drawn(0).getpixel((0, 0))
    assert marked.getpixel((300, 600)) == drawn(0).getpixel((0, 0))


def test_findings_that_came_too_late_to_count_are_not_certified() -> None:
    late = kept(verification={"known_at": "2026-03-09T09:00:00Z", "observed_serial": "AB12CD34EF"})

    device = certify(late, None).device

    assert (device.serial, device.sanitisation) == (None, SanitisationState.UNKNOWN)
