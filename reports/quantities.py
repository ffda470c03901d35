"""How figures are written: units that suit, four digits at most, a dash for what is not there."""

from __future__ import annotations

import math

_TIME_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))
_BINARY = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B"))
MISSING = "–"


def digits(value: float, significant: int = 3) -> str:
    """Write a number with a few significant digits and no exponent: ``0.0123``, ``12.3``, ``12300``."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    places = max(0, significant - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{places}f}"


def seconds(value: float | None) -> str:
    """Write seconds in the unit that suits: ``12.3 ms``."""
    if value is None:
        return MISSING
    scale, unit = next(((s, u) for s, u in _TIME_UNITS if value >= s), _TIME_UNITS[-1])
    return f"{digits(value / scale)} {unit}"


def rate(value: float | None, unit: str) -> str:
    """Write a rate with its prefix: ``81.2 M elements/s``."""
    if value is None:
        return MISSING
    scale, prefix = next(((s, p) for s, p in _PREFIXES if value >= s), _PREFIXES[-1])
    return f"{digits(value / scale)} {prefix}{' ' if len(unit) > 1 and prefix else ''}{unit}/s"


def data_rate(value: float | None) -> str:
    """Write bytes a second in gigabytes: ``1.46 GB/s``."""
    return MISSING if value is None else f"{digits(value / 1e9)} GB/s"


def size(value: float | None) -> str:
    """Write bytes in binary units: ``1.5 MiB``."""
    if value is None:
        return MISSING
    scale, unit = next(((s, u) for s, u in _BINARY if value >= s), _BINARY[-1])
    return f"{digits(value / scale)} {unit}" if scale > 1 else f"{value:.0f} {unit}"


def factor(value: float | None) -> str:
    """Write a ratio: ``8.31×``."""
    return MISSING if value is None else f"{digits(value)}×"


def percent(value: float | None) -> str:
    """Write a fraction as a percentage: ``2.1 %``."""
    return MISSING if value is None else f"{digits(100 * value, 2)} %"
