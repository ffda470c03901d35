"""What a person says of a machine because nothing on it does: its price and its power."""

from __future__ import annotations

import math
from typing import Any

from zkmark.hardware_profiles.value import declared, unavailable

CURRENCY_PER_HOUR = "USD/h"
_FIELDS = {
    "price_per_hour": (CURRENCY_PER_HOUR, "--price-per-hour"),
    "power": ("W", "--power-watts"),
}


def economics(
    price_per_hour: float | None = None, power_watts: float | None = None
) -> dict[str, Any]:
    """Return price and power as value-fields: ``declared``, or ``unavailable`` if not said.

    Raises ``ValueError`` for what is no price and no power.
    """
    found = {}
    given = {"price_per_hour": price_per_hour, "power": power_watts}
    for name, (unit, option) in _FIELDS.items():
        value = given[name]
        if value is None:
            leaf = unavailable(f"nobody declared it (zkmark profile {option})", option, unit)
        elif not math.isfinite(value) or value < 0 or (name == "power" and value == 0):
            want = "a number of 0 or more" if name == "price_per_hour" else "a number above 0"
            raise ValueError(f"{option.removeprefix('--')}: got {value:g}, want {want}")
        else:
            leaf = declared(float(value), f"zkmark profile {option}", unit)
        found[name] = leaf.to_json()
    return found
