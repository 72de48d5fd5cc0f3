"""Let a person choose otherwise, within what safety and law leave open."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from data.decision import Destination, Disposition
from data.money import Money
from data.strict import LINES_PATTERN, Frozen, Name
from serving.disposition.policy import Policy
from serving.record.desk.desk_rules import DeskRules, ReasonCode
from serving.record.desk.two_people import are_two_people
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
    second_person: Name | None = Field(
        None, description="The second approver that destroy needs, and a return of high value."
    )
    reason: Reason
    reason_code: ReasonCode | None = None

    @model_validator(mode="after")
    def _two_people_destroy(self) -> Self:
        if self.disposition is not Disposition.DESTROY:
            return self
        if not self.has_two_people:
            raise ValueError(
                "destroy can't be undone and needs two different people; "
                "name the second approver in second_person"
            )
        return self

    @property
    def has_two_people(self) -> bool:
        """Return whether two people answer for it, and not one under two spellings of a name."""
        return self.second_person is not None and are_two_people(self.person, self.second_person)


def override_of(
    request: OverrideRequest, kept: Kept, policy: Policy, rules: DeskRules, at: datetime
) -> Override:
    """Turn a request into the override that is kept.

    Raises OverrideRefused when a binding gate of the decision forbids the choice, or when the return is worth
    more than one person may answer for; raises WrongAtDesk for a reason that the desk's file does not have.
    """
    rules.require_reason(request.reason_code)
    _require_people(request, kept, policy, rules)
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
        reason_code=request.reason_code,
    )


def _require_people(request: OverrideRequest, kept: Kept, policy: Policy, rules: DeskRules) -> None:
    limit, value = rules.two_people_above.value, Money.model_validate(kept.case["rma"]["value"])
    # Asked for the good news, so that what can't be compared needs two.
    if request.has_two_people or policy.amount(value) <= policy.amount(limit):
        return
    raise OverrideRefused(
        f"The return is worth {value.currency} {value.amount:.2f}, and above {limit.currency} "
        f"{limit.amount:.2f} an override needs two different people: name the second approver in "
        "second_person"
    )


def _country(kept: Kept) -> str | None:
    country = kept.case["rma"]["country"]
    return str(country) if country else None
