"""``zkmark report``: from results to files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zkmark.exit_codes import ExitCode


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("page.html", "<!doctype html>"),
        ("table.md", "| "),
        ("table.csv", ","),
    ],
)
def test_each_format(here: Any, example: str, tmp_path: Path, name: str, holds: str) -> None:
    path = tmp_path / name
    done = here("report", example, "-o", str(path))
    assert (done.code, done.out) == (0, f"{path}\n"), done.err
    text = path.read_text(encoding="utf-8")
    assert holds in text.lower()
    assert "ntt/goldilocks/2^10/forward" in text


def test_a_page_that_came_out_larger_says_so_in_one_line(
    here: Any, example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zkmark.reports import plotly_bundle

    def fail(*_: Any) -> str:
        raise plotly_bundle.BundleError("its body does not end")

    monkeypatch.setattr(plotly_bundle, "prune", fail)
    monkeypatch.setattr(plotly_bundle, "_read_cache", lambda _: None)
    plotly_bundle.plotly_bundle.cache_clear()
    try:
        done = here("report", example, "-o", str(tmp_path / "page.html"))
    finally:
        plotly_bundle.plotly_bundle.cache_clear()
    assert done.code == 0
    (line,) = done.err.splitlines()
    assert line.startswith("zkmark: the report: plotly.js of plotly ")
    assert "(its body does not end)" in line


def test_several_results_make_one_report(here: Any, example: str, tmp_path: Path) -> None:
    path = tmp_path / "all.md"
    assert here("report", example, example, "--output", str(path)).code == 0
    assert path.is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "page.html"], "RESULT"),
        (["EXAMPLE"], "--output"),
        (["EXAMPLE", "-o", "page.pdf"], ".html"),
        (["EXAMPLE", "-o", "nowhere/page.html"], "nowhere"),
        (["none.json", "-o", "page.html"], "none.json"),
        ([".", "-o", "page.html"], "folder"),
    ],
)
def test_wrong_words_get_one_sentence_and_leave_no_file(
    here: Any,
    example: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = here("report", *(word.replace("EXAMPLE", example) for word in words))
    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert done.err.startswith("zkmark: ")
    assert done.err.count("\n") == 1
    assert said in done.err
    assert not list(tmp_path.iterdir())
