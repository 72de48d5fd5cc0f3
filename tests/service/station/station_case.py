"""Make the case of one returned phone and findings on it, for tests of the station page."""

from typing import Any


def case_for(rma_id: str) -> dict[str, Any]:
    """Return a case that the service accepts, with findings of the bench."""
    return {
        "rma": {
            "rma_id": rma_id,
            "channel": "ecommerce_consumer",
            "reason": "not_as_expected",
            "requested_at": "2026-02-01T09:00:00Z",
            "device_class": "phone",
            "sku": "PX-9-128-BLK",
            "expected_serial": "F2LX91KQ",
            "expected_imei": "490154203237518",
            "value": {"amount": 649.0, "currency": "CAD"},
        },
        "verification": {
            "verified_at": "2026-02-05T10:00:00Z",
            "outcome": "match",
            "observed_serial": "F2LX91KQ",
            "lock": "off",
            "list_status": "clean",
            "sanitisation": "purge",
            "battery_signs": ["none_seen"],
        },
        "as_of": "2026-02-05T10:30:00Z",
    }


def make_finding(
    kind: str,
    photo: int,
    probability: float,
    box: tuple[float, float, float, float],
    *,
    severity: str,
    length_mm: float | None = None,
    area_mm2: float | None = None,
) -> dict[str, Any]:
    """Return one finding as /v1/decide answers it."""
    return {
        "kind": kind,
        "surface": "front",
        "photo": photo,
        "probability": probability,
        "box": dict(zip(("left", "top", "width", "height"), box, strict=True)),
        "severity": severity,
        "length_mm": length_mm,
        "area_mm2": area_mm2,
    }
