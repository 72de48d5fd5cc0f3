"""A case is a case on one line or on many, alone or in a list, and an odd one takes no other with it."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from data.case import MAX_CASE_BYTES, InvalidCase, ReturnCase, read_case
from data.inbound import InvalidMessage, SetAsides, case_lines, read_only_line
from data.inbound.json_cases import cases_in, read_only_case
from serving.demo.returns import shipped_returns
from tests.data.inbound.x12_message import PARCEL, RETURN, interchange

CASES: list[dict[str, Any]] = [json.loads(json.dumps(one.case)) for one in shipped_returns()[:3]]
WANTED = [read_case(json.dumps(case)) for case in CASES]


def read(path: Path | io.BytesIO) -> list[ReturnCase | str]:
    """Return each case of a file, or in its place the words of its refusal."""
    found: list[ReturnCase | str] = []
    for line in case_lines(path):
        if isinstance(line, InvalidCase):
            found.append(str(line))
        elif line.strip():
            found.append(case_or_words(line))
    return found


def case_or_words(text: bytes) -> ReturnCase | str:
    try:
        return read_case(text)
    except InvalidCase as refused:
        return str(refused)


def kinds(found: list[ReturnCase | str]) -> list[str]:
    return ["case" if isinstance(one, ReturnCase) else "words" for one in found]


def lines(*cases: Any) -> str:
    return "".join(f"{json.dumps(case)}\n" for case in cases)


FORMS = {
    "a case a line": lines(*CASES),
    "a case a line, the last without an end": lines(*CASES).rstrip(),
    "empty lines between": lines(*CASES).replace("\n", "\n\n"),
    "CRLF": lines(*CASES).replace("\n", "\r\n"),
    "carriage returns alone": lines(*CASES).replace("\n", "\r"),
    "many lines": "\n".join(json.dumps(case, indent=2) for case in CASES),
    "many lines without indent": "\n".join(json.dumps(case, indent=0) for case in CASES),
    "many lines with CRLF": "\n".join(json.dumps(case, indent="\t") for case in CASES).replace("\n", "\r\n"),
    "list": json.dumps(CASES),
    "list over many lines": json.dumps(CASES, indent=2),
    "list, a case a line": "[\n" + ",\n".join(map(json.dumps, CASES)) + "\n]\n",
    "list that ends with a comma": "[" + "".join(f"{json.dumps(case)}," for case in CASES) + "]",
    "returns": json.dumps({"returns": CASES}),
    "returns over many lines": json.dumps({"returns": CASES}, indent=4),
    "lists a line": "".join(lines({"returns": [case]}) for case in CASES),
    "as_of first": lines(*({"as_of": case["as_of"], **case} for case in CASES)),
    "as_of first, many lines": "\n".join(json.dumps({"as_of": 0} | case, indent=1) for case in CASES),
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_cases_are_read_in_every_form(tmp_path: Path, text: str, encoding: str) -> None:
    (tmp_path / "cases.json").write_bytes(text.encode(encoding))

    assert read(tmp_path / "cases.json") == WANTED


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_a_stream_and_a_packed_file_are_read_as_a_file_is(tmp_path: Path, text: str) -> None:
    (tmp_path / "cases.json.gz").write_bytes(gzip.compress(text.encode()))

    assert read(io.BytesIO(text.encode())) == WANTED
    assert read(tmp_path / "cases.json.gz") == WANTED


@pytest.mark.parametrize("text", [FORMS["list"], FORMS["many lines"], FORMS["a case a line"]])
def test_one_case_is_one_in_every_form(text: str) -> None:
    with pytest.raises(InvalidCase, match="case: more than one was given; give one"):
        read_only_line(io.BytesIO(text.encode()), tell=print, aside=SetAsides())
    for one in (json.dumps(CASES[:1]), json.dumps(CASES[0], indent=1), json.dumps({"returns": CASES[:1]})):
        assert read_only_line(io.BytesIO(one.encode()), tell=print, aside=SetAsides()) == WANTED[0]
        assert read_only_case(one.encode("utf-8-sig")) == WANTED[0]


def test_one_return_of_another_system_is_one_case() -> None:
    told: list[str] = []
    body = interchange(RETURN).encode()

    assert read_only_line(io.BytesIO(body), tell=told.append, aside=SetAsides()).rma.rma_id == "RMA-10023"
    assert any("names no channel" in note for note in told)


GOOD = json.dumps(CASES[0])
ODD = {
    "a wrong field": GOOD.replace('"channel": "', '"channel": "by '),
    "an unknown field": GOOD.replace('"sku"', '"stock"'),
    "a name twice": GOOD.replace('"sku"', '"sku": "A", "sku"'),
    "not a number": GOOD.replace('"amount": ', '"amount": NaN, "was": '),
    "infinity": GOOD.replace('"amount": ', '"amount": -Infinity, "was": '),
    "a number without an end": GOOD.replace('"amount": ', '"amount": ' + "9" * 6_000),
    "brackets without an end": GOOD.replace('"sku": ', '"sku": ' + "[" * 50_000 + "]" * 50_000 + ', "was": '),
    "a quote too few": GOOD.replace('"sku": "', '"sku": '),
    "a brace too few": GOOD[:-1],
    "a brace too many": GOOD + "}",
    "cut short": GOOD[: len(GOOD) // 2],
    "null": "null",
    "a number": "7",
    "a list": "[[]]",
    "words": '"a case"',
    "more than a case may have": GOOD.replace('"sku": "', '"sku": "' + "x" * MAX_CASE_BYTES),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("wrap", [("", "\n", ""), ("[", ",", "]"), ('{"returns": [', ",\n", "]}")])
def test_an_odd_case_has_its_problem_in_its_place_between_the_others(
    tmp_path: Path, odd: str, wrap: tuple[str, str, str]
) -> None:
    before, between, after = wrap
    (tmp_path / "cases.json").write_text(before + between.join([GOOD, odd, GOOD]) + after)

    found = read(tmp_path / "cases.json")

    assert [found[0], found[-1]] == WANTED[:1] * 2
    assert "case" not in kinds(found[1:-1])
    assert len(found) == 3 or odd.startswith("[")


def test_a_name_that_stands_twice_is_named() -> None:
    with pytest.raises(InvalidCase, match="sku: the name stands twice in one object"):
        read_case(ODD["a name twice"])


def test_a_first_line_that_was_cut_loses_no_other(tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_text(f"{GOOD[:300]}\n{GOOD}\n{GOOD}\n")

    assert kinds(read(tmp_path / "cases.jsonl")) == ["words", "case", "case"]


def test_a_list_that_was_cut_keeps_what_is_whole(tmp_path: Path) -> None:
    (tmp_path / "cases.json").write_text(json.dumps(CASES, indent=2)[:-300])

    assert kinds(read(tmp_path / "cases.json")) == ["case", "case", "words"]


@pytest.mark.parametrize("text", [f"[{GOOD}, {GOOD}", f'{{"returns": [{GOOD},\n{GOOD},', f"[{GOOD},{GOOD}\n"])
def test_a_list_that_lost_its_end_between_two_cases_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "cases.json").write_text(text)

    found = read(tmp_path / "cases.json")

    assert kinds(found) == ["case", "case", "words"]
    assert "the list of cases has no end: it was cut" in str(found[-1])


def test_the_one_case_of_a_list_without_end_is_not_decided() -> None:
    with pytest.raises(InvalidCase, match="the list of cases has no end"):
        read_only_case(f"[{GOOD}".encode())


def test_text_around_a_list_is_told(tmp_path: Path) -> None:
    (tmp_path / "cases.json").write_text(f'{{"returns": [{GOOD}], "from": "us"}} that is all')

    assert kinds(read(tmp_path / "cases.json")) == ["case", "words", "words"]


@pytest.mark.parametrize("text", ["[]", '{"returns": []}', "[ , ]"])
def test_a_list_without_a_case_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "cases.json").write_text(text)

    with pytest.raises(InvalidMessage, match=r"cases.json holds no case: give one or more"):
        read(tmp_path / "cases.json")


def test_a_line_of_any_length_is_passed_over_without_being_held() -> None:
    body = f"{GOOD}\n{'x' * 3_000_000}\n{GOOD}\n"

    first, problem, last = read(io.BytesIO(body.encode()))

    assert [first, last] == WANTED[:1] * 2
    assert problem == f"the case is 3000001 bytes; at most {MAX_CASE_BYTES} are allowed: send fewer scans"


def test_an_empty_stream_holds_no_cases_and_is_no_fault() -> None:
    assert read(io.BytesIO(b"")) == []


def test_quotes_and_brackets_without_end_take_no_time() -> None:
    text = b'[{"a": "' + b'["{"rma":' * 200_000

    assert len(list(cases_in(text))) >= 1


FOREIGN = {
    "CSV": (b"rma_id,channel,requested_at\nR-1,retail_store,2026-08-30T08:40:00Z\n", "CSV"),
    "CSV with spaces": (b"rma_id, channel, requested_at\r\nR-1, retail_store, x\r\n", "CSV"),
    "X12 in small letters": (b"isa*00*          *00*          *zz*us", "X12 in small letters"),
    "CSV with semicolons": (b"rma_id;channel\nR-1;retail_store\n", "CSV"),
    "table with tabs": (b"rma_id\tchannel\nR-1\tretail_store\n", "CSV"),
    "EDIFACT with UNA": (b"UNA:+.? 'UNB+UNOA:1+US+THEM+260902:0930+1'", "EDIFACT"),
    "EDIFACT with UNB": (b"UNB+UNOC:3+US+THEM+260902:0930+1'", "EDIFACT"),
    "EPCIS in XML": (b'<?xml version="1.0"?><epcis:EPCISDocument/>', "EPCIS in XML"),
    "XML": (b'\xef\xbb\xbf<?xml version="1.0"?><returns/>', "XML"),
    "HTML": (b"<!DOCTYPE html><html><body>sign in</body></html>", "a web page"),
    "PDF": (b"%PDF-1.7\n...", "a PDF"),
    "ZIP": (b"PK\x03\x04....", "a ZIP archive"),
    "EBCDIC": ("ISA*00*  ".encode("cp037"), "EBCDIC"),
    "YAML": (b"rma:\n  rma_id: R-1\n", "YAML"),
    "photo": (b"\xff\xd8\xff\xe0....", "a picture"),
}


@pytest.mark.parametrize(("body", "name"), FOREIGN.values(), ids=FOREIGN)
def test_what_is_not_read_is_named_with_what_is(tmp_path: Path, body: bytes, name: str) -> None:
    (tmp_path / "sent").write_bytes(body)
    (tmp_path / "case.json").write_text(GOOD)

    with pytest.raises(InvalidMessage, match=f"sent is {name}.*cases come as JSON.* Parquet or as X12 180"):
        read(tmp_path / "sent")
    with pytest.raises(InvalidMessage, match=f"sent is {name}.*scans come as X12 214 or EPCIS 2.0 in JSON"):
        list(case_lines(tmp_path / "case.json", [tmp_path / "sent"]))


@pytest.mark.parametrize("body", [b"thank you for your order", b"\x00\x01\x02", b"1\n2\n"])
def test_what_nobody_knows_is_refused_with_what_is_read(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "sent").write_bytes(body)

    with pytest.raises(InvalidMessage, match="sent holds nothing that is read here: cases come as JSON"):
        read(tmp_path / "sent")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_x12_is_read_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "returns").write_bytes(interchange(RETURN, PARCEL).encode(encoding))

    (case,) = read(tmp_path / "returns")
    assert isinstance(case, ReturnCase)
    assert len(case.scans) == 3


def test_text_that_breaks_its_own_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(GOOD.encode("utf-16") + b"\x00")

    with pytest.raises(InvalidMessage, match="sent begins as utf-16-le and can't be read so"):
        read(tmp_path / "sent")


def test_a_packed_file_that_was_cut_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sent.gz").write_bytes(gzip.compress(lines(*CASES).encode())[:-9])

    with pytest.raises(InvalidMessage, match=r"sent.gz: the gzip archive is damaged"):
        read(tmp_path / "sent.gz")
