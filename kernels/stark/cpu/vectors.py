"""Arithmetic over whole columns on the host: programs, sums, quotients and folds.

What ``operations.py`` asks for and is neither a transform nor a tree, for ``CpuStarkKernels``; and
its twins at single points (``run_at``, ``deep_at``, ``fold_at``) for verifiers. Arguments are
checked here: ``ValueError`` says what is wrong with one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.stark.cpu.memory import empty
from zkmark.kernels.stark.domain import MODULUS
from zkmark.kernels.stark.operations import Columns, DeepTerm, Words
from zkmark.kernels.stark.program import Program

if TYPE_CHECKING:
    from zkmark._native import StarkProgram

_checked: WeakKeyDictionary[Program, StarkProgram] = WeakKeyDictionary()


def native_program(program: Program) -> StarkProgram:
    """Return the native form of a program, checked once in the program's life.

    ``ValueError`` names the first instruction whose operand or target does not exist, or that reads
    a register that is not written before.
    """
    found = _checked.get(program)
    if found is None:
        from zkmark import _native

        found = _native.StarkProgram(
            np.ascontiguousarray(program.code, np.uint32).reshape(-1, 5),
            np.ascontiguousarray(program.loads, np.uint32).reshape(-1, 3),
            program.registers,
            program.constants,
            program.block_constants,
            program.outputs,
        )
        _checked[program] = found
    return found


def _memory(columns: Columns) -> Words:
    """Return columns as they lie: ``[count / ways, blocks, ways, height]``."""
    handle: Words = columns.handle
    ways = columns.ways
    return handle.reshape(columns.count // ways, columns.blocks, ways, columns.height)


def _elements(name: str, values: Any, shape: tuple[int, ...]) -> Words:
    """Return canonical elements of a shape, contiguous."""
    array = np.ascontiguousarray(values, np.uint64)
    if array.shape != shape:
        raise ValueError(f"{name}: got shape {array.shape}, want {shape}")
    if array.size and int(array.max()) >= MODULUS:
        raise ValueError(f"{name}: got an element that is not below the modulus")
    return array


def run(
    program: Program,
    sources: Sequence[Columns],
    constants: Words,
    block_constants: Words | None = None,
    blocks: int | None = None,
    height: int | None = None,
) -> Columns:
    """Run a program at every point; see ``StarkKernels.run``."""
    if (blocks is None or height is None) and not sources:
        raise ValueError("sources: got none, want one, or blocks and height")
    blocks = sources[0].blocks if blocks is None else blocks
    height = sources[0].height if height is None else height
    fixed = _elements("constants", constants, (program.constants,))
    shape = (program.block_constants, blocks)
    if block_constants is None:
        block_constants = np.zeros((0, blocks), np.uint64)
    by_block = _elements("block_constants", block_constants, shape)
    out = empty(program.outputs, blocks, height)
    native_program(program).run(
        [_memory(source) for source in sources], fixed, by_block, _memory(out)
    )
    return out


def fractions(
    degree: int, numerators: Columns, denominators: Columns
) -> tuple[Columns, NDArray[np.uint64]]:
    """Divide, and sum up; see ``StarkKernels.fractions``."""
    from zkmark import _native

    out = empty(numerators.count + degree, 1, numerators.height)
    total = np.empty(degree, np.uint64)
    if not _native.stark_fractions(
        degree, _memory(numerators), _memory(denominators), _memory(out), total
    ):
        raise ZeroDivisionError("denominators: got zero at some row")
    return out, total


def evaluate(degree: int, coefficients: Columns, points: Words) -> Words:
    """Evaluate polynomials at extension points; see ``StarkKernels.evaluate``."""
    from zkmark import _native

    at = _elements("points", points, (len(points), degree))
    out = np.empty((len(at), coefficients.count, degree), np.uint64)
    _native.stark_evaluate(degree, _memory(coefficients), at, out)
    return out


def combine(degree: int, matrices: Sequence[Columns], weights: Words) -> Columns:
    """Sum up columns with weights; see ``StarkKernels.combine``."""
    from zkmark import _native

    if not matrices:
        raise ValueError("matrices: got none, want at least one")
    count = sum(matrix.count for matrix in matrices)
    factors = _elements("weights", weights, (count, degree))
    out = empty(degree, matrices[0].blocks, matrices[0].height)
    _native.stark_combine(degree, [_memory(matrix) for matrix in matrices], factors, _memory(out))
    return out


def deep(degree: int, terms: Sequence[DeepTerm], blocks: int, height: int) -> Columns:
    """Sum up DEEP terms; see ``StarkKernels.deep``.

    ``ZeroDivisionError`` if a term's point lies in the domain.
    """
    from zkmark import _native

    native = [
        (
            [_memory(columns) for columns in term.columns],
            _elements("point", term.point, (degree,)),
            _elements("value", term.value, (degree,)),
            _elements("weight", term.weight, (degree,)),
        )
        for term in terms
    ]
    out = empty(degree, blocks, height)
    if not _native.stark_deep(degree, native, _memory(out)):
        raise ZeroDivisionError("terms: got a point that lies in the domain")
    return out


def fold(degree: int, columns: Columns, ways: int, challenge: Words) -> Columns:
    """Fold one extension column; see ``StarkKernels.fold``."""
    from zkmark import _native

    if ways < 2 or ways & (ways - 1) or columns.height % ways:
        raise ValueError(f"ways: got {ways}, want a power of two from 2 to the height")
    by = _elements("challenge", challenge, (degree,))
    out = empty(degree, columns.blocks, columns.height // ways)
    _native.stark_fold(degree, _memory(columns), ways, by, _memory(out))
    return out


def run_at(
    program: Program,
    degree: int,
    loads: Words,
    constants: Words,
    block_constants: Words | None = None,
) -> Words:
    """Run a program at one point of the extension; return ``uint64[outputs, degree]``.

    ``degree`` 1 is the field itself. ``loads`` is ``uint64[loads, degree]``: what each load has at
    the point. ``constants`` and ``block_constants`` are ``[count, degree]``, or ``[count]`` if they
    lie in the field itself. A program is a polynomial identity, so that it may be run where its
    columns' polynomials have values in an extension. Elements must be canonical.
    """
    out = np.empty((program.outputs, degree), np.uint64)
    by_block = _NONE if block_constants is None else block_constants
    native_program(program).run_at(degree, loads, constants, by_block, out)
    return out


_NONE = np.zeros(0, np.uint64)

OpenedTerm = tuple[Sequence[int], Words, Words, Words, Words]
"""Indices of matrices, weights ``[their columns, degree]``, point, value, weight."""


def deep_at(degree: int, x: Words, rows: Sequence[Words], terms: Sequence[OpenedTerm]) -> Words:
    """Return the DEEP column at the points ``x`` from opened rows, as ``uint64[queries, degree]``.

    ``rows[m]`` is ``uint64[queries, columns of matrix m]``. A term is ``weight * (sum of its
    matrices' columns times weights - value) / (x - point)``; ``ZeroDivisionError`` if an x is a
    point. Elements must be canonical.
    """
    from zkmark import _native

    out = np.empty((len(x), degree), np.uint64)
    if not _native.stark_deep_at(degree, x, list(rows), list(terms), out):
        raise ZeroDivisionError("terms: got a point that is queried")
    return out


def fold_at(degree: int, x: Words, values: Words, challenge: Words) -> Words:
    """Fold values ``[queries, ways, degree]``, value k at ``x * root(ways)^k``, to one a query.

    Elements must be canonical; returns ``uint64[queries, degree]``.
    """
    from zkmark import _native

    out = np.empty((len(x), degree), np.uint64)
    _native.stark_fold_at(degree, x, values, challenge, out)
    return out
