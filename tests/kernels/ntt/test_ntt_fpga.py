"""Transforms on the four-step machine: right in every form, and as long as its design says."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from zkmark.backends import get_backend
from zkmark.backends.fpga.simulation import Channel, Run, Simulator, Stalls, words_of
from zkmark.hardware_profiles.boards import board
from zkmark.kernels.fields.parameters import field
from zkmark.kernels.ntt.case import DIRECTIONS, ORDERS, NttCase
from zkmark.kernels.ntt.fpga import IMPLEMENTATIONS, NttMachine
from zkmark.kernels.ntt.fpga.cycles import Memory, best_layout, case_cycles
from zkmark.kernels.ntt.fpga.layout import Layout, widths
from zkmark.kernels.ntt.rtl import WORD_BITS, four_step, lanes

needs_tools = pytest.mark.usefixtures("fpga_tools")
FIELDS = ("goldilocks", "babybear")
KINDS = list(product(DIRECTIONS, ORDERS, (False, True)))
IDEAL = Memory()


def machine(field_id: str) -> NttMachine:
    found = [one for one in IMPLEMENTATIONS if one.id == f"fpga/ntt-{field_id}"]
    assert isinstance(found[0], NttMachine)
    return found[0]


def simulate(layout: Layout, *, edge: int | None = None, **how: object) -> tuple[Run, Channel]:
    """Run a case and check its output; ``edge`` fills the input with one value."""
    case = layout.case
    inputs = case.make_input(7)
    if edge is not None:
        inputs = {"values": np.full_like(inputs["values"], edge)}
    memory = Channel(layout.to_memory(inputs["values"]), latency=IDEAL.latency)
    design = four_step(case.field)
    run = Simulator(design).run(
        {"parameters": words_of(layout.parameters(), design.inputs[0].bits)},
        {"done": 1},
        settings=layout.settings,
        memories={"memory": memory},
        max_cycles=1 << 22,
        **how,  # type: ignore[arg-type]
    )
    verdict = case.check(inputs, layout.from_memory(memory.data), 7)
    assert verdict.ok, f"{case.slug}, width {layout.log_width}: {verdict.detail}"
    return run, memory


@needs_tools
@pytest.mark.parametrize("field_id", FIELDS)
@pytest.mark.parametrize("log_size", [0, 1, 2, 3, 5, 6, 7, 8, 9, 12])
def test_every_kind_of_transform(field_id: str, log_size: int) -> None:
    for number, (direction, order, coset) in enumerate(KINDS):
        case = NttCase(field_id, log_size, 1 + number % 3, direction, order, coset)
        simulate(best_layout(case, IDEAL))


@needs_tools
@pytest.mark.parametrize("field_id", FIELDS)
def test_every_width_of_blocks(field_id: str) -> None:
    for log_size, (direction, order, _) in product((4, 10, 11), KINDS[::2]):
        for layout in widths(NttCase(field_id, log_size, 2, direction, order, True)):
            simulate(layout)


@needs_tools
@pytest.mark.parametrize("field_id", FIELDS)
def test_edge_values(field_id: str) -> None:
    for edge in (0, 1, field(field_id).modulus - 1):
        for direction in DIRECTIONS:
            simulate(best_layout(NttCase(field_id, 8, direction=direction), IDEAL), edge=edge)


@needs_tools
@pytest.mark.parametrize("field_id", FIELDS)
def test_bubbles_slow_memory_and_a_reset_in_the_middle(field_id: str) -> None:
    stalls = (
        Stalls(inputs=0.6),
        Stalls(outputs=0.8),
        Stalls(memories=0.3),
        Stalls(0.5, 0.5, 0.7),
    )
    for seed, (stall, (direction, order, coset)) in enumerate(zip(stalls * 2, KINDS, strict=True)):
        case = NttCase(field_id, 9, 2, direction, order, coset)
        simulate(best_layout(case, IDEAL), stalls=stall, seed=seed, reset_at=400 * (seed % 3))


def by_hand_2_6() -> int:
    """Count the cycles of 2^6 Goldilocks elements: 8 x 8, so that a pass is one block of 8 words.

    4 twiddles; twice a step and 8 constants. A pass has three steps. The first loads: the memory
    answers after 64 cycles, then 8 words, one more to see the end, 3 for the step's states. The
    second transforms: 3 layers of 4 butterflies a lane and 13 cycles until the last is written, and
    9 more in which the first twiddle was made, 2 for the states. (Constants: 3 (8 + 11) + 1 are
    fewer.) The third stores 8 words after 2 cycles of reading, 8 more through the transposer in the
    first pass. One cycle is for `done`.
    """
    parameters = 4 + 2 * (1 + 8)
    load, transform = 64 + 8 + 1 + 3, 3 * (4 + 13) + 9 + 2
    first, second = 8 + 2 + 8 + 3, 8 + 2 + 3
    return parameters + (load + transform + first) + (load + transform + second) + 1


@needs_tools
def test_cycles_as_counted_by_hand() -> None:
    run, _ = simulate(best_layout(NttCase("goldilocks", 6), IDEAL))
    assert run.cycles == by_hand_2_6()


@needs_tools
@pytest.mark.parametrize("field_id", FIELDS)
def test_cycles_are_those_of_the_formula_to_the_cycle(field_id: str) -> None:
    for log_size, (direction, order, _) in product((0, 3, 7, 10, 13), KINDS[::2]):
        case = NttCase(field_id, log_size, 3, direction, order)
        for layout in widths(case):
            run, _ = simulate(layout)
            assert run.cycles == case_cycles(layout, IDEAL), (case.slug, layout.log_width)


@needs_tools
@pytest.mark.parametrize("field_id", FIELDS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_butterfly_a_lane_and_cycle_by_the_counters(field_id: str, direction: str) -> None:
    case = NttCase(field_id, 12, 2, direction)
    layout = best_layout(case, IDEAL)
    run, memory = simulate(layout)
    counted = run.counters
    # Each lane has a butterfly in each of these cycles, and all of them make the case's.
    assert counted["butterfly_cycles"] * lanes(field_id) == case.batch * 12 * case.size // 2
    # Within a layer no cycle is without: the others are 13 a layer, and 9 a block.
    blocks = [(one, one.blocks * case.batch) for one in layout.passes]
    pauses = sum(count * (13 * one.log_rows + 9) for one, count in blocks)
    assert counted["transform_cycles"] == counted["butterfly_cycles"] + pauses
    # Every element is read and written once a pass.
    words = 2 * case.batch * case.size // lanes(field_id)
    assert counted["words_read"] == memory.read == words
    assert counted["words_written"] == memory.written == words
    assert counted["cycles"] == run.cycles
    assert counted["memory_waits"] == 0


@needs_tools
def test_a_boards_memory_and_the_formula() -> None:
    on = board("u250")
    implementation = machine("goldilocks")
    for log_size, order in product((12, 14), ORDERS):
        case = NttCase("goldilocks", log_size, order=order)
        plan = implementation.make(case, on)
        found = plan.compute(plan.upload(case.make_input(1)))
        formula = implementation.formula(case, on)
        assert found.cycles == pytest.approx(formula.cycles, rel=0.002)
        assert found.external_bytes == formula.external_bytes == 4 * 8 * case.size


@needs_tools
def test_a_plan_computes_the_same_again() -> None:
    case = NttCase("goldilocks", 6)
    plan = machine("goldilocks").make(case, board("u250"))
    inputs = case.make_input(2)
    uploaded = plan.upload(inputs)
    once, twice = (plan.download(plan.compute(uploaded)) for _ in range(2))
    assert np.array_equal(once, case.reference(inputs))
    assert np.array_equal(once, twice)


@needs_tools
def test_2_24_is_modelled_from_sizes_that_the_formula_fits() -> None:
    backend = get_backend("fpga", board="u250")
    model = machine("goldilocks").model(NttCase("goldilocks", 24), None, backend, 1)
    assert model.cycles_are == "extrapolated"
    assert [one.slug.split("/")[2] for one in model.compared] == ["2^14", "2^16", "2^18"]
    assert all(abs(one.deviation) < 0.001 for one in model.compared)
    # 24 layers of n / 2 butterflies, 8 a cycle; what is added is less than 2 %.
    assert 1 <= model.cycles / (24 * (1 << 23) // 8) < 1.02
    assert model.external_bytes == 4 * (1 << 24) * 8


def test_large_cases_have_smaller_ones_of_their_kind() -> None:
    one = machine("goldilocks")
    assert one.simulated_instead(NttCase("goldilocks", 18)) == []
    large = NttCase("goldilocks", 22, 3, "inverse", "bit-reversed", True)
    assert one.simulated_instead(large) == [
        replace(large, log_size=log_size, batch=1) for log_size in (14, 16, 18)
    ]
    many = NttCase("goldilocks", 12, 1000)
    assert one.simulated_instead(many) == [replace(many, batch=batch) for batch in (1, 16, 64)]


def test_machines_share_the_blocks_of_a_pass() -> None:
    case = NttCase("goldilocks", 24)
    # 2^12 columns in blocks of 8 lanes x 4.
    assert machine("goldilocks").most_instances(case) == 4096 // 32
    assert machine("goldilocks").most_instances(NttCase("goldilocks", 3)) == 1


def test_a_share_of_the_blocks_takes_their_steps_and_both_ends_of_each_pass() -> None:
    case, on = NttCase("goldilocks", 24), board("u250")
    one = machine("goldilocks")
    whole = one.formula(case, on)
    assert one.shared(case, on, whole, 1) == whole.cycles
    # 14 machines have 10 blocks of 128 at the most, and cannot do better.
    share = one.shared(case, on, whole, 14)
    assert whole.cycles * 10 / 128 < share < whole.cycles * 10.5 / 128
    assert share == one.shared(case, on, whole, 13)


def test_what_it_cannot_do_is_said() -> None:
    one = machine("babybear")
    assert one.unsupported(NttCase("babybear", 24)) is None
    assert "babybear only" in (one.unsupported(NttCase("goldilocks", 4)) or "")
    assert "want at most 24" in (one.unsupported(NttCase("babybear", 25)) or "")
    backend = get_backend("fpga", board="u250")
    assert one.unsupported_on(NttCase("babybear", 24), backend) is None
    huge = NttCase("babybear", 24, batch=1 << 12)
    assert "u250 has" in (one.unsupported_on(huge, backend) or "")


@pytest.mark.parametrize("field_id", FIELDS)
def test_memory_holds_elements_in_words(field_id: str) -> None:
    case = NttCase(field_id, 9, 3)
    layout = best_layout(case, IDEAL)
    values = case.make_input(3)["values"]
    memory = layout.to_memory(values)
    assert memory.shape == (2 * 3 * 512 // lanes(field_id), WORD_BITS // 32)
    assert np.array_equal(layout.from_memory(memory), values)


@needs_tools
@pytest.mark.slow
@pytest.mark.parametrize("field_id", [*FIELDS, "koalabear"])
def test_large_transforms(field_id: str) -> None:
    for log_size, (direction, order, coset) in product((16, 19), KINDS):
        simulate(best_layout(NttCase(field_id, log_size, 1, direction, order, coset), IDEAL))
