"""A whole profile: detecting, checking, writing, loading and comparing."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from zkmark.hardware_profiles import (
    ceilings,
    cgroup,
    cpu,
    declared,
    energy,
    gpu,
    load,
    memory,
    operating_system,
    performance_counters,
    scratch,
    storage,
    value,
    virtualization,
)
from zkmark.hardware_profiles.machine import Machine
from zkmark.hardware_profiles.summary import describe_machine
from zkmark.hardware_profiles.value import plain, unavailable, walk

SCHEMA_NAME = "zkmark-profile"
SCHEMA_VERSION = "1.3.0"

Profile = dict[str, Any]


class ProfileError(ValueError):
    """A file is not a profile that this version understands; the text says why in one sentence."""


def detect_profile(
    measure: bool = False,
    machine: Machine | None = None,
    threads: Collection[int] | None = None,
    scratch_folder: Path | None = None,
    price_per_hour: float | None = None,
    power_watts: float | None = None,
) -> Profile:
    """Find out what this machine is; with ``measure``, time its ceilings too (about two seconds).

    Returns plain dicts, lists and JSON values whose leaves are value-fields (``value.Value``).
    What could not be found out is ``unavailable`` and says why. ``machine`` replaces
    the file tree and the commands that detectors look at; ``threads`` are the numbers of threads to
    measure ceilings on, beside one (all usable processors unless given). With ``scratch_folder``
    a file is written there and read back, to measure its storage; ``price_per_hour`` (US dollars)
    and ``power_watts`` are what the caller declares, and the only arguments that are refused, by
    ``ValueError``.
    """
    economics = declared.economics(price_per_hour, power_watts)
    here = machine or Machine()
    sections: dict[str, Callable[[], dict[str, Any]]] = {
        "cpu": lambda: cpu.detect(here),
        "memory": lambda: memory.detect(here),
        "gpus": lambda: gpu.detect(),
        "storage": lambda: storage.detect(here),
        "operating_system": lambda: operating_system.detect(here),
        "virtualization": lambda: virtualization.detect(here),
        "cgroup": lambda: cgroup.detect(here),
        "energy": lambda: energy.detect(here),
        "performance_counters": lambda: performance_counters.detect(here),
        "load": lambda: load.detect(here),
    }
    profile: Profile = {
        "schema": SCHEMA_NAME,
        "schema_version": SCHEMA_VERSION,
        "origin": "detected",
    }
    for name, detect in sections.items():
        profile[name] = _guarded(name, detect)
    caches = profile["cpu"].get("caches", {})
    # Within a container the machine's free memory says little: its own limit binds first.
    sizes = (plain(profile, "memory.available"), plain(profile, "cgroup.effective_memory"))
    available = min((size for size in sizes if size is not None), default=None)
    profile["ceilings"] = _guarded(
        "ceilings",
        lambda: (
            ceilings.measure(caches, available, threads) if measure else ceilings.not_measured()
        ),
    )
    profile["storage"] |= _scratch(here, scratch_folder)
    profile["economics"] = economics
    profile["name"] = describe_machine(profile)
    return profile


def _scratch(machine: Machine, folder: Path | None) -> dict[str, Any]:
    """Return the storage's figures; with a folder they are that folder's, and it is named."""
    if folder is None:
        return scratch.not_measured()
    kind = value.ask(lambda: storage.mount_of(machine, folder).kind, "/proc/self/mountinfo").value
    found = scratch.measure(folder, None if kind is None else str(kind))
    return {
        **found,
        "scratch_folder": value.declared(str(folder.resolve()), "the caller").to_json(),
    }


def _guarded(name: str, detect: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run one detector; a fault in it costs its own section, not the profile."""
    try:
        return detect()
    except Exception as error:
        reason = f"the detector failed: {type(error).__name__}: {error}"
        return {"detector": unavailable(reason, f"zkmark.hardware_profiles.{name}").to_json()}


@cache
def profile_schema() -> dict[str, Any]:
    """Return the JSON Schema of profiles (read once; do not change it)."""
    found: dict[str, Any] = json.loads(
        Path(__file__).with_name("profile.schema.json").read_text(encoding="utf-8")
    )
    return found


def check_profile(profile: object, name: str = "profile") -> Profile:
    """Return a profile that holds to the schema.

    Raises ``ProfileError`` that names the place and what is wrong with it: another kind of
    document, a version that this one does not know, a field out of place.
    """
    if not isinstance(profile, dict) or profile.get("schema") != SCHEMA_NAME:
        kind = profile.get("schema") if isinstance(profile, dict) else type(profile).__name__
        raise ProfileError(
            f"{name}: not a hardware profile (schema: got {kind!r}, want {SCHEMA_NAME!r})"
        )
    version = str(profile.get("schema_version"))
    if version.split(".")[0] != SCHEMA_VERSION.split(".")[0]:
        raise ProfileError(
            f"{name}: schema_version: got {version!r}, this zkmark reads {SCHEMA_VERSION!r}"
        )
    import jsonschema

    errors = jsonschema.Draft202012Validator(profile_schema()).iter_errors(profile)
    worst = jsonschema.exceptions.best_match(errors)
    if worst is not None:
        place = ".".join(str(p) for p in worst.absolute_path) or "document"
        raise ProfileError(f"{name}: {place}: {worst.message[:300]}")
    return profile


def write_profile(path: str | Path, profile: Profile | None = None) -> Path:
    """Write a profile (this machine's unless one is given) as JSON and return where.

    The file appears whole or not at all. Raises ``ProfileError`` for one that breaks the schema and
    ``OSError`` when the place cannot be written to.
    """
    target = Path(path)
    checked = check_profile(detect_profile() if profile is None else profile)
    text = json.dumps(checked, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    try:
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(target)) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target


def load_profile(path: str | Path) -> Profile:
    """Read a profile back.

    Raises ``ProfileError`` in one sentence that names the file: not there, not readable, not JSON,
    not a profile, from a future version, or a field out of place.
    """
    source = Path(path)
    try:
        text = source.read_text(encoding="utf-8")
    except OSError as error:
        raise ProfileError(f"{source}: cannot be read ({error.strerror or error})") from None
    except UnicodeDecodeError:
        raise ProfileError(f"{source}: not a text file in UTF-8") from None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProfileError(f"{source}: not JSON ({error})") from None
    return check_profile(document, str(source))


# What must agree for two runs to be of the same machine in the same state. Anything here that
# differs makes a ratio of their times a statement about the machines, not about the code. The
# host's name is not among them: a container gets a new one at each start.
_KEY_PATHS = (
    "cpu.architecture",
    "cpu.vendor",
    "cpu.model",
    "cpu.microarchitecture.reported",
    "cpu.sockets",
    "cpu.cores",
    "cpu.processors",
    "cpu.usable_processors",
    "cpu.governor",
    "cpu.turbo",
    "cgroup.effective_processors",
    "operating_system.kernel",
    "operating_system.distribution",
    "virtualization.hypervisor",
    "gpus.driver",
)
_GIB = 1 << 30


def profile_key(profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return what must agree for two runs to be of the same machine: dotted path to plain value.

    ``None`` is a field that could not be had (so that "could not be had" twice counts as agreeing).
    Rounded, because they move a little by themselves: memory to GiB, the kernel to major and minor
    version, instruction sets to those that kernels use.
    """
    key: dict[str, Any] = {path: plain(profile, path) for path in _KEY_PATHS}
    for path in ("memory.total", "cgroup.effective_memory"):
        size = plain(profile, path)
        key[f"{path} (GiB)"] = None if size is None else round(size / _GIB)
    release = plain(profile, "operating_system.kernel_release")
    key["operating_system.kernel_release (major.minor)"] = (
        None if release is None else ".".join(str(release).split("-")[0].split(".")[:2])
    )
    features = profile.get("cpu", {}).get("features", {})
    key["cpu.features"] = sorted(
        name for name, field in features.items() if field.get("value") is True
    )
    devices = profile.get("gpus", {}).get("devices", [])
    key["gpus.devices"] = [plain(device, "name") for device in devices]
    return key


class Difference(NamedTuple):
    """One field in which two profiles differ; ``None`` stands for what could not be had.

    ``decisive``: whether it is one of `profile_key`, so that a ratio between the two says something
    about the machines.
    """

    path: str
    first: Any
    second: Any
    decisive: bool


# What differs between any two moments on the same machine.
_VOLATILE = (
    "load.",
    "memory.available",
    "memory.swap_free",
    "memory.huge_pages.free",
    "storage.free",
    "storage.sequential_",
    "devices.",
    "cpu.clock_current",
    "virtualization.steal_fraction",
    "ceilings.",
)
_VOLATILE_GPU = (
    "memory_free",
    "clock_sm",
    "clock_memory",
    "power",
    "temperature",
    "throttle_reasons",
)


def _is_volatile(path: str) -> bool:
    if path.startswith("gpus.devices."):
        return path.rpartition(".")[2] in _VOLATILE_GPU
    return path.startswith(_VOLATILE)


def differences(
    first: Mapping[str, Any], second: Mapping[str, Any], volatile: bool = False
) -> list[Difference]:
    """List the fields in which two profiles differ, the decisive ones first.

    Fields that change by the minute (load, free memory, current clocks, measured ceilings) are left
    out unless ``volatile``. An empty list that was asked for without ``volatile`` means the same
    machine.
    """
    one, two = profile_key(first), profile_key(second)
    found = [
        Difference(path, one.get(path), two.get(path), True)
        for path in {**one, **two}
        if one.get(path) != two.get(path)
    ]
    named = {d.path.partition(" ")[0] for d in found}
    leaves_one = {path: field.get("value") for path, field in walk(first)}
    leaves_two = {path: field.get("value") for path, field in walk(second)}
    for path in {**leaves_one, **leaves_two}:
        if path in named or path.startswith(tuple(f"{n}." for n in named)):
            continue
        if not volatile and _is_volatile(path):
            continue
        if leaves_one.get(path) != leaves_two.get(path):
            found.append(Difference(path, leaves_one.get(path), leaves_two.get(path), False))
    return found
