"""Ask for a stricter action than a score does, with the reason in front; the probability stays."""

from collections.abc import Collection
from dataclasses import replace

from data.fraud import Action, FraudScore, Reason
from serving.fraud.reasons import reason_texts


def raised(score: FraudScore, code: str, text: str, least: Action, *, said_as: str) -> FraudScore:
    """Return a score whose action is at least `least`, with a reason for it.

    said_as: the reason of the model whose text for the customer fits.
    """
    reason = Reason(code, text, reason_texts()[said_as].customer, 0.0)
    return replace(score, action=score.action.at_least(least), reasons=(reason, *score.reasons))


def raised_by(score: FraudScore, codes: Collection[str]) -> str:
    """Return what the reasons with some codes say that raised the action; nothing where none did."""
    return " ".join(f"{one.text}." for one in score.reasons if one.code in codes)
