"""Field arithmetic of OpenCL and CUDA against Python's integers, edges and random elements."""

from __future__ import annotations

import random

import pytest

from zkmark.backends.device import Session
from zkmark.kernels.fields.device import (
    OPERATIONS,
    field_definitions,
    pairwise,
    word_list,
)
from zkmark.kernels.fields.encoding import from_integers, to_integers
from zkmark.kernels.fields.parameters import FIELDS, FieldParameters

OPENCL = pytest.param("opencl", marks=pytest.mark.driver)


def edges(field: FieldParameters) -> list[int]:
    """Return the ends of the field, of its Montgomery form, and of the limbs of both widths."""
    p = field.modulus
    limbs = [1 << k for k in range(31, field.montgomery_bits, 32)]
    limbs += [1 << k for k in range(32, field.montgomery_bits, 32)]
    unit = pow(field.montgomery_r, -1, p)
    found = [0, 1, 2, p - 1, p - 2, (p - 1) // 2, (p + 1) // 2, unit, p - unit]
    found += [one + by for one in limbs for by in (-1, 0, 1)]
    found += [p - one for one in limbs]
    # Just below the modulus with nothing but ones in the lower limbs: the largest rows of a square.
    found += [p // one * one - 1 for one in limbs]
    return sorted({one % p for one in found})


@pytest.mark.parametrize("id", list(FIELDS))
def test_every_operation_is_right(device_session: Session, id: str) -> None:
    check_operations(device_session, id)


@pytest.mark.parametrize("id", ["goldilocks", "bn254-fr", "bls12-381-fq"])
@pytest.mark.parametrize("device_session", [OPENCL], indirect=True)
def test_the_text_of_gpus_is_right(device_session: Session, id: str) -> None:
    check_operations(device_session, id, WITHOUT_U128=1, DEVICE_CPU=0)


@pytest.mark.parametrize("id", ["bn254-fq", "bls12-381-fr", "bls12-381-fq"])
@pytest.mark.parametrize("device_session", [OPENCL], indirect=True)
def test_the_text_without_assembly_is_right(device_session: Session, id: str) -> None:
    check_operations(device_session, id, WITHOUT_ADX=1)


def check_operations(session: Session, id: str, **definitions: int) -> None:
    """Hold every operation of a field to Python's integers."""
    field = FIELDS[id]
    p = field.modulus
    chosen = random.Random(id)
    at_edges = edges(field)
    near = [(a, b) for a in at_edges for b in (0, 1, p - 1, a, p - a, *chosen.sample(at_edges, 6))]
    pairs = [(a, b % p) for a, b in near]
    pairs += [(chosen.randrange(p), chosen.randrange(p)) for _ in range(300)]
    a, b = (list(column) for column in zip(*pairs, strict=True))
    arrays = from_integers(a, field), from_integers(b, field)
    found = pairwise(session, id, *arrays, **definitions)
    inverses = {one: pow(one, p - 2, p) for one in set(a)}
    wanted = {
        "add": [(x + y) % p for x, y in pairs],
        "sub": [(x - y) % p for x, y in pairs],
        "neg": [-x % p for x in a],
        "mul": [x * y % p for x, y in pairs],
        "sqr": [x * x % p for x in a],
        "inv": [inverses[x] for x in a],
        "pow5": [pow(x, 5, p) for x in a],
    }
    assert tuple(found) == OPERATIONS
    for name, want in wanted.items():
        got = to_integers(found[name], field)
        for pair, one, other in zip(pairs, got, want, strict=True):
            assert one == other, f"{name} of {pair}"


def test_definitions_are_the_catalogues_numbers() -> None:
    assert word_list(0x0123456789ABCDEF, 32, 3) == "0x89abcdefu, 0x1234567u, 0x0u"
    assert word_list(5, 64, 1) == "U64(0x5)"
    babybear = field_definitions("babybear")
    assert babybear["FE_P"] == "0x78000001u"
    assert babybear["FE_31"] == babybear["FE_WORDS"] == 1
    wide = field_definitions("bls12-381-fq")
    assert wide["FE_WORDS"] == 12
    assert str(wide["FE_MODULUS_64"]).count("U64") == 6
    with pytest.raises(ValueError, match="field: got 'gf2', want one of"):
        field_definitions("gf2")
