"""List the returns that the demo sends: drawn ones that ship with Regrade, or a person's own photos."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

from data.condition import MAX_PHOTOS
from data.device import View
from serving.photo_folder import device_folders, photos_in

CASES_FILE = "cases.json"


@dataclass(frozen=True)
class DemoPhoto:
    """One photo file and the view it was taken for."""

    path: Path
    view: View


@dataclass(frozen=True)
class DemoReturn:
    """One returned device: what to call it, its case as JSON, and its photos."""

    title: str
    case: dict[str, Any]
    photos: tuple[DemoPhoto, ...]


def shipped_returns() -> tuple[DemoReturn, ...]:
    """Return the drawn returns that ship with Regrade."""
    folder = Path(str(resources.files("data"))) / "demo"
    entries = json.loads((folder / CASES_FILE).read_text(encoding="utf-8"))
    return tuple(_shipped_return(entry, folder) for entry in entries)


def own_returns(folder: Path, *, now: datetime) -> tuple[DemoReturn, ...]:
    """Make one return of every sub-folder with photos, or of the folder itself when it has none.

    The photos are the person's own; the case around them is made up. Raises NoPhotos.
    """
    return tuple(_own_return(device, number, now) for number, device in enumerate(device_folders(folder), 1))


def _shipped_return(entry: dict[str, Any], folder: Path) -> DemoReturn:
    photos = tuple(DemoPhoto(folder / photo["file"], View(photo["view"])) for photo in entry["photos"])
    return DemoReturn(entry["title"], entry["case"], photos)


def _own_return(folder: Path, number: int, now: datetime) -> DemoReturn:
    paths = photos_in(folder)
    title = folder.resolve().name
    if len(paths) > MAX_PHOTOS:
        title += f" (the first {MAX_PHOTOS} of {len(paths)} photos)"
    photos = tuple(DemoPhoto(path, _view_named(path.stem)) for path in paths[:MAX_PHOTOS])
    return DemoReturn(title, _made_up_case(number, now), photos)


def _view_named(stem: str) -> View:
    matches = [view for view in View if stem.lower().replace("-", "_").startswith(view.value)]
    return matches[0] if matches else View.UNKNOWN


def _made_up_case(number: int, now: datetime) -> dict[str, Any]:
    return {
        "rma": {
            "rma_id": f"DEMO-{now:%Y%m%d}-{number}",
            "channel": "ecommerce_consumer",
            "reason": "changed_mind",
            "ordered_at": (now - timedelta(days=20)).isoformat(),
            "delivered_at": (now - timedelta(days=17)).isoformat(),
            "requested_at": (now - timedelta(days=6)).isoformat(),
            "device_class": "phone",
            "sku": "DEMO-PHONE",
            "has_receipt": True,
            "country": "US",
            "value": {"amount": 400, "currency": "USD"},
        },
        "as_of": now.isoformat(),
    }
