"""The case: names, input, the check that needs no second implementation, counts, and refusals."""

import numpy as np
import pytest

from zkmark import _native
from zkmark.backends import get_backend
from zkmark.kernels.case import case_from_parameters
from zkmark.kernels.curves import CURVES, curve
from zkmark.kernels.curves.encoding import point_from_tuple, points_to_tuples
from zkmark.kernels.curves.reference import add, is_in_subgroup, negate
from zkmark.kernels.implementation import find_implementation, implementations_of, run_case
from zkmark.kernels.msm.case import MsmCase

CURVE_IDS = list(CURVES)


def test_names():
    assert str(MsmCase("bls12-381-g1", 1 << 16)) == "msm/bls12-381-g1/2^16"
    assert MsmCase("pallas", 300).slug == "msm/pallas/300"
    assert [MsmCase("vesta", n).slug for n in (0, 1, 2)] == [
        "msm/vesta/0",
        "msm/vesta/1",
        "msm/vesta/2^1",
    ]


def test_parameters_there_and_back():
    case = MsmCase("bn254-g1", 77)
    assert case_from_parameters("msm", case.parameters()) == case
    with pytest.raises(ValueError, match=r"^size: got nothing"):
        case_from_parameters("msm", {"curve": "pallas"})
    with pytest.raises(ValueError, match=r"^window: not a parameter of msm"):
        case_from_parameters("msm", {"curve": "pallas", "size": 1, "window": 3})


@pytest.mark.parametrize("size", [-1, 2.0, True, "16"])
def test_a_bad_size_is_refused(size: object):
    with pytest.raises(ValueError, match=r"^size: got .*, want a whole number from 0$"):
        MsmCase("pallas", size)  # type: ignore[arg-type]


def test_an_unknown_curve_is_refused():
    with pytest.raises(ValueError, match=r"^curve: got 'secp256k1', want one of bn254-g1"):
        MsmCase("secp256k1", 4)


@pytest.mark.parametrize("curve_id", CURVE_IDS)
def test_input_is_valid_and_depends_on_the_seed_alone(curve_id: str):
    case, parameters = MsmCase(curve_id, 20), curve(curve_id)
    inputs = case.make_input(3)
    case.validate(inputs)
    again = case.make_input(3)
    assert all(np.array_equal(inputs[name], again[name]) for name in inputs)
    other = case.make_input(4)
    assert not any(np.array_equal(inputs[name], other[name]) for name in inputs)
    points = points_to_tuples(inputs["points"], parameters)
    assert len(set(points)) == 20
    assert all(p is not None and is_in_subgroup(p, parameters) for p in points[:3])


@pytest.mark.parametrize("size", [0, 1, 5, 16, 17, 40])
@pytest.mark.parametrize("curve_id", CURVE_IDS)
def test_the_check_accepts_the_reference_and_refuses_others(curve_id: str, size: int):
    case, parameters = MsmCase(curve_id, size), curve(curve_id)
    inputs = case.make_input(11)
    output = case.reference(inputs)
    verdict = case.check(inputs, output, 11)
    assert verdict.ok
    assert verdict.method == "discrete logarithms of the points"
    (point,) = points_to_tuples(output[None], parameters)
    wrong_points = [add(point, parameters.generator, parameters)]
    if point is not None:
        wrong_points += [None, negate(point, parameters)]
    for wrong in wrong_points:
        verdict = case.check(inputs, point_from_tuple(wrong, parameters), 11)
        assert not verdict.ok
        assert verdict.detail is not None
        assert verdict.detail.startswith("got ")


def test_the_check_refuses_an_output_of_another_form():
    case = MsmCase("vesta", 4)
    inputs = case.make_input(0)
    output = case.reference(inputs)
    assert not case.check(inputs, output[:1], 0).ok
    assert not case.check(inputs, output.astype(np.int64), 0).ok
    flipped = output.copy()
    flipped[1, 3] ^= np.uint64(1)
    assert not case.check(inputs, flipped, 0).ok


def test_the_check_refuses_inputs_of_another_seed():
    case = MsmCase("pallas", 9)
    inputs = case.make_input(1)
    output = case.reference(inputs)
    assert not case.check(inputs, output, 2).ok
    moved = {"points": inputs["points"][::-1].copy(), "scalars": inputs["scalars"]}
    verdict = case.check(moved, case.reference(moved), 1)
    assert not verdict.ok
    assert verdict.detail == "points[0] is not the one that make_input(1) makes"


def test_the_check_is_exact_where_products_are_largest():
    from zkmark.kernels.msm.case import _dot_product

    top = np.full(1000, (1 << 64) - 1, dtype=np.uint64)
    scalars = np.full((1000, 4), (1 << 64) - 1, dtype=np.uint64)
    assert _dot_product(top, scalars) == 1000 * ((1 << 64) - 1) * ((1 << 256) - 1)
    assert _dot_product(top[:0], scalars[:0]) == 0


def test_counts():
    counts = MsmCase("bls12-381-g1", 1 << 16).counts()
    assert counts.items == 1 << 16
    assert counts.item_unit == "points"
    assert counts.bytes_moved == (1 << 16) * (96 + 32) + 96
    # 12 bits: 22 windows of 2^16 mixed additions, 2 * 4095 additions and 12 doublings.
    assert counts.field_multiplications == 22 * (11 * 65536 + 32 * 4095 + 7 * 12)
    assert counts.word_multiplications == counts.field_multiplications * 78
    assert "c = 12 bits" in counts.formula
    assert MsmCase("pallas", 0).counts().field_multiplications == 0


def test_the_reference_estimate_grows():
    seconds = [MsmCase("bls12-381-g1", n).reference_seconds for n in (0, 4, 64, 1024, 1 << 16)]
    assert seconds == sorted(seconds)


@pytest.mark.parametrize("curve_id", CURVE_IDS)
def test_every_backend_gives_the_checked_output(curve_id: str):
    for backend_name in ("reference", "cpu"):
        for size in (0, 1, 33):
            case = MsmCase(curve_id, size)
            inputs = case.make_input(5)
            output = run_case(case, inputs, get_backend(backend_name))
            assert case.check(inputs, output, 5).ok, (backend_name, size)


def test_the_path_names_the_instruction_set():
    case, backend = MsmCase("bls12-381-g1", 8), get_backend("cpu")
    (implementation,) = implementations_of("msm", "cpu")
    assert implementation.path(case, backend) == f"cpu/{_native.msm_isa('bls12-381-g1')}"
    assert implementation.unsupported(MsmCase("pallas", (1 << 31) - 1)) is None
    with pytest.raises(
        ValueError, match=r"cannot compute msm/pallas/2\^31: its sorted lists hold fewer"
    ):
        find_implementation(MsmCase("pallas", 1 << 31), "cpu")


@pytest.mark.parametrize("missing", ["points", "scalars"])
def test_missing_input_is_told(missing: str):
    case = MsmCase("pallas", 2)
    inputs = case.make_input(0)
    del inputs[missing]
    with pytest.raises(ValueError, match=rf"^{missing}: got nothing"):
        case.validate(inputs)


def test_bad_input_is_told_before_any_work():
    case, parameters = MsmCase("pallas", 3), curve("pallas")
    good = case.make_input(0)

    def refused(match: str, **changed: object) -> None:
        with pytest.raises(ValueError, match=match):
            case.validate({**good, **changed})  # type: ignore[dict-item]

    refused(r"^points: got uint64\[2, 2, 4\], want uint64\[3, 2, 4\]$", points=good["points"][:2])
    refused(r"^points: got float64", points=good["points"].astype(float))
    off = good["points"].copy()
    off[2, 0, 0] ^= np.uint64(1)
    refused(r"^points\[2\]: got .* want points on pallas$", points=off)
    refused(r"^scalars: ", scalars=good["scalars"][:1])
    large = good["scalars"].copy()
    large[1] = np.frombuffer(parameters.order.to_bytes(32, "little"), dtype="<u8")
    refused(r"^scalars: .*below the modulus", scalars=large)


def test_a_fixed_base_is_another_case_with_the_same_input():
    plain, fixed = MsmCase("pallas", 5), MsmCase("pallas", 5, fixed_base=True)
    assert fixed.slug == "msm/pallas/5/fixed-base"
    assert plain.parameters() == {"curve": "pallas", "size": 5}
    assert case_from_parameters("msm", fixed.parameters()) == fixed
    one, other = plain.make_input(3), fixed.make_input(3)
    assert all(np.array_equal(one[name], other[name]) for name in one)
    for backend in ("cpu", "peer"):
        reasons = [str(one.unsupported(fixed)) for one in implementations_of("msm", backend)]
        assert all("fixed base" in reason for reason in reasons)
    with pytest.raises(ValueError, match="fixed_base: got 1, want True or False"):
        MsmCase("pallas", 5, 1)
