"""Let a person choose otherwise, within what safety and law leave open."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from data.decision import Destination, Disposition
from data.strict import LINES_PATTERN, Frozen, Name
from serving.disposition.policy import Policy
from serving.record.entry import Kept, Override
from serving.wording import say

Reason = Annotated[
    str,
    StringConstraints(min_length=3, max_length=1000, pattern=LINES_PATTERN, strip_whitespace=True),
]


class OverrideRefused(Exception):
    """A gate that nobody may overrule forbids the choice."""


class OverrideRequest(Frozen):
    """What a person chooses instead, who that is and why."""

    disposition: Disposition
    destination: Destination | None = Field(None, description="By default where the policy sends it.")
    person: Name = Field(description="Who decides, by name or badge.")
    second_person: Name | None = Field(None, description="The second approver that destroy needs.")
    reason: Reason

    @model_validator(mode="after")
    def _two_people_destroy(self) -> Self:
        if self.disposition is not Disposition.DESTROY:
            return self
        if self.second_person is None or self.second_person.casefold() == self.person.casefold():
            raise ValueError(
                "destroy can't be undone and needs two different people; "
                "name the second approver in second_person"
            )
        return self


def override_of(request: OverrideRequest, kept: Kept, policy: Policy, at: datetime) -> Override:
    """Turn a request into the override that is kept.

    Raises OverrideRefused when a binding gate of the decision forbids the choice.
    """
    for gate in kept.decision.gates:
        if gate.kind in policy.override.binding_gates and request.disposition in gate.forbidden:
            raise OverrideRefused(
                f"{say(request.disposition)} is closed by the {say(gate.kind)} gate, which nobody may "
                f"overrule: {gate.text} Correct the case and decide again, or choose a way that is open"
            )
    return Override(
        at=at,
        person=request.person,
        second_person=request.second_person,
        reason=request.reason,
        disposition=request.disposition,
        destination=request.destination or policy.destination(request.disposition, _country(kept)),
    )


def _country(kept: Kept) -> str | None:
    country = kept.case["rma"]["country"]
    return str(country) if country else None
