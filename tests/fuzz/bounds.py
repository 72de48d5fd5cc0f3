"""Measure what a photo may cost on this machine: three answers about a phone's photo, and 400 MiB more."""

import io
from dataclasses import dataclass

from PIL import Image

from tests.fuzz.children import Outcome, read_in_child
from tests.fuzz.costly_photos import phone_jpeg

TIMES, MORE_MIB = 3.0, 400.0


@dataclass(frozen=True)
class Bounds:
    """What an answer about a 50-megapixel phone JPEG takes, and what of it is not reading."""

    answer_s: float
    judging_s: float
    memory_mib: float

    def __str__(self) -> str:
        return (
            f"a 50-megapixel phone JPEG: {self.answer_s:.2f} s of CPU for an answer, "
            f"{self.judging_s:.2f} s of them for judging it, {self.memory_mib:.0f} MiB"
        )

    def hold_for_answer(self, outcome: Outcome, *, doubt: float = 1.0) -> bool:
        """Return whether an answer was as it should be and cost no more than it may, times `doubt`."""
        is_cheap = outcome.cpu_s <= TIMES * self.answer_s * doubt
        return _is_answer(outcome) and is_cheap and self._is_small(outcome)

    def hold_for_reading(self, outcome: Outcome) -> bool:
        """Return whether reading cost no more than leaves time for judging."""
        return outcome.cpu_s <= TIMES * self.answer_s - self.judging_s and self._is_small(outcome)

    def _is_small(self, outcome: Outcome) -> bool:
        return outcome.memory_mib <= self.memory_mib + MORE_MIB


def measure_bounds() -> Bounds:
    """Measure twice and take the second: the first answer of a process takes longer.

    Where the network finds a narrow device in the phone's photo it looks at less: an answer never counts as
    cheaper than judging the whole of a small one.
    """
    *_, judged, answered = read_in_child([("small", _small()), ("phone", phone_jpeg())] * 2, grade=True)
    return Bounds(max(answered.cpu_s, judged.cpu_s), judged.cpu_s, answered.memory_mib)


def measure_again(name: str, photo: bytes) -> tuple[Bounds, Outcome]:
    """Measure the phone's photo and a costly one right after each other, in processes that have warmed up."""
    bounds = measure_bounds()
    *_, outcome = read_in_child([("small", _small()), (name, photo)], grade=True)
    return bounds, outcome


def _small() -> bytes:
    small = io.BytesIO()
    Image.new("RGB", (1600, 1200), (90, 120, 150)).save(small, "JPEG")
    return small.getvalue()


def _is_answer(outcome: Outcome) -> bool:
    return outcome.outcome in {"read", "refused"}
