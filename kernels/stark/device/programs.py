"""The texts of a STARK's kernels with the definitions that make them certain programs."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import ParamSpec

from zkmark.backends.device import Program, Session, Source
from zkmark.kernels.fields.device import Definitions, field_definitions, word_list, word_literal
from zkmark.kernels.hashes.device import hash_definitions
from zkmark.kernels.stark.domain import MODULUS, log2, root

FOLDER = "kernels/stark/device"
# The hashes of commitments: those of a proof's options.
HASHES = ("blake3", "rpo-256", "poseidon2-goldilocks-12")
# In ``places`` of matrices.h: below are offsets, above is which matrix or height.
PLACE_BITS = 56
# Programs take so many matrices, or a power of two times that.
_MATRICES = 4
# Vectors that a processor's work item takes through a program together.
_TILE = 16
# A pair of digests, for which the hashes' texts are made; rows have lengths of their own.
_PAIR_BYTES = 64


P = ParamSpec("P")


class Programs:
    """The programs of one device, by what makes their sources: a text is put together once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._built: dict[Hashable, Program] = {}

    def build(self, make: Callable[P, Source], *arguments: P.args, **named: P.kwargs) -> Program:
        """Return the program of the source that ``make`` makes of the arguments."""
        key = make, arguments, tuple(named.items())
        if key not in self._built:
            self._built[key] = self.session.build(make(*arguments, **named))
        return self._built[key]


@dataclass(frozen=True)
class Form:
    """How work is cut: threads of a group, elements a vector, vectors of an item, and of a strip.

    On processors a group is one item, which does many vectors; on GPUs a thread does one.
    """

    threads: int
    lanes: int
    items: int
    strip: int

    def definitions(self) -> Definitions:
        """Return what the texts call these."""
        return {
            "THREADS": self.threads,
            "FE_LANES": self.lanes,
            "ITEMS": self.items,
            "STRIP": self.strip,
        }

    def threads_for(self, items: int) -> int:
        """Return how many threads ``items`` vectors take."""
        return -(-items // self.items)


def form_for(on_cpu: bool, height: int) -> Form:
    """Return the form for columns of a height: vectors are not longer than a column."""
    if on_cpu:
        return Form(1, 4 if height >= 4 else 1, 64, 16)
    return Form(128, 1, 1, 8)


def columns_source(degree: int, form: Form) -> Source:
    """Return the program of the column kernels of an extension's degree."""
    definitions = field_definitions("goldilocks") | form.definitions() | {"DEGREE": degree}
    return Source(f"{FOLDER}/columns.cl", definitions)


def fold_source(degree: int, form: Form, ways: int) -> Source:
    """Return the program that folds so many ways."""
    inverse = pow(root(ways), -1, MODULUS)
    roots = [pow(inverse, m, MODULUS) for m in range(max(1, ways // 2))]
    definitions: Definitions = {
        "DEGREE": degree,
        "WAYS": ways,
        "LOG_WAYS": log2(ways),
        "FOLD_INVERSE_ROOTS": ", ".join(word_literal(value, 64) for value in roots),
        "FOLD_SCALE": word_list(pow(ways, -1, MODULUS), 64, 1),
    }
    common = field_definitions("goldilocks") | form.definitions()
    return Source(f"{FOLDER}/fold.cl", common | definitions)


def room_for(count: int) -> int:
    """Return how many matrices the program takes that so many are read with."""
    return max(_MATRICES, 1 << (count - 1).bit_length())


def _matrix_definitions(count: int) -> Definitions:
    names = [f"m{i}" for i in range(count)]
    return {
        "MATRIX_COUNT": count,
        "MATRIX_PARAMETERS": ", ".join(f"GLOBAL const u64 *{name}" for name in names),
        "MATRICES_HERE": f"{{{{{', '.join(names)}}}}}",
    }


def rows_source(hash: str, form: Form, matrices: int) -> Source:
    """Return the program that hashes the rows of so many matrices of one height."""
    definitions = hash_definitions(hash, _PAIR_BYTES) | _matrix_definitions(matrices)
    return Source(f"{FOLDER}/rows.cl", definitions | {"THREADS": form.threads, "ITEMS": form.items})


def layers_source(hash: str, form: Form) -> Source:
    """Return the program of a tree's layers above the leaves, and of grinding."""
    definitions = hash_definitions(hash, _PAIR_BYTES)
    return Source(
        f"{FOLDER}/layers.cl", definitions | {"THREADS": form.threads, "ITEMS": form.items}
    )


def gather_source(matrices: int) -> Source:
    """Return the program that reads rows of so many matrices, and digests."""
    return Source(f"{FOLDER}/gather.cl", _matrix_definitions(matrices) | {"THREADS": 64})


def program_form(form: Form) -> Form:
    """Return how an interpreter's work is cut where column kernels are cut like ``form``."""
    return Form(form.threads, form.lanes, 1 if form.threads > 1 else _TILE, form.strip)


def program_source(form: Form, matrices: int, in_local: bool) -> Source:
    """Return the interpreter for so many sources, its registers in local memory or not."""
    definitions: Definitions = {
        "TILE": form.items,
        "SCRATCH_IN_LOCAL": int(in_local),
        "DEGREE": 2,  # of no consequence: programs know the base field only
    }
    common = field_definitions("goldilocks") | form.definitions() | _matrix_definitions(matrices)
    return Source(f"{FOLDER}/program.cl", common | definitions)
