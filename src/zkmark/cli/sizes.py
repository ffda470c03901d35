"""Sizes as people write them: ``1024``, ``2^10``, ``2^10..2^20`` and lists of these."""

from __future__ import annotations

import re
from dataclasses import dataclass

FORMS = "a whole number (1024), a power of two (2^10), a range (2^10..2^20) or a list (2^10,2^12)"
_ONE = re.compile(r"(?:(?P<base>\d{1,3})(?:\^|\*\*)(?P<exponent>\d{1,3})|(?P<plain>\d{1,12}))")
_MOST_LOG = 40


@dataclass(frozen=True)
class Sizes:
    """Closed ranges of sizes; ``text`` is what was written."""

    text: str
    ranges: tuple[tuple[int, int], ...]

    def __contains__(self, size: object) -> bool:
        return isinstance(size, int) and any(low <= size <= high for low, high in self.ranges)


def _refuse(name: str, text: str, want: str) -> ValueError:
    return ValueError(f"{name}: got {text!r}, want {want}")


def parse_size(text: str, name: str = "--size") -> int:
    """Return one size; ``ValueError`` naming the allowed forms for anything else."""
    want = "a whole number (1024) or a power of two (2^10)"
    match = _ONE.fullmatch(text.strip())
    if match is None:
        raise _refuse(name, text, want)
    if match["plain"] is not None:
        size = int(match["plain"])
    elif int(match["base"]) == 2 and int(match["exponent"]) <= _MOST_LOG:
        size = 1 << int(match["exponent"])
    else:
        raise _refuse(name, text, f"{want}, at most 2^{_MOST_LOG}")
    if size > 1 << _MOST_LOG:
        raise _refuse(name, text, f"at most 2^{_MOST_LOG}")
    return size


def parse_sizes(text: str, name: str = "--size") -> Sizes:
    """Return the sizes that an expression allows; ``ValueError`` with the forms if wrong."""
    ranges = []
    for part in text.split(","):
        ends = [end.strip() for end in part.split("..")]
        if len(ends) > 2 or not all(_ONE.fullmatch(end) for end in ends):
            raise _refuse(name, text, FORMS)
        low, high = parse_size(ends[0], name), parse_size(ends[-1], name)
        if low > high:
            raise _refuse(name, text, f"a range that rises ({ends[1]}..{ends[0]})")
        ranges.append((low, high))
    return Sizes(text, tuple(ranges))


def log_of(size: int, what: str, name: str = "--size") -> int:
    """Return the exponent of a power of two; ``ValueError`` with the nearest ones if it is none."""
    if size < 1 or size & (size - 1):
        below = max(size.bit_length() - 1, 0)
        raise ValueError(
            f"{name}: got {size}, want a power of two for {what} "
            f"(the nearest are 2^{below} and 2^{below + 1})"
        )
    return size.bit_length() - 1


def format_size(size: int) -> str:
    """Write a size as slugs do: ``2^10``, or plainly when it is no power of two."""
    if size > 0 and not size & (size - 1):
        return f"2^{size.bit_length() - 1}"
    return str(size)
