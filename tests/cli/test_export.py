"""``zkmark export``: the command around the exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from zkmark.exit_codes import ExitCode


def test_to_a_file_says_its_path_and_what_is_left_out(
    here: Any, example: str, tmp_path: Path
) -> None:
    path = tmp_path / "bencher.json"
    done = here("export", example, "--format", "bmf", "-o", str(path))
    assert (done.code, done.out) == (0, f"{path}\n")
    assert "ntt/goldilocks/2^10/forward[cpu]" in json.loads(path.read_text(encoding="utf-8"))
    assert [line.startswith("zkmark: 1 entry is left out, ") for line in done.err.splitlines()] == [
        True,
        True,
    ]


def test_to_standard_output(here: Any, example: str) -> None:
    done = here("export", example, "-f", "gbench")
    assert done.code == 0
    assert json.loads(done.out)["context"]["host_name"] == "example"


def test_csv_is_that_of_the_report(here: Any, example: str, tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    here("report", example, "-o", str(path))
    assert here("export", example, "-f", "csv").out == path.read_text(encoding="utf-8")


def test_parquet_through_a_pipe(example: str) -> None:
    import io
    import subprocess
    import sys

    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    done = subprocess.run(
        [sys.executable, "-m", "zkmark", "export", example, "-f", "parquet"],
        capture_output=True,
        check=True,
    )
    assert "median_seconds" in pd.read_parquet(io.BytesIO(done.stdout))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["EXAMPLE"], 2, "--format"),
        (["EXAMPLE", "-f", "xml"], 2, "--format: got 'xml', want one of pytest-benchmark"),
        (["EXAMPLE", "EXAMPLE", "-f", "bmf"], 2, "results: got 2"),
        (["EXAMPLE", "-f", "bmf", "--samples"], 2, "samples: want csv or parquet"),
        (["EXAMPLE", "-f", "bmf", "-o", "EXAMPLE"], 2, "is one of the results"),
        (["EXAMPLE", "-f", "bmf", "-o", "nowhere/x"], 2, "nowhere"),
        (["none.json", "-f", "bmf"], 2, "none.json"),
        (["EXAMPLE", "WORKLOADS", "-f", "otava-csv"], 4, "run.suite.name is"),
    ],
)
def test_wrong_words_get_one_sentence_and_leave_no_file(
    here: Any,
    example: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = Path(example).read_bytes()
    places = {
        "EXAMPLE": example,
        "WORKLOADS": str(Path(example).with_name("example_workloads.json")),
    }
    done = here("export", *(places.get(word, word) for word in words))
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert done.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
    assert Path(example).read_bytes() == before


def test_nothing_measured(here: Any, example: str, tmp_path: Path) -> None:
    document = json.loads(Path(example).read_text(encoding="utf-8"))
    document["cases"] = [c for c in document["cases"] if c["status"] == "crashed"]
    path = tmp_path / "crashed.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    done = here("export", str(path), "-f", "gbench", "-o", str(tmp_path / "out.json"))
    assert done.code == ExitCode.NOTHING_MEASURED
    assert done.err.startswith("zkmark: nothing to export as gbench: ")
    assert not (tmp_path / "out.json").exists()
