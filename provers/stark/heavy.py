"""What a verifier spends its time on, twice: natively, and by definition in Python integers.

Arguments are a verifier's own: shapes are right and elements canonical.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zkmark.kernels.fields.reference import (
    ExtensionElement,
    extension_add,
    extension_inverse,
    extension_multiply,
    extension_subtract,
)
from zkmark.kernels.hashes.api import HashBackend
from zkmark.kernels.stark.cpu import trees, vectors
from zkmark.kernels.stark.domain import MODULUS, root
from zkmark.kernels.stark.openings import combined_root
from zkmark.kernels.stark.operations import Bytes, Opened, Words
from zkmark.kernels.stark.program import OPERAND_MASK, OPERAND_SHIFT, Operand, Operation, Program
from zkmark.kernels.stark.reference import elements, extension, grinding_word


@dataclass(frozen=True)
class OpenedTerm:
    """``weight (sum of the matrices' columns times weights - value) / (x - point)``.

    ``matrices`` are numbers of matrices, ``weights`` is ``[all their columns, D]``.
    """

    matrices: tuple[int, ...]
    weights: Words
    point: Words
    value: Words
    weight: Words


class Heavy(ABC):
    """The operations; ``degree`` is the extension's."""

    hash_backend: HashBackend

    def __init__(self, degree: int) -> None:
        self.degree = degree

    @abstractmethod
    def lead_to_roots(self, hash: str, blocks: int, openings: Sequence[Opened]) -> list[bool]:
        """Say of each opening whether it leads to its root (kernels/stark/openings.py)."""

    @abstractmethod
    def run_at(
        self, program: Program, loads: Words, constants: Words, block_constants: Words
    ) -> Words:
        """Run a program at one point; ``loads`` is ``[loads, D]``, constants are base elements.

        A program is a polynomial identity in what it loads, which may as well be extension
        elements. Returns ``[outputs, D]``.
        """

    @abstractmethod
    def deep_at(self, x: Words, rows: Sequence[Words], terms: Sequence[OpenedTerm]) -> Words:
        """Return the sum of terms at base points ``x`` with opened rows: ``[queries, D]``."""

    @abstractmethod
    def fold_at(self, x: Words, values: Words, challenge: Words) -> Words:
        """Fold ``[queries, ways, D]``, value k at ``x root(ways)^k``, as ``StarkKernels.fold``."""

    def grinding_word(self, hash: str, seed: Bytes, nonce: int) -> int:
        """Return the word of which a proof of work has low bits of zero."""
        return grinding_word(hash, seed, nonce, self.hash_backend)


class NativeHeavy(Heavy):
    """By native code."""

    hash_backend = "cpu"

    def lead_to_roots(self, hash: str, blocks: int, openings: Sequence[Opened]) -> list[bool]:
        """Say of each opening whether it leads to its root."""
        return trees.verify_openings(hash, blocks, openings)

    def run_at(
        self, program: Program, loads: Words, constants: Words, block_constants: Words
    ) -> Words:
        """Run a program at one point."""
        return vectors.run_at(program, self.degree, loads, constants, block_constants)

    def deep_at(self, x: Words, rows: Sequence[Words], terms: Sequence[OpenedTerm]) -> Words:
        """Return the sum of terms at base points."""
        given = [(t.matrices, t.weights, t.point, t.value, t.weight) for t in terms]
        return vectors.deep_at(self.degree, x, rows, given)

    def fold_at(self, x: Words, values: Words, challenge: Words) -> Words:
        """Fold opened values."""
        return vectors.fold_at(self.degree, x, values, challenge)


class PlainHeavy(Heavy):
    """By definition, in Python integers."""

    hash_backend = "reference"

    def __init__(self, degree: int) -> None:
        super().__init__(degree)
        self.field = extension(degree)

    def _embedded(self, value: int) -> ExtensionElement:
        return (value, *(0,) * (self.degree - 1))

    def lead_to_roots(self, hash: str, blocks: int, openings: Sequence[Opened]) -> list[bool]:
        """Say of each opening whether it leads to its root."""
        return [
            combined_root(hash, blocks, o.heights, o.indices, o.opening, self.hash_backend)
            == o.root.tobytes()
            for o in openings
        ]

    def run_at(
        self, program: Program, loads: Words, constants: Words, block_constants: Words
    ) -> Words:
        """Run a program at one point."""
        registers: dict[int, ExtensionElement] = {}
        pools = {
            Operand.REGISTER: registers,
            Operand.CONSTANT: [self._embedded(x) for x in constants.tolist()],
            Operand.LOAD: elements(loads),
            Operand.BLOCK: [self._embedded(x) for x in block_constants.tolist()],
        }
        out = np.zeros((program.outputs, self.degree), dtype=np.uint64)

        def value(code: int) -> ExtensionElement:
            return pools[Operand(code >> OPERAND_SHIFT)][code & OPERAND_MASK]  # type: ignore[index,no-any-return]

        for operation, target, a, b, c in program.code.tolist():
            match Operation(operation):
                case Operation.ADD:
                    registers[target] = extension_add(value(a), value(b), self.field)
                case Operation.SUBTRACT:
                    registers[target] = extension_subtract(value(a), value(b), self.field)
                case Operation.MULTIPLY:
                    registers[target] = extension_multiply(value(a), value(b), self.field)
                case Operation.MULTIPLY_ADD:
                    product = extension_multiply(value(a), value(b), self.field)
                    registers[target] = extension_add(product, value(c), self.field)
                case Operation.STORE:
                    out[target] = value(a)
        return out

    def deep_at(self, x: Words, rows: Sequence[Words], terms: Sequence[OpenedTerm]) -> Words:
        """Return the sum of terms at base points."""
        field = self.field
        out = []
        for query, at in enumerate(x.tolist()):
            total = self._embedded(0)
            for term in terms:
                row = [value for m in term.matrices for value in rows[m][query].tolist()]
                top = extension_subtract(
                    self._embedded(0), elements(term.value[np.newaxis])[0], field
                )
                for value, weight in zip(row, elements(term.weights), strict=True):
                    product = tuple(value * part % MODULUS for part in weight)
                    top = extension_add(top, product, field)
                point = elements(term.point[np.newaxis])[0]
                below = extension_subtract(self._embedded(at), point, field)
                part = extension_multiply(top, extension_inverse(below, field), field)
                weight = elements(term.weight[np.newaxis])[0]
                total = extension_add(total, extension_multiply(part, weight, field), field)
            out.append(total)
        return np.array(out, dtype=np.uint64)

    def fold_at(self, x: Words, values: Words, challenge: Words) -> Words:
        """Fold opened values: ``f_i(x^ways) = x^-i / ways sum of w^-ik f(x w^k)``."""
        ways = values.shape[1]
        w, share = root(ways), pow(values.shape[1], -1, MODULUS)
        at = elements(challenge[np.newaxis])[0]
        out = []
        for point, parts in zip(x.tolist(), values, strict=True):
            total = self._embedded(0)
            for i in reversed(range(ways)):  # Horner in the challenge
                scale = pow(point, -i, MODULUS) * share
                factors = [scale * pow(w, -i * k, MODULUS) % MODULUS for k in range(ways)]
                part = tuple(
                    sum(f * v for f, v in zip(factors, coordinate, strict=True)) % MODULUS
                    for coordinate in parts.T.tolist()
                )
                total = extension_multiply(total, at, self.field)
                total = extension_add(total, part, self.field)
            out.append(total)
        return np.array(out, dtype=np.uint64)


def heavy(degree: int, backend: HashBackend = "cpu") -> Heavy:
    """Return the operations of a backend: ``cpu`` or ``reference``."""
    return NativeHeavy(degree) if backend == "cpu" else PlainHeavy(degree)
