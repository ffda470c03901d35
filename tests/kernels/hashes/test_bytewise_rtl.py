"""The compression functions in hardware: as the reference, at the pace that their heads say."""

from __future__ import annotations

import hashlib
import random
import struct

import pytest

from zkmark.backends.fpga.design import Design
from zkmark.backends.fpga.simulation import Run, Simulator, Stalls, integers_of, words_of
from zkmark.kernels.hashes.reference import blake3
from zkmark.kernels.hashes.rtl import bytewise

pytestmark = pytest.mark.usefixtures("fpga_tools")

TAGS = 1 << bytewise.TAG_BITS
SHA_256 = [bytewise.sha_256(), bytewise.sha_256(bytewise.FOLDED["sha-256"])]
BLAKE3 = [
    bytewise.blake3_compression(),
    bytewise.blake3_compression(bytewise.FOLDED["blake3"]),
]
ALL = [*SHA_256, *BLAKE3]
# Queue and register behind a core that bring its answers to a stream.
TO_STREAM = 2


def named(design: Design) -> str:
    return design.name


def sha_256_padded(text: bytes) -> bytes:
    """FIPS 180-4, 5.1.1."""
    zeros = -(len(text) + 9) % 64
    return text + b"\x80" + bytes(zeros) + struct.pack(">Q", 8 * len(text))


def sha_256_job(block: bytes, chain: bytes | None, tag: int) -> int:
    job = int.from_bytes(block, "little") | tag << 769
    if chain is None:  # what the chain holds then does not matter
        return job | random.Random(tag).getrandbits(256) << 512 | 1 << 768
    return job | int.from_bytes(chain, "little") << 512


def blake3_job(block: bytes, chain: bytes, first: bool, last: bool, tag: int) -> int:
    ends = first << 768 | last << 769 | len(block) << 770
    return (
        int.from_bytes(block, "little") | int.from_bytes(chain, "little") << 512 | ends | tag << 777
    )


def blake3_answer(block: bytes, chain: bytes, first: bool, last: bool) -> bytes:
    value = blake3.INITIAL_VALUE if first else struct.unpack("<8I", chain)
    flags = blake3.CHUNK_START * first | (blake3.CHUNK_END | blake3.ROOT) * last
    return struct.pack("<8I", *blake3.compress(value, block, 0, flags))


def random_jobs(design: Design, count: int, seed: int) -> tuple[list[int], list[int]]:
    """Jobs and answers with their tags: first blocks and later ones, full and edge words too."""
    draw = random.Random(seed)
    jobs, answers = [], []
    for i in range(count):
        edge = bytes([draw.choice((0, 0xFF))]) * 64
        if design in SHA_256:
            # Of one block, so that hashlib's digest is the answer; chains are tested below.
            text = edge[: i % 56] if i % 16 == 0 else draw.randbytes(draw.randrange(56))
            answer = hashlib.sha256(text).digest()
            jobs.append(sha_256_job(sha_256_padded(text), None, i % TAGS))
        else:
            block = (
                edge if i % 16 == 0 else draw.randbytes(draw.choice((64, 64, draw.randrange(65))))
            )
            chain = edge[:32] if i % 16 == 1 else draw.randbytes(32)
            first, last = draw.random() < 0.5, draw.random() < 0.5
            answer = blake3_answer(block, chain, first, last)
            jobs.append(blake3_job(block, chain, first, last, i % TAGS))
        answers.append(int.from_bytes(answer, "little") | i % TAGS << 256)
    return jobs, answers


def run(design: Design, jobs: list[int], **how: object) -> Run:
    words = words_of(jobs, design.inputs[0].bits)
    return Simulator(design).run({"job": words}, {"done": len(jobs)}, **how)  # type: ignore[arg-type]


def answers_of(found: Run) -> list[int]:
    return integers_of(found.outputs["done"])


def digests_of(found: Run) -> list[bytes]:
    return [(answer % (1 << 256)).to_bytes(32, "little") for answer in answers_of(found)]


@pytest.mark.parametrize("design", ALL, ids=named)
def test_a_thousand_jobs_are_answered_as_the_reference_does(design: Design):
    jobs, answers = random_jobs(design, 1000, seed=1)
    assert answers_of(run(design, jobs)) == answers


@pytest.mark.slow
@pytest.mark.parametrize("design", ALL, ids=named)
def test_a_hundred_thousand_jobs_are_answered_as_the_reference_does(design: Design):
    jobs, answers = random_jobs(design, 100_000, seed=2)
    assert answers_of(run(design, jobs, stalls=Stalls(0.1, 0.1), seed=3)) == answers


@pytest.mark.parametrize("design", ALL, ids=named)
@pytest.mark.parametrize("stalls", [Stalls(0.5, 0.0), Stalls(0.0, 0.8), Stalls(0.3, 0.3)], ids=str)
def test_bubbles_and_back_pressure_change_no_answer(design: Design, stalls: Stalls):
    jobs, answers = random_jobs(design, 300, seed=4)
    assert answers_of(run(design, jobs, stalls=stalls, seed=5)) == answers


@pytest.mark.parametrize("design", ALL, ids=named)
@pytest.mark.parametrize("at", [3, 70, 150])
def test_a_reset_in_the_middle_leaves_nothing_behind(design: Design, at: int):
    jobs, answers = random_jobs(design, 200, seed=6)
    assert answers_of(run(design, jobs, reset_at=at, seed=at)) == answers


@pytest.mark.parametrize("design", SHA_256, ids=named)
@pytest.mark.parametrize(
    "text", [b"", b"abc", b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"]
)
def test_sha_256_gives_the_standard_s_examples_block_by_block(design: Design, text: bytes):
    padded = sha_256_padded(text)
    chain: bytes | None = None
    for start in range(0, len(padded), 64):
        job = sha_256_job(padded[start : start + 64], chain, tag=start)
        chain = digests_of(run(design, [job]))[0]
    assert chain == hashlib.sha256(text).digest()


@pytest.mark.parametrize("design", SHA_256, ids=named)
def test_sha_256_chains_random_messages_of_many_blocks(design: Design):
    draw = random.Random(7)
    texts = [draw.randbytes(200) for _ in range(20)]
    padded = [sha_256_padded(text) for text in texts]
    chains: list[bytes] = []
    for start in range(0, 256, 64):
        before = chains or [None] * len(texts)
        blocks = [one[start : start + 64] for one in padded]
        jobs = [sha_256_job(*pair, tag=9) for pair in zip(blocks, before, strict=True)]
        chains = digests_of(run(design, jobs))
    assert chains == [hashlib.sha256(text).digest() for text in texts]


@pytest.mark.parametrize("design", BLAKE3, ids=named)
@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 1023, 1024])
def test_blake3_chains_a_chunk_to_its_authors_digest(design: Design, length: int):
    from blake3 import blake3 as authors_blake3

    text = bytes(i % 251 for i in range(length))  # the pattern of BLAKE3's own test vectors
    chain = bytes(32)
    starts = range(0, max(length, 1), 64)
    for start in starts:
        block = text[start : start + 64]
        job = blake3_job(block, chain, start == 0, start == starts[-1], tag=0)
        chain = digests_of(run(design, [job]))[0]
    assert chain == authors_blake3(text).digest()


@pytest.mark.parametrize(
    ("design", "timing"),
    [
        (SHA_256[0], bytewise.sha_256_timing()),
        (SHA_256[1], bytewise.sha_256_timing(bytewise.FOLDED["sha-256"])),
        (BLAKE3[0], bytewise.blake3_timing()),
        (BLAKE3[1], bytewise.blake3_timing(bytewise.FOLDED["blake3"])),
    ],
    ids=lambda value: value.name if isinstance(value, Design) else "",
)
def test_latency_and_interval_are_those_of_the_head(design: Design, timing: bytewise.CoreTiming):
    jobs, _ = random_jobs(design, 400, seed=8)
    alone = run(design, jobs[:1]).transfers
    assert alone["done"].first - alone["job"].first == timing.latency + TO_STREAM
    full = run(design, jobs).transfers["done"]
    spacing = (full.last - full.first) / (len(jobs) - 1)
    assert spacing == pytest.approx(timing.interval, rel=0.01)
    if timing.interval == 1:
        assert full.last - full.first == len(jobs) - 1


@pytest.mark.parametrize("design", ALL, ids=named)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_registers_of_any_content_are_no_answer(design: Design, seed: int):
    jobs, answers = random_jobs(design, 5, seed=9)
    assert answers_of(run(design, jobs, seed=seed)) == answers
