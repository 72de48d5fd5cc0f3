from pathlib import Path

import pytest

from data.case import InvalidCase, ReturnCase
from data.inbound.invalid_message import InvalidMessage
from data.inbound.mapped.csv_cases import csv_cases
from data.inbound.mapped.mapping import InvalidMapping, read_mapping_file

EXAMPLES = Path(__file__).parents[3] / "docs" / "operations" / "own-returns"


def read(text: str, folder: Path) -> list[ReturnCase | InvalidCase]:
    path = folder / "cases.csv"
    path.write_text(text, encoding="utf-8")
    return [found for _, found in csv_cases(path, read_mapping_file(EXAMPLES / "mapping.yaml"))]


@pytest.fixture
def lines() -> list[str]:
    return (EXAMPLES / "cases.csv").read_text(encoding="utf-8").splitlines()


def test_the_documented_table_becomes_cases() -> None:
    mapping = read_mapping_file(EXAMPLES / "mapping.yaml")
    cases = [found for _, found in csv_cases(EXAMPLES / "cases.csv", mapping)]

    first, second, third = cases
    assert isinstance(first, ReturnCase)
    assert isinstance(second, ReturnCase)
    assert isinstance(third, ReturnCase)
    assert first.rma.requested_at.isoformat() == "2026-03-02T09:15:00-05:00"
    assert first.rma.expected_weight_g == pytest.approx(480.0)
    assert [scan.code for scan in first.scans] == ["inducted"]
    assert first.as_of == first.verification.verified_at if first.verification else False
    assert (second.rma.has_receipt, second.rma.channel) == (False, "retail_store")
    assert third.verification is None
    assert third.as_of == third.rma.requested_at


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        (",WEB,", ",PHONE,", r"column Channel \(rma.channel\): give one of WEB, SHOP.*'PHONE'"),
        (",699.00,", ",cheap,", r"column Price \(rma.value.amount\): give a number.*'cheap'"),
        (",699.00,", ",-5,", r"column Price \(rma.value.amount\): give 0"),
        ("03/02/2026 09:15", "2nd of March", r"column Requested .*write times as %m/%d/%Y.*2nd of March"),
        (",phone,", ",fridge,", r"column Class \(rma.device_class\): give one of"),
    ],
)
def test_a_wrong_cell_is_told_by_its_column(
    tmp_path: Path, lines: list[str], was: str, becomes: str, said: str
) -> None:
    found = read("\n".join([lines[0], lines[1].replace(was, becomes, 1), lines[2]]), tmp_path)

    assert isinstance(found[0], InvalidCase)
    with pytest.raises(InvalidCase, match=said):
        raise found[0]
    assert isinstance(found[1], ReturnCase)


def test_a_column_that_is_not_there_is_refused(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(InvalidMessage, match="no column RMA, which the mapping names; it has Number"):
        read("\n".join([lines[0].replace("RMA", "Number"), *lines[1:]]), tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("columns: {A: rma.colour}", "rma.colour: no field of a case; there are as_of"),
        ("columns: {A: rma.sku, B: rma.sku}", "rma.sku: named twice"),
        ("columns: {A: {to: rma.sku, times: 0}}", "columns.A.times: give more than 0"),
        ("rows: 3", "columns"),
    ],
)
def test_a_wrong_mapping_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(InvalidMapping, match=said):
        read_mapping_file(path)
