"""Sessions: the words of the kernel language, buffers, limits and clocks, alike on every one."""

from __future__ import annotations

import gc
from copy import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from zkmark.backends.cuda.host import HostSession
from zkmark.backends.device import (
    BuildError,
    DeviceLimitError,
    DeviceMemoryError,
    Limits,
    Session,
    Source,
)

WORDS = str(Path(__file__).with_name("words.cl"))
DEFINITIONS = {"TABLE_WORDS": "5u, 70000u"}
_MASK = 0xFFFFFFFF


def words(**more: str | int) -> Source:
    return Source(WORDS, DEFINITIONS | more)


def numbers(count: int, dtype: Any = np.uint32) -> Any:
    return np.random.default_rng(1).integers(0, np.iinfo(dtype).max, count, dtype, endpoint=True)


def test_groups_share_local_memory(device_session: Session) -> None:
    data = numbers(64 * 5)
    output = device_session.allocate(data.nbytes)
    kernel = device_session.build(words()).kernel("reverse_groups")
    assert kernel.group_size == 64
    kernel.launch(5, device_session.upload(data), output)
    assert np.array_equal(output.read(), data.reshape(5, 64)[:, ::-1].ravel())


def test_a_launch_says_the_size_of_local_memory(device_session: Session) -> None:
    data = numbers(64 * 6, np.uint64) >> np.uint64(32)
    output = device_session.allocate(data.nbytes, np.uint64)
    kernel = device_session.build(words()).kernel("reverse_rows")
    kernel.launch((3, 2), device_session.upload(data), output, local=64 * 8)
    rows = np.arange(2, dtype=np.uint64)[:, None] << np.uint64(32)
    want = data.reshape(2, 3, 64)[:, :, ::-1].reshape(2, -1) + rows
    assert np.array_equal(output.read().reshape(2, -1), want)


def test_atomic_additions_lose_nothing(device_session: Session) -> None:
    data = numbers(1000)
    counts = device_session.allocate(64)
    counts.fill_zero()
    kernel = device_session.build(words()).kernel("histogram")
    kernel.over(1000, device_session.upload(data), counts, np.uint32(1000))
    assert counts.read().tolist() == np.bincount(data % 16, minlength=16).tolist()


def test_words_mean_the_same_everywhere(device_session: Session) -> None:
    data = numbers(64)
    data[:4] = 0, 1, 0x80000000, _MASK
    factor = 0xFEDCBA9876543210
    output = device_session.allocate(64 * 64)
    kernel = device_session.build(words()).kernel("word_operations")
    kernel.over(64, device_session.upload(data), output, np.uint64(factor))
    for x, row in zip(data.tolist(), output.read().reshape(64, 16).tolist(), strict=True):
        wide = x << 32 | x ^ _MASK
        high = wide * factor >> 64
        exclusive = sum(x >> i for i in range(8)) & _MASK
        for i in range(8):
            exclusive ^= x << i & _MASK
        assert row[:14] == [
            (x >> 7 | x << 25) & _MASK,
            (x << 7 | x >> 25) & _MASK,
            int.from_bytes(x.to_bytes(4, "little"), "big"),
            int(f"{x:032b}"[::-1], 2),
            x * 0x9E3779B9 >> 32,
            high & _MASK,
            high >> 32,
            32 - x.bit_length(),
            x.bit_count(),
            (wide << 13 | wide >> 51) & _MASK,
            (wide >> 13 | wide << 51) & _MASK,
            (x + (5, 70000)[x % 2]) & _MASK,
            x >> 8 & 0xFF,
            exclusive,
        ]


def test_a_text_is_built_once(device_session: Session) -> None:
    assert device_session.build(words()) is device_session.build(words())
    assert device_session.build(words(OTHER=1)) is not device_session.build(words())
    with pytest.raises(ValueError, match=r"kernel: got 'nothing', want one of reverse_groups, rev"):
        device_session.build(words()).kernel("nothing")


def test_a_build_that_fails_names_the_line(device_session: Session) -> None:
    with pytest.raises(BuildError, match=r"(?s)words.cl does not compile.*words_ar"):
        device_session.build(words(TABLE_WORDS="words_are_missing"))


def test_what_a_device_cannot_launch_is_refused(device_session: Session) -> None:
    kernel = device_session.build(words()).kernel("reverse_rows")
    buffer = device_session.allocate(64 * 8)
    most = device_session.limits.local_bytes
    with pytest.raises(DeviceLimitError, match=rf"needs {most + 8} bytes of local .*, and {most}"):
        kernel.launch(1, buffer, buffer, local=most + 8)
    with pytest.raises(DeviceLimitError, match=r"launched on \(0,\) groups"):
        kernel.launch(0, buffer, buffer, local=512)
    with pytest.raises(TypeError, match="argument 1 is int, want a Buffer or a NumPy scalar"):
        kernel.launch(1, buffer, 5, local=512)
    released = device_session.allocate(64)
    released.release()
    with pytest.raises(TypeError, match="argument 0 was released"):
        kernel.launch(1, released, buffer, local=512)


def test_groups_larger_than_the_device_has_are_refused() -> None:
    session = HostSession(limits=Limits(32, 48 * 1024, 1 << 20, 1 << 20))
    buffer = session.allocate(64 * 4)
    buffer.fill_zero()
    kernel = session.build(words()).kernel("reverse_groups")
    with pytest.raises(DeviceLimitError, match=r"reverse_groups on .* groups of 64 .*, and 32 can"):
        kernel.launch(1, buffer, buffer)
    assert not buffer.read().any()


def test_groups_larger_than_the_registers_allow_are_refused(opencl_session: Session) -> None:
    kernel = opencl_session.build(words()).kernel("reverse_groups")
    buffer = opencl_session.allocate(64 * 4)
    assert kernel.largest_group >= 64
    narrow = copy(kernel)
    narrow.largest_group = 63
    with pytest.raises(DeviceLimitError, match="needs groups of 64 threads, and 63 can be had"):
        narrow.launch(1, buffer, buffer)


def test_buffers_are_counted_and_given_back(device_session: Session) -> None:
    gc.collect()
    before = device_session.held_bytes
    first = device_session.allocate(1 << 20)
    second = device_session.upload(numbers(1000))
    assert device_session.held_bytes == before + (1 << 20) + 4000
    assert device_session.peak_bytes >= device_session.held_bytes
    first.release()
    first.release()
    del second
    gc.collect()
    assert device_session.held_bytes == before


def test_too_much_memory_is_refused_with_both_numbers(device_session: Session) -> None:
    limits = device_session.limits
    wanted = limits.memory_bytes + 1
    with pytest.raises(DeviceMemoryError, match=rf"it needs {wanted} bytes of device memory, and"):
        device_session.allocate(wanted)
    assert device_session.lacks_room(1000, 1000) is None


def test_a_driver_with_less_than_it_said_refuses_with_the_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = HostSession(limits=Limits(1024, 1024, memory_bytes=1000, buffer_bytes=1000))
    held = session.allocate(100)

    def full(nbytes: int) -> Any:
        raise MemoryError("out of memory")

    monkeypatch.setattr(session, "_allocate", full)
    with pytest.raises(DeviceMemoryError, match=r"needs 500 bytes .* beside the 100 .*, of 1000 "):
        session.allocate(500)
    assert session.held_bytes == held.nbytes


def test_a_full_opencl_driver_refuses_with_the_numbers(
    opencl_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyopencl as cl

    def full(*_: Any) -> Any:
        raise cl.MemoryError("clCreateBuffer failed: MEM_OBJECT_ALLOCATION_FAILURE")

    driver = SimpleNamespace(Buffer=full, MemoryError=cl.MemoryError, mem_flags=cl.mem_flags)
    monkeypatch.setattr(opencl_session, "_cl", driver)
    with pytest.raises(DeviceMemoryError, match="needs 500 bytes of device memory more, and"):
        opencl_session.allocate(500)


def test_a_buffer_larger_than_any_may_be_is_refused() -> None:
    session = HostSession(limits=Limits(1024, 1024, memory_bytes=1000, buffer_bytes=600))
    assert session.lacks_room(900, 500) is None
    with pytest.raises(DeviceMemoryError, match=r"needs a buffer of 700 bytes, and .* allows 600"):
        session.allocate(700)


def test_parts_of_buffers_are_written_and_read(device_session: Session) -> None:
    data = numbers(100)
    buffer = device_session.allocate(400)
    buffer.write(data[::2], 200)
    buffer.write(data[:50])
    assert np.array_equal(buffer.read(), np.concatenate([data[:50], data[::2]]))
    assert np.array_equal(buffer.read(3, np.uint16, 400 - 6), data[::2].copy().view(np.uint16)[-3:])
    with pytest.raises(IndexError, match="bytes 4 to 404 of a buffer of 400"):
        buffer.write(data, 4)
    with pytest.raises(IndexError):
        buffer.read(101)


def test_clocks_go_forward(device_session: Session) -> None:
    data = numbers(64 * 100)
    uploaded, output = device_session.upload(data), device_session.allocate(data.nbytes)
    kernel = device_session.build(words()).kernel("reverse_groups")

    def work() -> str:
        kernel.launch(100, uploaded, output)
        return "done"

    result, seconds = device_session.timed(work, 3)
    assert result == "done"
    assert 0 < seconds < 10
    with device_session.recorded() as launches:
        work()
        work()
    assert [one.kernel for one in launches] == ["reverse_groups"] * 2
    assert 0 <= launches[0].start < launches[0].end <= launches[1].start < launches[1].end < 10
    if device_session.language == "opencl":
        assert launches[0].queued == 0.0
    device_session.synchronize()


def test_a_missing_barrier_shows_when_threads_run_backward() -> None:
    data = numbers(64)
    outputs = []
    for backward in (False, True):
        session = HostSession(backward)
        output = session.allocate(data.nbytes)
        kernel = session.build(words(WITHOUT_BARRIER=1)).kernel("reverse_groups")
        kernel.launch(1, session.upload(data), output)
        outputs.append(output.read())
    assert not np.array_equal(*outputs)


def test_leaving_before_a_barrier_is_said() -> None:
    session = HostSession()
    kernel = session.build(words()).kernel("diverge")
    with pytest.raises(RuntimeError, match="diverge: some threads of a block ended before a barri"):
        kernel.launch(1, session.allocate(256))
    with pytest.raises(TypeError, match="diverge takes 1 arguments, got 2"):
        kernel.launch(1, session.allocate(256), session.allocate(256))


def test_a_buffer_is_copied_on_the_device(device_session: Session) -> None:
    data = numbers(1000)
    buffer = device_session.upload(data)
    copy = device_session.copied(buffer)
    buffer.fill_zero()
    assert np.array_equal(copy.read(), data)


def test_transfers_by_pinned_memory_move_every_byte(
    opencl_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opencl_session, "pinned", True)
    monkeypatch.setattr("zkmark.backends.opencl.session._STAGE_BYTES", 4096)
    monkeypatch.setattr(opencl_session, "_pinned", [])
    for count in (4, 1024, 1025, 4096, 5000):
        data = numbers(count)
        buffer = opencl_session.upload(data)
        changed = data + np.uint32(1)
        assert np.array_equal(buffer.read(), data)
        buffer.write(changed[: count // 2], offset=data.nbytes - 4 * (count // 2))
        want = np.concatenate([data[: count - count // 2], changed[: count // 2]])
        assert np.array_equal(buffer.read(), want)
        assert np.array_equal(buffer.read(count=count - 1, offset=4), want[1:])
