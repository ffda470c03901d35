"""Every Python example of the README and the documentation runs as it stands there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from zkmark.suites import measurement
from zkmark.suites.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
PAGES = [
    path
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    if BLOCK.search(path.read_text(encoding="utf-8"))
]


def test_the_pages_that_promise_examples_have_some() -> None:
    names = {path.name for path in PAGES}
    assert {"README.md", "python-api.md", "result-document.md"} <= names


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the examples find it: with a result of a run in ``results/``."""
    results = tmp_path / "results"
    results.mkdir()
    shutil.copy(ROOT / "tests" / "suites" / "example_result.json", results / "run.json")
    for name in ("20261123-101500-host.json", "20261123T101500Z-host.json"):
        shutil.copy(results / "run.json", results / name)
    # Two results to compare: of runs with other names.
    text = (results / "run.json").read_text(encoding="utf-8")
    for name in ("here", "there"):
        renamed = text.replace("20260101T120000Z-example", f"20260101T120000Z-{name}")
        (results / f"{name}.json").write_text(renamed, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    # What an example measures with the default settings takes 20 seconds of a reader's time; here
    # one short process will do.
    quick = Settings(min_processes=1, max_processes=1, process_seconds=0.01)
    monkeypatch.setattr(measurement, "Settings", lambda: quick)
    return tmp_path


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(path, id=path.name, marks=[pytest.mark.driver] * (path.name == "devices.md"))
        for path in PAGES
    ],
)
def test_the_examples_of_a_page_run_in_order(
    page: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = page.read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": "__example__"}
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        # Padded so that a traceback names the line of the page.
        code = compile("\n" * line + match[1], str(page), "exec")
        exec(code, names)
    capsys.readouterr()
