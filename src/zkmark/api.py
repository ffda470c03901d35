"""Cases on your own arrays, in one call."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

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


def read_results(paths: Iterable[str | Path]) -> pd.DataFrame:
    """Return the rows of several results in one table, with the column ``file`` before the others.

    The rows are those of ``Result.to_dataframe``. Raises ``ValueError`` for a file that is none.
    """
    import pandas as pd

    from zkmark.suites.result import load_result

    tables = []
    for path in paths:
        table = load_result(path).to_dataframe()
        table.insert(0, "file", str(path))
        tables.append(table)
    if not tables:
        raise ValueError("paths: got none, want at least one result")
    return pd.concat(tables, ignore_index=True)
