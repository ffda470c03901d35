"""Energy and cost of a case: per million of what it computes, and per proof.

Energy is what counters counted, or missing. Where a person declared what the machine draws, that
power times the time is an estimate of its own, never put in energy's place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zkmark.hardware_profiles import value_field, walk

MILLION = 1e6
_PRICE = "economics.price_per_hour"
_POWER = "economics.power"
_NO_PRICE = "nobody declared the machine's price per hour"
_NO_TIME = "the case has no measured time"


@dataclass(frozen=True)
class Amount:
    """Joules or money for one run of a case; ``value`` is ``None`` with a ``reason``.

    ``unit``: ``J`` or a currency. ``scope``: what was counted, or where the price is from.
    """

    value: float | None
    unit: str
    scope: str = ""
    reason: str = ""

    def times(self, factor: float) -> Amount:
        """Return the amount for ``factor`` runs."""
        if self.value is None:
            return self
        return Amount(self.value * factor, self.unit, self.scope)


@dataclass(frozen=True)
class Price:
    """What an hour of a machine costs, as its profile declares it, and where it says so."""

    per_hour: float | None
    currency: str
    source: str
    reason: str = ""


def price_of(profile: Mapping[str, Any], declared: float | None = None) -> Price:
    """Return a machine's price: the one declared for it here, else that of its profile."""
    if declared is not None:
        return Price(declared, "USD", "declared for this comparison")
    field = value_field(profile, _PRICE)
    currency, _, per = str(field.get("unit") or "").partition("/")
    known = isinstance(field["value"], int | float) and per == "h"
    if not known:
        there = any(path == _PRICE for path, _ in walk(profile))
        reason = str(field.get("reason") or _NO_PRICE) if there else _NO_PRICE
        return Price(None, currency or "USD", _PRICE, reason)
    return Price(float(field["value"]), currency, f"{_PRICE}, {field['status']}: {field['source']}")


def energy_of(entry: Mapping[str, Any]) -> Amount:
    """Return the joules of one run of a case: of the processor, and of the GPU if one computed.

    The two counters that exist are added; where one is missing, ``scope`` says what was counted.
    """
    parts = {"processor": entry["energy_joules"]}
    if entry["gpu"] is not None:
        parts["GPU"] = entry["gpu"]["energy"]
    known = {name: field["value"] for name, field in parts.items() if field["value"] is not None}
    if not known:
        reasons = dict.fromkeys(str(f.get("reason") or "not counted") for f in parts.values())
        return Amount(None, "J", reason="; ".join(reasons))
    scope = " and ".join(known)
    return Amount(sum(known.values()), "J", scope if len(known) == len(parts) else f"{scope} alone")


def estimated_energy_of(entry: Mapping[str, Any], profile: Mapping[str, Any]) -> Amount:
    """Return the joules that the declared power would come to over the median of what ranks."""
    power = value_field(profile, _POWER)
    if not isinstance(power["value"], int | float):
        return Amount(None, "J", reason="nobody declared the machine's power")
    seconds = _seconds(entry)
    if seconds is None:
        return Amount(None, "J", reason=_NO_TIME)
    return Amount(power["value"] * seconds, "J", f"estimated: {power['value']:g} W x time")


def _seconds(entry: Mapping[str, Any]) -> float | None:
    found: Mapping[str, float] | None = entry["summary"].get(entry["ranked_phase"])
    return None if found is None else found["median"]


def cost_of(entry: Mapping[str, Any], price: Price) -> Amount:
    """Return what one run of a case costs at a price an hour, by the median of what ranks."""
    if price.per_hour is None:
        return Amount(None, price.currency, reason=price.reason)
    seconds = _seconds(entry)
    if seconds is None:
        return Amount(None, price.currency, reason=_NO_TIME)
    return Amount(price.per_hour / 3600 * seconds, price.currency, price.source)


def units_of(entry: Mapping[str, Any]) -> dict[str, float]:
    """Return what energy and cost are given for, and how many runs of the case that is."""
    counts = entry["counts"]
    found = {"proof": 1.0} if entry["workload"] is not None else {}
    if counts["items"]:
        found[f"million {counts['item_unit']}"] = MILLION / counts["items"]
    return found
