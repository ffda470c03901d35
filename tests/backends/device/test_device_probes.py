"""Probes of devices: right where the device is, refused where it computes something else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from zkmark.backends.device import Session, probes


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    # The emulated device takes a thread at a time.
    monkeypatch.setattr(probes, "_LONG_ENOUGH", 1e-4)
    monkeypatch.setattr(probes, "_LAUNCHES", 5)
    monkeypatch.setattr(probes, "_GROUPS_A_UNIT", {"cpu": 1, "gpu": 1, "accelerator": 1})


def test_every_probe_gives_its_repetitions(device_session: Session) -> None:
    rates = probes.multiply_add_rate(device_session)
    copies = probes.copy_rates(device_session, 1 << 16)
    launches = probes.launch_seconds(device_session)
    wanted = probes._REPETITIONS[device_session.device.kind]
    assert len(rates) == wanted and len(launches) == 5
    assert {way: len(found) for way, found in copies.items()} == dict.fromkeys(
        ("to", "within", "from"), wanted
    )
    assert min([*rates, *launches, *copies["to"], *copies["within"], *copies["from"]]) > 0


@pytest.mark.parametrize("count", [0, 1, 2, 3, 8, 1000])
def test_many_steps_at_once_are_the_steps_one_by_one(count: int) -> None:
    factor, addend = probes._steps(count)
    for x in (0, 1, 0xFFFFFFFF, 12345):
        one_by_one = x
        for _ in range(count):
            one_by_one = (one_by_one * probes._MULTIPLIER + probes._ADDEND) & 0xFFFFFFFF
        assert (x * factor + addend) & 0xFFFFFFFF == one_by_one


def test_a_device_that_multiplies_wrongly_is_not_believed(
    device_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "_steps", lambda count: (1, 0))
    with pytest.raises(probes.ProbeError, match="something else than x c \\+ d"):
        probes.multiply_add_rate(device_session)


def test_a_device_that_loses_bytes_is_not_believed(
    device_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_session, "_copy_to", lambda target, source: None)
    monkeypatch.setattr(
        device_session, "timed", lambda work, times=1: (work(), 1e-3)
    )  # a copy that did nothing has no events
    with pytest.raises(probes.ProbeError, match="something else than was copied"):
        probes.copy_rates(device_session, 1 << 16)


def test_a_clock_that_stands_still_is_not_believed(
    device_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "_MOST_ROUNDS", 4)
    monkeypatch.setattr(device_session, "timed", lambda work, times=1: (work(), 0.0))
    with pytest.raises(probes.ProbeError, match="took no time"):
        probes.multiply_add_rate(device_session)
    with pytest.raises(probes.ProbeError, match="took no time"):
        probes.copy_rates(device_session, 1 << 16)


def test_copies_want_buffers_of_one_size(device_session: Session) -> None:
    one, two = device_session.upload(np.zeros(64, np.uint32)), device_session.allocate(512)
    with pytest.raises(ValueError, match="target: got 512 bytes, want the 256 copied"):
        device_session.copy(one, two)


@pytest.mark.parametrize(
    ("kind", "cache", "memory", "buffer", "want"),
    [
        ("gpu", 50 << 20, 80 << 30, 80 << 30, 256 << 20),
        ("gpu", 128 << 20, 80 << 30, 80 << 30, 512 << 20),
        ("gpu", 0, 1 << 30, 64 << 20, 64 << 20),
        ("cpu", 16 << 20, 8 << 30, 2 << 30, 64 << 20),
    ],
)
def test_copies_are_larger_than_caches_and_fit(
    kind: str, cache: int, memory: int, buffer: int, want: int
) -> None:
    session: Any = SimpleNamespace(
        device=SimpleNamespace(kind=kind),
        cache_bytes=cache,
        limits=SimpleNamespace(memory_bytes=memory, buffer_bytes=buffer),
    )
    assert probes.copy_bytes(session) == want


@pytest.mark.parametrize("bits", [32, 64])
def test_products_are_counted_and_right(device_session: Session, bits: int) -> None:
    rates = probes.product_rate(device_session, bits)
    assert len(rates) == probes._REPETITIONS[device_session.device.kind] and min(rates) > 0


@pytest.mark.parametrize("bits", [32, 64])
def test_a_device_that_loses_carries_is_not_believed(
    device_session: Session, monkeypatch: pytest.MonkeyPatch, bits: int
) -> None:
    right = probes._halves
    calls: list[int] = []

    def other_starts(states: list[int], bits: int, count: int) -> Any:
        calls.append(count)
        # What is uploaded is not what was asked for.
        return right([s + 1 for s in states] if len(calls) == 1 else states, bits, count)

    monkeypatch.setattr(probes, "_halves", other_starts)
    with pytest.raises(probes.ProbeError, match="something else than products with carry"):
        probes.product_rate(device_session, bits)


@pytest.mark.parametrize("bits", [32, 64])
def test_products_with_carry_divide_by_the_base(bits: int) -> None:
    carry, mask = probes._CARRIES[bits], (1 << bits) - 1
    modulus = (carry << bits) - 1
    for start in (1, 2047, modulus - 1):
        state = start
        for steps in range(1, 20):
            state = (state & mask) * carry + (state >> bits)
            assert state == start * pow(1 << bits, -steps, modulus) % modulus
