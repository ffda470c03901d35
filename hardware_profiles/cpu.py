"""The processor: what it is, what it can do, its caches, its clocks."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable
from typing import Any

from zkmark.hardware_profiles.machine import Machine, parse_cpu_list, parse_size
from zkmark.hardware_profiles.value import NotAvailableError, Plain, ask

# Instruction-set extensions that matter to field arithmetic and hashing, by the names that Linux
# gives them. x86: carry chains, wide vectors, 52-bit multiply-add, hash and AES rounds. ARM the
# like.
FEATURES = {
    "x86_64": (
        "adx", "aes", "avx", "avx2", "avx512bw", "avx512dq", "avx512f", "avx512ifma", "avx512vl",
        "avx_ifma", "bmi2", "gfni", "pclmulqdq", "sha512", "sha_ni", "sse4_1", "vaes", "vpclmulqdq",
    ),
    "aarch64": ("aes", "asimd", "pmull", "sha1", "sha2", "sha3", "sha512", "sve", "sve2"),
}  # fmt: skip

# "CPU implementer" of /proc/cpuinfo on ARM (Arm Architecture Reference Manual, MIDR_EL1).
_ARM_IMPLEMENTERS = {
    0x41: "ARM", 0x42: "Broadcom", 0x43: "Cavium", 0x46: "Fujitsu", 0x48: "HiSilicon",
    0x4E: "NVIDIA", 0x51: "Qualcomm", 0x53: "Samsung", 0x61: "Apple", 0xC0: "Ampere",
}  # fmt: skip


def archspec_host() -> str:
    """Return archspec's name for the processor it sees (imported here: it is slow to load)."""
    try:
        import archspec.cpu
    except ImportError as error:
        raise NotAvailableError(f"archspec is not installed ({error})") from None
    try:
        return str(archspec.cpu.host().name)
    except Exception as error:  # whatever it trips over in a strange /proc is the reason
        raise NotAvailableError(f"archspec failed: {type(error).__name__}: {error}") from None


def detect(
    machine: Machine,
    archspec: Callable[[], str] = archspec_host,
    affinity: Callable[[], set[int]] = lambda: os.sched_getaffinity(0),
    architecture: str | None = None,
) -> dict[str, Any]:
    """Return everything about the processor as a tree of value-fields."""
    arch = platform.machine() if architecture is None else architecture
    return {
        "architecture": ask(lambda: arch, "uname").to_json(),
        "model": ask(lambda: _model(machine), "/proc/cpuinfo").to_json(),
        "vendor": ask(lambda: _vendor(machine), "/proc/cpuinfo").to_json(),
        "microarchitecture": {
            # Virtual machines mask flags, so that archspec names an older processor than there is:
            # both what the processor says (family, model, stepping) and what its flags look like
            # are kept.
            "reported": ask(lambda: _identification(machine), "/proc/cpuinfo").to_json(),
            "archspec": ask(archspec, "archspec.cpu.host()").to_json(),
        },
        "flags": ask(lambda: _flags(machine), "/proc/cpuinfo").to_json(),
        "features": _features(machine, arch),
        **_topology(machine),
        "affinity": ask(lambda: sorted(affinity()), "sched_getaffinity").to_json(),
        "usable_processors": ask(lambda: len(affinity()), "sched_getaffinity").to_json(),
        "caches": _caches(machine),
        **_clocks(machine),
    }


def _model(machine: Machine) -> Plain:
    name = machine.cpuinfo.get("model name") or machine.cpuinfo.get("cpu model")
    # ARM kernels give numbers only; lscpu knows many of them by name.
    return name or machine.lscpu_field("model name")


def _vendor(machine: Machine) -> Plain:
    entries = machine.cpuinfo
    if "vendor_id" in entries:
        return entries["vendor_id"]
    if "cpu implementer" in entries:
        code = int(entries["cpu implementer"], 0)
        return _ARM_IMPLEMENTERS.get(code, f"implementer {code:#x}")
    return machine.lscpu_field("vendor id")


def _identification(machine: Machine) -> Plain:
    entries = machine.cpuinfo
    if "cpu family" in entries and "model" in entries:
        text = f"family {entries['cpu family']} model {entries['model']}"
        return f"{text} stepping {entries['stepping']}" if "stepping" in entries else text
    if "cpu part" in entries:
        return (
            f"implementer {entries.get('cpu implementer', '?')} part {entries['cpu part']} "
            f"variant {entries.get('cpu variant', '?')} revision {entries.get('cpu revision', '?')}"
        )
    raise NotAvailableError("/proc/cpuinfo gives neither family and model nor a part number")


def _flags(machine: Machine) -> list[str]:
    text = machine.cpuinfo.get("flags") or machine.cpuinfo.get("features")
    if not text:
        raise NotAvailableError("/proc/cpuinfo has no line 'flags' or 'Features'")
    return sorted(set(text.split()))


def _features(machine: Machine, arch: str) -> dict[str, Any]:
    arch = {"amd64": "x86_64", "arm64": "aarch64"}.get(arch.lower(), arch)

    def has(feature: str) -> Callable[[], Plain]:
        return lambda: feature in _flags(machine)

    return {
        feature: ask(has(feature), "/proc/cpuinfo").to_json() for feature in FEATURES.get(arch, ())
    }


_CPUS = "/sys/devices/system/cpu"


def _online(machine: Machine) -> list[int]:
    return parse_cpu_list(machine.read(f"{_CPUS}/online"))


def _cores(machine: Machine) -> int:
    """Count groups of processors that share a core."""
    groups = set()
    for cpu in _online(machine):
        topology = f"{_CPUS}/cpu{cpu}/topology"
        # core_cpus_list is the name since Linux 5.3.
        try:
            groups.add(machine.read(f"{topology}/core_cpus_list"))
        except NotAvailableError:
            groups.add(machine.read(f"{topology}/thread_siblings_list"))
    return len(groups)


def _sockets(machine: Machine) -> int:
    return len(
        {machine.read(f"{_CPUS}/cpu{cpu}/topology/physical_package_id") for cpu in _online(machine)}
    )


def _or_lscpu(first: Callable[[], Plain], second: Callable[[], Plain]) -> Callable[[], Plain]:
    """Ask sysfs, then lscpu; if neither knows, give both reasons."""

    def question() -> Plain:
        try:
            return first()
        except (NotAvailableError, ValueError) as error:
            try:
                return second()
            except (NotAvailableError, ValueError) as other:
                raise NotAvailableError(f"{error}; {other}") from None

    return question


def _topology(machine: Machine) -> dict[str, Any]:
    def lscpu_cores() -> int:
        return int(machine.lscpu_field("core(s) per socket")) * int(
            machine.lscpu_field("socket(s)")
        )

    def threads_per_core() -> Plain:
        logical, cores = len(_online(machine)), _cores(machine)
        # A core of which one thread is offline, or cores of two kinds, makes this no whole number.
        return logical // cores if logical % cores == 0 else logical / cores

    def numa_nodes() -> Plain:
        return len(parse_cpu_list(machine.read("/sys/devices/system/node/online")))

    source = "sysfs topology, else lscpu"
    return {
        "sockets": ask(
            _or_lscpu(lambda: _sockets(machine), lambda: int(machine.lscpu_field("socket(s)"))),
            source,
        ).to_json(),
        "cores": ask(_or_lscpu(lambda: _cores(machine), lscpu_cores), source).to_json(),
        "processors": ask(
            _or_lscpu(lambda: len(_online(machine)), lambda: int(machine.lscpu_field("cpu(s)"))),
            source,
        ).to_json(),
        "threads_per_core": ask(
            _or_lscpu(threads_per_core, lambda: int(machine.lscpu_field("thread(s) per core"))),
            source,
        ).to_json(),
        "smt_active": ask(
            lambda: machine.read_integer(f"{_CPUS}/smt/active") == 1, f"{_CPUS}/smt/active"
        ).to_json(),
        "numa_nodes": ask(
            _or_lscpu(numa_nodes, lambda: int(machine.lscpu_field("numa node(s)"))), source
        ).to_json(),
    }


_CACHE_TYPES = {"Data": "d", "Instruction": "i", "Unified": ""}


def _caches(machine: Machine) -> dict[str, Any]:
    """Describe the first processor's caches: ``size`` of one, number of ``instances``."""
    folder = f"{_CPUS}/cpu0/cache"
    found: dict[str, Any] = {}
    for index in machine.children(folder, "index"):
        place = f"{folder}/{index}"
        try:
            level = machine.read_integer(f"{place}/level")
            kind = _CACHE_TYPES[machine.read(f"{place}/type")]
        except (NotAvailableError, KeyError):
            continue
        found[f"l{level}{kind}"] = _sysfs_cache(machine, place, index)
    if found:
        return found
    for name in ("l1d", "l1i", "l2", "l3"):
        cache = _lscpu_cache(machine, name)
        found[name] = cache
    return found


def _sysfs_cache(machine: Machine, place: str, index: str) -> dict[str, Any]:
    def sharing(cpu: int) -> str:
        return machine.read(f"{_CPUS}/cpu{cpu}/cache/{index}/shared_cpu_list")

    return {
        "size": ask(lambda: parse_size(machine.read(f"{place}/size")), place, "bytes").to_json(),
        "instances": ask(lambda: len({sharing(cpu) for cpu in _online(machine)}), place).to_json(),
        "shared_by": ask(lambda: len(parse_cpu_list(sharing(0))), place).to_json(),
        "line": ask(
            lambda: machine.read_integer(f"{place}/coherency_line_size"), place, "bytes"
        ).to_json(),
        "ways": ask(
            lambda: machine.read_integer(f"{place}/ways_of_associativity"), place
        ).to_json(),
    }


def _lscpu_cache(machine: Machine, name: str) -> dict[str, Any]:
    """Read ``64 KiB (2 instances)``, a sum, or ``32K``, one instance, of older versions."""

    def parts() -> tuple[int, int | None]:
        try:
            text = machine.lscpu_field(f"{name} cache")
        except NotAvailableError as error:
            raise NotAvailableError(f"{_CPUS}/cpu0/cache is missing; {error}") from None
        found = re.fullmatch(r"(.+?)(?: \((\d+) instances?\))?", text)
        if found is None:
            raise NotAvailableError(f"lscpu says {text!r}")
        return parse_size(found[1]), int(found[2]) if found[2] else None

    def size() -> Plain:
        total, instances = parts()
        return total // (instances or 1)

    return {
        "size": ask(size, "lscpu", "bytes").to_json(),
        "instances": ask(lambda: parts()[1], "lscpu").to_json(),
    }


def _clocks(machine: Machine) -> dict[str, Any]:
    policy = f"{_CPUS}/cpu0/cpufreq"

    def cpufreq(name: str) -> Callable[[], Plain]:
        # cpufreq counts in kHz.
        return lambda: machine.read_integer(f"{policy}/{name}") * 1000

    def turbo() -> Plain:
        for path, on in ((f"{_CPUS}/cpufreq/boost", 1), (f"{_CPUS}/intel_pstate/no_turbo", 0)):
            if machine.exists(path):
                return machine.read_integer(path) == on
        raise NotAvailableError(
            f"neither {_CPUS}/cpufreq/boost nor {_CPUS}/intel_pstate/no_turbo is there"
        )

    def current() -> Plain:
        try:
            return machine.read_integer(f"{policy}/scaling_cur_freq") * 1000
        except NotAvailableError as error:
            megahertz = machine.cpuinfo.get("cpu mhz")
            if megahertz is None:
                raise NotAvailableError(f"{error}; /proc/cpuinfo has no line 'cpu MHz'") from None
            return round(float(megahertz) * 1e6)

    return {
        "governor": ask(lambda: machine.read(f"{policy}/scaling_governor"), policy).to_json(),
        "frequency_driver": ask(lambda: machine.read(f"{policy}/scaling_driver"), policy).to_json(),
        "turbo": ask(turbo, f"{_CPUS}/cpufreq/boost, intel_pstate/no_turbo").to_json(),
        "clock_current": ask(
            current, f"{policy}/scaling_cur_freq, else /proc/cpuinfo", "Hz"
        ).to_json(),
        "clock_minimum": ask(cpufreq("cpuinfo_min_freq"), policy, "Hz").to_json(),
        "clock_maximum": ask(cpufreq("cpuinfo_max_freq"), policy, "Hz").to_json(),
    }
