"""Write the reasons of a score: exact contributions of the trees by reason, with the values of the case."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from data.fraud import Reason, direction_of
from data.strict import Frozen
from data.versioned_file import read_yaml
from features.case.contract import CaseContract
from serving.fraud.facts import Facts

Floats = NDArray[np.float64]
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


def gather(contributions: Floats, contract: CaseContract) -> Floats:
    """Return (n, codes) sums of (n, features) contributions, by the reason codes of the contract."""
    codes = len(contract.reason_codes)
    places = np.arange(len(contributions))[:, None] * codes + np.array(contract.reason_places)
    sums = np.bincount(places.ravel(), contributions.ravel(), minlength=len(contributions) * codes)
    return sums.astype(np.float64, copy=False).reshape(-1, codes)


def strongest_reasons(
    codes: Sequence[str], contributions: Floats, facts: Facts, *, most: int
) -> tuple[Reason, ...]:
    """Return the reasons that moved a score most, strongest first, of (codes,) contributions."""
    strongest = np.argsort(-np.abs(contributions), kind="stable")[:most]
    pairs = zip(strongest.tolist(), contributions[strongest].tolist(), strict=True)
    return tuple(
        _reason(codes[place], contribution, facts) for place, contribution in pairs if contribution != 0.0
    )


def _reason(code: str, contribution: float, facts: Facts) -> Reason:
    text = reason_texts()[code]
    said = f"{say_reason(text.operator, facts)} ({direction_of(contribution)} the score)"
    return Reason(code=code, text=said, customer_text=text.customer, contribution=contribution)


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


def moments_of(vectors: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return (n,) places in Moment that the first feature of each vector names."""
    return vectors[:, 0].astype(np.intp)
