"""Build a return with everything in order, so that a test names only what differs."""

from dataclasses import replace
from typing import Any

from data.case import ReturnCase, parse_case
from data.condition import AsFarAsSeen, Assurance, Condition, ModelIdentity, PhotoFinding, PhotoQuality
from data.defect import DefectKind, Grade
from data.device import DeviceClass, View
from data.fraud import Action, Band, FraudScore, Moment

RMA = {
    "rma_id": "RMA-1",
    "channel": "ecommerce_consumer",
    "reason": "changed_mind",
    "requested_at": "2026-03-01T09:00:00Z",
    "device_class": "phone",
    "sku": "PH-128",
    "ownership": "owned",
    "country": "CA",
    "value": {"amount": 600, "currency": "CAD"},
}
VERIFICATION = {
    "verified_at": "2026-03-08T09:00:00Z",
    "outcome": "match",
    "lock": "off",
    "list_status": "clean",
    "sanitisation": "purge",
    "battery_kind": "lithium_ion",
    "battery_signs": ["none_seen"],
    "functional": "F5",
}


def clear_case(verification: dict[str, Any] | None = None, **rma: Any) -> ReturnCase:
    """Return a phone with nothing open, changed by what the test names."""
    return parse_case(
        {
            "rma": {**RMA, **rma},
            "verification": {**VERIFICATION, **(verification or {})},
            "as_of": "2026-03-08T10:00:00Z",
        }
    )


def photographed(grade: Grade | None = Grade.A, *, swelling: float = 0.0, **shares: float) -> Condition:
    """Return a condition with a sure grade, or with the shares the test names."""
    certain = {grade: 1.0} if grade else {}
    given = {Grade(name): share for name, share in shares.items()} or certain
    photo = PhotoFinding(
        index=0,
        quality=PhotoQuality(grade is not None, (), () if grade else ("Add light.",)),
        device_found=True,
        device_class=DeviceClass.PHONE,
        view=View.FRONT_OFF,
        box=None,
        defect_probabilities={DefectKind.SWELLING: swelling},
    )
    return Condition(
        grade=grade,
        grade_probabilities={each: given.get(each, 0.0) for each in Grade},
        standards={},
        abstain_reasons=() if grade else ("too dark",),
        deciding_limit="none",
        defects=(),
        photos=(photo,),
        model=ModelIdentity("condition", "0", "0" * 64),
    )


def graded_as_seen(
    grade: Grade = Grade.A, *views: View, needs_person: bool = False, **shares: float
) -> Condition:
    """Return a condition without a grade, but with one as far as these views show: by default the front."""
    whole = photographed(grade, **shares)
    seen = AsFarAsSeen(grade, 0.95, needs_person, views or (View.FRONT_OFF,), Assurance(0.825))
    return replace(whole, grade=None, abstain_reasons=("uncertain",), as_far_as_seen=seen)


def scored(action: Action = Action.RELEASE, probability: float = 0.02) -> FraudScore:
    """Return a fraud score that asks for one action."""
    model = ModelIdentity("fraud", "0", "1" * 64)
    return FraudScore("RMA-1", Moment.T2, probability, Band.LOW, action, (), (), model)
