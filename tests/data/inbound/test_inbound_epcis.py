"""EPCIS events come in documents, answers and lists, with short and long names, and must join their case."""

import copy
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data.case import ReturnCase, read_case
from data.inbound import InvalidMessage, SetAsides, case_lines
from data.scan import ScanCode
from data.verification import ListStatus, Outcome
from serving.demo.returns import shipped_returns
from tests.data.inbound.good_lines import good_lines

SERIAL = "F2LLX4ABCD"
UNIT = f"urn:epc:id:sgtin:0614141.107346.{SERIAL}"

RECEIVED: dict[str, Any] = {
    "eventID": "ni:///sha-256;87b5f18a69993f0052046d4687dfacdf48f7c988cfabda2819688c86b4066a49?ver=CBV2.0",
    "type": "ObjectEvent",
    "action": "OBSERVE",
    "bizStep": "receiving",
    "disposition": "returned",
    "epcList": [UNIT],
    "eventTime": "2026-03-13T09:12:00.000-05:00",
    "eventTimeZoneOffset": "-05:00",
    "recordTime": "2026-03-13T14:20:00Z",
    "readPoint": {"id": "geo:30.27,-97.74"},
    "bizLocation": {"id": "urn:epc:id:sgln:0614141.00888.0"},
    "bizTransactionList": [{"type": "rma", "bizTransaction": "urn:epcglobal:cbv:bt:0614141111114:RMA-10023"}],
    "sourceList": [{"type": "possessing_party", "source": "urn:epc:id:pgln:0614141.00777"}],
    "sensorElementList": [{"sensorReport": [{"type": "Mass", "value": 0.412, "uom": "KGM"}]}],
}


def document(*events: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-14T00:00:00Z",
        "epcisBody": {"eventList": list(events)},
        **fields,
    }


def event(**changes: Any) -> dict[str, Any]:
    changed = {**copy.deepcopy(RECEIVED), **changes}
    return {name: value for name, value in changed.items() if value is not None}


class Desk:
    """Score one case together with events."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.notes: list[str] = []
        self.aside = SetAsides()
        case = copy.deepcopy(dict(shipped_returns()[0].case))
        case["rma"] |= {
            "rma_id": "RMA-10023",
            "expected_serial": SERIAL,
            "requested_at": "2026-03-10T10:00:00Z",
        }
        case["rma"] = {key: case["rma"][key] for key in case["rma"] if not key.endswith("ed_at")} | {
            "requested_at": "2026-03-10T10:00:00Z"
        }
        case |= {"scans": [], "as_of": "2026-03-15T00:00:00Z"}
        case.pop("verification", None)
        case.pop("history", None)
        self.case_message = case

    def read(self, events: Any) -> ReturnCase:
        cases = self._folder / "cases.jsonl"
        cases.write_text(json.dumps(self.case_message))
        scans = self._folder / "events.json"
        scans.write_text(events if isinstance(events, str) else json.dumps(events))
        (line,) = good_lines(cases, [scans], tell=self.notes.append, aside=self.aside)
        return read_case(line)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_event_becomes_a_scan_of_its_case(desk: Desk) -> None:
    (scan,) = desk.read(document(RECEIVED)).scans

    assert scan.code is ScanCode.INDUCTED
    assert scan.time == datetime(2026, 3, 13, 14, 12, tzinfo=UTC)
    assert scan.known_at == datetime(2026, 3, 13, 14, 20, tzinfo=UTC)
    assert scan.place is not None
    assert (scan.place.latitude_deg, scan.place.longitude_deg) == (30.27, -97.74)
    assert (scan.facility, scan.handler) == ("geo:30.27,-97.74", "urn:epc:id:pgln:0614141.00777")
    assert scan.weight_g == 412.0
    assert [(code.element, code.code, code.meaning) for code in scan.source_codes] == [
        ("EPCIS bizStep", "receiving", "received into the inventory"),
        ("EPCIS disposition", "returned", "returned"),
    ]


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda one: [one], id="list"),
        pytest.param(lambda one: one, id="single event"),
        pytest.param(
            lambda one: {
                "type": "EPCISQueryDocument",
                "epcisBody": {"queryResults": {"resultsBody": {"eventList": [one]}}},
            },
            id="query document",
        ),
    ],
)
def test_events_are_found_in_every_shape_of_document(desk: Desk, shape: Any) -> None:
    assert len(desk.read(shape(RECEIVED)).scans) == 1


@pytest.mark.parametrize(
    "name", ["receiving", "urn:epcglobal:cbv:bizstep:receiving", "cbv:BizStep-receiving"]
)
@pytest.mark.parametrize("base", ["", "https://ref.gs1.org/"])
def test_business_steps_are_known_under_all_their_names(desk: Desk, name: str, base: str) -> None:
    written = "https://ref.gs1.org/cbv/BizStep-receiving" if base else name

    (scan,) = desk.read(document(event(bizStep=written))).scans
    assert (scan.code, scan.source_codes[0].code) == (ScanCode.INDUCTED, written)


@pytest.mark.parametrize(
    ("step", "state", "code"),
    [
        ("shipping", "in_transit", ScanCode.DEPARTED),
        ("arriving", None, ScanCode.ARRIVED),
        ("accepting", None, ScanCode.HANDED_OFF),
        ("receiving", "damaged", ScanCode.DAMAGED),
        ("loading", None, ScanCode.UNKNOWN),
        ("https://example.com/steps/weighing", "odd", ScanCode.UNKNOWN),
        (None, None, ScanCode.UNKNOWN),
    ],
)
def test_step_and_disposition_name_the_scan(
    desk: Desk, step: str | None, state: str | None, code: ScanCode
) -> None:
    (scan,) = desk.read(document(event(bizStep=step, disposition=state))).scans

    assert scan.code is code
    assert [kept.code for kept in scan.source_codes] == [name for name in (step, state) if name]


@pytest.mark.parametrize(
    "known",
    [
        pytest.param({"epcList": [UNIT], "bizTransactionList": None}, id="serial in a URN"),
        pytest.param(
            {"epcList": [f"https://id.gs1.org/01/00614141073467/21/{SERIAL}"], "bizTransactionList": None},
            id="serial in a digital link",
        ),
        pytest.param(
            {
                "epcList": [],
                "bizTransactionList": [{"type": "urn:epcglobal:cbv:btt:rma", "bizTransaction": "RMA-10023"}],
            },
            id="RMA number alone",
        ),
        pytest.param(
            {"type": "AggregationEvent", "epcList": None, "childEPCs": [UNIT], "bizTransactionList": None},
            id="child of an aggregation",
        ),
    ],
)
def test_an_event_finds_its_case_by_any_number_it_shares(desk: Desk, known: dict[str, Any]) -> None:
    assert len(desk.read(document(event(**known))).scans) == 1


def test_a_parcel_is_known_by_its_eighteen_digits_in_both_spellings(desk: Desk) -> None:
    urn = "urn:epc:id:sscc:0614141.1234567890"
    link = "https://id.gs1.org/00/106141412345678908"
    first = event(epcList=[urn, UNIT], bizStep="shipping")
    later = event(epcList=[link], bizTransactionList=None, eventID="other", eventTime="2026-03-13T16:00:00Z")
    desk.case_message["scans"] = [
        {"code": "picked_up", "tracking_id": "106141412345678908", "time": "2026-03-11T10:00:00Z"}
    ]

    scans = desk.read(document(first, later)).scans
    assert [scan.tracking_id for scan in scans] == ["106141412345678908"] * 3


def test_a_unit_seen_on_its_way_out_is_no_scan_of_its_return(desk: Desk) -> None:
    sold = event(
        bizStep="shipping", eventTime="2026-01-02T10:00:00Z", recordTime=None, bizTransactionList=None
    )

    assert desk.read(document(sold)).scans == ()
    assert any("before its return was asked for" in note for note in desk.notes)


@pytest.mark.parametrize(
    ("state", "outcome", "status"),
    [
        ("mismatch_instance", Outcome.MISMATCH_INSTANCE, ListStatus.UNKNOWN),
        ("mismatch_class", Outcome.MISMATCH_CLASS, ListStatus.UNKNOWN),
        ("mismatch_quantity", Outcome.MISMATCH_QUANTITY, ListStatus.UNKNOWN),
        ("conformant", Outcome.MATCH, ListStatus.UNKNOWN),
        ("stolen", Outcome.UNKNOWN, ListStatus.STOLEN),
    ],
)
def test_an_inspection_becomes_the_verification(
    desk: Desk, state: str, outcome: Outcome, status: ListStatus
) -> None:
    case = desk.read(document(event(bizStep="inspecting", disposition=state)))

    assert case.scans == ()
    assert case.verification is not None
    assert (case.verification.outcome, case.verification.list_status) == (outcome, status)
    assert case.verification.verified_at == datetime(2026, 3, 13, 14, 12, tzinfo=UTC)


def test_a_case_keeps_the_verification_it_came_with(desk: Desk) -> None:
    desk.case_message["verification"] = {"verified_at": "2026-03-14T08:00:00Z", "outcome": "match"}

    case = desk.read(document(event(bizStep="inspecting", disposition="mismatch_instance")))
    assert case.verification is not None
    assert case.verification.outcome is Outcome.MATCH


def test_events_declared_in_error_are_left_out_with_what_they_repeat(desk: Desk) -> None:
    withdrawn = event(errorDeclaration={"declarationTime": "2026-03-14T10:00:00Z"})

    assert desk.read(document(RECEIVED, withdrawn)).scans == ()
    assert (
        "EPCIS events declared to be in error: left out (2 times, first at events.json: event 0)"
        in desk.notes
    )


def test_without_record_time_the_document_s_own_time_counts(desk: Desk) -> None:
    (scan,) = desk.read(document(event(recordTime=None))).scans

    assert scan.known_at == datetime(2026, 3, 14, tzinfo=UTC)


def test_an_event_recorded_before_it_happened_is_known_when_it_happens(desk: Desk) -> None:
    (scan,) = desk.read(document(event(recordTime="2026-03-13T14:00:00Z"))).scans

    assert scan.known_at == scan.time
    assert any("check the sender's clock" in note for note in desk.notes)


def test_scans_known_after_the_case_s_own_moment_are_told_and_do_not_count(desk: Desk) -> None:
    desk.case_message["as_of"] = "2026-03-12T00:00:00Z"

    case = desk.read(document(RECEIVED))

    assert len(case.scans) == 1
    assert any("known after their as_of, which do not count, at RMA-10023" in note for note in desk.notes)


def test_transformations_are_left_out_and_told(desk: Desk) -> None:
    assert desk.read(document(event(type="TransformationEvent"))).scans == ()
    told = "EPCIS TransformationEvent tells nothing of a parcel: left out, at events.json: event 0"
    assert told in desk.notes


WRONG = {
    "no zone": (
        event(eventTime="2026-03-13T09:12:00", eventTimeZoneOffset=None),
        "eventTime: write date, time and zone",
    ),
    "no time": (event(eventTime=None), "eventTime: Field required"),
    "words for a time": (event(eventTime="yesterday"), "eventTime"),
    "digits for a time": (event(eventTime="20260313"), "eventTime: write date, time and zone"),
    "number for a time": (event(eventTime=1773400000), "eventTime: write date, time and zone"),
    "number for a list": (event(epcList=7), "epcList"),
    "place off the globe": (event(readPoint={"id": "geo:99,0"}), "latitude_deg"),
    "text for an event": ("receiving", "event"),
    "nothing in an event": ({}, "eventTime: Field required"),
}


@pytest.mark.parametrize(("wrong", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_event_is_set_aside_and_the_others_are_read(desk: Desk, wrong: Any, words: str) -> None:
    case = desk.read(document(RECEIVED, wrong, event(eventTime="2026-03-13T20:00:00Z", recordTime=None)))

    (aside,) = desk.aside.first
    assert len(case.scans) == 2
    assert re.match(f"events.json: event 1: (?!event 1).*{words}", str(aside))


REFUSED = {
    "no body": (document(epcisBody={}), "epcisBody.eventList is missing"),
    "creation without zone": (
        document(creationDate="2026-03-14T00:00:00"),
        "creationDate .* no time with a zone",
    ),
    "broken JSON": (json.dumps(document(RECEIVED))[:-3], "is no JSON"),
}


@pytest.mark.parametrize(("events", "words"), REFUSED.values(), ids=REFUSED)
def test_a_document_without_events_is_refused(desk: Desk, events: Any, words: str) -> None:
    with pytest.raises(InvalidMessage, match=words) as refused:
        desk.read(events)
    assert str(refused.value).startswith("events.json")


def test_a_weight_in_unknown_units_is_unknown_and_told(desk: Desk) -> None:
    sensor = [{"sensorReport": [{"type": "gs1:MT-Mass", "value": 4, "uom": "STONE"}]}]

    (scan,) = desk.read(document(event(sensorElementList=sensor))).scans
    assert scan.weight_g is None
    assert any("weight unit 'STONE' is not one of" in note for note in desk.notes)


def test_events_are_no_cases(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_text(json.dumps(document(RECEIVED)))

    with pytest.raises(InvalidMessage, match="give it as --scans"):
        list(case_lines(path))
