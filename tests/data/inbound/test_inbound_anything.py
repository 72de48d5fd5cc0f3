"""Whatever arrives, a reader gives cases or refuses in words; where pyx12 reads too, both see the same."""

import io
import json
from collections.abc import Callable, Sized
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyx12.x12file import X12Reader

from data.case import read_case
from data.inbound import InvalidMessage, case_lines
from data.inbound.epcis.event import read_epcis
from data.inbound.reading import Notes
from data.inbound.sender import read_sender
from data.inbound.source import read_x12
from data.inbound.weight import UnknownWeight, grams
from data.inbound.x12.interchange import read_interchanges
from tests.data.inbound.test_inbound_epcis import RECEIVED, document
from tests.data.inbound.x12_message import FREIGHT, HABITS, PARCEL, RETURN, Habit, interchange

SENDER = read_sender()
WHOLE = interchange(RETURN, PARCEL) + interchange(FREIGHT, number=906)
QUICK = settings(max_examples=300)
IN_FOLDER = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
FIELDS = st.text(alphabet="0123456789-. ABCXZé*~>\n", max_size=12)


def segments_of(text: str) -> list[tuple[str, ...]]:
    messages = read_interchanges(text, "file")
    return [segment.elements for message in messages for segment in message.segments]


def outcome_of(read: Callable[[], Sized]) -> tuple[int, str]:
    """Return how much was read and no words, or nothing and the words of the refusal."""
    try:
        return len(read()), ""
    except (InvalidMessage, UnknownWeight) as refused:
        return 0, str(refused)


def x12_outcome(text: str) -> tuple[int, str]:
    def read() -> Sized:
        found = read_x12(text, "file", SENDER, Notes())
        return [*found.cases, *found.scans]

    return outcome_of(read)


@QUICK
@given(st.text(max_size=400))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    count, words = x12_outcome(f"ISA{text}")

    assert count == 0
    assert words.startswith("file: segment 1")


@QUICK
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 40), FIELDS)
def test_a_message_damaged_anywhere_is_read_or_refused_in_words(at: int, length: int, patch: str) -> None:
    count, words = x12_outcome(WHOLE[:at] + patch + WHOLE[at + length :])

    assert count > 0 or words.startswith("file: segment ")


@QUICK
@given(st.sampled_from((RETURN + PARCEL[4:] + FREIGHT[4:]).splitlines()[1:]), st.integers(1, 9), FIELDS)
def test_any_element_may_hold_anything(line: str, place: int, value: str) -> None:
    """The envelope is whole here, so that it is the message itself that must be read or refused."""
    elements = line.split("*")
    elements += [""] * (place + 1 - len(elements))
    elements[place] = "".join(letter for letter in value if letter not in "*~\n")
    changed = [text.replace(line, "*".join(elements)) for text in (RETURN, PARCEL, FREIGHT)]

    count, words = x12_outcome(interchange(*changed))

    assert count >= 5 or words.startswith("file: segment ")


@QUICK
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from([*RECEIVED, "errorDeclaration", "childEPCs", "parentID"]),
)
def test_any_field_of_an_event_may_hold_anything(value: Any, name: str) -> None:
    text = json.dumps(document({**RECEIVED, name: value}))

    count, words = outcome_of(lambda: read_epcis(text, "file", Notes()))

    assert count <= 1
    assert words == "" or words.startswith("file: event 0: ")


@IN_FOLDER
@given(st.binary(max_size=200) | st.sampled_from([b"PAR1", b"ISA*", b"[", b'{"eventTime":', b"\xff\xfe"]))
def test_any_file_gives_lines_or_is_refused_in_words(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "file").write_bytes(body)

    count, words = outcome_of(lambda: b"".join(case_lines(tmp_path / "file")))

    assert count == len(body) or words.startswith("file")


@pytest.mark.parametrize("habit", [HABITS["one segment a line"], HABITS["CRLF after each segment"]])
def test_pyx12_sees_the_same_segments(habit: Habit) -> None:
    text = interchange(RETURN, PARCEL, FREIGHT, habit=habit)

    reader = X12Reader(io.StringIO(text, newline=""))
    theirs = [
        (segment.get_seg_id(), *(element.format() for element in segment.elements)) for segment in reader
    ]

    envelope = {"ISA", "GS", "ST", "SE", "GE", "IEA"}
    assert reader.pop_errors() == []
    assert segments_of(text) == [segment for segment in theirs if segment[0] not in envelope]


@pytest.mark.parametrize("harm", [("SE*14*", "SE*13*"), ("GE*1*905", "GE*2*905"), ("IEA*1*0", "IEA*3*0")])
def test_pyx12_finds_the_same_wrong_counts(harm: tuple[str, str]) -> None:
    text = interchange(RETURN).replace(*harm)
    reader = X12Reader(io.StringIO(text))

    assert len(list(reader)) > 10
    assert len(reader.pop_errors()) == 1
    with pytest.raises(InvalidMessage, match="the message was cut or altered"):
        segments_of(text)


@given(st.floats(0.1, 99_000), st.sampled_from(["G", "GR", "GRM"]))
def test_grams_stay_grams(weight_g: float, unit: str) -> None:
    assert grams(weight_g, unit) == pytest.approx(weight_g, abs=0.051)


@given(st.floats() | FIELDS, FIELDS | st.sampled_from(["LB", "OZ", "KG", "G"]))
def test_any_weight_is_grams_unknown_or_refused_in_words(amount: float | str, unit: str) -> None:
    found: list[float | None] = []

    def read() -> Sized:
        found.append(grams(amount, unit))
        return found

    count, words = outcome_of(read)

    assert count == 1 or words.startswith("weight ")
    assert all(weight_g is None or 0 < weight_g <= 100_000 for weight_g in found)


def test_what_is_read_is_what_the_service_takes(tmp_path: Path) -> None:
    (tmp_path / "returns.x12").write_text(WHOLE)

    for line in case_lines(tmp_path / "returns.x12"):
        assert read_case(line).model_dump_json(exclude_none=True).encode() == line
