"""What the bench found asks for a review or a hold however sure the model is that nothing is wrong."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from data.case import ReturnCase
from data.device import DeviceClass
from data.fraud import Action, FloorFinding, FraudScore, Moment
from data.history import History, Link, PriorReturn
from data.money import Money
from data.rma import Channel, Rma
from data.scan import ScanCode, ScanEvent
from data.verification import ListStatus, Outcome, Verification
from serving.fraud.findings import findings_of
from serving.fraud.model import MODEL_NAME, FraudModel
from serving.fraud.policy import DEFAULT_POLICY, FraudPolicy, InvalidFraudPolicy, read_fraud_policy
from serving.release import open_release

REQUESTED = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
AS_OF = REQUESTED + 6 * DAY
RMA = Rma(
    rma_id="R1",
    channel=Channel.ECOMMERCE_CONSUMER,
    requested_at=REQUESTED,
    ordered_at=REQUESTED - 12 * DAY,
    device_class=DeviceClass.PHONE,
    sku="PH-1",
    expected_serial="AB12CD34EF",
    expected_imei="490154203237518",
    value=Money(amount=700, currency="USD"),
)
FINE = {"outcome": Outcome.MATCH, "list_status": ListStatus.CLEAN, "observed_serial": "AB12CD34EF"}
FOUND: list[tuple[dict[str, object], FloorFinding, Action]] = [
    ({"outcome": Outcome.EMPTY, "observed_serial": None}, FloorFinding.EMPTY_BOX, Action.HOLD),
    ({"outcome": Outcome.COUNTERFEIT}, FloorFinding.COUNTERFEIT, Action.HOLD),
    ({"list_status": ListStatus.STOLEN}, FloorFinding.LISTED, Action.HOLD),
    ({"list_status": ListStatus.LOST}, FloorFinding.LISTED, Action.HOLD),
    ({"outcome": Outcome.MISMATCH_INSTANCE}, FloorFinding.ANOTHER_UNIT, Action.REVIEW),
    ({"observed_serial": "ZZ99YY88XX"}, FloorFinding.ANOTHER_UNIT, Action.REVIEW),
    ({"observed_imei": "356938035643809"}, FloorFinding.ANOTHER_UNIT, Action.REVIEW),
    ({"outcome": Outcome.MISMATCH_CLASS}, FloorFinding.WRONG_CLASS, Action.REVIEW),
    ({"observed_device_class": DeviceClass.TABLET}, FloorFinding.WRONG_CLASS, Action.REVIEW),
]


@pytest.fixture(scope="module")
def model() -> FraudModel:
    return opened(lenient(read_fraud_policy()))


def lenient(policy: FraudPolicy) -> FraudPolicy:
    """Return a policy whose thresholds nothing reaches, so that only a floor can ask for anything."""
    never = {name: dict.fromkeys(Moment, 1.0) for name in policy.operating_points}
    hold = dict.fromkeys(Moment, 1.0)
    return FraudPolicy.model_validate(policy.model_dump() | {"operating_points": never, "hold": hold})


def opened(policy: FraudPolicy) -> FraudModel:
    return FraudModel.open(open_release(MODEL_NAME), policy)


def benched(after: Mapping[str, object] | None = None, **changes: object) -> ReturnCase:
    visit = Verification(**{"verified_at": AS_OF, **FINE, **(after or {})})
    return ReturnCase(**{"rma": RMA, "verification": visit, "as_of": AS_OF} | changes)


def scan(code: ScanCode, day: float, label: str | None = "1Z-1", **more: object) -> ScanEvent:
    return ScanEvent(code=code, time=REQUESTED + day * DAY, tracking_id=label, **more)


def score(model: FraudModel, case: ReturnCase) -> FraudScore:
    (found,) = model.score([case])
    return found


def test_a_device_that_is_what_was_sold_has_no_floor(model: FraudModel) -> None:
    found = score(model, benched())

    assert found.floors == ()
    assert found.action is Action.RELEASE


@pytest.mark.parametrize(("bench", "finding", "least"), FOUND)
def test_a_finding_asks_for_its_action_and_leaves_the_probability_alone(
    model: FraudModel, bench: dict[str, object], finding: FloorFinding, least: Action
) -> None:
    found = score(model, benched(bench))

    [floor] = found.floors
    assert (floor.finding, floor.action, found.action) == (finding, least, least)
    assert floor.text.endswith(f"(asks for at least a {least.value})")
    before = score(opened(model.policy.model_copy(update={"floors": None})), benched(bench))
    assert before.action is Action.RELEASE
    assert (before.probability, before.band, before.reasons) == (found.probability, found.band, found.reasons)


@pytest.mark.parametrize(("bench", "finding", "least"), FOUND)
def test_what_the_bench_found_after_as_of_asks_for_nothing(
    model: FraudModel, bench: dict[str, object], finding: FloorFinding, least: Action
) -> None:
    found = score(model, benched({**bench, "verified_at": AS_OF + timedelta(seconds=1)}))

    assert (found.floors, found.action) == ((), Action.RELEASE)


def test_several_findings_are_all_named_and_the_strictest_counts(model: FraudModel) -> None:
    bench = {"outcome": Outcome.COUNTERFEIT, "observed_serial": "ZZ99YY88XX"}

    found = score(model, benched(bench))

    assert [floor.finding for floor in found.floors] == [FloorFinding.COUNTERFEIT, FloorFinding.ANOTHER_UNIT]
    assert found.floors[1].text == (
        "The bench read serial ZZ99YY88XX where AB12CD34EF was sold (asks for at least a review)"
    )
    assert found.action is Action.HOLD


def test_a_floor_never_lowers_what_the_probability_asks_for() -> None:
    policy = read_fraud_policy()
    floors = policy.floors_of({FloorFinding.WRONG_CLASS: "The bench found a tablet"})

    assert policy.action(0.99, Moment.T2, 0.99, floors) is Action.HOLD
    assert policy.action(0.0, Moment.T2, 0.0, floors) is Action.REVIEW
    assert policy.action(0.0, Moment.T2, 0.0) is Action.RELEASE


@pytest.mark.parametrize("read", ["AB12CD34E", "S/N: AB12CD34EF", "AB12CD34EG", "n/a", None])
def test_a_slip_of_reading_is_no_other_unit(model: FraudModel, read: str | None) -> None:
    assert score(model, benched({"observed_serial": read})).floors == ()


def test_an_imei_that_fits_does_not_excuse_another_serial(model: FraudModel) -> None:
    bench = {"observed_serial": "ZZ99YY88XX", "observed_imei": "490154203237518"}

    assert [floor.finding for floor in score(model, benched(bench)).floors] == [FloorFinding.ANOTHER_UNIT]


def test_an_earlier_return_on_the_same_label_asks_for_a_review(model: FraudModel) -> None:
    prior = PriorReturn(rma_id="R0", links={Link.LABEL}, requested_at=REQUESTED - 9 * DAY)
    history = History(prior_returns=(prior,))
    seen = (scan(ScanCode.LABEL_CREATED, 1),)

    [floor] = score(model, benched(history=history, scans=seen)).floors

    assert (floor.finding, floor.action) == (FloorFinding.LABEL_REUSED, Action.REVIEW)
    later = (scan(ScanCode.LABEL_CREATED, 1, known_at=AS_OF + DAY),)
    assert score(model, benched(history=history, scans=later, verification=None)).floors == ()


@pytest.mark.parametrize("left_out", [(), (scan(ScanCode.LABEL_CREATED, 1, known_at=AS_OF + DAY),)])
def test_a_label_that_was_used_before_is_told_of_a_parcel_without_scans(model, left_out) -> None:
    """Leaving the scans out released what they would have had reviewed."""
    prior = PriorReturn(rma_id="R0", links={Link.LABEL}, requested_at=REQUESTED - 9 * DAY)
    history = History(prior_returns=(prior,))

    [floor] = score(model, benched(history=history, scans=left_out)).floors

    assert (floor.finding, floor.action) == (FloorFinding.LABEL_REUSED, Action.REVIEW)
    unopened = Verification(verified_at=AS_OF + DAY, **FINE)
    assert score(model, benched(history=history, scans=left_out, verification=unopened)).floors == ()


@pytest.mark.parametrize(
    ("scans", "is_found"),
    [
        ([scan(ScanCode.DELIVERED, 3), scan(ScanCode.PICKED_UP, 4)], True),
        ([scan(ScanCode.INDUCTED, 3), scan(ScanCode.DROPPED_OFF, 4, "1z1")], True),
        ([scan(ScanCode.DELIVERED, 3), scan(ScanCode.PICKED_UP, 4, "1Z-2")], False),
        ([scan(ScanCode.DELIVERED, 3, None), scan(ScanCode.PICKED_UP, 4, None)], False),
        ([scan(ScanCode.DELIVERED, 3), scan(ScanCode.PICKED_UP, 4, known_at=AS_OF + DAY)], False),
        # One pick-up as X12 214 tells it: arrived, loaded, departed.
        ([*(scan(ScanCode.PICKED_UP, day) for day in (1, 1.1, 1.2)), scan(ScanCode.DELIVERED, 3)], False),
    ],
)
def test_a_label_is_used_again_once_a_carrier_has_it_after_its_delivery(
    scans: list[ScanEvent], is_found: bool
) -> None:
    found = findings_of(benched(scans=tuple(scans)), label_returns=float("nan"))

    assert (FloorFinding.LABEL_REUSED in found) is is_found


def test_a_policy_from_before_there_were_floors_is_read_and_says_so_at_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A replay reads the file that decided then, and decides as then."""
    document = yaml.safe_load(DEFAULT_POLICY.read_text())
    before = tmp_path / "fraud-2.yaml"
    before.write_text(yaml.safe_dump({name: document[name] for name in document if name != "floors"}))

    model = opened(lenient(read_fraud_policy(before)))

    assert score(model, benched({"outcome": Outcome.EMPTY})).floors == ()
    assert score(model, benched({"outcome": Outcome.EMPTY})).action is Action.RELEASE
    [warning] = caplog.messages
    assert f"fraud policy {document['version']} has no floors" in warning


@pytest.mark.parametrize(
    ("floors", "message"),
    [
        ({"counterfeit": None}, "floors: lacks counterfeit: every finding needs an entry"),
        ({"listed": {"action": "release", "source": "assumed"}}, r"floors\.listed\.action"),
        ({"listed": {"action": "hold"}}, r"floors\.listed\.source"),
        ({"shoe_size": {"action": "hold", "source": "assumed"}}, r"floors\.shoe_size"),
    ],
)
def test_a_table_of_floors_that_leaves_something_open_is_refused(
    tmp_path: Path, floors: dict[str, object], message: str
) -> None:
    document = yaml.safe_load(DEFAULT_POLICY.read_text())
    table = {**document["floors"], **floors}
    path = tmp_path / "fraud.yaml"
    path.write_text(yaml.safe_dump(document | {"floors": {k: v for k, v in table.items() if v is not None}}))

    with pytest.raises(InvalidFraudPolicy, match=message):
        read_fraud_policy(path)


def test_a_policy_that_is_written_anew_has_the_floors_of_the_shipped_one() -> None:
    template = files("training.fraud.report").joinpath("policy.template.yaml").read_text(encoding="utf-8")
    shipped = DEFAULT_POLICY.read_text(encoding="utf-8")

    assert template[template.index("floors:") :] == shipped[shipped.index("floors:") :]


def test_every_finding_of_the_floors_can_be_made() -> None:
    made = {finding for _, finding, _ in FOUND} | {FloorFinding.LABEL_REUSED}

    assert made == set(FloorFinding)
