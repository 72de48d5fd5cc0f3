"""Let a photo that was used for another return keep anybody from being lenient: a person compares them."""

from dataclasses import replace

from data.fraud import Action, FraudScore, Reason
from data.memory import Memory, SameBy, SamePhoto
from serving.fraud.reasons import reason_texts

SAME_PHOTO = "same_photo"
_SAID = {
    SameBy.AS_SENT: "the same file",
    SameBy.PIXELS: "the same pixels in another file",
    SameBy.LIKENESS: "the same picture, encoded anew",
}
# Returns that a reason names at most; the memory of the decision names all.
_NAMED = 3


def heed(score: FraudScore, memory: Memory | None) -> FraudScore:
    """Return a score that asks for a review at the least where a photo was used before, and says so.

    The probability stays the model's own: what moves is what follows from it.
    """
    if memory is None or not memory.photos:
        return score
    reason = Reason(SAME_PHOTO, _text(memory), reason_texts()["photo_reuse"].customer, 0.0)
    action = Action.REVIEW if score.action is Action.RELEASE else score.action
    return replace(score, action=action, reasons=(reason, *score.reasons))


def _text(memory: Memory) -> str:
    first = {photo.rma_id: photo for photo in reversed(memory.photos)}
    told = [_told(first[rma_id]) for rma_id in memory.reused_for[:_NAMED]]
    more = len(memory.reused_for) - _NAMED
    rest = f", and for {more} more" if more > 0 else ""
    return f"The same photo was used for {'; '.join(told)}{rest} (asks for a review)"


def _told(photo: SamePhoto) -> str:
    here, there = photo.photo + 1, photo.its_photo + 1
    return f"RMA {photo.rma_id} (photo {here}, there photo {there}: {_SAID[photo.by]})"
