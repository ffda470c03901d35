"""What each device of this machine can do at the most, as fields of its profile.

Profiles know no devices and devices no profiles; here the probes of ``backends/device/probes.py``
become value-fields: what failed its check or is more than any device does is ``unavailable``, with
the reason.

``zkmark profile`` asks for every device, in its own process; a run for those that its cases will
use, each in a worker process: a driver that crashes there costs the device's figures, not the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

from zkmark.hardware_profiles.value import measured, reported, unavailable

if TYPE_CHECKING:
    from zkmark.backends.device import Device, DeviceBackend, Session

_SOURCE = "zkmark's device probes"
_BYTES, _ADDS, _PRODUCTS, _SECONDS = "bytes/s", "multiply-adds/s", "multiplications/s", "s"
FIELDS = {
    "multiply_add_32": (
        _ADDS,
        "32-bit multiply-adds x c + d modulo 2^32, 8 independent chains a thread, a second by the "
        "device's clock",
    ),
    "multiply_32": (
        _PRODUCTS,
        "32 x 32 -> 64-bit products, each added to the upper half of the one before, 8 independent "
        "chains a thread, a second by the device's clock",
    ),
    "multiply_64": (
        _PRODUCTS,
        "64 x 64 -> 128-bit products, each added to the upper half of the one before, 4 "
        "independent chains a thread, a second by the device's clock",
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
_PLAUSIBLE = {
    _ADDS: (1e6, 1e15),
    _PRODUCTS: (1e6, 1e15),
    _BYTES: (1e6, 1e14),
    _SECONDS: (1e-7, 1.0),
}
Section = dict[str, Any]


# A driver that hangs is not waited for longer than this.
_SECONDS_AT_MOST = 120.0
_NOT_SAID = "the driver does not say"
_NOT_ASKED = "devices are measured only when asked for"


def device_key(backend: str, index: int, threads: int | None = None) -> str:
    """Return the name under which a device stands in a profile: ``opencl_0``.

    ``threads``: so many of a processor's, where they are not all that there are.
    """
    key = f"{backend}_{index}"
    return key if threads is None else f"{key}_threads_{threads}"


def used_device(backend: DeviceBackend) -> tuple[str, Section]:
    """Return under which key the device that a backend opens stands, and what it is."""
    from zkmark.backends.threads import available_threads

    device = backend.device
    part = device.kind == "cpu" and backend.threads < available_threads()
    key = device_key(device.backend, device.index, backend.threads if part else None)
    return key, _identity(device, backend.threads)


def device_of(settings: Mapping[str, Any], backend: str, profile: Mapping[str, Any]) -> str | None:
    """Return under which key the device of a case's settings stands; ``None``: under none."""
    if "device_index" not in settings:
        return None
    index, threads = settings["device_index"], settings.get("threads")
    devices = profile.get("devices", {})
    keys = (device_key(backend, index, threads), device_key(backend, index))
    return next((key for key in keys if key in devices), None)


def measured_devices(
    used: Mapping[str, tuple[Mapping[str, Any], Section]],
    threads: int | None,
    plugins: Sequence[str] = (),
    measure: bool = True,
) -> dict[str, Section]:
    """Return the devices that a run's contenders open, each probed in a process of its own.

    ``used`` has the contender that opens each, as jobs carry it, and what the device is; never
    raises for what happens there.
    """
    from zkmark.suites.worker_process import run_job

    found: dict[str, Section] = {}
    for key, (contender, identity) in used.items():
        if not measure:
            found[key] = identity | _all(_NOT_ASKED)
            continue
        job = {"job": "device_ceilings", "contender": dict(contender), "threads": threads}
        outcome = run_job(job, _SECONDS_AT_MOST, plugins)
        reason = f"the probes' process ended ({outcome.status}): {outcome.reason}"
        found[key] = identity | (outcome.answer or _all(reason))
    return found


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
            found[device_key(device.backend, device.index)] = _device(device, measure)
    return found


def _device(device: Device, measure: bool) -> Section:
    from zkmark.backends.threads import available_threads

    section = _identity(device, available_threads())
    if not measure:
        return section | _all(_NOT_ASKED)
    try:
        session = _session(device)
    except Exception as error:
        return section | _all(f"the device cannot be opened: {type(error).__name__}: {error}")
    return section | probed(session)


def _identity(device: Device, threads: int) -> Section:
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
    for name, value, unit in (
        ("clock_maximum", device.clock_hz, "Hz"),
        ("ecc", device.ecc, None),
        ("cache", device.cache_bytes, "bytes"),
    ):
        known = value is not None
        leaf = reported(value, source, unit) if known else unavailable(_NOT_SAID, source, unit)
        section[name] = leaf.to_json()
    if device.kind == "cpu":
        section["threads"] = reported(threads, source).to_json()
    return section


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
    for bits in (32, 64):
        found |= _taken(f"multiply_{bits}", partial(probes.product_rate, session, bits), max)
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
