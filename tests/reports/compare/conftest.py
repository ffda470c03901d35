"""Two machines' results: the example, and the example as another machine would give it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zkmark.reports.compare import Comparison, compare
from zkmark.suites.result import Result, validate_document

EXAMPLES = Path(__file__).parents[2] / "suites"
Document = dict[str, Any]


def read_example(name: str) -> Document:
    found: Document = json.loads((EXAMPLES / f"example_{name}.json").read_text(encoding="utf-8"))
    if name == "result":
        # Larger sizes are more of the same.
        larger = tuple(f"ntt/goldilocks/2^{log_size}/" for log_size in (12, 14, 16))
        found["cases"] = [c for c in found["cases"] if not c["slug"].startswith(larger)]
    return found


def scale(case: Document, factor: float) -> None:
    """Make a measured entry take ``factor`` times as long, in samples and in summaries."""
    for groups in case["phases"].values():
        for group in groups["processes"]:
            group["samples"] = [seconds * factor for seconds in group["samples"]]
    for summary in case["summary"].values():
        for key in ("median", "low", "high"):
            summary[key] *= factor


def elsewhere(document: Document, factor: float = 0.5) -> Document:
    """The same cases on another machine, which takes ``factor`` of the time."""
    other = copy.deepcopy(document)
    other["run"]["id"] = "20260102T120000Z-other"
    other["profile"]["cpu"]["model"]["value"] = "Other CPU"
    for case in other["cases"]:
        scale(case, factor)
    return other


@pytest.fixture(params=["result", "modelled", "workloads"])
def any_pair(request: pytest.FixtureRequest) -> tuple[Document, Document]:
    document = read_example(request.param)
    return document, elsewhere(document)


@pytest.fixture
def pair() -> tuple[Document, Document]:
    document = read_example("result")
    return document, elsewhere(document)


@pytest.fixture
def simulated() -> tuple[Document, Document]:
    document = read_example("modelled")
    return document, elsewhere(document)


@pytest.fixture
def programs() -> tuple[Document, Document]:
    document = read_example("workloads")
    return document, elsewhere(document)


@pytest.fixture
def compared() -> Callable[..., Comparison]:
    """Compare documents, each of which holds to the schema."""

    def call(*documents: Document, **options: bool) -> Comparison:
        for document in documents:
            validate_document(document)
        names = [f"{chr(97 + index)}.json" for index in range(len(documents))]
        return compare([Result(document) for document in documents], names, **options)

    return call
