"""The number-theoretic transform in Python integers: by its definition, and by radix-2 butterflies.

Forward, over a field with a root of unity w of order n = 2^log_size and a shift s (1, or the
field's multiplicative generator g for a coset): ``X[k] = sum_i x[i] (s w^k)^i``, the values at the
points s w^k of the polynomial whose coefficients are x. Inverse, which undoes it:
``x[i] = s^-i / n sum_k X[k] w^(-i k)``. Coefficients are always in natural order; with
``order="bit-reversed"`` the value X[k] stands at the position whose bits are those of k reversed.

Source: Cooley and Tukey, "An algorithm for the machine calculation of complex Fourier series"
(1965).
"""

from __future__ import annotations

from collections.abc import Sequence

from zkmark.kernels.fields.parameters import FieldParameters
from zkmark.kernels.implementation import Implementation, ReferenceImplementation


def bit_reverse(index: int, bits: int) -> int:
    """Return ``index`` with its lowest ``bits`` bits in reverse order."""
    reversed_index = 0
    for _ in range(bits):
        reversed_index = reversed_index << 1 | index & 1
        index >>= 1
    return reversed_index


def bit_reversed(values: Sequence[int]) -> list[int]:
    """Return ``values`` (a power of two of them) permuted by bit reversal; its own inverse."""
    bits = len(values).bit_length() - 1
    return [values[bit_reverse(i, bits)] for i in range(len(values))]


def ntt_by_definition(
    values: Sequence[int],
    field: FieldParameters,
    direction: str = "forward",
    order: str = "natural",
    coset: bool = False,
) -> list[int]:
    """Transform ``values`` (2^log_size integers below the modulus) by the sums above, in O(n^2)."""
    p, n = field.modulus, len(values)
    w = field.root_of_order(n.bit_length() - 1)
    s = field.generator if coset else 1
    if direction == "forward":
        points = [s * pow(w, k, p) % p for k in range(n)]
        result = [sum(x * pow(point, i, p) for i, x in enumerate(values)) % p for point in points]
        return result if order == "natural" else bit_reversed(result)
    natural = list(values) if order == "natural" else bit_reversed(values)
    return [
        sum(X * pow(w, -i * k, p) for k, X in enumerate(natural))
        * pow(s, -i, p)
        * pow(n, -1, p)
        % p
        for i in range(n)
    ]


def ntt(
    values: Sequence[int],
    field: FieldParameters,
    direction: str = "forward",
    order: str = "natural",
    coset: bool = False,
) -> list[int]:
    """Transform ``values`` as ``ntt_by_definition`` does, by radix-2 butterflies in O(n log n)."""
    p, n = field.modulus, len(values)
    w = field.root_of_order(n.bit_length() - 1)
    s = field.generator if coset else 1
    if direction == "forward":
        shifted = [x * power % p for x, power in zip(values, _powers(s, n, p), strict=True)]
        result = _butterflies(bit_reversed(shifted), w, p)
        return result if order == "natural" else bit_reversed(result)
    reversed_input = bit_reversed(values) if order == "natural" else list(values)
    sums = _butterflies(reversed_input, pow(w, -1, p), p)
    shifts = _powers(pow(s, -1, p), n, p)
    scale = pow(n, -1, p)
    return [x * shift % p * scale % p for x, shift in zip(sums, shifts, strict=True)]


def _powers(base: int, count: int, p: int) -> list[int]:
    powers = [1]
    while len(powers) < count:
        powers.append(powers[-1] * base % p)
    return powers


def _butterflies(data: list[int], w: int, p: int) -> list[int]:
    """Transform data in bit-reversed order, in place; the result is in natural order.

    Each layer merges pairs of transforms of ``half`` values into transforms of twice as many.
    """
    n = len(data)
    half = 1
    while half < n:
        twiddles = _powers(pow(w, n // (2 * half), p), half, p)
        for start in range(0, n, 2 * half):
            for j, twiddle in enumerate(twiddles):
                even, odd = data[start + j], data[start + half + j] * twiddle % p
                data[start + j] = (even + odd) % p
                data[start + half + j] = (even - odd) % p
        half *= 2
    return data


IMPLEMENTATIONS: list[Implementation] = [ReferenceImplementation("ntt")]
