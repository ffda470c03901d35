"""The reference transform: what the sums say, by both routes."""

from __future__ import annotations

import itertools

import pytest

from zkmark.kernels.fields.parameters import FIELDS
from zkmark.kernels.ntt.reference import bit_reversed, ntt, ntt_by_definition
from zkmark.kernels.seeded import SeededStream

OPTIONS = list(
    itertools.product(("forward", "inverse"), ("natural", "bit-reversed"), (False, True))
)


def random_values(field, count, label="values"):
    stream = SeededStream(7, label)
    return [stream.integer(field.modulus) for _ in range(count)]


def test_the_transform_of_four_values_written_out():
    field = FIELDS["goldilocks"]
    p, i = field.modulus, field.root_of_order(2)
    a, b, c, d = random_values(field, 4)
    evaluations = [
        (a + b + c + d) % p,
        (a + b * i - c - d * i) % p,
        (a - b + c - d) % p,
        (a - b * i - c + d * i) % p,
    ]
    assert ntt([a, b, c, d], field) == evaluations
    assert ntt([a, b, c, d], field, order="bit-reversed") == [evaluations[k] for k in (0, 2, 1, 3)]


def test_a_coset_transform_evaluates_at_the_generator_times_the_roots():
    field = FIELDS["babybear"]
    p, g, w = field.modulus, field.generator, field.root_of_order(3)
    values = random_values(field, 8)
    points = [g * pow(w, k, p) % p for k in range(8)]
    expected = [sum(v * pow(x, i, p) for i, v in enumerate(values)) % p for x in points]
    assert ntt(values, field, coset=True) == expected


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
@pytest.mark.parametrize(("direction", "order", "coset"), OPTIONS)
def test_butterflies_agree_with_the_definition(field, direction, order, coset):
    for log_size in range(min(field.two_adicity, 5) + 1):
        values = random_values(field, 1 << log_size)
        assert ntt(values, field, direction, order, coset) == ntt_by_definition(
            values, field, direction, order, coset
        )


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
@pytest.mark.parametrize("order", ["natural", "bit-reversed"])
@pytest.mark.parametrize("coset", [False, True])
def test_inverse_undoes_forward(field, order, coset):
    values = random_values(field, 1 << min(field.two_adicity, 9))
    transformed = ntt(values, field, "forward", order, coset)
    assert ntt(transformed, field, "inverse", order, coset) == values


def test_bit_reversal_is_its_own_inverse():
    assert bit_reversed(range(8)) == [0, 4, 2, 6, 1, 5, 3, 7]
    assert bit_reversed(bit_reversed(range(64))) == list(range(64))
