"""The parameter sets: what can be derived is derived and equals what was published."""

import json
from math import gcd
from pathlib import Path

import numpy as np
import pytest

from zkmark.kernels.hashes import HASHES, hash_parameters
from zkmark.kernels.hashes import derivation as derive
from zkmark.kernels.hashes.parameters import (
    constants_of,
    fingerprint,
    poseidon2_parameters,
    rpo_parameters,
)
from zkmark.kernels.hashes.reference import blake3, keccak256, poseidon2, rpo256

VECTORS = Path(__file__).parents[2] / "vectors"
POSEIDON2 = [id for id in HASHES if id.startswith("poseidon2-")]
ALGEBRAIC = [*POSEIDON2, "rpo-256"]


def test_there_are_nine_hashes_with_digests_of_32_bytes():
    assert list(HASHES) == [
        "sha-256",
        "blake3",
        "keccak-256",
        "poseidon2-babybear-16",
        "poseidon2-babybear-24",
        "poseidon2-koalabear-16",
        "poseidon2-goldilocks-8",
        "poseidon2-goldilocks-12",
        "rpo-256",
    ]
    assert {parameters.digest_bytes for parameters in HASHES.values()} == {32}


def test_an_unknown_hash_is_refused_with_the_known_ones():
    with pytest.raises(
        ValueError, match=r"hash: got 'md5', want one of sha-256, blake3, .*rpo-256"
    ):
        hash_parameters("md5")


@pytest.mark.parametrize("id", ALGEBRAIC)
def test_the_constants_are_those_of_the_shared_vectors(id):
    published = json.loads((VECTORS / f"{id.replace('-', '_')}.json").read_text())
    assert {k: v for k, v in published.items() if not k.endswith("_tests")} == constants_of(id)


@pytest.mark.parametrize("id", POSEIDON2)
def test_the_outer_parameters_fit_the_permutation(id):
    outer, inner = hash_parameters(id), poseidon2_parameters(id)
    assert (outer.field, outer.width, outer.rate) == (inner.field, inner.width, inner.rate)
    assert outer.rate + outer.digest_length <= outer.width
    assert outer.digest_length == poseidon2.digest_length(inner)
    assert 2 * outer.digest_length <= outer.width
    # The S-box permutes the field: alpha has no factor in common with p - 1.
    assert gcd(inner.alpha, inner.modulus - 1) == 1


@pytest.mark.parametrize("id", POSEIDON2)
def test_grain_draws_poseidon2_s_round_constants(id):
    inner = poseidon2_parameters(id)
    expected = (inner.external_initial, inner.internal, inner.external_final)
    assert derive.poseidon2_round_constants(inner) == expected


@pytest.mark.parametrize("id", POSEIDON2)
def test_poseidon2_s_diagonal_is_small_integers_and_powers_of_two(id):
    inner = poseidon2_parameters(id)
    assert derive.poseidon2_internal_diagonal(inner) == inner.internal_diagonal


@pytest.mark.parametrize("id", POSEIDON2)
def test_poseidon2_s_linear_layers_are_invertible(id):
    inner = poseidon2_parameters(id)
    for layer in (poseidon2.external_layer, poseidon2.internal_layer):
        columns = [layer(unit, inner) for unit in np.eye(inner.width, dtype=object).tolist()]
        assert rank(columns, inner.modulus) == inner.width


def rank(rows, p):
    """Gaussian elimination modulo p."""
    rows = [list(row) for row in rows]
    done = 0
    for column in range(len(rows[0])):
        pivot = next((r for r in rows[done:] if r[column] % p), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows.insert(done, pivot)
        inverse = pow(pivot[column], -1, p)
        for other in rows[done + 1 :]:
            factor = other[column] * inverse
            other[:] = [(x - factor * y) % p for x, y in zip(other, pivot, strict=True)]
        done += 1
    return done


def test_shake_draws_rpo_s_round_constants():
    rpo = rpo_parameters()
    drawn = derive.rpo_round_constants(
        rpo.modulus, rpo.width, rpo.width - rpo.rate, rpo.rounds, 128
    )
    assert drawn == (rpo.ark1, rpo.ark2)


def test_rpo_s_powers_undo_each_other():
    rpo = rpo_parameters()
    assert rpo.inverse_alpha == pow(rpo.alpha, -1, rpo.modulus - 1)


def test_rpo_s_matrix_is_circulant_and_every_square_corner_of_it_is_invertible():
    rpo = rpo_parameters()
    columns = [rpo256.mds_layer(unit) for unit in np.eye(12, dtype=object).tolist()]
    assert [column[0] for column in columns] == list(rpo.mds_first_row)
    for i in range(12):
        assert columns[i] == [columns[0][(k - i) % 12] for k in range(12)]
    for size in range(1, 13):
        assert rank([row[:size] for row in columns[:size]], rpo.modulus) == size


def test_keccak_s_constants_come_from_its_lfsr_and_its_walk():
    assert list(keccak256.ROUND_CONSTANTS) == derive.keccak_round_constants()
    assert list(keccak256.ROTATIONS) == derive.keccak_rotations()


def test_blake3_starts_from_sha256_s_initial_state():
    assert list(blake3.INITIAL_VALUE) == derive.sha256_initial_state()


def test_sha256_s_constants_are_the_roots_of_primes():
    # The first and last of FIPS 180-4's table; the C++ derives its own and is held to hashlib.
    constants = derive.sha256_round_constants()
    assert len(constants) == 64
    assert constants[:2] == [0x428A2F98, 0x71374491]
    assert constants[-2:] == [0xBEF9A3F7, 0xC67178F2]


@pytest.mark.parametrize("id", ALGEBRAIC)
def test_the_parameter_id_changes_with_any_constant(id):
    constants = json.loads(json.dumps(constants_of(id)))
    before = fingerprint(constants)
    assert hash_parameters(id).parameter_id == f"{id}/{before}"
    first = next(value for value in constants.values() if isinstance(value, list))
    row = first[0] if isinstance(first[0], list) else first
    row[0] += 1
    assert fingerprint(constants) != before


@pytest.mark.parametrize("id", ["sha-256", "blake3", "keccak-256"])
def test_a_byte_hash_is_its_own_parameter_set(id):
    assert hash_parameters(id).parameter_id == id
    with pytest.raises(ValueError, match="want an algebraic hash"):
        constants_of(id)
