"""What CUDA kernels should take on an H200, *modelled* from machine code: nothing is measured.

``python -m zkmark.kernels.cuda_model`` compiles the programs of ``CASES`` for sm_90, lets the host
plans say what they launch, follows a thread of every launch through its machine code, and writes
``cuda_model.json`` beside this file and the tables of ``docs/gpu-model.md``. It needs NVRTC and
nvdisasm, and no GPU. Words behind the command choose the cases that have them in their names; the
others stay as they were.

Data is unknown. Where it decides, a family says what stands for it: general points, lists of mean
length.

A launch takes the longest of three times: of its bytes by the memory's bandwidth, of its
instructions on the busiest multiprocessor's units, and of a warp's own waiting, for as many rounds
of groups as there are. Launches follow one another. Not modelled: launches' own cost, conflicts of
banks, misses of caches, clocks below the boost.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from math import prod
from pathlib import Path
from typing import Any

from zkmark.backends.cuda.compiler import compiler_version
from zkmark.backends.cuda.recording import BinaryKernel, RecordingSession, Request
from zkmark.backends.cuda.walk import Place, Walk, issue_cycles, pipe_of, walk, words_moved
from zkmark.backends.device.choice import Device
from zkmark.backends.device.session import Limits
from zkmark.backends.device.source import Source
from zkmark.kernels.case import Case
from zkmark.kernels.hashes.parameters import HASHES
from zkmark.kernels.merkle.case import MerkleCase
from zkmark.kernels.msm.case import MsmCase
from zkmark.kernels.ntt.case import NttCase
from zkmark.kernels.stark.device.work import StarkStep

TABLE = Path(__file__).with_suffix(".json")
DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "gpu-model.md"
_BEGIN, _END = "<!-- modelled: {} -->", "<!-- end -->"

WARP = 32
# Of a case, that a launch must take to have a row.
_SHARE = 0.01
# Where a probe finds its fourth argument, behind three buffers.
PROBE_TIMES = 0x228


@dataclass(frozen=True)
class Multiprocessor:
    """What one has for the groups that it holds (CUDA C++ Programming Guide, 9.0)."""

    registers: int = 65536
    registers_at_once: int = 256  # of a warp
    warps: int = 64
    groups: int = 32
    shared_bytes: int = 228 * 1024
    shared_bytes_reserved: int = 1024  # of a group
    quarters: int = 4  # each issues an instruction of a warp a cycle


@dataclass(frozen=True)
class Ceilings:
    """An H200: declared by NVIDIA's data sheet, and its bandwidth as a copy was measured."""

    multiprocessors: int = 132
    hertz: float = 1.98e9
    bytes_per_second: float = 4.3e12


H200, SM_90 = Ceilings(), Multiprocessor()
LIMITS = Limits(1024, 227 * 1024, 141 * 10**9, 141 * 10**9)

# Each with the bar in milliseconds that the first version is held to, where there is one.
CASES: dict[str, tuple[Case | StarkStep, float | None]] = {
    "NTT Goldilocks 2^24": (NttCase("goldilocks", 24), 0.36),
    "NTT BabyBear 2^24": (NttCase("babybear", 24), 0.18),
    "NTT BLS12-381 Fr 2^22": (NttCase("bls12-381-fr", 22), 2.0),
    "MSM BN254 2^22": (MsmCase("bn254-g1", 1 << 22), 30.0),
    "MSM BLS12-381 2^22": (MsmCase("bls12-381-g1", 1 << 22), 60.0),
    **{
        f"Merkle {name} 2^20": (
            MerkleCase(name, 20, 64 if parameters.field is None else 8),
            2.0 if name == "poseidon2-goldilocks-12" else None,
        )
        for name, parameters in HASHES.items()
    },
    # One table of 2^20 rows, with a blowup of 4: 64 columns, 8 lookups, an extension of degree 2.
    "STARK commit blake3": (StarkStep("commit", 20, 64, 4), None),
    "STARK fractions": (StarkStep("fractions", 20, 16, 1), None),
    "STARK evaluate": (StarkStep("evaluate", 20, 64, 1), None),
    "STARK combine": (StarkStep("combine", 20, 64, 4), None),
    "STARK deep": (StarkStep("deep", 20, 2, 4), None),
    "STARK fold by 4": (StarkStep("fold", 20, 2, 4), None),
}


@dataclass(frozen=True)
class LaunchCount:
    """Launches that are alike: what each does, counted; nothing here is a time of a device."""

    kernel: str
    times: int
    groups: int
    threads: int
    registers: int
    shared_bytes: int
    # Of a thread, a mean over its group: instructions, and the cycles for which its warp holds a
    # quarter's units.
    instructions: int
    multiply_cycles: int
    alu_cycles: int
    slow_cycles: int
    # Words of 32 bits that a thread moves, to and from local memory and memory.
    words: int
    # Cycles of a warp that has its quarter to itself.
    alone_cycles: int
    # Of the whole launch.
    bytes_read: int
    bytes_written: int


@dataclass(frozen=True)
class Modelled:
    """Modelled seconds of launches, and which of the three times rules."""

    memory: float
    units: float
    waiting: float

    @property
    def seconds(self) -> float:
        """The longest of the three."""
        return max(self.memory, self.units, self.waiting)


def resident_groups(registers: int, shared_bytes: int, threads: int) -> tuple[int, str]:
    """Return how many groups a multiprocessor holds at once, and what does not allow more."""
    warps = -(-threads // WARP)
    of_warp = -(-registers * WARP // SM_90.registers_at_once) * SM_90.registers_at_once
    # Registers lie in the quarters, a quarter of a multiprocessor's in each.
    by_registers = SM_90.registers // SM_90.quarters // max(1, of_warp) * SM_90.quarters // warps
    shared = shared_bytes + SM_90.shared_bytes_reserved
    found = {
        "registers": by_registers,
        "local memory": SM_90.shared_bytes // shared,
        "warps": SM_90.warps // warps,
        "groups": SM_90.groups,
    }
    limit = min(found, key=lambda name: found[name])
    return found[limit], limit


def modelled(launch: LaunchCount) -> Modelled:
    """Return one launch's modelled times."""
    busiest = -(-launch.groups // H200.multiprocessors)
    warps = busiest * -(-launch.threads // WARP)
    resident, _ = resident_groups(launch.registers, launch.shared_bytes, launch.threads)
    rounds = -(-launch.groups // (H200.multiprocessors * resident))
    per_warp = max(
        launch.instructions, launch.multiply_cycles, launch.alu_cycles, launch.slow_cycles
    )
    # 32 words a cycle of a multiprocessor.
    units = max(-(-warps // SM_90.quarters) * per_warp, warps * launch.words)
    return Modelled(
        (launch.bytes_read + launch.bytes_written) / H200.bytes_per_second,
        units / H200.hertz,
        rounds * launch.alone_cycles / H200.hertz,
    )


def launches_of(case: Case | StarkStep) -> list[LaunchCount]:
    """Compile a case's programs and count what its plan launches."""
    device = Device(
        "cuda", 0, "H200", "modelled", "gpu", LIMITS.memory_bytes, H200.multiprocessors, "none"
    )
    session = RecordingSession(device, LIMITS, 90)
    family = import_module(f"zkmark.kernels.{case.kernel}.device.work")
    family.device_work(case, session)
    counted = []
    for request in session.requests:
        code: BinaryKernel = request.kernel.handle
        # A family whose data decides says what stands in for a kernel, and takes data as general.
        stand_in = family.stand_in(case, request) if hasattr(family, "stand_in") else None
        if stand_in is not None:
            walks = [_probed(session, *stand_in)]
        else:
            walks = _walks(code, request, hasattr(family, "stand_in"))
        counted.append(_counted(request, walks, family.moved_bytes(case, request)))
    return _joined(counted)


def _walks(binary: BinaryKernel, request: Request, general: bool) -> list[Walk]:
    """Follow a launch's threads: one, or of a single group one a warp, since those may differ."""
    groups, threads = prod(request.groups), request.kernel.group_size
    return [
        walk(binary.code, request.constants(), Place(thread, request.groups[0] // 2), general)
        for thread in range(0, threads if groups == 1 else 1, WARP)
    ]


def _probed(session: RecordingSession, source: Source, name: str, times: int) -> Walk:
    """Return what a probe's operation takes, so many times: what a second time adds to one."""
    binary: BinaryKernel = session.build(source).kernel(name).handle
    once, twice = (walk(binary.code, {PROBE_TIMES: n}, Place(), general=True) for n in (1, 2))
    if twice.instructions <= once.instructions:
        raise ValueError(f"{name}: the probe's second time adds nothing; the walk lost its loop")
    found = Walk(cycles=(twice.cycles - once.cycles) * times)
    for opcode, count in (twice.opcodes - once.opcodes).items():
        found.opcodes[opcode] = count * times
    return found


def _counted(request: Request, walks: Sequence[Walk], moved: tuple[int, int]) -> LaunchCount:
    groups, threads = prod(request.groups), request.kernel.group_size
    resources = request.kernel.handle.resources
    cycles: Counter[str] = Counter()
    words = 0
    for opcode, count in sum((one.opcodes for one in walks), Counter[str]()).items():
        pipe = pipe_of(opcode)
        cycles[pipe] += count * issue_cycles(opcode)
        words += count * words_moved(opcode) if pipe in ("memory", "shared") else 0
    return LaunchCount(
        request.kernel.name,
        1,
        groups,
        threads,
        resources.registers,
        resources.shared_bytes + request.local,
        sum(one.instructions for one in walks) // len(walks),
        cycles["multiply"] // len(walks),
        cycles["alu"] // len(walks),
        cycles["slow"] // len(walks),
        words // len(walks),
        max(one.cycles for one in walks),
        *moved,
    )


def _joined(launches: Iterable[LaunchCount]) -> list[LaunchCount]:
    counts = Counter(launches)
    return [LaunchCount(**(asdict(one) | {"times": times})) for one, times in counts.items()]


def load_model() -> dict[str, Any]:
    """Return the counts as they were written last: compiler, and launches by case."""
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    table["cases"] = {
        name: [LaunchCount(**one) for one in rows] for name, rows in table["cases"].items()
    }
    return table


def total(launches: Iterable[LaunchCount]) -> Modelled:
    """Add up launches that follow one another; ``seconds`` of it is not their sum."""
    parts = [(one.times, modelled(one)) for one in launches]
    return Modelled(
        sum(times * one.memory for times, one in parts),
        sum(times * one.units for times, one in parts),
        sum(times * one.waiting for times, one in parts),
    )


def modelled_seconds(launches: Iterable[LaunchCount]) -> float:
    """Return the modelled seconds of a case: of its launches, one after another."""
    return sum(one.times * modelled(one).seconds for one in launches)


def tables(cases: Mapping[str, list[LaunchCount]]) -> dict[str, str]:
    """Return the tables of the document, by the name in their marks."""
    return {"cases": "\n".join(_case_rows(cases)), "launches": "\n".join(_launch_rows(cases))}


def _case_rows(cases: Mapping[str, list[LaunchCount]]) -> list[str]:
    rows = [
        "| case | launches | bytes | instructions | memory, ms | units, ms | waiting, ms "
        "| modelled, ms | bar, ms |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, launches in cases.items():
        parts, bar = total(launches), CASES[name][1]
        count = sum(one.times for one in launches)
        moved = sum(one.times * (one.bytes_read + one.bytes_written) for one in launches)
        issued = sum(one.times * one.groups * one.threads * one.instructions for one in launches)
        times = (parts.memory, parts.units, parts.waiting, modelled_seconds(launches))
        cells = [name, str(count), f"{moved / 1e6:.0f} MB", f"{issued / 1e9:.2f} G"]
        cells += [f"{1e3 * one:.3f}" for one in times]
        rows.append(f"| {' | '.join([*cells, '' if bar is None else f'{bar:g}'])} |")
    return rows


def _launch_rows(cases: Mapping[str, list[LaunchCount]]) -> list[str]:
    rows = [
        "| case | kernel | groups | threads | registers | local memory | warps of 64 | limit "
        "| instructions a thread | multiply | ALU | modelled, ms |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, launches in cases.items():
        for one in launches:
            # Of a tree's layers and the like the largest speaks for all.
            largest = max(other.groups for other in launches if other.kernel == one.kernel)
            share = one.times * modelled(one).seconds / modelled_seconds(launches)
            if one.groups < largest or share < _SHARE:
                continue
            resident, limit = resident_groups(one.registers, one.shared_bytes, one.threads)
            cells = (
                *(name, f"`{one.kernel}`", one.groups, one.threads, one.registers),
                *(one.shared_bytes, resident * -(-one.threads // WARP), limit),
                *(one.instructions, one.multiply_cycles, one.alu_cycles),
                f"{1e3 * modelled(one).seconds:.3f}",
            )
            rows.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return rows


def with_tables(document: str, found: Mapping[str, str]) -> str:
    """Return a document with its marked tables replaced."""
    for name, table in found.items():
        head, rest = document.split(_BEGIN.format(name))
        document = f"{head}{_BEGIN.format(name)}\n{table}\n{rest[rest.index(_END) :]}"
    return document


def _as_text(table: Mapping[str, Any]) -> str:
    """Write the counts with one launch a line."""
    cases = [
        f"  {json.dumps(name)}: [\n"
        + ",\n".join(f"   {json.dumps(asdict(one))}" for one in rows)
        + "\n  ]"
        for name, rows in table["cases"].items()
    ]
    return (
        f'{{\n "nvrtc": {json.dumps(table["nvrtc"])},\n "cases": {{\n'
        + ",\n".join(cases)
        + "\n }\n}\n"
    )


def _main(wanted: Sequence[str]) -> None:
    cases: dict[str, list[LaunchCount]] = {}
    known = load_model() if TABLE.exists() else {"nvrtc": None, "cases": {}}
    for name, (case, _) in CASES.items():
        skipped = wanted and not any(word in name for word in wanted)
        cases[name] = known["cases"][name] if skipped else launches_of(case)
    TABLE.write_text(_as_text({"nvrtc": compiler_version(), "cases": cases}), encoding="utf-8")
    found = tables(cases)
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text(encoding="utf-8"), found), encoding="utf-8")
    print(*found.values(), sep="\n\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
