"""Change one fact of a case at a time, and see whether its score goes the way that it must.

A fact is tried with values from the best to the worst. Where their order is law no worse value may score
lower. A case without the fact may score no lower than with its best value, and no higher than with its worst.
"""

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from data.case import ReturnCase, read_case
from data.rma import ReturnReason
from features.case.case_vector import vectorise_many
from training.fraud.rows import Values

Message = dict[str, Any]
Tried = Callable[[Message], Sequence[Any]]
TOLERANCE = 1e-6
"""By so much of a probability two scores may differ that should be the same: float32 holds no more."""
GONE = object()
"""Stands for a fact that is not said."""
STRAIGHT_WAY = (
    "label_created",
    "dropped_off",
    "arrived",
    "departed",
    "arrived",
    "departed",
    "delivered",
    "inducted",
)
STEPS_DAYS = (*range(1, 125), 180, 300)
FAR_DAYS, NEAR_DAYS = 4_000, 900


class Scorer(Protocol):
    """Whatever gives vectors a probability."""

    def probabilities(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (n,) probabilities of (n, features) vectors."""


@dataclass(frozen=True)
class Fact:
    """One fact of a case: where it stands, the values to try, and whether their order is law.

    `tried` returns nothing for a case of which the fact says nothing. Where the best and the worst value are
    not among those tried, only their order is judged.
    """

    path: str
    tried: Tried
    is_ordered: bool = True
    is_best_tried: bool = True

    def changed(self, message: Message, value: Any) -> Message:
        """Return a message with one value of the fact, or without it for GONE."""
        found = deepcopy(message)
        *parts, name = self.path.split(".")
        part = found
        for each in parts:
            part = part[each]
        if value is GONE:
            part.pop(name, None)
        else:
            part[name] = value
        return found


@dataclass(frozen=True)
class Broken:
    """How many of the cases broke a law of one fact: of its order, or of its absence."""

    path: str
    cases: int
    order: int
    flattered: int
    blamed: int
    worst: float

    @property
    def total(self) -> int:
        """Return how many laws were broken in all."""
        return self.order + self.flattered + self.blamed


def count_broken(model: Scorer, messages: Sequence[Message], facts: Sequence["Fact"]) -> list[Broken]:
    """Count for each fact the cases in which a model breaks a law."""
    return [_broken(model, messages, fact) for fact in facts]


def _broken(model: Scorer, messages: Sequence[Message], fact: Fact) -> Broken:
    tried = [(message, fact.tried(message)) for message in messages if _has_place(message, fact)]
    tried = [(message, values) for message, values in tried if values]
    changed = [fact.changed(one, value) for one, values in tried for value in (*values, GONE)]
    scores = iter(_scores(model, [read_case(json.dumps(one)) for one in changed]))
    order = flattered = blamed = 0
    worst = 0.0
    for _, values in tried:
        given = np.array([next(scores) for _ in values])
        gone = next(scores)
        falls = float((given[:-1] - given[1:]).max(initial=0.0)) if fact.is_ordered else 0.0
        under, over = float(given.min()) - gone, gone - float(given.max())
        worst = max(worst, falls, *((under, over) if fact.is_best_tried else ()))
        order += falls > TOLERANCE
        flattered += fact.is_best_tried and under > TOLERANCE
        blamed += fact.is_best_tried and over > TOLERANCE
    return Broken(fact.path, len(tried), order, flattered, blamed, worst)


def _has_place(message: Message, fact: Fact) -> bool:
    part: Any = message
    for each in fact.path.split(".")[:-1]:
        part = part.get(each)
        if part is None:
            return False
    return True


def _scores(model: Scorer, cases: Sequence[ReturnCase]) -> Values:
    if not cases:
        return np.zeros(0)
    vectors: NDArray[np.float32] = vectorise_many(cases, [None] * len(cases))
    return model.probabilities(vectors).astype(np.float64)


def _always(*values: Any) -> Tried:
    return lambda _: values


def _before_request(*days: float) -> Tried:
    return lambda message: [_instant(_requested(message) - timedelta(days=each)) for each in days]


def _ordered_at(message: Message) -> Sequence[str]:
    """Return dates before the delivery, where one is said."""
    latest = message["rma"].get("delivered_at")
    dates = _before_request(*STEPS_DAYS)(message)
    return [*([latest] if latest else []), *(date for date in dates if latest is None or date <= latest)]


def _delivered_at(message: Message) -> Sequence[str]:
    earliest = message["rma"].get("ordered_at")
    dates = _before_request(*STEPS_DAYS)(message)
    known = [date for date in dates if earliest is None or date >= earliest]
    return [*([earliest] if earliest else []), *known]


def _windows(message: Message) -> Sequence[int]:
    """Return windows that were over long ago, end about now, and have long to go."""
    bought = message["rma"].get("delivered_at") or message["rma"].get("ordered_at")
    owned = (_requested(message) - _read(bought)).days if bought else 0
    return [owned + left for left in range(-60, 200) if owned + left >= 0]


def _account_created_at(message: Message) -> Sequence[str]:
    """Return ever younger accounts, the last made after the order."""
    ordered = message["rma"].get("ordered_at")
    made = [FAR_DAYS, NEAR_DAYS, 60, 10, 1, 0]
    dates = [_requested(message) - timedelta(days=each) for each in made]
    if ordered is not None:
        dates.append(_read(ordered) + (_requested(message) - _read(ordered)) / 2)
    return [_instant(date) for date in sorted(dates)]


def _serials(message: Message) -> Sequence[str]:
    sold = message["rma"].get("expected_serial")
    return [sold, "QX77731904"] if sold else []


def _imeis(message: Message) -> Sequence[str]:
    sold = message["rma"].get("expected_imei")
    return [sold, "356938035643809"] if sold else []


def _weights(message: Message) -> Sequence[float]:
    sold = message["rma"].get("expected_weight_g")
    return [max(1.0, round(sold * share)) for share in (1.0, 0.97, 0.9, 0.6, 0.3, 0.1)] if sold else []


def _scans_with(share: float, message: Message) -> list[Message]:
    weighed: list[Message] = deepcopy(message["scans"])
    for scan in weighed:
        if "weight_g" in scan:
            scan["weight_g"] = max(1.0, round(message["rma"]["expected_weight_g"] * share))
    return weighed


def _scans(message: Message) -> Sequence[Any]:
    """Return the scans as they are with less and less weight, where any says one."""
    is_weighed = any("weight_g" in scan for scan in message.get("scans", ()))
    if not is_weighed or "expected_weight_g" not in message["rma"]:
        return []
    return [_scans_with(share, message) for share in (1.0, 0.9, 0.6, 0.3)]


def _routes(message: Message) -> Sequence[Any]:
    """Return a straight quick way without any trouble, and the own one made worse."""
    own = message.get("scans")
    if not own:
        return []
    first = _read(own[0]["time"])
    home = {"latitude_deg": 40.0, "longitude_deg": -80.0}
    best = [
        {
            "code": code,
            "time": _instant(first + timedelta(hours=3 * place)),
            "known_at": _instant(first + timedelta(hours=3 * place)),
            "carrier": "one",
            "tracking_id": "T1",
            "facility": f"F{place // 3}",
            "handler": "one",
            "is_third_party": False,
            "place": home,
            **({"weight_g": message["rma"]["expected_weight_g"]} if _is_weighed(message, place) else {}),
        }
        for place, code in enumerate(STRAIGHT_WAY)
    ]
    trouble = [{**own[-1], "code": code} for code in ("rewrapped", "reconsigned", "address_corrected")]
    return [best, own, [*own, *trouble]]


def _is_weighed(message: Message, place: int) -> bool:
    return "expected_weight_g" in message["rma"] and place in {1, 2}


def _accessories(message: Message) -> Sequence[list[str]]:
    expected = message["rma"].get("expected_accessories") or []
    return [expected[: len(expected) - gone] for gone in range(len(expected) + 1)] if expected else []


def _another_reason(message: Message) -> str:
    return "recall" if message["rma"]["reason"] != "recall" else "upgrade"


def _outcome(worse: str) -> Fact:
    return Fact("verification.outcome", _always("match", worse))


def _known_frauds(link: str) -> Fact:
    """Return an empty history, then more and more earlier returns that are known to be fraud."""

    def tried(message: Message) -> Sequence[Message]:
        own = message.get("history") or {"prior_returns": []}
        return [_with_frauds(own, message, link, count) for count in (0, 1, 2, 3, 10)]

    return Fact("history", tried, is_best_tried=False)


def _with_frauds(own: Message, message: Message, link: str, count: int) -> Message:
    asked = _requested(message)
    added = [
        {
            "rma_id": f"KNOWN{number}",
            "links": [link],
            "customer_id": message["rma"]["customer_id"] if link == "customer" else f"OTHER{number}",
            "requested_at": _instant(asked - timedelta(days=30 + 20 * number)),
            "value": {"amount": 300.0, "currency": "USD"},
            "outcome": "fraud",
            "outcome_known_at": _instant(asked - timedelta(days=10)),
        }
        for number in range(count)
    ]
    return {**own, "prior_returns": [*own["prior_returns"], *added]}


def _bare_history(message: Message) -> Sequence[Message]:
    """Return a good customer's history, the own one, and one with known frauds."""
    own = message.get("history") or {"prior_returns": []}
    best = {"orders_count": 100, "prior_returns": []}
    return [best, own, _with_frauds({**own, "orders_count": 1}, message, "customer", 3)]


def _bench(message: Message) -> Sequence[Message]:
    """Return a bench that found all well, and the own one."""
    rma, own = message["rma"], message.get("verification")
    if own is None:
        return []
    best = {
        "verified_at": own["verified_at"],
        "outcome": "match",
        "observed_device_class": rma["device_class"],
        "observed_serial": rma.get("expected_serial"),
        "observed_imei": rma.get("expected_imei"),
        "weight_g": rma.get("expected_weight_g"),
        "accessories": rma.get("expected_accessories"),
        "seal": "intact",
        "lock": "off",
        "list_status": "clean",
        "functional": "F6",
    }
    worst = {**own, "outcome": "counterfeit", "list_status": "stolen", "lock": "on", "functional": "failed"}
    return [{name: value for name, value in best.items() if value is not None}, own, worst]


FACTS: tuple[Fact, ...] = (
    Fact("rma.ordered_at", _ordered_at, is_ordered=False),
    Fact("rma.delivered_at", _delivered_at, is_ordered=False),
    Fact("rma.account_created_at", _account_created_at),
    Fact("rma.return_window_days", _windows, is_ordered=False),
    Fact("rma.has_receipt", _always(True, False)),
    Fact("rma.reason", lambda message: [message["rma"]["reason"], *map(str, ReturnReason)], is_ordered=False),
    Fact("rma.first_reason", lambda message: [message["rma"]["reason"], _another_reason(message)]),
    Fact("rma.pickup_address_id", lambda message: [message["rma"]["address_id"], "ELSEWHERE"]),
    Fact("rma.declared_grade", _always("E", "D", "C", "B", "A")),
    Fact("rma.ownership", _always("leased", "owned", "financed"), is_ordered=False),
    Fact("history.orders_count", _always(500, 50, 10, 3, 1, 0)),
    *(_known_frauds(link) for link in ("customer", "address", "payment", "device", "label")),
    Fact("history", _bare_history, is_ordered=False),
    Fact("scans", _scans, is_best_tried=False),
    Fact("scans", _routes, is_ordered=False),
    Fact("verification.observed_serial", _serials),
    Fact("verification.observed_imei", _imeis),
    *(
        _outcome(worse)
        for worse in ("mismatch_instance", "mismatch_class", "mismatch_quantity", "empty", "counterfeit")
    ),
    Fact("verification.observed_device_class", lambda message: [message["rma"]["device_class"], "other"]),
    Fact("verification.weight_g", _weights),
    Fact("verification.accessories", _accessories),
    Fact("verification.seal", _always("intact", "broken", "resealed")),
    Fact("verification.lock", _always("off", "on")),
    Fact("verification.list_status", _always("clean", "stolen")),
    Fact("verification.functional", _always("F6", "F4", "F2", "F1", "failed")),
    Fact("verification", _bench, is_ordered=False),
)


def _requested(message: Message) -> datetime:
    return _read(message["rma"]["requested_at"])


def _read(instant: str) -> datetime:
    return datetime.fromisoformat(instant)


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
