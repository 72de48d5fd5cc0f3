"""Read how often, how long and how many events at a time are sent."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from data.versioned_file import VersionedFile, read_versioned

RULES_FILE = Path(__file__).with_name("delivery-1.yaml")

Seconds = Annotated[float, Field(gt=0)]
Delays = Annotated[tuple[Seconds, ...], Field(min_length=1)]


class DeliveryRules(VersionedFile):
    """The rules of delivery; the file says what each number means and where it is from."""

    retry_after_s: Delays
    timeout_s: Seconds
    pause_s: Delays
    retry_after_at_most_s: Seconds
    give_up_after_h: Seconds
    at_once: Annotated[int, Field(ge=1, le=64)]
    keep_delivered_days: Seconds


def read_rules(path: Path = RULES_FILE) -> DeliveryRules:
    """Read the rules; raises InvalidFile."""
    return read_versioned(path, DeliveryRules)
