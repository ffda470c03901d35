"""Which of a backend's devices is meant: by index, or by a part of its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Device:
    """One device as discovery found it.

    ``index`` is its number on its backend, ``platform`` the driver that offers it, ``driver`` that
    driver's version. ``memory_bytes`` is what the driver says, which on a CPU is a guess.
    """

    backend: str
    index: int
    name: str
    platform: str
    kind: Literal["cpu", "gpu", "accelerator"]
    memory_bytes: int
    compute_units: int
    driver: str
    clock_hz: int | None = None
    ecc: bool | None = None
    cache_bytes: int | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.platform})"


def choose_device(devices: Sequence[Device], wanted: str | int | None) -> Device:
    """Return the device asked for; ``None`` means the first GPU, else the first device.

    ``wanted`` is an index, or a part of the device's or its platform's name in any case. Raises
    ``ValueError`` with the list of devices when there is none such, or more than one.
    """
    if not devices:
        raise ValueError(f"device: got {wanted!r}, and there is no device")
    if wanted is None:
        return next((one for one in devices if one.kind == "gpu"), devices[0])
    word = str(wanted).strip()
    if word.isascii() and word.isdigit():
        found = [one for one in devices if one.index == int(word)]
    else:
        found = [one for one in devices if word and word.lower() in str(one).lower()]
        exact = [one for one in found if one.name.lower() == word.lower()]
        found = exact if len(exact) == 1 else found
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"{one.index} = {one}" for one in devices)
    many = f", which {len(found)} devices have in their names" if found else ""
    raise ValueError(
        f"device: got {wanted!r}{many}, want an index or a part of a name on "
        f"{devices[0].backend}: {there}"
    )
