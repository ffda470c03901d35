"""How figures are written: in units that suit, three digits, a dash for what is not there."""

from __future__ import annotations

import math

_TIME_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))
_BINARY = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B"))
MISSING = "–"
# Of a hundredth of a percent and less no digit tells anybody more.
_LEAST_SHARE = 1e-4


def digits(value: float, significant: int = 3) -> str:
    """Write some significant digits and no exponent: ``0.0123``, ``12.3``, ``12300``."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    # Rounded first: 9.996 has one digit less behind the point than it seems.
    rounded = float(f"{value:.{significant - 1}e}")
    places = max(0, significant - 1 - math.floor(math.log10(abs(rounded))))
    return f"{value:.{places}f}"


def _scaled(value: float, units: tuple[tuple[float, str], ...]) -> tuple[float, str]:
    """Return the largest unit of which the value is one or more, after rounding."""
    return next(((s, u) for s, u in units if value >= s * 0.9995), units[-1])


def seconds(value: float | None) -> str:
    """Write seconds in the unit that suits: ``12.3 ms``."""
    if value is None:
        return MISSING
    scale, unit = _scaled(value, _TIME_UNITS)
    return f"{digits(value / scale)} {unit}"


def seconds_range(low: float, high: float) -> str:
    """Write two times in the unit that suits the second: ``10.8–12.0 µs``."""
    scale, unit = _scaled(high, _TIME_UNITS)
    return f"{digits(low / scale)}–{digits(high / scale)} {unit}"


def scaled(value: float, unit: str) -> str:
    """Write a number with a decimal prefix: ``2.45 GHz``, ``81.2 M elements/s``."""
    scale, prefix = _scaled(value, _PREFIXES)
    gap = " " if prefix and len(unit) > 3 else ""
    return f"{digits(value / scale)} {prefix}{gap}{unit}"


def rate(value: float | None, unit: str) -> str:
    """Write a rate with its prefix: ``81.2 M elements/s``."""
    return MISSING if value is None else scaled(value, f"{unit}/s")


def data_rate(value: float | None) -> str:
    """Write bytes a second in decimal units: ``1.46 GB/s``, ``3.25 MB/s``."""
    return MISSING if value is None else scaled(value, "B/s")


def size(value: float | None) -> str:
    """Write bytes in binary units: ``1.50 MiB``."""
    if value is None:
        return MISSING
    scale, unit = _scaled(value, tuple((float(s), u) for s, u in _BINARY))
    return f"{digits(value / scale)} {unit}" if scale > 1 else f"{value:.0f} {unit}"


def factor(value: float | None) -> str:
    """Write a ratio: ``8.31×``."""
    return MISSING if value is None else f"{digits(value)}×"


def percent(value: float | None) -> str:
    """Write a fraction as a percentage: ``2.1 %``; a tiny one as ``< 0.01 %``."""
    if value is None:
        return MISSING
    if 0 < value < _LEAST_SHARE:
        return f"< {100 * _LEAST_SHARE:g} %"
    return f"{digits(100 * value, 2)} %"


def power(value: int) -> str:
    """Write a power of two as one: ``2^10``; other numbers plainly."""
    is_power = value > 0 and value & (value - 1) == 0
    return f"2^{value.bit_length() - 1}" if is_power else str(value)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun: ``1 case``, ``3 cases``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def listed(words: list[str]) -> str:
    """Write words as a sentence lists them: ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
