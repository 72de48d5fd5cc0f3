"""Define what a sender's messages leave open: channel, currency, time zone, and facts of the SKUs."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from data.device import DeviceClass
from data.inbound.invalid_message import InvalidMessage
from data.money import Amount, CurrencyCode
from data.rma import Channel
from data.strict import Frozen, Name, WeightGrams
from data.versioned_file import read_yaml

_SHIPPED = Path(__file__).parent / "sender.yaml"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, KeyError, ValueError) as error:
        raise ValueError("not a time zone known here; give one like America/Chicago") from error
    return name


ZoneName = Annotated[str, AfterValidator(_known_zone)]


class SkuFacts(Frozen):
    """What the operator knows of an article."""

    device_class: DeviceClass | None = None
    value: Amount | None = Field(None, description="In whole units of the currency.")
    weight_g: WeightGrams = None
    accessories: frozenset[Name] | None = None


class Habits(Frozen):
    """The ways in which one sender differs from the rest; what is left out is as for all."""

    channel: Channel | None = None
    currency: CurrencyCode | None = None
    time_zone: ZoneName | None = None


class Sender(Frozen):
    """The assumptions under which messages are read."""

    version: int = Field(strict=True)
    channel: Channel
    currency: CurrencyCode
    time_zone: ZoneName
    by_id: dict[str, Habits] = Field(default_factory=dict)
    skus: dict[str, SkuFacts] = Field(default_factory=dict)

    def named(self, sender_id: str) -> "Sender":
        """Return the assumptions for one X12 sender."""
        habits = self.by_id.get(sender_id, Habits())
        return self.model_copy(update=habits.model_dump(exclude_none=True))

    def sku(self, name: str) -> SkuFacts:
        """Return what is known of an article."""
        return self.skus.get(name, SkuFacts(value=None))

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of times that come without one."""
        return ZoneInfo(self.time_zone)


def read_sender(path: Path | None = None) -> Sender:
    """Read the assumptions from a YAML file, or those that ship.

    Raises InvalidMessage for a file that does not follow data/inbound/sender.yaml.
    """
    return read_yaml(path or _SHIPPED, Sender, error=InvalidMessage)
