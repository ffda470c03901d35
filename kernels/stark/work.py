"""What the operations of a STARK cost by the textbook: multiplications, hashes, and bytes.

The same for every device; what a device's code spends beyond is for its measurements to show.
Multiplications are of base elements. A product of extension elements of degree D counts D^2, of an
extension element by a base element D. Hashes are calls of the hash's inner function (compressions
or permutations). Bytes are those of the columns that are read and written, each once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zkmark.kernels.hashes import hash_parameters
from zkmark.kernels.stark.domain import log2
from zkmark.kernels.stark.operations import Columns
from zkmark.kernels.stark.program import Program

_WORD = 8


@dataclass(frozen=True)
class Work:
    """Multiplications in the base field, calls of a hash, and bytes moved."""

    multiplications: int = 0
    hashes: int = 0
    bytes: int = 0

    def __add__(self, other: Work) -> Work:
        return Work(
            self.multiplications + other.multiplications,
            self.hashes + other.hashes,
            self.bytes + other.bytes,
        )


def elements(columns: Columns) -> int:
    """Return how many base elements columns hold."""
    return columns.count * columns.blocks * columns.height


def interpolate_work(columns: Columns) -> Work:
    """Return the work of inverse transforms: (h/2) log2 h butterflies and h to scale, a block."""
    count, height = columns.count * columns.blocks, columns.height
    each = height // 2 * log2(height) + height
    return Work(count * each, 0, 2 * _WORD * count * height)


def extend_work(coefficients: Columns, blocks: int) -> Work:
    """Return the work of transforms on cosets: (h/2) log2 h butterflies and h shifts, a block."""
    count, height = coefficients.count, coefficients.height
    each = height // 2 * log2(height) + height
    return Work(count * blocks * each, 0, _WORD * count * height * (1 + blocks))


def row_hashes(hash: str, columns: int) -> int:
    """Return the calls of a hash's inner function for one row."""
    if hash_parameters(hash).kind == "algebraic":
        return -(-columns // hash_parameters(hash).rate)
    length = _WORD * columns
    chunks = max(-(-length // 1024), 1)  # BLAKE3's leaves, a node for each but one
    return max(-(-length // 64), 1) + chunks - 1


def commit_work(matrices: Sequence[Columns], hash: str) -> Work:
    """Return the work of a tree: each row of each height once, a node each, and one a short row."""
    columns: dict[int, int] = {}
    for matrix in matrices:
        columns[matrix.height] = columns.get(matrix.height, 0) + matrix.count
    blocks, tallest = matrices[0].blocks, max(columns)
    hashes = blocks * tallest - 1
    for height, count in columns.items():
        hashes += blocks * height * (row_hashes(hash, count) + (height != tallest))
    digests = 32 * (2 * blocks * tallest - 1)
    return Work(0, hashes, _WORD * sum(map(elements, matrices)) + digests)


def run_work(program: Program, sources: Sequence[Columns], blocks: int, height: int) -> Work:
    """Return the work of a program at every point: what it reads, of the blocks that it reads."""
    read = {(int(source), int(column)) for source, column, _ in program.loads}
    words = sum(sources[source].height * blocks for source, _ in read)
    points = blocks * height
    return Work(program.multiplications * points, 0, _WORD * (words + program.outputs * points))


def fractions_work(denominators: Columns, degree: int) -> Work:
    """Return the work of quotients: 3 products to invert (Montgomery's trick), one to multiply."""
    fractions = elements(denominators) // degree
    words = degree * (3 * fractions + denominators.height)
    return Work(4 * degree**2 * fractions, 0, _WORD * words)


def evaluate_work(coefficients: Columns, points: int, degree: int) -> Work:
    """Return the work of values at extension points: powers once, a product an element."""
    powers = points * coefficients.height * degree**2
    return Work(
        powers + points * elements(coefficients) * degree, 0, _WORD * elements(coefficients)
    )


def combine_work(matrices: Sequence[Columns], degree: int) -> Work:
    """Return the work of a sum with extension weights."""
    words = sum(map(elements, matrices))
    out = degree * matrices[0].blocks * matrices[0].height
    return Work(degree * words, 0, _WORD * (words + out))


def deep_work(heights: Sequence[Sequence[int]], blocks: int, height: int, degree: int) -> Work:
    """Return the work of the DEEP column; ``heights`` are those of each term's columns.

    A term takes a product by the inverse and one by the weight at each point, and 3 to invert.
    """
    points = blocks * height
    read = degree * blocks * sum(sum(of_term) for of_term in heights)
    return Work(5 * len(heights) * degree**2 * points, 0, _WORD * (read + degree * points))


def fold_work(columns: Columns, ways: int) -> Work:
    """Return the work of folding by two, ``log2(ways)`` times: products by 1/x and the challenge.

    Folding by two of n values takes n/2 times both.
    """
    degree, points = columns.count, columns.blocks * columns.height
    products = (points - points // ways) * (degree + degree**2)
    return Work(products, 0, _WORD * degree * (points + points // ways))


def grind_work(hashes: int) -> Work:
    """Return the work of a search that tried so many nonces."""
    return Work(hashes=hashes)
