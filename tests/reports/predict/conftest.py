"""Machines made up so that the right prediction is known."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from zkmark.suites.result import Result, validate_document

EXAMPLE = Path(__file__).parents[2] / "suites" / "example_result.json"
SLUG = "ntt/goldilocks/2^{}/forward"


def leaf(value: Any, unit: str = "", status: str = "measured") -> dict[str, Any]:
    return {"value": value, "unit": unit, "source": "test", "status": status}


def profile_of(
    base: Mapping[str, Any], name: str, rate: float, bandwidth: float = 2e10, threads: int = 2
) -> dict[str, Any]:
    """A machine whose measured 64-bit products and triad are known."""
    found = copy.deepcopy(dict(base))
    found["name"] = name
    found["cpu"]["model"] = leaf(name, status="reported")
    found["cpu"]["cores"] = leaf(threads, status="reported")
    found["cpu"]["clock_base"] = leaf(rate / threads, "Hz", "reported")
    found["cpu"]["features"] = {"avx2": leaf(True, status="reported")}
    key = f"threads_{threads}"
    found["ceilings"] = {
        "multiply_64": {"avx2": {key: leaf(rate), "threads_1": leaf(rate / threads)}},
        "triad": {key: leaf(bandwidth), "threads_1": leaf(bandwidth)},
    }
    return found


@pytest.fixture
def machine() -> Callable[..., Result]:
    """Make a machine's result: sizes of one NTT, at a fraction of the machine's rate."""
    base = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    entry = next(c for c in base["cases"] if c["label"] == "cpu" and c["kernel"] == "ntt")

    def make(
        name: str,
        rate: float,
        fraction: float = 0.5,
        sizes: Sequence[int] = (10, 12, 14),
        **of: Any,
    ) -> Result:
        from zkmark.kernels.case import case_from_parameters

        document = copy.deepcopy(base)
        document["run"]["id"] = name
        document["profile"] = profile_of(base["profile"], name, rate, **of)
        document["cases"] = []
        for log_size in sizes:
            case = copy.deepcopy(entry)
            case["parameters"]["log_size"] = log_size
            case["slug"] = SLUG.format(log_size)
            case["settings"]["threads"] = of.get("threads", 2)
            case["ceiling"]["bound"] = "operations"
            work = case_from_parameters("ntt", case["parameters"]).counts().word_multiplications
            seconds = work / (fraction * rate)
            for summary in case["summary"].values():
                summary.update(median=seconds, low=0.99 * seconds, high=1.01 * seconds)
            document["cases"].append(case)
        document["run"]["suite"]["planned"] = []
        validate_document(document)
        return Result(document)

    return make


@pytest.fixture
def ntt() -> Callable[[int], Any]:
    """Make the case that the machines measured, of any size."""
    base = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    parameters = next(c for c in base["cases"] if c["kernel"] == "ntt")["parameters"]

    def make(log_size: int) -> Any:
        from zkmark.kernels.case import case_from_parameters

        return case_from_parameters("ntt", {**parameters, "log_size": log_size})

    return make


@pytest.fixture
def programs() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """A result of programs, a machine twice as fast in products only, and the first entry."""
    document = json.loads(EXAMPLE.with_name("example_workloads.json").read_text(encoding="utf-8"))
    entry = next(c for c in document["cases"] if c["backend"] == "cpu" and c["status"] == "ok")
    threads = entry["settings"]["threads"]
    level = entry["settings"].get("isa") or "portable"
    target = None
    for name, factor in (("known", 1), ("target", 2)):
        target = profile_of(document["profile"], name, 4e9, threads=threads)
        target["cpu"]["features"] = {f: leaf(True) for f in ("avx2", "avx512ifma")}
        rates = {"multiply_64": 4e9 * factor, "multiply_32": 8e9 * factor, "word_32": 9e9}
        for unit, rate in rates.items():
            target["ceilings"][unit] = {
                one: {f"threads_{threads}": leaf(rate)} for one in ("portable", "avx2", "avx512")
            }
        if name == "known":
            document["profile"] = target
    assert target is not None and level
    return document, target, entry
