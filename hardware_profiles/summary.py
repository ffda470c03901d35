"""A profile in a few lines for people: the terminal's table and the report's header."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zkmark.hardware_profiles.value import plain, value_field, walk


def size_text(size: float) -> str:
    """Return bytes as a person writes them: ``24 GiB``, ``1.5 MiB``."""
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB"):
        if size < 1024 or unit == "TiB":
            return f"{size:.3g} {unit}" if size < 1000 else f"{size:.0f} {unit}"
        size /= 1024
    raise AssertionError("unreachable")


def rate_text(rate: float, unit: str) -> str:
    """Return a rate as a person writes it: ``2.6 G multiplications/s``, ``31 GB/s``."""
    for prefix, factor in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if rate >= factor:
            text = f"{rate / factor:.3g} {prefix}"
            return f"{text}B/s" if unit == "bytes/s" else f"{text} {unit}"
    return f"{rate:.3g} {unit}"


def _count(number: Any, one: str, many: str) -> str:
    whole = int(number) if float(number) == int(number) else number
    return f"{whole} {one if whole == 1 else many}"


def _widest(profile: Mapping[str, Any]) -> str | None:
    """Name the widest vector instruction set, as the kernels' names for it go."""

    def has(feature: str) -> bool:
        return plain(profile, f"cpu.features.{feature}") is True

    for feature, name in (
        ("avx512ifma", "AVX-512 IFMA"),
        ("avx512f", "AVX-512"),
        ("avx2", "AVX2"),
        ("sve2", "SVE2"),
        ("sve", "SVE"),
        ("asimd", "NEON"),
    ):
        if has(feature):
            return name
    return None


def _cpu_text(profile: Mapping[str, Any]) -> str:
    model = plain(profile, "cpu.model") or "unknown processor"
    seen = plain(profile, "cpu.microarchitecture.archspec")
    return f"{model} ({seen} as archspec sees it)" if seen else str(model)


def _guest_text(profile: Mapping[str, Any]) -> str | None:
    hypervisor = plain(profile, "virtualization.hypervisor")
    container = plain(profile, "virtualization.container")
    parts = []
    if hypervisor not in (None, "none"):
        parts.append("virtual machine" if hypervisor == "unnamed" else f"{_name(hypervisor)} guest")
    if container not in (None, "none"):
        parts.append(f"{_name(container)} container")
    return ", ".join(parts) or None


def _name(word: str) -> str:
    known = {"kvm": "KVM", "qemu": "QEMU", "vmware": "VMware", "xen": "Xen", "microsoft": "Hyper-V"}
    return known.get(word, word.capitalize())


def _gpu_texts(profile: Mapping[str, Any]) -> list[str]:
    texts = []
    for device in profile.get("gpus", {}).get("devices", []):
        name = plain(device, "name") or "unnamed GPU"
        memory = plain(device, "memory_total")
        texts.append(f"{name}, {size_text(memory)}" if memory else str(name))
    return texts


def describe_machine(profile: Mapping[str, Any]) -> str:
    """Return one line: ``AMD EPYC (zen4 as archspec sees it), 2 cores, AVX2, KVM guest``."""
    parts = [_cpu_text(profile)]
    cores = plain(profile, "cpu.cores")
    if cores is not None:
        parts.append(_count(cores, "core", "cores"))
    widest = _widest(profile)
    if widest:
        parts.append(widest)
    memory = plain(profile, "memory.total")
    if memory is not None:
        parts.append(size_text(memory))
    parts.extend(_gpu_texts(profile))
    guest = _guest_text(profile)
    if guest:
        parts.append(guest)
    return ", ".join(parts)


def _or_reason(profile: Mapping[str, Any], path: str, text: str | None = None) -> str:
    field = value_field(profile, path)
    if field["status"] == "unavailable":
        return f"unavailable: {field['reason']}"
    return str(field["value"]) if text is None else text


def _processor_lines(profile: Mapping[str, Any]) -> list[tuple[str, str]]:
    lines = [("processor", _cpu_text(profile))]
    parts = []
    for path, one, many in (
        ("cpu.sockets", "socket", "sockets"),
        ("cpu.cores", "core", "cores"),
        ("cpu.processors", "thread", "threads"),
        ("cpu.numa_nodes", "NUMA node", "NUMA nodes"),
    ):
        number = plain(profile, path)
        if number is not None:
            parts.append(_count(number, one, many))
    lines.append(("cores", ", ".join(parts) or _or_reason(profile, "cpu.cores")))
    usable = plain(profile, "cgroup.effective_processors")
    if usable is not None and usable != plain(profile, "cpu.processors"):
        lines.append(("usable here", _count(usable, "processor", "processors")))
    features = profile.get("cpu", {}).get("features", {})
    present = [name for name, field in features.items() if field.get("value") is True]
    if features:
        lines.append(("instruction sets", ", ".join(present) or "none of those that kernels use"))
    caches = []
    for name, cache in profile.get("cpu", {}).get("caches", {}).items():
        size, instances = plain(cache, "size"), plain(cache, "instances")
        if size is not None:
            text = f"{name.upper()} {size_text(size)}"
            caches.append(f"{text} x {instances}" if instances and instances > 1 else text)
    lines.append(("caches", ", ".join(caches) or _or_reason(profile, "cpu.caches.l1d.size")))
    current = plain(profile, "cpu.clock_current")
    clock = f"{current / 1e9:.2f} GHz now" if current else _or_reason(profile, "cpu.clock_current")
    most = plain(profile, "cpu.clock_maximum")
    if current and most:
        clock += f", {most / 1e9:.2f} GHz at most"
    lines.append(("clock", clock))
    lines.append(("governor", _or_reason(profile, "cpu.governor")))
    return lines


def _system_lines(profile: Mapping[str, Any]) -> list[tuple[str, str]]:
    total = plain(profile, "memory.total")
    memory = size_text(total) if total is not None else None
    available = plain(profile, "memory.available")
    if memory and available is not None:
        memory += f", {size_text(available)} available"
    lines = [("memory", _or_reason(profile, "memory.total", memory))]
    limit = plain(profile, "cgroup.memory_limit")
    if isinstance(limit, int):
        lines.append(("memory limit", size_text(limit)))
    gpus = _gpu_texts(profile)
    lines.append(("GPU", "; ".join(gpus) if gpus else _or_reason(profile, "gpus.count", "none")))
    free = plain(profile, "storage.free")
    if free is not None:
        kind = plain(profile, "storage.file_system") or "unknown file system"
        lines.append(("storage", f"{kind}, {size_text(free)} free"))
    speeds = [
        f"{rate_text(field['value'], 'bytes/s')} {verb}"
        for verb in ("write", "read")
        if (field := value_field(profile, f"storage.sequential_{verb}"))["status"] == "measured"
    ]
    if speeds:
        lines.append(("scratch file", ", ".join(speeds)))
    names = [
        plain(profile, "operating_system.distribution"),
        " ".join(
            str(part)
            for part in (
                plain(profile, "operating_system.kernel"),
                plain(profile, "operating_system.kernel_release"),
            )
            if part
        ),
        plain(profile, "operating_system.libc"),
    ]
    lines.append(("system", ", ".join(str(n) for n in names if n) or "unavailable"))
    guest = _guest_text(profile)
    lines.append(("virtualisation", guest or _or_reason(profile, "virtualization.hypervisor")))
    steal = plain(profile, "virtualization.steal_fraction")
    if steal is not None and guest:
        lines.append(("stolen time", f"{steal:.2%} of processor time since boot"))
    lines.append(("energy counters", _or_reason(profile, "energy.rapl_domains")))
    lines.append(
        (
            "hardware counters",
            _or_reason(profile, "performance_counters.hardware.instructions", "available"),
        )
    )
    return lines


def _ceiling_lines(profile: Mapping[str, Any]) -> list[tuple[str, str]]:
    lines = []
    ceilings = profile.get("ceilings", {})
    for name, label in (
        ("multiply_64", "64 x 64 multiplies"),
        ("multiply_32", "32 x 32 multiplies"),
        ("multiply_52", "52-bit multiply-adds"),
        ("word_32", "32-bit word operations"),
        ("sha_256", "SHA-256 round pairs"),
        ("aes", "AES rounds"),
        ("triad", "memory triad"),
        ("random_access", "memory at random"),
    ):
        tree = ceilings.get(name, {})
        levels = [("", tree)] if name in ("triad", "random_access") else list(tree.items())
        # The best level that this machine has.
        for level, by_threads in reversed(levels):
            texts = [
                f"{rate_text(field['value'], str(field.get('unit', '')))} on "
                + _count(int(key.rpartition("_")[2]), "thread", "threads")
                for key, field in by_threads.items()
                if key.startswith("threads_") and field["status"] == "measured"
            ]
            if texts:
                lines.append((label, ", ".join(texts) + (f" ({level})" if level else "")))
                break
    latency = value_field(profile, "ceilings.random_load_latency")
    if latency["status"] == "measured":
        lines.append(("random load", f"{latency['value'] * 1e9:.3g} ns"))
    return lines


def _economics_lines(profile: Mapping[str, Any]) -> list[tuple[str, str]]:
    lines = []
    price, power = (value_field(profile, f"economics.{n}") for n in ("price_per_hour", "power"))
    if price["value"] is not None:
        lines.append(("price", f"{price['value']:g} {price.get('unit', '')} ({price['status']})"))
    if power["value"] is not None:
        lines.append(("power", f"{power['value']:g} {power.get('unit', '')} ({power['status']})"))
    return lines


def figure_text(field: Mapping[str, Any]) -> str:
    """Return a field's value with its unit as a person writes it; the reason if it has none."""
    value, unit = field["value"], field.get("unit")
    if value is None:
        return f"unavailable: {field['reason']}"
    if unit == "bytes":
        return size_text(value)
    if unit == "Hz":
        return f"{value / 1e9:.4g} GHz"
    if unit is not None and unit.endswith("/s"):
        return rate_text(value, unit)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value} {unit}" if unit else str(value)


def declared_rows(profile: Mapping[str, Any]) -> list[list[str]]:
    """Return path, text, kind of source and source of each figure.

    Instruction sets that are there stand in one row.
    """
    rows = []
    features: dict[tuple[str, str], list[str]] = {}
    devices = profile.get("gpus", {}).get("devices", [])
    for path, field in walk(profile):
        # One of several GPUs that are alike says it all.
        if path.startswith("gpus.devices.") and all(device == devices[0] for device in devices):
            if path.split(".")[2] != "0":
                continue
            path = path.replace("gpus.devices.0", "gpu")
        if path.startswith("cpu.features."):
            features.setdefault(_document(field), []).append(path.rpartition(".")[2])
        else:
            rows.append([path, figure_text(field), *_document(field)])
    return rows + [["cpu.features", ", ".join(names), *said] for said, names in features.items()]


def _document(field: Mapping[str, Any]) -> tuple[str, str]:
    return str(field.get("source_kind", "")), str(field["source"])


def _device_lines(profile: Mapping[str, Any]) -> list[tuple[str, str]]:
    lines = []
    for key, device in profile.get("devices", {}).items():
        fields = {
            name: field
            for name in ("multiply_add_32", "copy_within", "launch_latency")
            if (field := value_field(device, name))["status"] == "measured"
        }
        if not fields:
            continue
        parts = [str(plain(device, "name"))]
        if "multiply_add_32" in fields:
            rate = fields["multiply_add_32"]["value"]
            parts.append(rate_text(rate, "32-bit multiply-adds/s"))
        if "copy_within" in fields:
            parts.append(f"copies {rate_text(fields['copy_within']['value'], 'bytes/s')}")
        if "launch_latency" in fields:
            parts.append(f"launch and wait {fields['launch_latency']['value'] * 1e6:.3g} us")
        lines.append((key.replace("_", " "), ", ".join(parts)))
    return lines


def summary_lines(profile: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return label and text of each line of a profile's summary, in reading order.

    What could not be had says ``unavailable`` and why, in the same place.
    """
    return [
        ("machine", describe_machine(profile)),
        *_processor_lines(profile),
        *_system_lines(profile),
        *_ceiling_lines(profile),
        *_device_lines(profile),
        *_economics_lines(profile),
    ]
