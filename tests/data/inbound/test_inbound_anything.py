"""Whatever arrives, a reader gives cases or refuses in words; where pyx12 reads too, both see the same."""

import io
import json
from collections import Counter
from collections.abc import Callable, Sized
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyx12.x12file import X12Reader

from data.case import InvalidCase, ReturnCase, read_case
from data.inbound import InvalidMessage, case_lines
from data.inbound.epcis.event import read_epcis
from data.inbound.reading import Notes
from data.inbound.sender import read_sender
from data.inbound.source import read_x12
from data.inbound.weight import UnknownWeight, grams
from data.inbound.x12.interchange import read_interchanges
from serving.demo.returns import shipped_returns
from tests.data.inbound.good_lines import good_lines
from tests.data.inbound.test_inbound_epcis import RECEIVED, document
from tests.data.inbound.x12_message import FREIGHT, HABITS, PARCEL, RETURN, Habit, interchange

SENDER = read_sender()
WHOLE = interchange(RETURN, PARCEL) + interchange(FREIGHT, number=906)
QUICK = settings(max_examples=300)
IN_FOLDER = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
BEFORE = interchange(RETURN)
MIDDLE = interchange(RETURN.replace("RMA-10023", "RMA-10024"), number=906)
AFTER = interchange(RETURN.replace("RMA-10023", "RMA-10025"), number=907)
# How many units and statuses each message speaks of.
DRAFTS = {RETURN: 1, PARCEL: 3, FREIGHT: 2}
CASE = json.dumps(dict(shipped_returns()[0].case))
WHOLE_CASE = read_case(CASE)
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


def case_or_none(line: bytes | InvalidCase) -> ReturnCase | None:
    try:
        return None if isinstance(line, InvalidCase) else read_case(line)
    except InvalidCase:
        return None


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
    """The envelope is whole here: the message itself is read or set aside, and no other."""
    elements = line.split("*")
    elements += [""] * (place + 1 - len(elements))
    elements[place] = "".join(letter for letter in value if letter not in "*~\n")
    sets = [RETURN, PARCEL, FREIGHT]
    changed = [text.replace(line, "*".join(elements)) for text in sets]
    notes = Notes()

    found = read_x12(interchange(*changed), "file", SENDER, notes)

    said = Counter(draft.where for draft in found.scans) + Counter(
        draft.origin.where for draft in found.cases
    )
    kept = [text for text, other in zip(sets, changed, strict=True) if text == other]
    assert sum(said.values()) >= sum(DRAFTS[text] for text in kept)
    assert notes.aside.count <= len(sets) - len(kept)
    assert all(one.reason.startswith("segment ") for one in notes.aside.first)


@QUICK
@given(st.integers(0, len(MIDDLE) - 1), st.integers(0, 40), FIELDS)
def test_an_interchange_damaged_anywhere_loses_no_other(at: int, length: int, patch: str) -> None:
    damaged = MIDDLE[:at] + patch + MIDDLE[at + length :]
    notes = Notes()

    found = read_x12(BEFORE + damaged + "\n" + AFTER, "file", SENDER, notes)

    names = [draft.rma.rma_id for draft in found.cases]
    assert {"RMA-10023", "RMA-10025"} <= set(names)
    told = notes.aside.count or any("transaction set(s)" in note for note in notes.lines())
    assert len(names) == 3 or told or "RMA-10024" not in damaged


@QUICK
@given(st.integers(0, 2), st.sampled_from([*RECEIVED, "@type", "childEPCs", "errorDeclaration"]), ANYTHING)
def test_an_event_damaged_anywhere_loses_no_other(place: int, name: str, value: Any) -> None:
    events = [{**RECEIVED, "eventID": f"urn:event:{number}"} for number in range(3)]
    events[place] = {**events[place], name: value}
    notes = Notes()

    drafts = read_epcis(json.dumps(document(*events)), "file", notes)

    kept = {f"file: event {number}" for number in range(3) if number != place}
    assert kept <= {draft.where for draft in drafts}
    assert all(one.place == f"event {place}" for one in notes.aside.first)


@QUICK
@given(
    st.sampled_from(["{}\n{}\n{}\n", "[{},{},{}]", '{{"returns": [{}, {}, {}]}}']),
    st.integers(1, len(CASE) - 1),
    st.integers(0, 40),
    st.text(alphabet='0123456789-. ABCé{}[],:"\\', max_size=12),
)
def test_a_case_damaged_anywhere_loses_no_other(form: str, at: int, length: int, patch: str) -> None:
    """A closing bracket of the list itself ends it: what follows is told, and no longer a part of it."""
    text = form.format(CASE, CASE[:at] + patch + CASE[at + length :], CASE)

    found = [case_or_none(line) for line in case_lines(io.BytesIO(text.encode()))]

    assert found[0] is not None
    assert found[-1] is not None or text.endswith(("]", "}"))
    assert sum(one is not None and one.rma.rma_id == WHOLE_CASE.rma.rma_id for one in found) >= 2


@QUICK
@given(
    ANYTHING,
    st.sampled_from([*RECEIVED, "errorDeclaration", "childEPCs", "parentID"]),
)
def test_any_field_of_an_event_may_hold_anything(value: Any, name: str) -> None:
    text = json.dumps(document({**RECEIVED, name: value}))

    notes = Notes()
    drafts = read_epcis(text, "file", notes)

    assert len(drafts) + notes.aside.count <= 1
    assert all(one.place == "event 0" for one in notes.aside.first)


@IN_FOLDER
@given(st.binary(max_size=200) | st.sampled_from([b"PAR1", b"ISA*", b"[", b'{"eventTime":', b"\xff\xfe"]))
def test_any_file_gives_lines_or_is_refused_in_words(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "file").write_bytes(body)

    count, words = outcome_of(lambda: list(case_lines(tmp_path / "file")))

    assert count or words.startswith("file")


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

    for line in good_lines(tmp_path / "returns.x12"):
        assert read_case(line).model_dump_json(exclude_none=True).encode() == line
