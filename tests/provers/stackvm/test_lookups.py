"""Every constraint of the lookup columns is needed too: each is broken alone, and found out."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from tests.provers.stackvm.mutations import Trace, example, trace_of

from zkmark.kernels.stark.cpu import CpuStarkKernels
from zkmark.provers.stackvm.air import machine_air
from zkmark.provers.stackvm.trace import preprocessed
from zkmark.provers.stark import compiler
from zkmark.provers.stark.check import Lookups, check
from zkmark.provers.stark.expressions import Section

DEGREE = 2
# One program that needs every table.
EVERYTHING = """begin
    u32wrapping_add.1 u32wrapping_mul.3 u32xor.5 mem_store.4 mem_load.4 push.3 pow2 add drop
end"""


@cache
def traced(whole: bool) -> Trace:
    return trace_of(EVERYTHING, [1], [], True) if whole else example("stack", False)


@cache
def lookups_of(whole: bool) -> Lookups:
    """The lookup columns of a run, as a prover makes them."""
    trace = traced(whole)
    kernels = CpuStarkKernels(DEGREE)
    challenges = {
        name: (123456789 * k, 987654321 + k)
        for k, name in enumerate(trace.air.lookup_challenges, 1)
    }
    fixed = preprocessed(trace.program)
    found = Lookups(challenges, {}, {})
    for name, main in trace.tables.items():
        parts = []
        for make in (compiler.numerators, compiler.denominators):
            code = make(trace.air, name, DEGREE)
            matrices = {Section.MAIN: main, Section.PREPROCESSED: fixed.get(name)}
            sources = []
            for section in code.sources:
                columns = matrices[section]
                assert columns is not None
                sources.append(kernels.upload(columns[:, np.newaxis]))
            constants = code.constants(trace.public, challenges)
            height = main.shape[1]
            parts.append(kernels.run(code.program, sources, constants, None, 1, height))
        columns, total = kernels.fractions(*parts)
        found.columns[name] = kernels.download(columns)[:, 0]
        found.sums[name] = total.tolist()
    return found


def broken(whole: bool, lookups: Lookups) -> list[tuple[str, str]]:
    trace = traced(whole)
    found = check(trace.air, preprocessed(trace.program), trace.tables, trace.public, lookups)
    assert not found.messages
    return [(part.table, part.constraint) for part in found.constraints]


def changed(whole: bool, name: str, columns: np.ndarray) -> Lookups:
    lookups = lookups_of(whole)
    return Lookups(lookups.challenges, {**lookups.columns, name: columns}, lookups.sums)


WHOLE_AND_NAMES = [(whole, t.name) for whole in (True, False) for t in machine_air(whole).tables]


@pytest.mark.parametrize("whole", [True, False])
def test_right_columns_break_nothing(whole: bool) -> None:
    assert set(traced(whole).tables) == {table.name for table in machine_air(whole).tables}
    assert not broken(whole, lookups_of(whole))
    total = np.zeros(DEGREE, dtype=object)
    for part in lookups_of(whole).sums.values():
        total = total + np.array([int(value) for value in part], dtype=object)
    assert not (total % (2**64 - 2**32 + 1)).any()


@pytest.mark.parametrize(("whole", "name"), WHOLE_AND_NAMES)
def test_every_column_of_fractions(whole: bool, name: str) -> None:
    """1 is added to a fraction and to the running sum after it, and taken off the next one."""
    air = machine_air(whole)
    lookup = air.lookups[name]
    for index, constraint in enumerate(lookup.constraints[:-1]):
        columns = lookups_of(whole).columns[name].copy()
        modulus = 2**64 - 2**32 + 1
        fraction, running = columns[DEGREE * index], columns[-DEGREE]
        for column, row, by in ((fraction, 2, 1), (running, 3, 1), (fraction, 3, -1)):
            column[row] = (int(column[row]) + by) % modulus
        assert broken(whole, changed(whole, name, columns)) == [(name, constraint.name)]


@pytest.mark.parametrize(("whole", "name"), WHOLE_AND_NAMES)
def test_the_running_sum(whole: bool, name: str) -> None:
    columns = lookups_of(whole).columns[name].copy()
    columns[-DEGREE, 3] ^= np.uint64(1)
    assert broken(whole, changed(whole, name, columns)) == [(name, "running sum")]
