"""What people pass by mistake: one clear sentence, or what they meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zkmark
from zkmark.suites.statistics import Interval

EXAMPLE = Path(__file__).resolve().parents[1] / "suites" / "example_result.json"
CASE = zkmark.NttCase("goldilocks", log_size=3)
VALUES = np.arange(8, dtype=np.uint64)


def _tree() -> zkmark.MerkleTree:
    return zkmark.merkle_tree(np.zeros((4, 8), dtype=np.uint8), "sha-256")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: zkmark.ntt(VALUES, "goldilocks", backend=5), "backend: got int, want a name"),
        (lambda: zkmark.run("ntt"), "case: got str, want a case"),
        (lambda: zkmark.measure("ntt"), "case: got str, want a case"),
        (
            lambda: zkmark.measure(CASE, backend=zkmark.get_backend("cpu")),
            "backend: got CpuBackend, want a backend's name",
        ),
        (lambda: _tree().open(1.5), "index: got 1.5, want 0 to 3"),
        (lambda: _tree().open("1"), "index: got '1', want 0 to 3"),
        (lambda: _tree().open(True), "index: got True, want 0 to 3"),
        (lambda: _tree().layer(3), "level: got 3, want 0 to 2"),
    ],
)
def test_one_sentence(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value).startswith(words)


def test_a_numpy_index_is_an_index() -> None:
    tree = _tree()
    assert np.array_equal(tree.open(np.int64(2)), tree.open(2))


def test_one_path_is_a_list_of_one() -> None:
    assert zkmark.read_results(str(EXAMPLE)).equals(zkmark.read_results([str(EXAMPLE)]))


def test_one_result_is_a_list_of_one(tmp_path: Path) -> None:
    result = zkmark.load_result(EXAMPLE)
    one = zkmark.write_report(result, tmp_path / "one.csv").read_text()
    assert one == zkmark.write_report([result], tmp_path / "list.csv").read_text()


def test_one_process_is_not_plural() -> None:
    entry = {
        "status": "ok",
        "kind": "measured",
        "label": "cpu",
        "ranked_phase": "total",
        "summary": {"total": {"median": 0.5, "low": None, "high": None, "processes": 1}},
    }
    one = zkmark.Measurement(CASE, entry)
    assert one.interval() == Interval(0.5, None, None, 1)
    assert str(one).endswith("0.5 s (1 process, no interval)")
