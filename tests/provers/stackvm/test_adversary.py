"""Provers that lie consistently: a run that is not the program's, and all tables fit it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.provers.stackvm.mutations import Trace

from zkmark.kernels.stark.cpu import CpuStarkKernels
from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stackvm import instructions as code
from zkmark.provers.stackvm.assembler import assemble
from zkmark.provers.stackvm.machine import Machine
from zkmark.provers.stackvm.trace import preprocessed, witness
from zkmark.provers.stark.options import Options
from zkmark.provers.stark.prover import Prover
from zkmark.provers.stark.verifier import verify

U32_MAX = 2**32 - 1
SMALL = Options(blowup=4, folding=4, final_size=4, queries=8, grinding=1)


def trace_of(machine: Machine) -> Trace:
    """Run a machine, an honest one or not, and return the trace that it makes."""
    inputs = machine.stack
    machine.run(1000)
    return Trace(machine.program, witness(machine), {"inputs": inputs, "outputs": machine.stack})


def refused(trace: Trace) -> None:
    """Demand that the proof of a trace that does not hold is not accepted."""
    kernels = CpuStarkKernels(SMALL.degree)
    prover = Prover(trace.air, kernels, SMALL, preprocessed(trace.program))
    data = prover.prove(trace.tables, trace.public).to_bytes()
    assert not verify(trace.air, data, trace.public, digest=prover.digest, minimum_security=1)


def broken(trace: Trace) -> set[str]:
    return {found.constraint for found in trace.findings().constraints}


def unbalanced(trace: Trace) -> set[str]:
    return {found.channel for found in trace.findings().messages}


def test_the_same_honest_prover_is_believed() -> None:
    trace = trace_of(Machine(assemble("begin push.5 u32split drop mem_store.3 end"), [1], []))
    assert not trace.findings()
    prover = Prover(trace.air, CpuStarkKernels(2), SMALL, preprocessed(trace.program))
    data = prover.prove(trace.tables, trace.public).to_bytes()
    found = verify(trace.air, data, trace.public, digest=prover.digest, minimum_security=1)
    assert found, found.reason


class WrongRead(Machine):
    """Reads 99, whatever is there."""

    def _operand(self, flags: int, immediate: int, n: int) -> int:
        if not flags & code.LOAD:
            return super()._operand(flags, immediate, n)
        self.memory[immediate] = 99
        return super()._operand(flags, immediate, n)


def test_a_wrong_read_of_memory() -> None:
    trace = trace_of(WrongRead(assemble("begin mem_store.4 mem_load.4 swap drop end"), [7], []))
    assert trace.public["outputs"][0] == 99
    assert broken(trace) == {"reads what was written"}
    assert not unbalanced(trace)
    refused(trace)


def test_a_read_of_memory_that_nobody_wrote() -> None:
    trace = trace_of(WrongRead(assemble("begin mem_load.4 swap drop end"), [7], []))
    assert broken(trace) == {"a new address reads 0"}
    assert not unbalanced(trace)


def test_memory_that_is_not_sorted() -> None:
    """A read before the write that it follows: the rows of one address change places."""
    trace = trace_of(
        Machine(assemble("begin mem_store.4 mem_store.4 mem_load.4 swap drop end"), [7, 8], [])
    )
    columns = trace.tables["memory"].copy()
    columns[:5, [1, 2]] = columns[:5, [2, 1]]
    assert "address or clk grows" in broken(trace.with_table("memory", columns))


class WrongPop(Machine):
    """Brings up another element than went down."""

    def _popped(self) -> int:
        return super()._popped() + 1


def test_a_forged_element_of_the_overflow() -> None:
    program = assemble("begin push.1 push.2 drop drop end")
    trace = trace_of(WrongPop(program, list(range(16)), []))
    assert not broken(trace)
    assert unbalanced(trace) == {"overflow"}
    refused(trace)


def test_a_forged_element_of_an_empty_overflow() -> None:
    trace = trace_of(WrongPop(assemble("begin drop end"), [], []))
    assert not broken(trace)
    assert unbalanced(trace) == {"overflow"}


def test_two_elements_of_the_overflow_change_places() -> None:
    """The second one is popped first: then the chain of clk does not fit."""

    class Swapped(Machine):
        def _popped(self) -> int:
            if len(self.overflow) == 2:
                first, second = self.overflow
                self.overflow = [(second[0], second[1], 0), (first[0], first[1], second[0])]
            return super()._popped()

    program = assemble("begin push.1 push.2 drop drop end")
    trace = trace_of(Swapped(program, list(range(16)), []))
    assert trace.public["outputs"] != list(range(16))
    assert trace.findings()
    refused(trace)


class WrongJump(Machine):
    """Goes on one row too far at one place."""

    at = 1

    def step(self) -> None:
        skips = self.pc == self.at
        super().step()
        if skips:
            self.pc += 1


def test_a_skipped_instruction() -> None:
    trace = trace_of(WrongJump(assemble("begin push.1 push.2 add drop end"), [5], []))
    assert broken(trace) == {"pc moves"}
    refused(trace)


class WrongBranch(Machine):
    """Says that what is on top was another bit than it is."""

    def _result(self, flags: int, number: int, x: int, y: int) -> tuple[int, int]:
        r, h = super()._result(flags, number, x, y)
        return (1 - r, h) if flags & (code.EQ | code.NEQ) else (r, h)


def test_the_wrong_branch() -> None:
    program = assemble("begin if.true push.3 else push.4 end swap drop end")
    for bit in (0, 1):
        trace = trace_of(WrongBranch(program, [bit, 9], []))
        assert trace.public["outputs"][0] == (4 if bit else 3)
        assert broken(trace) and broken(trace) <= {"eq: 0 if different", "eq: 1 if equal"}
        refused(trace)


def test_an_assertion_that_fails() -> None:
    trace = trace_of(WrongBranch(assemble("begin push.3 assert_eq end"), [4], []))
    assert broken(trace) == {"neq: 1 if different", "neq: 0 if equal"}
    refused(trace)


def test_an_assertion_that_fails_leads_nowhere() -> None:
    """With r as it must be, the next row is one that no program has."""
    trace = trace_of(WrongBranch(assemble("begin push.3 assert_eq end"), [4], []))
    columns = trace.tables["processor"].copy()
    columns[trace.column_of("processor", "r"), 0] = 1
    columns[trace.column_of("processor", "h"), 0] = 1
    columns[trace.column_of("processor", "pc"), 1] = 1 + 1 + code.FAIL
    forged = trace.with_table("processor", columns)
    assert unbalanced(forged) >= {"program"}


def test_another_instruction_than_the_program_has() -> None:
    trace = trace_of(Machine(assemble("begin add.5 end"), [1], []))
    forged = trace_of(Machine(assemble("begin add.6 end"), [1], []))
    swapped = Trace(trace.program, forged.tables, forged.public)
    assert not broken(swapped)
    assert unbalanced(swapped) == {"program"}
    refused(swapped)


def test_no_processor_at_all() -> None:
    """Whatever the outputs: nothing says otherwise but that the program must have ended."""
    for source in ("begin add.5 end", "begin u32not end"):
        trace = trace_of(Machine(assemble(source), [1], []))
        rest = {
            name: trace.tables[name] for name in trace.tables if name not in ("processor", "u32")
        }
        for tables in (rest, {name: columns * np.uint64(0) for name, columns in rest.items()}):
            forged = Trace(trace.program, tables, {**trace.public, "outputs": [42] * 16})
            assert broken(forged) or unbalanced(forged)
            with pytest.raises(ValueError, match=r"'processor'.*absent"):  # nor any shape of proof
                refused(forged)


def test_rows_of_the_program_are_all_different() -> None:
    """Otherwise one could take back what another one says was used."""
    for source in ("begin add.5 end", "begin push.1 push.1 drop drop end"):
        rows = preprocessed(assemble(source))["program"]
        assert len({tuple(row) for row in rows.T.tolist()}) == rows.shape[1]


class WrongHalves(Machine):
    """Splits v into the halves of v + p."""

    def _result(self, flags: int, number: int, x: int, y: int) -> tuple[int, int]:
        r, h = super()._result(flags, number, x, y)
        if flags & code.CHIP and number == code.SPLIT:
            r, h = r + 1, U32_MAX
            self.log.computed[-1] = (number, x, y, r, h)
        return r, h


def test_halves_that_are_not_canonical() -> None:
    trace = trace_of(WrongHalves(assemble("begin u32split movup.2 drop end"), [5], []))
    assert trace.public["outputs"][:2] == [6, U32_MAX]
    assert unbalanced(trace) == {"chip"}
    # The table that computes halves is made to fit: 6 + 2^32 (2^32 - 1) = 5 modulo p.
    forged = trace.with_cells(
        "product", 0, {"low[0]": 6, **{f"high[{place}]": 255 for place in range(4)}}
    )
    counts = forged.tables["bytes"].copy()
    counts[0, [5, 6, 0, 255]] += np.array([-1, 1, -4, 4]).astype(np.uint64)
    forged = forged.with_table("bytes", counts)
    assert broken(forged) == {"halves are canonical"}
    assert not unbalanced(forged)
    refused(forged)


class WrongQuotient(Machine):
    """Divides with a rest that is as large as the divisor."""

    def _result(self, flags: int, number: int, x: int, y: int) -> tuple[int, int]:
        r, h = super()._result(flags, number, x, y)
        if flags & code.CHIP and number == code.DIVIDE_MODULO:
            r, h = r + x, h - 1
            self.log.computed[-1] = (number, x, y, r, h)
        return r, h


def test_a_rest_that_is_not_below_the_divisor() -> None:
    trace = trace_of(WrongQuotient(assemble("begin u32divmod end"), [7, 100], []))
    assert trace.public["outputs"][:2] == [9, 13]
    # 100 = 7 * 13 + 9, and 7 - 1 - 9 = -3 is no u32: its bytes would have to be.
    cells = {"b[0]": 13, "rest[0]": 9, "high[0]": -3, "inverse": pow(U32_MAX + 3, -1, MODULUS)}
    forged = trace.with_cells("product", 0, cells)
    assert not broken(forged)
    assert unbalanced(forged) == {"byte"}
    refused(forged)


class WrongSum(Machine):
    """Adds without wrapping around."""

    def _result(self, flags: int, number: int, x: int, y: int) -> tuple[int, int]:
        r, h = super()._result(flags, number, x, y)
        if flags & code.CHIP and number == code.WRAPPING_ADD:
            r = x + y
            self.log.computed[-1] = (number, x, y, r, h)
        return r, h


def test_a_sum_that_is_no_u32() -> None:
    trace = trace_of(WrongSum(assemble("begin u32wrapping_add end"), [U32_MAX, U32_MAX], []))
    assert broken(trace) == {"r"}
    cells = {"carry": 0, "low[0]": 254, "low[1]": 255, "low[2]": 255, "low[3]": 511}
    forged = trace.with_cells("u32", 0, cells)
    assert not broken(forged)
    assert unbalanced(forged) == {"byte"}
    refused(forged)


def test_a_nibble_that_is_none() -> None:
    """AND of what is no nibble: nothing in the table of bytes is that."""
    trace = trace_of(Machine(assemble("begin u32and end"), [0x11, 0x11], []))
    forged = trace.with_cells("bitwise", 0, {"y[0]": 17, "y[1]": 0, "and[0]": 17, "and[1]": 0})
    assert not broken(forged)
    assert unbalanced(forged) == {"nibbles"}


def test_and_under_the_code_of_xor() -> None:
    """13 = 4 * 3 + 1 bits of rotation would make 19, the code of AND, that of XOR."""
    assert code.AND + 13 == code.XOR
    trace = trace_of(Machine(assemble("begin u32and end"), [6, 3], []))
    forged = trace.with_cells(
        "bitwise",
        0,
        {"nibble[0]": 0, "nibble[3]": 1, "bit[0]": 0, "bit[1]": 1} | {"lowest": 5, "factor": 2**19},
    )
    assert not broken(forged)
    assert "chip" not in unbalanced(forged)  # it still says that it is AND


@pytest.mark.parametrize("number", [1, 10])
def test_two_flags_at_once(number: int) -> None:
    """1 + 1 of two flags would be the code of a third operation."""
    table, flags = {1: ("u32", U32_FLAGS), 10: ("product", PRODUCT_FLAGS)}[number]
    trace = trace_of(Machine(assemble("begin u32wrapping_add u32wrapping_mul end"), [1, 2, 3], []))
    first, second = flags[:2]
    forged = trace.with_cells(table, 1, {first: 1, second: 1})
    assert "one flag at the most" in broken(forged)


U32_FLAGS = ["wrapping_add", "overflowing_add"]
PRODUCT_FLAGS = ["wrapping_mul", "widening_mul"]
