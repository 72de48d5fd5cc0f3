"""Let nobody be lenient with a return that was found to be fraud, or whose photo was used for another one."""

from data.fraud import Action, FraudScore
from data.history import PriorOutcome
from data.memory.memory import Memory, SameBy, SamePhoto
from serving.fraud.raised import raised, raised_by

SAME_PHOTO, FOUND_OUT = "same_photo", "confirmed_fraud"
_SAID = {
    SameBy.AS_SENT: "the same file",
    SameBy.PIXELS: "the same pixels in another file",
    SameBy.LIKENESS: "the same picture, encoded anew",
}
# Returns that a reason names at most; the memory of the decision names all.
_NAMED = 3


def heed(score: FraudScore, memory: Memory | None) -> FraudScore:
    """Return a score that asks for a review of a photo that was used before, and for a hold of found fraud.

    The probability stays the model's own: what moves is what follows from it, and never to the lenient side.
    """
    if memory is None:
        return score
    if memory.photos:
        score = raised(score, SAME_PHOTO, _text(memory), Action.REVIEW, said_as="photo_reuse")
    if memory.outcome is PriorOutcome.FRAUD:
        text = "This return was found to be fraud after an earlier decision of it (asks for a hold)"
        score = raised(score, FOUND_OUT, text, Action.HOLD, said_as="known_frauds")
    return score


def remembered_text(score: FraudScore) -> str:
    """Return what the reasons of a score say that our own record knew, nothing where that moved nothing."""
    return raised_by(score, {SAME_PHOTO, FOUND_OUT})


def _text(memory: Memory) -> str:
    first = {photo.rma_id: photo for photo in reversed(memory.photos)}
    told = [_told(first[rma_id]) for rma_id in memory.reused_for[:_NAMED]]
    more = len(memory.reused_for) - _NAMED
    rest = f", and for {more} more" if more > 0 else ""
    return f"The same photo was used for {'; '.join(told)}{rest} (asks for a review)"


def _told(photo: SamePhoto) -> str:
    here, there = photo.photo + 1, photo.its_photo + 1
    return f"RMA {photo.rma_id} (photo {here}, there photo {there}: {_SAID[photo.by]})"
