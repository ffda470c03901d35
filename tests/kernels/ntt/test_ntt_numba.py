"""The Numba baseline: equal to the reference where it has a field, plain where it has not."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from zkmark.backends import get_backend
from zkmark.backends.threads import available_threads
from zkmark.kernels.fields.encoding import from_integers
from zkmark.kernels.fields.parameters import FIELDS
from zkmark.kernels.implementation import find_implementation, run_case
from zkmark.kernels.ntt.case import NttCase
from zkmark.kernels.ntt.numba import NumbaNttPlan

OPTIONS = list(
    itertools.product(("forward", "inverse"), ("natural", "bit-reversed"), (False, True))
)
ONE_WORD = [field for field in FIELDS.values() if field.limbs == 1]


@pytest.mark.parametrize("field", ONE_WORD, ids=lambda field: field.id)
@pytest.mark.parametrize(("direction", "order", "coset"), OPTIONS)
def test_every_field_and_option(field, direction, order, coset):
    backend = get_backend("numba", threads=1)
    for log_size, batch in [(0, 1), (1, 1), (2, 3), (5, 2), (9, 1)]:
        case = NttCase(field.id, log_size, batch, direction, order, coset)
        inputs = case.make_input(1)
        assert np.array_equal(run_case(case, inputs, backend), case.reference(inputs)), case.slug


@pytest.mark.parametrize("field", ["koalabear", "goldilocks"])
@pytest.mark.parametrize(
    ("direction", "order"), [("forward", "bit-reversed"), ("inverse", "natural")]
)
def test_a_long_transform_is_shared_among_threads(field, direction, order):
    get_backend("numba", threads=available_threads()).activate()
    case = NttCase(field, 14, 1, direction, order, coset=True)
    inputs = case.make_input(2)
    plan = NumbaNttPlan(case, threads=2)  # plans for two even where there is one
    uploaded = plan.upload(inputs)
    output = plan.download(plan.compute(uploaded))
    assert case.check(inputs, output, 2).ok
    assert np.array_equal(plan.compute(uploaded), output)


@pytest.mark.parametrize("field", ONE_WORD, ids=lambda field: field.id)
def test_edges(field):
    p = field.modulus
    rows = [[0] * 16, [1] * 16, [p - 1] * 16, [1, p - 1] * 8, [p - 1] + [0] * 15]
    values = from_integers([x for row in rows for x in row], field, (len(rows), 16))
    for direction in ("forward", "inverse"):
        case = NttCase(field.id, 4, len(rows), direction, coset=True)
        output = run_case(case, {"values": values}, get_backend("numba"))
        assert np.array_equal(output, case.reference({"values": values}))


def test_wide_fields_are_refused_with_the_reason():
    with pytest.raises(
        ValueError, match=r"elements of bn254-fr are 4 words .* use the backend cpu"
    ):
        find_implementation(NttCase("bn254-fr", 4), "numba")
