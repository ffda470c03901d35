"""Choosing a device, and putting kernel text together: no device needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zkmark.backends import find_device, get_backend, list_devices
from zkmark.backends.device import Device, Source, choose_device
from zkmark.backends.threads import available_threads


def device(index: int, name: str, platform: str, kind: Any = "gpu") -> Device:
    return Device("opencl", index, name, platform, kind, 1 << 30, 4, "1.0")


DEVICES = [
    device(0, "EPYC", "PoCL", "cpu"),
    device(1, "Radeon", "AMD"),
    device(2, "Radeon Pro", "AMD"),
]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (None, 1),
        (0, 0),
        ("2", 2),
        (" 1 ", 1),
        ("pocl", 0),
        ("radeon", 1),
        ("pro", 2),
        ("EPYC (P", 0),
    ],
)
def test_a_device_is_found_by_index_or_part_of_its_name(wanted: Any, index: int) -> None:
    assert choose_device(DEVICES, wanted).index == index


@pytest.mark.parametrize("wanted", ["", "3", 7, "-1", "nvidia", "AMD"])
def test_a_wrong_name_lists_what_there_is(wanted: Any) -> None:
    with pytest.raises(
        ValueError,
        match=r"device: got .*, want an index or a part of a name on opencl: "
        r"0 = EPYC \(PoCL\), 1 = Radeon \(AMD\), 2 = Radeon Pro \(AMD\)$",
    ):
        choose_device(DEVICES, wanted)


def test_a_name_that_several_have_is_said_to_be_so() -> None:
    with pytest.raises(ValueError, match="got 'AMD', which 2 devices have in their names, want"):
        choose_device(DEVICES, "AMD")


def test_without_a_gpu_the_first_device_is_taken() -> None:
    assert choose_device(DEVICES[:1], None).index == 0
    with pytest.raises(ValueError, match="there is no device"):
        choose_device([], None)


@pytest.mark.driver
def test_devices_of_this_machine() -> None:
    devices = list_devices(["opencl"])
    assert [one.index for one in devices] == list(range(len(devices)))
    assert "PoCL" in {one.platform for one in devices}
    assert find_device("pocl")["opencl"].platform == "PoCL"
    with pytest.raises(ValueError, match=r"device: got 'abacus', want .* on opencl: .*\(PoCL\)"):
        find_device("abacus")
    with pytest.raises(ValueError, match="device: got 'abacus', want an index"):
        get_backend("opencl", device="abacus")


@pytest.mark.driver
def test_threads_narrow_a_device_that_is_the_processor() -> None:
    backend: Any = get_backend("opencl", device="pocl", threads=1)
    assert backend.threads == 1
    assert backend.describe()["compute_units"] == 1
    assert backend.session is get_backend("opencl", device="pocl", threads=1).session  # type: ignore[attr-defined]


def thread_ticks() -> dict[str, int]:
    """Return the processor time of each of this process's threads, in the kernel's ticks."""
    return {
        task.name: sum(map(int, (task / "stat").read_text().rpartition(")")[2].split()[11:13]))
        for task in Path("/proc/self/task").iterdir()
    }


@pytest.mark.driver
@pytest.mark.skipif(available_threads() < 2, reason="there is one processor")
@pytest.mark.parametrize("threads", [1, 2])
def test_as_many_threads_work_as_were_asked_for(threads: int) -> None:
    backend: Any = get_backend("opencl", device="pocl", threads=threads)
    session = backend.session
    source = Source(str(Path(__file__).with_name("words.cl")), {"TABLE_WORDS": "0u, 0u"})
    kernel = session.build(source).kernel("iterate")
    values = session.upload(np.arange(64 << 8, dtype=np.uint32))
    before = thread_ticks()
    kernel.launch(64 << 2, values, np.uint32(50_000))
    session.synchronize()
    worked = [ticks - before.get(name, 0) for name, ticks in thread_ticks().items()]
    assert sum(ticks > sum(worked) / 10 for ticks in worked) == threads, worked


def test_includes_come_once_and_lines_keep_their_numbers(tmp_path: Path) -> None:
    main, part = tmp_path / "main.cl", tmp_path / "part.h"
    part.write_text("int part;\n")
    main.write_text(
        f'#include "{part}"\n#include "{part}"\nKERNEL(one, SIZE)(u32 x) {{}}\n'
        "KERNEL(two, 32)(u32 x) {}\n"
    )
    text = Source(str(main), {"SIZE": 128}).text(DEVICE_CPU=1)
    assert text.kernels == {"one": 128, "two": 32}
    assert text.text.count("int part;") == 1
    assert f'#line 3 "{main}"\nKERNEL(one' in text.text
    assert text.text.startswith("#define DEVICE_CPU 1\n#define SIZE 128\n")
    assert text.key != Source(str(main), {"SIZE": 64}).text(DEVICE_CPU=1).key
    with pytest.raises(ValueError, match=r"KERNEL\(one, SIZE\): want a number"):
        Source(str(main)).text()


def test_what_an_if_may_skip_is_not_included_again(tmp_path: Path) -> None:
    main, part = tmp_path / "main.cl", tmp_path / "part.h"
    part.write_text("int part;\n")
    main.write_text(f'#if A\n#include "{part}"\n#endif\n#include "{part}"\n')
    with pytest.raises(ValueError, match=r"main.cl:4: .*part.h is included under an #if before"):
        Source(str(main)).text()
