"""Write the reasons of a score: exact contributions of the trees by reason, with the values of the case."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from data.case import ReturnCase
from data.fraud import Moment, Reason
from data.strict import Frozen
from data.versioned_file import read_yaml
from features.case.contract import CaseContract
from serving.fraud.facts import Facts

REASON_TEXTS = Path(__file__).parent / "policies" / "fraud-reasons-2.yaml"


class BySign(Frozen):
    """The texts of a reason by the sign of a feature; a side without a text tells nothing."""

    of: str
    above: str = ""
    zero: str = ""
    below: str = ""


Part = str | BySign


class OperatorText(Frozen):
    """The parts of a reason's text for an operator; each entry is explained in the file."""

    lead: str = ""
    parts: tuple[Part | tuple[Part, ...], ...] = Field(min_length=1)
    none: str = ""
    unknown: str = Field(min_length=1)


class ReasonText(Frozen):
    """The texts of one reason, for an operator, with facts in braces, and for a customer."""

    operator: OperatorText
    customer: str = Field(min_length=1)


class _ReasonTexts(Frozen):
    """The entries of the file of texts, explained there."""

    version: str
    reasons: dict[str, ReasonText]


@cache
def reason_texts() -> dict[str, ReasonText]:
    """Read the texts of every reason code."""
    return read_yaml(REASON_TEXTS, _ReasonTexts).reasons


def gather(contributions: NDArray[np.float64], contract: CaseContract) -> dict[str, float]:
    """Sum one case's contributions, one a feature, by reason code."""
    sums: dict[str, float] = {}
    for feature, contribution in zip(contract.features, contributions.tolist(), strict=True):
        sums[feature.reason] = sums.get(feature.reason, 0.0) + contribution
    return sums


def strongest_reasons(
    sums: Mapping[str, float],
    case: ReturnCase,
    vector: NDArray[np.float32],
    contract: CaseContract,
    *,
    most: int,
) -> tuple[Reason, ...]:
    """Return the reasons that moved the score most, strongest first."""
    texts = reason_texts()
    facts = Facts(case, vector, contract)
    strongest = sorted(
        (code for code in sums if sums[code] != 0.0), key=lambda code: (-abs(sums[code]), code)
    )
    return tuple(
        Reason(
            code=code,
            text=f"{say_reason(texts[code].operator, facts)} ({_direction(sums[code])})",
            customer_text=texts[code].customer,
            contribution=sums[code],
        )
        for code in strongest[:most]
    )


def say_reason(text: OperatorText, facts: Facts) -> str:
    """Return an operator's text of a reason: the parts that are known, or that none is."""
    told = [_part(part, facts) for part in text.parts]
    parts = ", ".join(part for part in told if part)
    if not parts:
        return text.unknown if all(part is None for part in told) else text.none or text.unknown
    said = f"{text.lead}: {parts}" if text.lead else parts
    return said[0].upper() + said[1:]


def _part(part: Part | tuple[Part, ...], facts: Facts) -> str | None:
    """Return a part in words, nothing where the facts have nothing to tell, None where they are not known."""
    if isinstance(part, tuple):
        told = [_part(one, facts) for one in part]
        return next((one for one in told if one), None if all(one is None for one in told) else "")
    if isinstance(part, BySign):
        sign = facts.sign(part.of)
        return None if sign is None else _fill(getattr(part, sign), facts)
    return _fill(part, facts)


def _fill(template: str, facts: Facts) -> str | None:
    try:
        return template.format_map(facts)
    except KeyError:
        return None


def _direction(contribution: float) -> str:
    return "raises the score" if contribution > 0 else "lowers the score"


def moment_of(vector: NDArray[np.float32]) -> Moment:
    """Return the moment that the first feature of a vector names."""
    return tuple(Moment)[int(vector[0])]
