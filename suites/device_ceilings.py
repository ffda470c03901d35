"""What each device of this machine can do at the most, as fields of its profile.

Profiles know no devices and devices no profiles; here the probes of ``backends/device/probes.py``
become value-fields: what failed its check or is more than any device does is ``unavailable``, with
the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING, Any

from zkmark.hardware_profiles.value import measured, reported, unavailable

if TYPE_CHECKING:
    from zkmark.backends.device import Device, Session

_SOURCE = "zkmark's device probes"
_BYTES, _RATE, _SECONDS = "bytes/s", "multiply-adds/s", "s"
FIELDS = {
    "multiply_add_32": (
        _RATE,
        "32-bit multiply-adds x c + d modulo 2^32, 8 independent chains a thread, a second by the "
        "device's clock",
    ),
    "copy_within": (
        _BYTES,
        "bytes read and bytes written by a copy within the device's memory, a second by the "
        "device's clock",
    ),
    "copy_to": (
        _BYTES,
        "bytes from a NumPy array to the device, a second by the clock on the wall",
    ),
    "copy_from": (
        _BYTES,
        "bytes from the device to a NumPy array, a second by the clock on the wall",
    ),
    "launch_latency": (
        _SECONDS,
        "from asking for a launch of one thread to knowing that it is done, by the clock on the "
        "wall",
    ),
}
# Bounds that no device leaves: a figure outside them means that the probe failed.
_PLAUSIBLE = {_RATE: (1e6, 1e15), _BYTES: (1e6, 1e14), _SECONDS: (1e-7, 1.0)}
Section = dict[str, Any]


def device_key(device: Device) -> str:
    """Return the name under which a device stands in a profile: ``opencl_0``."""
    return f"{device.backend}_{device.index}"


def device_ceilings(measure: bool = True) -> dict[str, Section]:
    """Return every device of the backends ``cuda`` and ``opencl``, measured unless told not to.

    A backend without a device stands under its own name, with the reason. Never raises.
    """
    from zkmark.backends import backend_statuses, list_devices
    from zkmark.backends.registry import DEVICE_BACKENDS

    found: dict[str, Section] = {}
    for status in backend_statuses(DEVICE_BACKENDS):
        try:
            devices = list_devices([status.name]) if status.available else []
        except Exception as error:
            devices, reason = [], f"{type(error).__name__}: {error}"
        else:
            reason = status.reason or "it offers no device"
        if not devices:
            found[status.name] = unavailable(reason, f"backend {status.name}").to_json()
        for device in devices:
            found[device_key(device)] = _device(device, measure)
    return found


def _device(device: Device, measure: bool) -> Section:
    source = f"backend {device.backend}"
    section = {
        "backend": reported(device.backend, source).to_json(),
        "index": reported(device.index, source).to_json(),
        "name": reported(device.name, source).to_json(),
        "platform": reported(device.platform, source).to_json(),
        "kind": reported(device.kind, source).to_json(),
        "driver": reported(device.driver, source).to_json(),
        "memory_total": reported(device.memory_bytes, source, "bytes").to_json(),
        "compute_units": reported(device.compute_units, source).to_json(),
    }
    if not measure:
        return section | _all("devices are measured only when asked for")
    try:
        session = _session(device)
    except Exception as error:
        return section | _all(f"the device cannot be opened: {type(error).__name__}: {error}")
    return section | probed(session)


def _session(device: Device) -> Session:
    from zkmark.backends import get_backend
    from zkmark.backends.device import DeviceBackend

    backend = get_backend(device.backend, device=device.index)
    assert isinstance(backend, DeviceBackend)
    return backend.session


def probed(session: Session) -> Section:
    """Return every figure of a device that is open."""
    from zkmark.backends.device import probes

    found = _taken("multiply_add_32", lambda: probes.multiply_add_rate(session), max)
    try:
        copies = probes.copy_rates(session)
    except Exception as error:
        found |= _all(_text(error), ("copy_within", "copy_to", "copy_from"))
    else:
        note = f"; {probes.copy_bytes(session) >> 20} MiB"
        for way, rates in copies.items():
            # The best shows the path; a host that was busy for a while shows the host.
            found |= _judged(f"copy_{way}", rates, max, note)
    return found | _taken("launch_latency", lambda: probes.launch_seconds(session), median)


def _taken(
    name: str, probe: Callable[[], list[float]], pick: Callable[[list[float]], float]
) -> Section:
    try:
        samples = probe()
    except Exception as error:
        return _all(_text(error), (name,))
    return _judged(name, samples, pick)


def _judged(
    name: str, samples: list[float], pick: Callable[[list[float]], float], note: str = ""
) -> Section:
    unit, counts = FIELDS[name]
    value, (low, high) = pick(samples), _PLAUSIBLE[unit]
    if not low <= value <= high:
        return _all(
            f"the probe gave {value:.3g} {unit}, which no device does "
            f"({low:.3g} to {high:.3g}): it is not believed",
            (name,),
        )
    return {name: measured(samples, _SOURCE, unit, counts + note, pick).to_json()}


def _text(error: Exception) -> str:
    return f"the probe failed: {type(error).__name__}: {error}"


def _all(reason: str, names: tuple[str, ...] = tuple(FIELDS)) -> Section:
    return {name: unavailable(reason, _SOURCE, FIELDS[name][0]).to_json() for name in names}
