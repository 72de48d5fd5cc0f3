"""Make the case of one returned phone, for tests of the station page."""

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
