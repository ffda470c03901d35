"""What the filters and the page's CSV work on: every entry once, and tables that point to it."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zkmark.reports import render_html
from zkmark.reports.model import Report
from zkmark.reports.view import Places, choices, view_data
from zkmark.suites.result import Result

Document = dict[str, Any]


def column(view: dict[str, Any], name: str) -> list[Any]:
    place = view["columns"].index(name)
    return [row[place] for row in view["rows"]]


def test_every_entry_has_a_row_in_its_place(example: Result) -> None:
    report = Report([example])
    view = view_data(report)
    assert column(view, "case") == [e.slug for e in report.entries]
    first = report.entries[0]
    assert column(view, "total_seconds")[0] == pytest.approx(first.median("total"), rel=1e-4)


def test_what_has_no_figures_has_none_here(example: Result) -> None:
    view = view_data(Report([example]))
    for status, seconds in zip(column(view, "status"), column(view, "total_seconds"), strict=True):
        assert (status == "ok") == (seconds is not None)


def test_modelled_times_have_a_column_of_their_own(
    modelled: Document, result_of: Callable[..., Result]
) -> None:
    view = view_data(Report([result_of(modelled)]))
    rows = list(
        zip(
            column(view, "kind"),
            column(view, "total_seconds"),
            column(view, "modelled_seconds"),
            strict=True,
        )
    )
    assert any(kind == "modelled" and time is not None for kind, _, time in rows)
    assert all(measured is None for kind, measured, _ in rows if kind == "modelled")
    assert all(time is None for kind, _, time in rows if kind == "measured")


def test_only_what_leaves_a_choice_is_a_filter(example: Result) -> None:
    assert "run" not in choices(Report([example]))
    found = choices(Report([example, example]))
    assert found["run"] == ["A", "B"]
    assert {"cpu", "numba", "reference"} <= set(found["backend"])


def test_a_row_of_a_table_points_to_its_entry(example: Result, parse: Any) -> None:
    html = render_html([example])
    page = parse(html)
    (packed,) = re.findall(r'id="view">([^<]*)<', html)
    view = json.loads(gzip.decompress(base64.b64decode(packed)))
    assert view == view_data(Report([example]))
    places = [found["data-e"] for _, found in page.elements if "data-e" in found]
    assert len(places) > len(view["rows"])
    for text in places:
        assert text
        assert all(int(place) < len(view["rows"]) for place in text.split())


@pytest.mark.parametrize("tables", ["results", "results modelled"])
def test_every_row_of_every_case_can_be_filtered(
    modelled: Document, result_of: Callable[..., Result], tables: str
) -> None:
    html = render_html([result_of(modelled)])
    for table in re.findall(rf'(?s)<table class="{tables}">(.*?)</table>', html):
        body = table.partition("</thead>")[2]
        assert body.count("<tr ") == body.count('<tr data-e="') > 0
        assert "<tr>" not in body


def rows_of(html: str, section: str) -> list[str]:
    """Return the opening tags of the rows in a section's tables."""
    (found,) = re.findall(rf'(?s)<section id="{section}".*?</section>', html)
    bodies = re.findall(r"(?s)</thead>(.*?)</table>", found)
    return [tag for body in bodies for tag in re.findall(r"<tr[^>]*>", body)]


def test_rooflines_and_workloads_can_be_filtered(
    example: Result, result_of: Callable[..., Result]
) -> None:
    path = Path(__file__).parents[1] / "suites" / "example_workloads.json"
    programs = result_of(json.loads(path.read_text(encoding="utf-8")))
    html = render_html([example, programs])
    report = Report([example, programs])
    for section in ("roofline", "workloads", "published"):
        places = [re.findall('data-e="([0-9 ]+)"', tag) for tag in rows_of(html, section)]
        found = [one for own in places for one in own]
        assert len(found) > 3
        # The steps of one proof go with the fold that they stand in.
        if section != "workloads":
            assert all(places)
        kernels = {report.entries[int(place)].kernel for one in found for place in one.split()}
        assert ("stackvm" in kernels) is (section != "roofline")
    # What is published of a workload goes with ours of that workload.
    theirs = [tag for tag in rows_of(html, "published") if "ours" not in tag]
    assert theirs and all("data-e=" in tag for tag in theirs)


def test_places_are_those_of_the_right_entries(example: Result) -> None:
    report = Report([example, example])
    at = Places(report)
    slug = report.entries[0].slug
    found = [report.entries[int(place)] for place in at.case(slug).split()]
    assert {e.slug for e in found} == {slug}
    assert {e.run for e in found} == {"A", "B"}
    assert at.row(slug, "A: cpu") != at.row(slug, "B: cpu")
    assert at.row("no such case", "A: cpu") == ""
    assert all(report.entries[int(p)].label == "B: cpu" for p in at.label("B: cpu").split())
