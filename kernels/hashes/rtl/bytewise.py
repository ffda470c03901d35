"""Hardware designs of the byte hashes: the compression functions of SHA-256 and BLAKE3.

Constants come from their definitions (``derivation.py``) and the reference, as packages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zkmark.backends.fpga.design import DeclaredClock, Design, Stream
from zkmark.kernels.hashes import derivation
from zkmark.kernels.hashes.reference import blake3

TAG_BITS = 16
# Rounds of hardware: the whole function, and the folded cores that are kept.
SHA_256_ROUNDS = 64
BLAKE3_ROUNDS = blake3.ROUNDS
FOLDED = {"sha-256": 4, "blake3": 1}

CLOCK = DeclaredClock(
    225e6,
    "AMD's Vitis Security Library on UltraScale+: one SHA-256 unit of a round a cycle 330 MHz, "
    "a U250 full of SHA-1 units (hmacSha1, 960,000 LUT) 227 MHz; the slower of the two",
)

STREAM_SOURCES = (
    "kernels/stream/rtl/simple_dual_port_memory.sv",
    "kernels/stream/rtl/queue.sv",
)
SHA_256_SOURCES = (
    "kernels/hashes/rtl/sha_256_round.sv",
    "kernels/hashes/rtl/sha_256_core.sv",
)
BLAKE3_SOURCES = (
    "kernels/hashes/rtl/blake3_half_mix.sv",
    "kernels/hashes/rtl/blake3_core.sv",
)


@dataclass(frozen=True)
class CoreTiming:
    """What a core's head says: cycles from job to answer, and cycles a job when it is full."""

    latency: int
    interval: int


def sha_256_timing(rounds: int = SHA_256_ROUNDS) -> CoreTiming:
    """Return the timing of a core with so many rounds of hardware."""
    return CoreTiming(3 + SHA_256_ROUNDS, SHA_256_ROUNDS // rounds)


def blake3_timing(rounds: int = BLAKE3_ROUNDS) -> CoreTiming:
    """Return the timing of a core with so many rounds of hardware."""
    return CoreTiming(2 + 4 * BLAKE3_ROUNDS, BLAKE3_ROUNDS // rounds)


def packed(values: Iterable[int], bits: int) -> str:
    """Return numbers as one constant of SystemVerilog, the first number lowest."""
    items = list(values)
    digits = sum(value << bits * place for place, value in enumerate(items))
    total = bits * len(items)
    return f"{total}'h{digits:0{-(-total // 4)}x}"


def _package(name: str, constants: Iterable[tuple[str, int, str]]) -> tuple[str, str]:
    lines = [
        f"    localparam logic [{bits - 1}:0] {constant} = {text};"
        for constant, bits, text in constants
    ]
    return f"{name}.sv", "\n".join([f"package {name};", *lines, "endpackage", ""])


def sha_256_constants() -> tuple[str, str]:
    """Return the package of SHA-256's constants, word 0 lowest."""
    initial, rounds = derivation.sha256_initial_state(), derivation.sha256_round_constants()
    return _package(
        "sha_256_constants",
        (
            ("INITIAL_VALUE", 256, packed(initial, 32)),
            ("ROUND_CONSTANTS", 2048, packed(rounds, 32)),
        ),
    )


def blake3_constants() -> tuple[str, str]:
    """Return the package of BLAKE3's constants: words, the permutation, the flags of both ends."""
    return _package(
        "blake3_constants",
        (
            ("INITIAL_VALUE", 256, packed(blake3.INITIAL_VALUE, 32)),
            ("PERMUTATION", 64, packed(blake3.MESSAGE_PERMUTATION, 4)),
            ("FIRST_FLAGS", 32, packed([blake3.CHUNK_START], 32)),
            ("LAST_FLAGS", 32, packed([blake3.CHUNK_END | blake3.ROOT], 32)),
        ),
    )


def _suffix(rounds: int, all_rounds: int) -> str:
    return "" if rounds == all_rounds else f"-folded-{rounds}"


def sha_256(rounds: int = SHA_256_ROUNDS) -> Design:
    """Return SHA-256's compression function with so many rounds of hardware, a power of two."""
    return Design(
        name=f"hash-sha-256{_suffix(rounds, SHA_256_ROUNDS)}",
        top="sha_256_stream",
        sources=(
            *STREAM_SOURCES,
            *SHA_256_SOURCES,
            "kernels/hashes/rtl/core_stream.sv",
            "kernels/hashes/rtl/sha_256_stream.sv",
        ),
        generated=(sha_256_constants(),),
        inputs=(Stream("job", 512 + 256 + 1 + TAG_BITS),),
        outputs=(Stream("done", 256 + TAG_BITS),),
        parameters=(("ROUNDS", rounds), ("TAG_BITS", TAG_BITS)),
        clock=CLOCK,
    )


def blake3_compression(rounds: int = BLAKE3_ROUNDS) -> Design:
    """Return BLAKE3's compression function with so many rounds of hardware, 7 or 1."""
    return Design(
        name=f"hash-blake3{_suffix(rounds, BLAKE3_ROUNDS)}",
        top="blake3_stream",
        sources=(
            *STREAM_SOURCES,
            *BLAKE3_SOURCES,
            "kernels/hashes/rtl/core_stream.sv",
            "kernels/hashes/rtl/blake3_stream.sv",
        ),
        generated=(blake3_constants(),),
        inputs=(Stream("job", 512 + 256 + 2 + 7 + TAG_BITS),),
        outputs=(Stream("done", 256 + TAG_BITS),),
        parameters=(("ROUNDS", rounds), ("TAG_BITS", TAG_BITS)),
        clock=CLOCK,
    )


def designs() -> list[Design]:
    """Return the cores by themselves, unrolled and folded."""
    return [
        sha_256(),
        sha_256(FOLDED["sha-256"]),
        blake3_compression(),
        blake3_compression(FOLDED["blake3"]),
    ]
