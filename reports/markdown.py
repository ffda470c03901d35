"""The report as GitHub-flavoured Markdown, fit for a pull request."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from zkmark.reports.model import BASELINES, Report, Table

if TYPE_CHECKING:
    from zkmark.suites.result import Result

_COLUMNS = (
    "case",
    "backend",
    "path",
    "total",
    "95 % interval",
    "compute",
    "throughput",
    "data rate",
)


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_cell(c) for c in cells) + " |"


def _table(table: Table, modelled: bool) -> Iterator[str]:
    yield f"### {table.title}{' (modelled, not measured)' if modelled else ''}"
    yield ""
    yield _line([*_COLUMNS, *(f"× {over}" for over in BASELINES), "peak memory"])
    yield "|---|---|---|" + "--:|" * (len(_COLUMNS) - 3 + len(BASELINES) + 1)
    for row in table.rows:
        yield _line(
            [
                row.case,
                row.label,
                row.path,
                row.total,
                row.interval,
                row.compute,
                row.throughput,
                row.data_rate,
                *(text for _, text in row.over),
                row.memory,
            ]
        )
    yield ""


def _lines(report: Report) -> Iterator[str]:
    verdict = report.verdict()
    yield f"## zkmark: {', '.join(dict.fromkeys(r.run['suite']['name'] for r in report.results))}"
    yield ""
    yield f"**{verdict.headline}**"
    yield ""
    for detail in verdict.details:
        yield f"- {detail}"
    yield ""
    problems = report.problems()
    if problems:
        yield _line(("case", "backend", "status", "reason"))
        yield "|---|---|---|---|"
        for p in problems:
            yield _line((p.case, p.label, p.status, p.reason))
        yield ""
    for kind in ("measured", "modelled"):
        for table in report.kernels(kind):
            yield from _table(table, kind == "modelled")
    yield "### How to reproduce"
    yield ""
    for result in report.results:
        run = result.run
        yield f"- `{shlex.join(run['command_line'])}` with seed {run['seed']}, zkmark {run['zkmark']['version']}"
    yield ""


def render(results: Sequence[Result]) -> str:
    """Return the report as Markdown."""
    return "\n".join(_lines(Report(results)))
