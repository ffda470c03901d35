"""Every CUDA program is compiled, without a GPU, and held to the table of its resources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from zkmark.backends.cuda.compiler import compile_for
from zkmark.backends.device import BuildError, Source
from zkmark.kernels.cuda_resources import (
    chosen_architectures,
    load_table,
    resources_of,
)
from zkmark.kernels.device import device_sources

pytestmark = pytest.mark.driver
# What another version of the compiler may take more.
_SLACK = 8
_MOST_REGISTERS = 255
# A minute for everything on one architecture. The rest is for the long run, but for a program of
# each family whose compiling takes no time.
_FIRST = 90
_ON_EVERY_ARCHITECTURE = (
    "fields/goldilocks",
    "merkle/blake3/64-bytes",
    "ntt/babybear",
    "stark/fold/2/4",
)
_AGAIN = "run `python -m zkmark.kernels.cuda_resources` and look at what changed"


@pytest.fixture(scope="module")
def table() -> Any:
    return load_table()["programs"]


def test_the_table_has_every_program(table: Any) -> None:
    assert set(table) == set(device_sources()), _AGAIN


def _programs() -> Iterator[Any]:
    for name in device_sources():
        for architecture in chosen_architectures():
            long = architecture != _FIRST and name not in _ON_EVERY_ARCHITECTURE
            yield pytest.param(name, architecture, marks=[pytest.mark.slow] if long else [])


def test_the_programs_for_every_architecture_are_there() -> None:
    assert _FIRST in chosen_architectures()
    assert set(_ON_EVERY_ARCHITECTURE) <= set(device_sources())


@pytest.mark.parametrize(("name", "architecture"), list(_programs()))
def test_a_program_compiles_and_takes_what_the_table_says(
    table: Any, name: str, architecture: int
) -> None:
    found = resources_of(name, architecture)
    assert set(found) == set(device_sources()[name].text(DEVICE_CPU=0).kernels) == set(table[name])
    for kernel, taken in found.items():
        rows = table[name][kernel]
        # A newer compiler knows newer architectures.
        row = rows.get(f"sm_{architecture}") or list(rows.values())[-1]
        assert taken.spill_store_bytes == taken.spill_load_bytes == 0, f"{kernel} spills; {_AGAIN}"
        assert taken.registers <= min(row["registers"] + _SLACK, _MOST_REGISTERS), _AGAIN
        assert taken.shared_bytes <= row["shared_bytes"], _AGAIN


def test_what_does_not_compile_is_said_with_its_line() -> None:
    source = Source("kernels/merkle/device/tree.cl", {"THREADS": 32, "LEAF_BYTES": 64})
    with pytest.raises(
        BuildError, match=r"(?s)tree.cl does not compile for sm_90:.*defines no hash"
    ):
        compile_for(source.text(DEVICE_CPU=0), 90)
