"""Transforms of your own arrays.

>>> import numpy as np
>>> from zkmark.kernels.ntt.api import ntt
>>> values = np.array([1, 2, 3, 4], dtype=np.uint32)
>>> transformed = ntt(values, "babybear")
>>> ntt(transformed, "babybear", direction="inverse")
array([1, 2, 3, 4], dtype=uint32)
"""

from __future__ import annotations

import math

import numpy as np

from zkmark.backends import Backend, ready_backend
from zkmark.kernels.case import Array
from zkmark.kernels.fields.encoding import check_elements
from zkmark.kernels.fields.parameters import field as field_parameters
from zkmark.kernels.implementation import run_case
from zkmark.kernels.ntt.case import NttCase


def ntt(
    values: Array,
    field: str,
    *,
    direction: str = "forward",
    order: str = "natural",
    coset: bool = False,
    backend: str | Backend = "cpu",
    threads: int | None = None,
) -> Array:
    """Transform the last axis of ``values`` and return a new array of the same shape.

    ``values`` holds canonical elements of ``field``: ``uint32[..., n]`` for the 31-bit fields,
    ``uint64[..., n]`` for Goldilocks, ``uint64[..., n, limbs]`` for wide fields. n is a power of
    two, at most 2 to the field's two-adicity; all axes before it are a batch. ``direction`` is
    ``forward`` (coefficients to values) or ``inverse``; with ``order="bit-reversed"`` the values
    are in bit-reversed order and the coefficients in natural order; with ``coset`` the values are
    those at the field's generator times the roots of unity. ``backend`` is a name or
    what ``get_backend`` returned; ``threads`` goes with a name, and None means all.

    Raises ``ValueError`` for bad arguments, naming the argument, what it got and what it wants,
    and ``BackendUnavailableError`` for a backend that cannot run here.
    """
    parameters = field_parameters(field)
    tail = len(parameters.element_shape)
    if not isinstance(values, np.ndarray) or values.ndim <= tail:
        # Without an axis to transform: of the type, or of the shape, the sentence is there already.
        check_elements("values", values, parameters, ndim=1)
    shape = values.shape[: values.ndim - tail]
    n, batch = shape[-1], math.prod(shape[:-1])
    if n < 1 or n & (n - 1):
        raise ValueError(f"values: got {n} elements along the axis to transform, want a power of 2")
    if batch < 1:
        raise ValueError(f"values: got shape {values.shape}, want at least one transform")
    log_size = n.bit_length() - 1
    if log_size > parameters.two_adicity:
        raise ValueError(
            f"values: got 2^{log_size} elements along the axis to transform, "
            f"want at most 2^{parameters.two_adicity} for the field {field}"
        )
    case = NttCase(field, log_size, batch, direction, order, coset)
    check_elements("values", values, parameters, ndim=len(shape))
    flat = values.reshape(case.shape)
    output = run_case(case, {"values": flat}, ready_backend(backend, threads))
    return output.reshape(values.shape)
