"""What a case is: one exact computation that makes its own input and can judge an output."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Inputs = Mapping[str, Array]


class WrongOutputError(ValueError):
    """A computation noticed itself that what it made is wrong; the text says what.

    Raised where an output cannot tell by itself: a proof that its verifier rejects, say.
    """


@dataclass(frozen=True)
class Check:
    """The verdict on one output.

    ``method`` says how it was judged (``reference``, ``polynomial identity at 2 random points``,
    ``discrete logarithms of the points``), ``detail`` what was wrong, ``None`` when it is right.
    """

    ok: bool
    method: str
    detail: str | None = None


@dataclass(frozen=True)
class OperationCounts:
    """What a case costs at the least, by the algorithm that its formula names.

    ``items`` counts what throughput is quoted in (``item_unit``: ``elements``, ``points`` or
    ``hashes``); ``field_multiplications`` and ``word_multiplications`` (of machine words: 32-bit
    for 31-bit fields, 64-bit otherwise) are those of the textbook algorithm given in ``formula``;
    ``bytes_moved`` is the input read once and the output written once.
    """

    items: int
    item_unit: str
    field_multiplications: int
    word_multiplications: int
    bytes_moved: int
    formula: str


@dataclass(frozen=True)
class Case(ABC):
    """One exact computation. Subclasses are frozen dataclasses: hashable, comparable, printable."""

    kernel: ClassVar[str]
    # Whether input is worth keeping between processes because making it costs more than reading it.
    input_is_expensive: ClassVar[bool] = False
    # How result documents name a comparison with ``reference``.
    reference_method: ClassVar[str] = "reference"

    @property
    @abstractmethod
    def slug(self) -> str:
        """A stable name: ``ntt/goldilocks/2^20/forward``."""

    @abstractmethod
    def make_input(self, seed: int) -> dict[str, Array]:
        """Make the named input arrays, canonical, the same on every machine for the same seed."""

    @abstractmethod
    def validate(self, inputs: Inputs) -> None:
        """Raise ``ValueError`` naming the argument, what it got and what it wants."""

    @abstractmethod
    def reference(self, inputs: Inputs) -> Array:
        """Compute the output from the definition, in Python integers."""

    @abstractmethod
    def check(self, inputs: Inputs, output: Array, seed: int) -> Check:
        """Judge an output without trusting what made it, at any size.

        ``inputs`` must come from ``make_input(seed)``. Small cases are computed again by
        ``reference``; large ones are held to an identity that a wrong output fails.
        """

    @abstractmethod
    def counts(self) -> OperationCounts:
        """Count items, multiplications and bytes."""

    @property
    @abstractmethod
    def reference_seconds(self) -> float:
        """A rough guess of what ``reference`` takes on a current machine: worth running or not."""

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as plain JSON values; ``case_from_parameters`` turns them back."""
        return asdict(self)

    def about(self) -> dict[str, Any] | None:
        """Return what tells of a whole program what it is; ``None`` for a kernel."""
        return None

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Make the case from its parameters; ``ValueError`` for unknown ones or bad values."""
        known = set(cls.__dataclass_fields__)
        unknown = sorted(set(parameters) - known)
        if unknown:
            raise ValueError(
                f"{unknown[0]}: not a parameter of {cls.kernel}, "
                f"want some of {', '.join(sorted(known))}"
            )
        return cls(**parameters)

    def __str__(self) -> str:
        return self.slug


# Module and class of each kernel's case, imported when asked for.
CASE_TYPES: dict[str, tuple[str, str]] = {
    "ntt": ("zkmark.kernels.ntt.case", "NttCase"),
    "msm": ("zkmark.kernels.msm.case", "MsmCase"),
    "merkle": ("zkmark.kernels.merkle.case", "MerkleCase"),
}


def case_type(kernel: str) -> type[Case]:
    """Return the case class of a kernel; ``ValueError`` for an unknown kernel."""
    if kernel not in CASE_TYPES:
        raise ValueError(f"kernel: got {kernel!r}, want one of {', '.join(CASE_TYPES)}")
    module, name = CASE_TYPES[kernel]
    found: type[Case] = getattr(import_module(module), name)
    return found


def case_from_parameters(kernel: str, parameters: Mapping[str, Any]) -> Case:
    """Make a case from the kernel's name and its parameters, as results and suites keep them."""
    return case_type(kernel).from_parameters(parameters)


def output_digest(output: Array) -> str:
    """Return ``sha256:...`` of an output's dtype, shape and little-endian bytes."""
    from hashlib import sha256

    array = np.ascontiguousarray(output)
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    head = f"{array.dtype.name}{list(array.shape)}".encode()
    return "sha256:" + sha256(head + little.tobytes()).hexdigest()
