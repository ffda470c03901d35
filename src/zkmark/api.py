"""Kernels on your own arrays, in one call each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from zkmark.backends import Backend
    from zkmark.kernels.case import Array, Case, Inputs

Direction = Literal["forward", "inverse"]
Order = Literal["natural", "bit-reversed"]


def _backend(backend: str | Backend, threads: int | None) -> Backend:
    from zkmark.backends import get_backend

    if not isinstance(backend, str):
        if threads is not None:
            raise ValueError(
                "threads: got a number beside a backend object, want it given to get_backend"
            )
        return backend
    return get_backend(backend, threads=threads)


def run(
    case: Case,
    inputs: Inputs | None = None,
    *,
    backend: str | Backend = "cpu",
    threads: int | None = None,
    implementation: str | None = None,
    seed: int = 0,
) -> Array:
    """Compute one case and return its output.

    ``inputs`` are named arrays in canonical form, as ``case.make_input`` shows; without them the
    case makes its own from ``seed``. ``backend`` is a name or what ``get_backend`` returned;
    ``threads`` goes with a name.

    Raises ``ValueError`` for bad input, before any work starts, and ``BackendUnavailableError`` for
    a backend that cannot run here.
    """
    from zkmark.kernels.implementation import run_case

    device = _backend(backend, threads)
    return run_case(
        case, case.make_input(seed) if inputs is None else inputs, device, implementation
    )


def ntt(
    values: Array,
    field: str,
    *,
    direction: Direction = "forward",
    order: Order = "natural",
    coset: bool = False,
    backend: str | Backend = "cpu",
    threads: int | None = None,
) -> Array:
    """Return the number-theoretic transform of each row of ``values``, in their shape.

    ``values`` holds canonical elements: ``[..., n]`` for 31-bit fields (uint32) and Goldilocks
    (uint64), ``[..., n, limbs]`` (uint64, little-endian) for larger ones; n is a power of two. With
    ``order`` ``bit-reversed`` the forward transform returns bit-reversed rows and the inverse one
    takes them. With ``coset`` the values are those on the generator's coset.

    Raises ``ValueError`` for bad input.
    """
    import numpy as np

    from zkmark.kernels.fields.parameters import field as field_of
    from zkmark.kernels.ntt.case import NttCase

    parameters = field_of(field)
    array = np.asarray(values)
    tail = len(parameters.element_shape)
    if array.ndim < 1 + tail:
        want = "[..., n, limbs]" if tail else "[..., n]"
        raise ValueError(f"values: got shape {array.shape}, want {want} for {field}")
    size = array.shape[-1 - tail]
    if size < 1 or size & (size - 1):
        raise ValueError(f"values: got rows of {size} elements, want a power of two")
    rows = array.reshape(-1, size, *parameters.element_shape) if array.size else array
    case = NttCase(
        field,
        log_size=size.bit_length() - 1,
        batch=rows.shape[0],
        direction=direction,
        order=order,
        coset=coset,
    )
    return run(case, {"values": rows}, backend=backend, threads=threads).reshape(array.shape)


def msm(
    points: Array,
    scalars: Array,
    curve: str,
    *,
    backend: str | Backend = "cpu",
    threads: int | None = None,
) -> Array:
    """Return the sum of ``scalars[i] * points[i]`` as an affine point, ``uint64[2, limbs]``.

    ``points`` is ``uint64[n, 2, limbs]`` with infinity all zeros, ``scalars`` is
    ``uint64[n, limbs]`` below the curve's order; both canonical and little-endian.

    Raises ``ValueError`` for bad input, points off the curve among it.
    """
    import numpy as np

    from zkmark.kernels.msm.case import MsmCase

    case = MsmCase(curve, size=len(points))
    inputs = {"points": np.asarray(points), "scalars": np.asarray(scalars)}
    return run(case, inputs, backend=backend, threads=threads)


def merkle_root(
    leaves: Array,
    hash: str,
    *,
    backend: str | Backend = "cpu",
    threads: int | None = None,
) -> Array:
    """Return the root of the Merkle tree over the rows of ``leaves``.

    ``leaves`` is ``uint8[n, width]`` for byte hashes and field elements ``[n, width]`` for
    algebraic ones; n is a power of two. The root has the shape of the hash's digest.

    Raises ``ValueError`` for bad input.
    """
    import numpy as np

    from zkmark.kernels.merkle.case import MerkleCase

    array: Any = np.asarray(leaves)
    if array.ndim < 2:
        raise ValueError(f"leaves: got shape {array.shape}, want [n, width]")
    size = array.shape[0]
    if size < 1 or size & (size - 1):
        raise ValueError(f"leaves: got {size} of them, want a power of two")
    leaf_type = "bytes" if array.dtype == np.uint8 else None
    case = MerkleCase(
        hash, log_size=size.bit_length() - 1, leaf_width=array.shape[1], leaf_type=leaf_type
    )
    return run(case, {"leaves": array}, backend=backend, threads=threads)
