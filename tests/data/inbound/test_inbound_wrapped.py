"""X12 that was wrapped at some width is joined again, or refused where that can't be told."""

from pathlib import Path

import pytest

from data.inbound import InvalidMessage
from tests.data.inbound.x12_desk import Desk
from tests.data.inbound.x12_message import FREIGHT, HABITS, PARCEL, RETURN, Habit, interchange

MARKED = {name: habit for name, habit in HABITS.items() if habit.terminator not in "\r\n"}
ON_ONE_LINE = Habit(line_end="")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def wrapped(text: str, width: int, line_end: str = "\n") -> str:
    """Return a text broken at a width wherever that falls, with a line end behind the last line too."""
    flat = text.replace("\r", "").replace("\n", "")
    return "".join(flat[at : at + width] + line_end for at in range(0, len(flat), width))


@pytest.mark.parametrize("width", [25, 72, 80, 105, 106, 107, 132])
@pytest.mark.parametrize("habit", MARKED.values(), ids=MARKED)
def test_a_message_wrapped_at_any_width_is_the_same_message(desk: Desk, habit: Habit, width: int) -> None:
    text = interchange(RETURN, PARCEL, habit=habit)
    text += interchange(RETURN.replace("RMA-10023", "RMA-10024"), habit=habit, number=906)

    assert desk.cases(wrapped(text, width)) == desk.cases(text)
    assert desk.cases(wrapped(text, width, "\r\n")) == desk.cases(text)
    assert desk.aside.count == 0


def test_interchanges_that_were_wrapped_each_for_itself_are_read(desk: Desk) -> None:
    returns, parcel = interchange(RETURN), interchange(PARCEL, habit=HABITS["pipes and carets"], number=906)

    assert desk.cases(wrapped(returns, 80) + wrapped(parcel, 80)) == desk.cases(returns + parcel)


def test_segments_that_were_wrapped_each_for_itself_are_read(desk: Desk) -> None:
    text = interchange(RETURN, FREIGHT)

    assert desk.cases("".join(wrapped(line, 40) for line in text.splitlines())) == desk.cases(text)


def test_a_line_that_ends_inside_what_is_read_is_refused_where_no_width_explains_it(desk: Desk) -> None:
    broken = interchange(RETURN).replace("IP14-128", "IP14\n-128")

    with pytest.raises(InvalidMessage, match=r"segment 13 \(BLI02\): a line ends inside .* was wrapped"):
        desk.cases(broken)


def test_a_line_that_ends_inside_a_segment_s_name_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidMessage, match=r"segment 5: a line ends inside its name .* was wrapped"):
        desk.cases(interchange(RETURN).replace("RDR*", "R\nDR*"))


def test_free_text_may_have_lines(desk: Desk) -> None:
    text = (
        interchange(RETURN)
        .replace("SMARTPHONE 128GB", "SMARTPHONE\n128GB")
        .replace("NOT CHARGE", "NOT\nCHARGE")
    )

    assert desk.cases(text) == desk.cases(interchange(RETURN))


@pytest.mark.parametrize("width", [60, 80, 104])
@pytest.mark.parametrize("name", ["line feed ends the segment", "CRLF ends the segment"])
def test_a_wrapped_message_whose_segments_end_with_lines_too_is_refused(
    desk: Desk, name: str, width: int
) -> None:
    text = interchange(RETURN, habit=HABITS[name])
    broken = "\n".join(text[at : at + width] for at in range(0, len(text), width))

    with pytest.raises(InvalidMessage, match="wrapped"):
        desk.cases(broken)
