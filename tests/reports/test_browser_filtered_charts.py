"""What charts draw while the page is filtered, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from zkmark.reports import write_report
from zkmark.reports.charts import PHASES, phase_charts, sample_charts, scaling_charts
from zkmark.reports.model import Report
from zkmark.reports.roofline_charts import roofline_charts

pytestmark = pytest.mark.browser

# The names of the traces that a section's first chart shows, and the names of its rows.
TRACES = """return document.getElementById("{id}").data
              .filter((trace) => trace.visible !== false).map((trace) => trace.name)"""
POINTS = """return document.getElementById("{id}").data.map((trace) => trace.x.length)"""
ROWS = """return document.getElementById("{id}").layout.yaxis.ticktext"""


@pytest.fixture
def opened(browser: Any, example: Any, tmp_path: Path) -> Iterator[Any]:
    browser.open(write_report([example], tmp_path / "page.html"))
    browser.until('return document.documentElement.dataset.view === "ready"')
    yield browser
    assert browser.complaints() == []


def settled(browser: Any, what: str, chart: str, wanted: Any) -> None:
    browser.until(
        f"return JSON.stringify((() => {{ {what.replace('{id}', chart)} }})()) === "
        f"JSON.stringify({wanted!r})"
    )


def test_curves_and_points_go_with_the_filter_and_come_back(opened: Any, example: Any) -> None:
    first = next(scaling_charts(Report([example])))
    every = [t["name"] for t in first.figure["data"] if t["meta"]["phase"] == "total"]
    assert len(every) > 1
    settled(opened, TRACES, "scaling-0", every)
    opened.choose("backend", "numba")
    settled(opened, TRACES, "scaling-0", ["numba"])
    opened.choose("backend", "")
    settled(opened, TRACES, "scaling-0", every)
    # The roof has three points and stays; of the others only those of that size.
    roof = next(roofline_charts(Report([example]))).figure["data"]
    kept = [n for t in roof[1:] if (n := sum("2^10" in entry.slug for entry in t["meta"]["e"]))]
    opened.choose("case", "2^10")
    settled(opened, POINTS, "roofline-0", [3, *kept])


@pytest.mark.parametrize("section", ["phases", "samples"])
def test_rows_close_up(opened: Any, example: Any, section: str) -> None:
    charts = {"phases": phase_charts, "samples": sample_charts}[section]
    first = next(charts(Report([example])))
    names = first.figure["layout"]["yaxis"]["ticktext"]
    kept = [
        name for name, e in zip(names, first.figure["rows"], strict=True) if e.backend == "numba"
    ]
    assert 0 < len(kept) < len(names)
    opened.choose("backend", "numba")
    settled(opened, ROWS, f"{section}-0", kept)
    rows = opened.script(
        f"""return [...new Set(document.getElementById("{section}-0").data
              .flatMap((trace) => [...trace.y]).map(Math.round))].sort()"""
    )
    assert rows == list(range(len(kept)))
    if section == "phases":
        shares = opened.script(
            f"""return document.getElementById("{section}-0").data.map((trace) => [...trace.x])"""
        )
        assert len(shares) == len(PHASES)
        assert all(sum(parts) == pytest.approx(100, abs=0.1) for parts in zip(*shares, strict=True))


def test_a_link_to_a_view_draws_that_view(browser: Any, example: Any, tmp_path: Path) -> None:
    path = write_report([example], tmp_path / "page.html")
    browser.open(path)
    browser.driver.get("about:blank")
    browser.driver.get(path.as_uri() + "#view:backend=numba")
    browser.until("return document.documentElement.dataset.charts")
    settled(browser, TRACES, "scaling-0", ["numba"])
