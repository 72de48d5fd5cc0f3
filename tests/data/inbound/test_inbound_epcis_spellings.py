"""The same event is written in many ways, wrapped in many things, and about many kinds of key."""

import json
from pathlib import Path
from typing import Any

import pytest

from data.inbound import InvalidMessage, case_lines
from data.verification import Outcome
from tests.data.inbound.test_inbound_epcis import RECEIVED, SERIAL, UNIT, Desk, document, event


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


LOCAL = {"eventTime": "2026-03-13T09:12:00.000", "eventTimeZoneOffset": "-05:00"}
SAME = {
    "local time beside its offset": LOCAL,
    "record in local time too": {**LOCAL, "recordTime": "2026-03-13T09:20:00"},
    "offset without a colon": {**LOCAL, "eventTimeZoneOffset": "-0500"},
    "UTC beside Z": {"eventTime": "2026-03-13T14:12:00", "eventTimeZoneOffset": "Z"},
    "type with a prefix": {"type": "epcis:ObjectEvent"},
    "type as an IRI": {"type": "https://ref.gs1.org/epcis/ObjectEvent"},
    "offset with a minus sign and a space": {**LOCAL, "eventTimeZoneOffset": " \u221205:00"},
    "type in a list": {"type": ["ObjectEvent"]},
    "type among others": {"type": ["ex:Visit", "epcis:ObjectEvent"]},
    "type in small letters": {"type": "objectEvent"},
    "time with its type": {
        "eventTime": {"@type": "xsd:dateTimeStamp", "@value": RECEIVED["eventTime"]},
    },
    "words as objects": {
        "bizStep": {"@id": RECEIVED["bizStep"]},
        "disposition": [{"id": RECEIVED["disposition"]}],
        "epcList": [{"@id": UNIT}],
    },
    "words in capitals": {
        "bizTransactionList": [{**RECEIVED["bizTransactionList"][0], "type": "RMA"}],
    },
    "members of null": {
        "bizTransactionList": [*RECEIVED["bizTransactionList"], {"type": None, "bizTransaction": None}],
        "sourceList": [{"type": None, "source": None}, *RECEIVED["sourceList"]],
        "sensorElementList": [
            *RECEIVED["sensorElementList"],
            {"sensorReport": [{"type": "Temperature", "value": [4, 5]}, {"type": None, "value": {}}]},
        ],
    },
    "lists that are null": {"childEPCs": "null", "sensorElementList": RECEIVED["sensorElementList"]},
    "a member without its list": {
        "epcList": UNIT,
        "bizTransactionList": RECEIVED["bizTransactionList"][0],
        "sensorElementList": {"sensorReport": {"type": "Mass", "value": 0.412, "uom": "KGM"}},
    },
    "nulls in lists": {
        "epcList": [None, UNIT],
        "bizTransactionList": [*RECEIVED["bizTransactionList"], None],
    },
}


@pytest.mark.parametrize("changes", SAME.values(), ids=SAME)
def test_an_event_says_the_same_in_every_spelling(desk: Desk, changes: dict[str, Any]) -> None:
    expected = desk.read(document(RECEIVED))
    text = json.dumps(document(event(**changes))).replace('"null"', "null")

    assert desk.read(text) == expected
    assert desk.aside.count == 0


def test_names_of_json_ld_are_understood(desk: Desk) -> None:
    renamed = {{"type": "@type"}.get(name, f"epcis:{name}"): value for name, value in event(**LOCAL).items()}
    text = document(renamed)
    wrapped = {"@type": "epcis:EPCISDocument", "epcis:epcisBody": {"epcis:eventList": [renamed]}}

    assert desk.read(text) == desk.read(document(RECEIVED))
    assert len(desk.read(wrapped).scans) == 1


SHAPES = {
    "an event a line": lambda one, two: f"{json.dumps(one)}\n{json.dumps(two)}\n",
    "a document a line": lambda one, two: f"{json.dumps(document(one))}\r\n\r\n{json.dumps(document(two))}",
    "a list of documents": lambda one, two: [document(one), document(two)],
    "captures": lambda one, two: {"captures": [document(one), document(two)]},
    "a list of answers": lambda one, two: [
        {"epcisBody": {"queryResults": {"queryName": "q", "resultsBody": {"eventList": [each]}}}}
        for each in (one, two)
    ],
    "results without a body": lambda one, two: {"queryResults": {"resultsBody": {"eventList": [one, two]}}},
    "a graph": lambda one, two: {"@context": "x", "@graph": [one, two]},
    "documents in a row": lambda one, two: "\n".join(
        json.dumps(document(each), indent=1) for each in (one, two)
    ),
    "a sequence of texts": lambda one, two: f"\x1e{json.dumps(one)}\n\x1e{json.dumps(two)}\n",
    "names as IRIs": lambda one, two: [
        {name if name == "type" else f"https://ref.gs1.org/epcis/{name}": part for name, part in each.items()}
        for each in (one, two)
    ],
    "behind a long context": lambda one, two: {
        "@context": [{f"term{number}": f"https://example.org/{number}" for number in range(30_000)}],
        **document(one, two),
    },
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_events_are_found_in_whatever_wraps_them(desk: Desk, shape: Any) -> None:
    later = event(eventTime="2026-03-13T20:00:00Z", recordTime="2026-03-13T20:01:00Z", eventID="other")

    assert len(desk.read(shape(RECEIVED, later)).scans) == 2


def test_a_line_that_is_no_event_is_set_aside(desk: Desk) -> None:
    text = "\n".join([json.dumps(RECEIVED), '{"eventTime": ', json.dumps({"type": "note"}), "[]"])

    assert len(desk.read(text).scans) == 1
    assert [one.place for one in desk.aside.first] == ["line 2", "a document"]


def test_an_event_that_contradicts_itself_is_set_aside(desk: Desk) -> None:
    twice = json.dumps(event(eventID="a")).replace('"disposition"', '"disposition": "damaged", "disposition"')
    text = f"[{twice}, {json.dumps(RECEIVED)}]"

    assert len(desk.read(text).scans) == 1
    assert "disposition: the name stands twice" in str(desk.aside.first[0])


def test_half_of_a_character_stops_no_event(desk: Desk) -> None:
    odd = event(bizStep="recei\ud83d", disposition="ret\ude00")

    [scan] = desk.read(document(odd)).scans
    assert [code.code for code in scan.source_codes] == [r"recei\ud83d", r"ret\ude00"]


@pytest.mark.parametrize("value", [True, [1], {}, "heavy"])
def test_a_weight_that_is_no_number_is_left_unknown(desk: Desk, value: Any) -> None:
    odd = event(sensorElementList=[{"sensorReport": [{"type": "Mass", "value": value, "uom": "KGM"}]}])

    [scan] = desk.read(document(odd)).scans
    assert scan.weight_g is None
    assert any("is not a number: left unknown" in note for note in desk.notes)


@pytest.mark.parametrize("context", ["", "x" * 700_000])
def test_events_given_as_cases_are_named(tmp_path: Path, context: str) -> None:
    path = tmp_path / "events.json"
    path.write_text(json.dumps({"@context": context, **document(RECEIVED)}))

    with pytest.raises(InvalidMessage, match="holds EPCIS events, which are no returns: give it as --scans"):
        list(case_lines(path))


UNITS = {
    "asset of a company": f"urn:epc:id:giai:0614141.{SERIAL}",
    "returnable asset": f"urn:epc:id:grai:0614141.12345.{SERIAL}",
    "asset in a link": f"https://id.gs1.org/8004/0614141{SERIAL}",
    "returnable asset in a link": f"https://id.gs1.org/8003/00614141123452{SERIAL}",
    "tag of an article": f"urn:epc:tag:sgtin-198:3.0614141.107346.{SERIAL}",
    "serial in a company's own link": f"https://example.com/01/00614141073467/10/LOT/21/{SERIAL}?15=261231",
}


@pytest.mark.parametrize("epc", UNITS.values(), ids=UNITS)
def test_a_unit_is_known_by_every_kind_of_key(desk: Desk, epc: str) -> None:
    assert len(desk.read(document(event(epcList=[epc], bizTransactionList=None))).scans) == 1


@pytest.mark.parametrize("expected", ["356938035643809", "35693803564380", "3569380356438017"])
@pytest.mark.parametrize(
    "epc",
    [
        "urn:gsma:imei:35693803-564380-0",
        "urn:gsma:imei:35693803-564380-0;svn=42",
        "urn:imei:356938035643809",
        "imei:356938035643809",
        "urn:epc:id:imei:356938035643809",
        "https://id.gs1.org/8002/356938035643809",
    ],
)
def test_a_phone_is_known_by_the_fourteen_digits_of_its_imei(desk: Desk, epc: str, expected: str) -> None:
    desk.case_message["rma"] |= {"expected_serial": None, "expected_imei": expected}

    assert len(desk.read(document(event(epcList=[epc], bizTransactionList=None))).scans) == 1


def test_an_asset_of_another_company_is_another_asset(desk: Desk) -> None:
    desk.case_message["rma"]["expected_serial"] = "12345"

    other = event(epcList=["https://id.gs1.org/8004/061414112345"], bizTransactionList=None)
    assert desk.read(document(other)).scans == ()


def test_an_inspection_recorded_after_as_of_does_not_count(desk: Desk) -> None:
    inspected = event(
        bizStep="inspecting", disposition="mismatch_instance", recordTime="2026-03-16T09:00:00Z"
    )
    earlier = event(
        bizStep="inspecting", disposition="conformant", eventTime="2026-03-13T08:00:00Z", eventID="e"
    )

    assert desk.read(document(inspected)).verification is None
    assert any(note.startswith("inspections recorded after as_of, which do not count") for note in desk.notes)
    verification = desk.read(document(earlier, inspected)).verification
    assert verification is not None
    assert verification.outcome is Outcome.MATCH


def test_an_event_without_its_own_record_time_needs_that_of_its_document(desk: Desk) -> None:
    other = event(recordTime=None, eventTime="2026-03-13T20:00:00Z", eventID="other")

    case = desk.read(document(RECEIVED, other, creationDate="yesterday"))

    assert len(case.scans) == 1
    assert "event 1: creationDate 'yesterday' is no time with a zone" in str(desk.aside.first[0])


def test_when_an_event_became_known_is_told_where_it_was_assumed(desk: Desk) -> None:
    desk.read(event(recordTime=None))

    assert any(note.startswith("EPCIS events without recordTime: taken as known when") for note in desk.notes)
