"""The report as one HTML page that opens from disk with no network."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zkmark.reports import charts
from zkmark.reports.model import BASELINES, Field, Report, profile_fields

if TYPE_CHECKING:
    from zkmark.suites.result import Result

_HERE = Path(__file__).parent
# Samples of the text "</script>" and the like inside a JSON island must not end it.
_ESCAPES = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}


def _island(data: Any) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char, escape in _ESCAPES.items():
        text = text.replace(char, escape)
    return text


def _chart_groups(
    report: Report,
) -> tuple[dict[str, list[tuple[str, str]]], dict[str, charts.Figure]]:
    """Return, a section, the (id, title) of its charts, and the figures by id."""
    groups: dict[str, list[tuple[str, str]]] = {}
    figures: dict[str, charts.Figure] = {}
    for section, make in (
        ("scaling", charts.scaling),
        ("strips", charts.strips),
        ("phases", charts.phases),
    ):
        groups[section] = []
        for title, figure in make(report):
            key = f"{section}-{len(groups[section])}"
            groups[section].append((key, title))
            figures[key] = figure
    return groups, figures


def _summary(profile: Mapping[str, Any]) -> list[tuple[str, str]]:
    from zkmark.hardware_profiles import summary_lines

    return summary_lines(profile)


def _machine(result: Result, index: int, several: bool) -> dict[str, Any]:
    run = result.run
    hostname = run["machine"]["hostname"]
    fields: list[Field] = list(profile_fields(result.profile))
    git = run["zkmark"]["git"]
    return {
        "name": f"{chr(ord('A') + index)}: {hostname}" if several else hostname,
        "summary": _summary(result.profile),
        "fields": fields,
        "command": shlex.join(run["command_line"]),
        "seed": run["seed"],
        "version": run["zkmark"]["version"],
        "git": git["value"] if git["status"] != "unavailable" else None,
        "git_reason": git.get("reason"),
        "python": run["python"],
        "packages": run["packages"],
        "native": run["native"],
        "settings": run["suite"]["settings"],
        "suite": run["suite"],
        "attempts": run["attempts"],
        "note": run.get("note"),
        "load": _load(result),
    }


def _load(result: Result) -> list[tuple[str, str, str, str, str]]:
    """Return, an entry, what disturbed it: load before and after, stolen time, why sampling stopped."""
    rows = []
    for case in result.cases:
        load, stopping = case.get("load") or {}, case.get("stopping") or {}
        width = stopping.get("achieved_relative_width")
        rows.append(
            (
                f"{case['slug']} on {case['label']}",
                " → ".join(_number(load.get(k)) for k in ("before", "after")),
                _percent(load.get("steal_fraction")),
                _percent(width),
                str(stopping.get("reason") or "–"),
            )
        )
    return rows


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2g} %"


def render_page(results: Sequence[Result]) -> str:
    """Return the page of one or several results."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from zkmark.reports.plotly_bundle import encoded_bundle

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    report = Report(results)
    groups, figures = _chart_groups(report)
    suites = ", ".join(dict.fromkeys(r.run["suite"]["name"] for r in results))
    several = len(results) > 1
    return environment.get_template("report.html").render(
        title=f"zkmark {suites}",
        suites=suites,
        verdict=report.verdict(),
        problems=report.problems(),
        tables=report.kernels("measured"),
        modelled=report.kernels("modelled"),
        baselines=BASELINES,
        colours=charts.COLOURS,
        groups=groups,
        figures=_island(figures),
        machines=[_machine(r, i, several) for i, r in enumerate(results)],
        started=results[0].run["attempts"][0]["started"],
        style=(_HERE / "static" / "report.css").read_text(encoding="utf-8"),
        script=(_HERE / "static" / "report.js").read_text(encoding="utf-8"),
        library=encoded_bundle() if figures else "",
    )
