"""Poseidon2's permutation as hardware, against the reference, in the cycles that it states."""

from __future__ import annotations

import random

import pytest

from zkmark.backends.fpga.simulation import Run, Simulator, Stalls, integers_of, words_of
from zkmark.kernels.hashes.parameters import HASHES, Poseidon2Parameters, poseidon2_parameters
from zkmark.kernels.hashes.reference.poseidon2 import hash_elements, permute
from zkmark.kernels.hashes.rtl import poseidon2 as rtl

built = pytest.mark.usefixtures("fpga_tools")
SETS = [id for id in HASHES if id.startswith("poseidon2-")]
# One build each: both fields, S-boxes and widths that tables of the normal run need.
FOLDED = [("poseidon2-babybear-16", 8), ("poseidon2-goldilocks-12", 8)]
OTHERS = [
    ("poseidon2-koalabear-16", 8),
    ("poseidon2-goldilocks-8", 4),
    ("poseidon2-babybear-24", 8),
    ("poseidon2-babybear-16", 2),
    ("poseidon2-babybear-16", 1),
    ("poseidon2-goldilocks-12", 1),
]

Job = tuple[list[int], list[int], bool]  # the state of the job before, the block, first


def random_jobs(parameters: Poseidon2Parameters, count: int, seed: int = 0) -> list[Job]:
    """Blocks of every length, with states of edges, of random elements and of both."""
    random_, p = random.Random(f"{parameters.id} {seed}"), parameters.modulus
    most = min(512 // rtl.slot_bits(parameters), parameters.width)
    edges = [0, 1, 2, p - 1, p - 2, p >> 1, (1 << 31) % p, (1 << 32) % p, p - (1 << 27)]

    def elements(number: int, kind: int) -> list[int]:
        if kind == 0:
            return [random_.choice(edges)] * number
        values = [random_.choice(edges) if kind == 1 else -1 for _ in range(number)]
        return [v if v >= 0 else random_.randrange(p) for v in values]

    return [
        (
            elements(parameters.width, i % 4),
            elements(most if i % 3 else random_.randint(1, most), i // 4 % 4),
            i % 5 == 0,
        )
        for i in range(count)
    ]


def expected(job: Job, parameters: Poseidon2Parameters) -> list[int]:
    chain, block, first = job
    state = [0] * parameters.width if first else list(chain)
    state[: len(block)] = block
    return permute(state, parameters)


def simulate(
    hash_id: str, period: int, jobs: list[Job], **how: object
) -> tuple[list[list[int]], Run]:
    """Return the states that come out; tags have been compared with those that went in."""
    parameters, design = poseidon2_parameters(hash_id), rtl.poseidon2(hash_id, period)
    slot, chain_bits = rtl.slot_bits(parameters), rtl.chain_bits(parameters)

    def packed(values: list[int]) -> int:
        return sum(value << slot * place for place, value in enumerate(values))

    tags = 1 << rtl.TAG_BITS
    items = [
        packed(block)
        | packed(chain) << 512
        | int(first) << 512 + chain_bits
        | (len(block) * slot // 8) << 513 + chain_bits
        | (7 * i % tags) << 520 + chain_bits
        for i, (chain, block, first) in enumerate(jobs)
    ]
    run = Simulator(design).run(
        {"job": words_of(items, design.inputs[0].bits)},
        {"done": len(jobs)},
        **how,  # type: ignore[arg-type]
    )
    answers = integers_of(run.outputs["done"])
    assert [answer >> chain_bits for answer in answers] == [7 * i % tags for i in range(len(jobs))]
    mask = (1 << slot) - 1
    return [
        [answer >> slot * lane & mask for lane in range(parameters.width)] for answer in answers
    ], run


def check(hash_id: str, period: int, count: int, seed: int = 0, **how: object) -> Run:
    parameters = poseidon2_parameters(hash_id)
    jobs = random_jobs(parameters, count, seed)
    got, run = simulate(hash_id, period, jobs, seed=seed, **how)
    wrong = [i for i, job in enumerate(jobs) if got[i] != expected(job, parameters)]
    assert not wrong, f"{len(wrong)} of {count} wrong, the first one {wrong[0]}: {jobs[wrong[0]]}"
    return run


@pytest.mark.parametrize("hash_id", SETS)
def test_the_diagonal_is_written_as_shifts(hash_id: str) -> None:
    parameters = poseidon2_parameters(hash_id)
    entries = rtl.diagonal_entries(parameters)
    assert tuple(e.value(parameters.modulus) for e in entries) == parameters.internal_diagonal


@pytest.mark.parametrize(
    ("hash_id", "period", "multipliers"),
    [
        ("poseidon2-babybear-16", 1, (8 * 16 + 13) * 4),
        ("poseidon2-babybear-16", 8, (16 + 2) * 4),
        ("poseidon2-koalabear-16", 8, (16 + 3) * 2),
        ("poseidon2-goldilocks-12", 1, (8 * 12 + 22) * 4),
        ("poseidon2-goldilocks-12", 8, (12 + 3) * 4),
    ],
)
def test_multipliers_are_those_of_the_s_boxes(hash_id: str, period: int, multipliers: int) -> None:
    assert rtl.multipliers(poseidon2_parameters(hash_id), period) == multipliers


@built
@pytest.mark.parametrize(("hash_id", "period"), FOLDED)
def test_states_are_permuted_at_the_stated_rate_and_latency(hash_id: str, period: int) -> None:
    run = check(hash_id, period, 1000)
    timing = rtl.core_timing(poseidon2_parameters(hash_id), period)
    done, jobs = run.transfers["done"], run.transfers["job"]
    # Every PERIOD cycles one; the first of them has waited for its phase, and for the queue.
    assert done.last - done.first == 999 * period
    assert jobs.last - jobs.first <= 999 * period
    assert 0 <= done.first - jobs.first - timing.latency - 2 < period


@built
@pytest.mark.parametrize(("hash_id", "period"), FOLDED)
@pytest.mark.parametrize(
    "stalls", [Stalls(inputs=0.9), Stalls(outputs=0.95), Stalls(inputs=0.5, outputs=0.5)]
)
def test_bubbles_and_back_pressure_change_nothing(
    hash_id: str, period: int, stalls: Stalls
) -> None:
    check(hash_id, period, 150, seed=3, stalls=stalls)


@built
@pytest.mark.parametrize(("hash_id", "period"), FOLDED)
@pytest.mark.parametrize("cycle", [1, 500, 1203])
def test_reset_in_the_middle_of_work(hash_id: str, period: int, cycle: int) -> None:
    check(hash_id, period, 160, seed=cycle, reset_at=cycle)


@built
@pytest.mark.parametrize(("hash_id", "period"), FOLDED)
def test_jobs_in_a_chain_are_the_sponge(hash_id: str, period: int) -> None:
    parameters = poseidon2_parameters(hash_id)
    random_ = random.Random(17)
    for length in (1, 7, 8, 9, 17):
        message = [random_.randrange(parameters.modulus) for _ in range(length)]
        state: list[int] = [parameters.modulus - 1] * parameters.width  # without meaning
        for start in range(0, length, parameters.rate):
            block = message[start : start + parameters.rate]
            [state], _ = simulate(hash_id, period, [(state, block, start == 0)])
        digest = hash_elements(message, parameters)
        assert state[: len(digest)] == digest, length


@built
@pytest.mark.slow
@pytest.mark.parametrize(("hash_id", "period"), OTHERS)
def test_every_set_and_period(hash_id: str, period: int) -> None:
    run = check(hash_id, period, 2000)
    done = run.transfers["done"]
    assert done.last - done.first == 1999 * period


@built
@pytest.mark.slow
@pytest.mark.parametrize(("hash_id", "period"), FOLDED)
def test_a_hundred_thousand_states(hash_id: str, period: int) -> None:
    check(hash_id, period, 100_000, seed=1)
