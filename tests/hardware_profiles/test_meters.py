"""Energy and event counters: what they count where they exist, what they say where not."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from zkmark.hardware_profiles import CounterMeter, EnergyMeter, energy, performance_counters
from zkmark.hardware_profiles.machine import Machine
from zkmark.hardware_profiles.value import NotAvailableError, value_field, walk

_POWERCAP = "sys/class/powercap"


class Rapl:
    """A powercap tree with two packages, their cores and one memory controller."""

    def __init__(self, root: Path) -> None:
        self.machine = Machine(root)
        self.root = root
        for zone, name in (
            ("intel-rapl:0", "package-0"),
            ("intel-rapl:0:0", "core"),
            ("intel-rapl:0:1", "dram"),
            ("intel-rapl:1", "package-1"),
            ("intel-rapl:2", "psys"),
            ("intel-rapl-mmio:0", "package-0"),
        ):
            self.set(zone, 0, name, 1_000_000_000)

    def set(
        self, zone: str, microjoules: int, name: str | None = None, reach: int | None = None
    ) -> None:
        folder = self.root / _POWERCAP / zone
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "energy_uj").write_text(f"{microjoules}\n")
        if name:
            (folder / "name").write_text(f"{name}\n")
        if reach:
            (folder / "max_energy_range_uj").write_text(f"{reach}\n")


@pytest.fixture
def rapl(tmp_path: Path) -> Rapl:
    return Rapl(tmp_path)


def test_joules_are_packages_and_memory_without_their_parts(rapl: Rapl) -> None:
    with EnergyMeter(rapl.machine) as meter:
        rapl.set("intel-rapl:0", 2_000_000)
        rapl.set("intel-rapl:0:0", 1_900_000)  # within the package
        rapl.set("intel-rapl:0:1", 500_000)
        rapl.set("intel-rapl:1", 1_000_000)
        rapl.set("intel-rapl:2", 9_000_000)  # around the packages
        rapl.set("intel-rapl-mmio:0", 2_000_000)  # the package again
    joules = meter.joules()
    assert (joules.value, joules.unit, joules.status) == (3.5, "J", "measured")
    assert joules.counts is not None
    assert joules.counts.startswith("all energy of package-0, dram, package-1")


def test_a_counter_that_went_round_goes_on(rapl: Rapl) -> None:
    rapl.set("intel-rapl:0", 999_999_000)
    with EnergyMeter(rapl.machine) as meter:
        rapl.set("intel-rapl:0", 4_000)
    assert meter.joules().value == pytest.approx(0.005)


def test_one_that_may_have_gone_round_twice_is_not_believed(
    rapl: Rapl, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter([0.0, 3600.0])
    monkeypatch.setattr("zkmark.hardware_profiles.energy.time.monotonic", lambda: next(now))
    with EnergyMeter(rapl.machine) as meter:
        rapl.set("intel-rapl:0", 4_000)
    assert "more than once" in str(meter.joules().reason)


def test_counters_that_did_not_step_give_no_zero(rapl: Rapl) -> None:
    with EnergyMeter(rapl.machine) as meter:
        pass
    assert meter.joules().value is None
    assert "did not step" in str(meter.joules().reason)


def test_one_unreadable_package_spoils_the_sum(rapl: Rapl) -> None:
    (rapl.root / _POWERCAP / "intel-rapl:1/energy_uj").unlink()
    (rapl.root / _POWERCAP / "intel-rapl:1/energy_uj").mkdir()
    with EnergyMeter(rapl.machine) as meter:
        rapl.set("intel-rapl:0", 4_000)
    assert "intel-rapl:1/energy_uj: Is a directory" in str(meter.joules().reason)


def test_counters_for_root_only_say_permission_denied(
    rapl: Rapl, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(self: Path, **_: object) -> str:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_text", forbidden)
    with EnergyMeter(rapl.machine) as meter:
        pass
    assert str(meter.joules().reason).endswith(": Permission denied")


def test_without_rapl_the_reason_is_one_sentence(tmp_path: Path) -> None:
    with EnergyMeter(Machine(tmp_path)) as meter:
        pass
    assert meter.joules().status == "unavailable"
    assert "offers no RAPL" in str(meter.joules().reason)
    (tmp_path / _POWERCAP).mkdir(parents=True)
    assert (
        "no RAPL package" in value_field(energy.detect(Machine(tmp_path)), "rapl_domains")["reason"]
    )


def test_a_meter_that_was_not_used_properly_says_so(rapl: Rapl) -> None:
    meter = EnergyMeter(rapl.machine)
    assert meter.joules().reason == "the meter was not started"
    meter.start()
    assert meter.joules().reason == "the meter was not stopped"


def test_the_detector_lists_what_adds_up(rapl: Rapl) -> None:
    field = value_field(energy.detect(rapl.machine), "rapl_domains")
    assert field["value"] == [
        "package-0 (intel-rapl:0)",
        "dram (intel-rapl:0:1)",
        "package-1 (intel-rapl:1)",
    ]


# ---- event counters


def counter_file(tmp_path: Path, count: int, wanted: int, ran: int) -> int:
    """Return a descriptor that reads as a counter does."""
    path = tmp_path / "counter"
    path.write_bytes(struct.pack("=QQQ", count, wanted, ran))
    return os.open(path, os.O_RDONLY)


def test_a_counter_gives_its_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fcntl.ioctl", lambda *_: 0)
    with CounterMeter(("instructions",), lambda _: counter_file(tmp_path, 123, 50, 50)) as meter:
        pass
    value = meter.values()["instructions"]
    assert (value.value, value.status, value.unit) == (123, "measured", "instructions")


def test_a_shared_counter_is_not_scaled_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fcntl.ioctl", lambda *_: 0)
    with CounterMeter(("cycles",), lambda _: counter_file(tmp_path, 123, 50, 25)) as meter:
        pass
    assert meter.values()["cycles"].reason == "the counter ran 25 of 50 ns: others use it too"


def test_counters_that_do_not_open_say_why() -> None:
    def refuse(event: str) -> int:
        raise NotAvailableError(f"perf_event_open: no {event}")

    with CounterMeter(opener=refuse) as meter:
        pass
    assert meter.values()["cycles"].reason == "perf_event_open: no cycles"
    found = performance_counters.detect(Machine(Path("/nowhere")), refuse)
    assert all(field["value"] is None for _, field in walk(found))


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(ValueError, match="events: got 'luck', want some of cycles"):
        CounterMeter(("luck",))


def test_on_this_machine_a_counter_opens_or_says_the_systems_error() -> None:
    for path, field in walk(performance_counters.detect(Machine())["hardware"]):
        assert field["value"] is True or field["reason"].startswith(
            ("perf_event_open: ", "no perf_event_open is known")
        ), path


def test_on_another_system_there_is_no_call_to_make(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "vax")
    with pytest.raises(NotAvailableError, match="no perf_event_open is known for Linux on vax"):
        performance_counters.open_counter("cycles")
