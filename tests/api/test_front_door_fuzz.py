"""The front door under arrays of every kind: the right output, or an error that names the argument.

Hypothesis makes arrays (any layout in memory, any shape, type and values) and this says beforehand
which of them are to be refused. Outputs are compared with the reference where that is quick, else
with portable code on a plain copy of the input. Nothing may change its input or end the process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import zkmark
from zkmark import _native
from zkmark.backends import Backend, get_backend
from zkmark.backends.threads import available_threads
from zkmark.kernels.curves.encoding import point_from_tuple
from zkmark.kernels.curves.parameters import CURVES, curve
from zkmark.kernels.curves.reference import multiply
from zkmark.kernels.fields.parameters import FIELDS, FieldParameters, field
from zkmark.kernels.hashes.parameters import HASHES, hash_parameters

Array = NDArray[Any]
LEVELS = _native.isa_levels()
# Some seconds in all; every level comes up in each of the tests.
FUZZ = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(autouse=True, scope="module")
def _restore() -> Any:
    yield
    get_backend("cpu").activate()


# ---- arrays


def _plain(array: Array) -> Array:
    return array


def _backwards(array: Array) -> Array:
    """A view with negative strides on every axis."""
    turn = (slice(None, None, -1),) * array.ndim
    return np.ascontiguousarray(array[turn])[turn]


def _every_other(array: Array) -> Array:
    """A view of every other element along every axis of a larger array, full of other data."""
    larger = np.full([2 * n + 1 for n in array.shape], 0xA5, dtype=array.dtype)
    view = larger[tuple(slice(1, 2 * n + 1, 2) for n in array.shape)]
    view[...] = array
    return view


def _transposed(array: Array) -> Array:
    """A view whose first axis is the closest one in memory."""
    return np.asfortranarray(array)


def _odd_address(array: Array) -> Array:
    """A view of data that starts at an odd address."""
    room = np.zeros(array.nbytes + 1, dtype=np.uint8)
    view = room[1:].view(array.dtype).reshape(array.shape) if array.nbytes else array.copy()
    view[...] = array
    return view


def _at_a_page_end(array: Array) -> Array:
    """A view of the last bytes of a mapping: what reads on leaves it."""
    import mmap

    pages = -(-max(1, array.nbytes) // mmap.PAGESIZE) * mmap.PAGESIZE
    room = np.frombuffer(mmap.mmap(-1, pages), dtype=np.uint8)
    view = room[pages - array.nbytes :].view(array.dtype).reshape(array.shape)
    view[...] = array
    return view


def _locked(array: Array) -> Array:
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def _repeated(array: Array) -> Array:
    """All rows the first one, by a stride of zero."""
    return np.broadcast_to(array[:1], array.shape) if array.ndim and len(array) else array


LAYOUTS: list[Callable[[Array], Array]] = [
    _plain,
    _backwards,
    _every_other,
    _transposed,
    _odd_address,
    _at_a_page_end,
    _locked,
]


def _other_end(array: Array) -> Array:
    """The same numbers in big-endian bytes: another type, where elements have several bytes."""
    return array.astype(array.dtype.newbyteorder(">"))


OTHER_TYPES: list[Callable[[Array], Any]] = [
    _other_end,
    lambda array: array.astype(np.int64),
    lambda array: array.astype(np.float64),
    lambda array: array.astype(np.uint16),
    lambda array: array.astype(object),
    lambda array: array.tolist(),
    lambda array: None,
    lambda array: np.zeros((), dtype=array.dtype),
    lambda array: array[..., np.newaxis],
    lambda array: array.reshape(-1)[:0],
]


@st.composite
def backends(draw: st.DrawFn) -> Backend:
    threads = draw(st.integers(1, min(2, available_threads())))
    return get_backend("cpu", isa=draw(st.sampled_from(LEVELS)), threads=threads)


def elements(parameters: FieldParameters, count: int, seed: int) -> Array:
    """Elements, many of them at the ends of the range."""
    random = np.random.default_rng(seed)
    p = parameters.modulus
    limbs = parameters.limbs
    edges = [0, 1, 2, p - 2, p - 1, p >> 1, (1 << (p.bit_length() - 1)) - 1]
    numbers = [
        edges[random.integers(len(edges))]
        if random.random() < 0.4
        else int.from_bytes(random.bytes(8 * limbs + 8), "little") % p
        for _ in range(count)
    ]
    return words(numbers, parameters)


def words(numbers: list[int], parameters: FieldParameters) -> Array:
    """Numbers as a field's words, whether below its modulus or not."""
    size = parameters.bytes_per_element
    data = b"".join(number.to_bytes(size, "little") for number in numbers)
    return np.frombuffer(data, dtype=parameters.dtype).reshape(-1, *parameters.element_shape).copy()


def too_large(parameters: FieldParameters) -> st.SearchStrategy[int]:
    """Numbers that the words hold and the field does not."""
    p, end = parameters.modulus, 1 << (8 * parameters.bytes_per_element)
    return st.one_of(st.just(p), st.just(end - 1), st.integers(p, end - 1))


def refused(name: str, call: Callable[[], Any]) -> None:
    """The call raises a ValueError whose sentence begins with the argument's name."""
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value).startswith(name), str(caught.value)


SEEDS = st.integers(0, 2**32 - 1)
NTT_FIELDS = [name for name, one in FIELDS.items() if one.two_adicity >= 20]


# ---- transforms


@FUZZ
@given(st.data())
def test_ntt(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NTT_FIELDS))
    parameters = field(name)
    backend = data.draw(backends())
    log_size = data.draw(st.integers(0, 11))
    leading = data.draw(st.sampled_from([(), (1,), (3,), (2, 2), (17,), (0,)]))
    if int(np.prod(leading)) << log_size > 1 << 13:
        leading = ()
    n = 1 << log_size
    count = int(np.prod(leading)) * n
    values = elements(parameters, count, data.draw(SEEDS))
    values = values.reshape(*leading, n, *parameters.element_shape)
    options = {
        "direction": data.draw(st.sampled_from(["forward", "inverse"])),
        "order": data.draw(st.sampled_from(["natural", "bit-reversed"])),
        "coset": data.draw(st.booleans()),
    }

    def call(array: Any) -> Array:
        return zkmark.ntt(array, name, backend=backend, **options)

    if count == 0:
        return refused("values", lambda: call(values))
    trouble = data.draw(st.sampled_from(["none"] * 6 + ["type", "value", "length", "limbs"]))
    if trouble == "type":
        broken = data.draw(st.sampled_from(OTHER_TYPES))(values)
        # An added axis makes single elements of one word: transforms of length 1.
        one_each = isinstance(broken, np.ndarray) and broken.shape == (*values.shape, 1)
        if not (one_each and parameters.limbs == 1):
            return refused("values", lambda: call(broken))
        return np.testing.assert_array_equal(call(broken), broken)
    if trouble == "value":
        flat = values.reshape(-1, *parameters.element_shape)
        at = data.draw(st.integers(0, count - 1))
        flat[at] = words([data.draw(too_large(parameters))], parameters)[0]
        return refused("values", lambda: call(data.draw(st.sampled_from(LAYOUTS))(values)))
    if trouble == "length":
        axis = len(leading)
        longer = np.concatenate([values] * 3, axis=axis)
        return refused("values", lambda: call(longer))
    if trouble == "limbs" and parameters.limbs > 1:
        return refused("values", lambda: call(values[..., :-1]))
    layout = data.draw(st.sampled_from([*LAYOUTS, _repeated]))
    given_values = layout(values)
    kept = np.array(given_values)
    output = call(given_values)
    assert np.array_equal(given_values, kept)
    assert output.dtype == parameters.dtype
    assert output.shape == values.shape
    case = zkmark.NttCase(name, log_size, count // n, **options)
    if count <= 64:
        want = case.reference({"values": kept.reshape(case.shape)})
    else:
        want = zkmark.ntt(
            kept, name, backend=get_backend("cpu", isa="portable", threads=1), **options
        )
    assert np.array_equal(output, want.reshape(values.shape))


# ---- sums of points


@settings(FUZZ, max_examples=200)
@given(st.data())
def test_msm(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(CURVES)))
    parameters = curve(name)
    backend = data.draw(backends())
    size = data.draw(st.one_of(st.integers(0, 9), st.integers(10, 70), st.just(300)))
    random = np.random.default_rng(data.draw(SEEDS))
    # Few distinct ones, so that equal and opposite points meet in a bucket; 0 is infinity.
    logarithms = random.integers(0, data.draw(st.sampled_from([1, 2, 5, 1 << 40])) + 1, size)
    base = point_from_tuple(parameters.generator, parameters)
    points = _native.points_of_base(name, base, logarithms.astype(np.uint64))
    scalars = elements(parameters.scalar, size, int(random.integers(1 << 32)))

    def call(p: Any, s: Any) -> Array:
        return zkmark.msm(p, s, name, backend=backend)

    trouble = data.draw(
        st.sampled_from(["none"] * 6 + ["points", "scalars", "point", "scalar", "fewer"])
    )
    if trouble in ("points", "scalars") or (trouble != "none" and size == 0):
        change = data.draw(st.sampled_from(OTHER_TYPES))
        if trouble == "scalars":
            broken = change(scalars)
            # No scalars for no points, in another shape, are as wrong as any.
            return refused("scalars", lambda: call(points, broken))
        broken = change(points)
        with pytest.raises(ValueError, match=r"^(points|scalars)"):
            call(broken, scalars)
        return None
    if trouble == "fewer":
        with pytest.raises(ValueError, match=r"^(points|scalars)"):
            call(points, scalars[:-1])
        return None
    at = data.draw(st.integers(0, max(0, size - 1)))
    layout = data.draw(st.sampled_from(LAYOUTS))
    if trouble == "scalar":
        scalars[at] = words([data.draw(too_large(parameters.scalar))], parameters.scalar)[0]
        return refused("scalars", lambda: call(points, layout(scalars)))
    if trouble == "point":
        wrong = points.copy()
        coordinate = data.draw(st.integers(0, 1))
        if data.draw(st.booleans()):
            wrong[at, coordinate] = words([data.draw(too_large(parameters.base))], parameters.base)[
                0
            ]
        else:
            wrong[at, 0, 0] ^= np.uint64(1)
            wrong[at, 1, 0] ^= np.uint64(4)  # bn254's generator is (1, 2): not to infinity
        return refused("points", lambda: call(layout(wrong), scalars))
    given_points, given_scalars = layout(points), layout(scalars)
    output = call(given_points, given_scalars)
    assert np.array_equal(given_points, points)
    assert np.array_equal(given_scalars, scalars)
    numbers = [int.from_bytes(row.tobytes(), "little") for row in scalars]
    total = sum(int(a) * s for a, s in zip(logarithms, numbers, strict=True)) % parameters.order
    want = point_from_tuple(multiply(total, parameters.generator, parameters), parameters)
    assert np.array_equal(output, want)
    return None


# ---- trees

# Leaves of bytes, of a small field and of a wide one for byte hashes; of their own for the others.
TREES = [
    (name, leaf_type)
    for name in HASHES
    for leaf_type in (
        ("bytes", "babybear", "bn254-fr") if hash_parameters(name).kind == "bytes" else (None,)
    )
]
# Trees of so few inner calls are compared with the reference.
QUICK = {"sha-256": 400, "blake3": 60, "keccak-256": 40, "rpo-256": 20}


@settings(FUZZ, max_examples=200)
@given(st.data())
def test_merkle_tree(data: st.DataObject) -> None:
    name, leaf_type = data.draw(st.sampled_from(TREES))
    backend = data.draw(backends())
    log_size = data.draw(st.one_of(st.integers(0, 4), st.integers(5, 8)))
    size = 1 << log_size
    width = data.draw(
        st.one_of(st.integers(1, 24), st.sampled_from([31, 32, 55, 56, 63, 64, 65, 135, 136, 137]))
    )
    rules = zkmark.MerkleCase(name, 0, 1, leaf_type).rules
    seed = data.draw(SEEDS)
    parameters = rules.leaf_field
    if parameters is None:
        leaves = np.random.default_rng(seed).integers(0, 256, (size, width), dtype=np.uint8)
    else:
        leaves = elements(parameters, size * width, seed).reshape(rules.leaves_shape(size, width))

    def call(array: Any, device: Backend = backend) -> Any:
        return zkmark.merkle_tree(array, name, leaf_type=leaf_type, backend=device)

    trouble = data.draw(st.sampled_from(["none"] * 6 + ["type", "value", "count", "width"]))
    if trouble == "type":
        change = data.draw(st.sampled_from(OTHER_TYPES))
        if change is _other_end and leaves.dtype.itemsize == 1:
            change = OTHER_TYPES[1]
        return refused("leaves", lambda: call(change(leaves)))
    if trouble == "value" and parameters is not None:
        flat = leaves.reshape(-1, *parameters.element_shape)
        at = data.draw(st.integers(0, len(flat) - 1))
        flat[at] = words([data.draw(too_large(parameters))], parameters)[0]
        return refused("leaves", lambda: call(data.draw(st.sampled_from(LAYOUTS))(leaves)))
    if trouble == "count":
        return refused("leaves", lambda: call(np.concatenate([leaves] * 3)))
    if trouble == "width":
        return refused("leaves", lambda: call(leaves[:, :0]))
    given_leaves = data.draw(st.sampled_from([*LAYOUTS, _repeated]))(leaves)
    kept = np.array(given_leaves)
    tree = call(given_leaves)
    assert np.array_equal(given_leaves, kept)
    case = zkmark.MerkleCase(name, log_size, width, leaf_type)
    portable = get_backend("cpu", isa="portable", threads=1)
    want = (
        case.reference({"leaves": kept})
        if case.inner_calls <= QUICK.get(name, 60)
        else call(kept, portable).root
    )
    assert np.array_equal(tree.root, want)
    index = data.draw(st.integers(0, size - 1))
    path = tree.open(index)
    if case.inner_calls <= 8 * QUICK.get(name, 60):
        assert zkmark.verify_opening(
            tree.root, kept[index], index, path, name, leaf_type, log_size=log_size
        )
    return None


# ---- single hashes


@FUZZ
@given(st.sampled_from(sorted(HASHES)), st.sampled_from(LEVELS), st.data())
def test_single_hashes(name: str, level: str, data: st.DataObject) -> None:
    before = _native.isa_allowed()
    _native.set_isa_allowed(level)
    try:
        parameters = hash_parameters(name)
        if parameters.kind == "bytes":
            message = data.draw(st.binary(max_size=300))
            got: Any = zkmark.hash_bytes(name, message, "cpu")
            assert got == zkmark.hash_bytes(name, message)
            return refused("hash", lambda: zkmark.hash_elements(name, [1], "cpu"))
        assert parameters.field is not None
        p = field(parameters.field).modulus
        numbers = data.draw(
            st.lists(st.one_of(st.sampled_from([0, 1, p - 1]), st.integers(0, p - 1)), max_size=20)
        )
        got = zkmark.hash_elements(name, numbers, "cpu")
        assert got == zkmark.hash_elements(name, numbers)
        wrong = data.draw(st.one_of(st.integers(max_value=-1), st.integers(min_value=p)))
        refused("elements", lambda: zkmark.hash_elements(name, [*numbers, wrong], "cpu"))
    finally:
        _native.set_isa_allowed(before)
