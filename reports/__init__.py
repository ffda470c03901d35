"""Floor 4: results in, pages and tables out. Knows result documents and nothing of how they were made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zkmark.suites.result import Result

__all__ = ["FORMATS", "render_csv", "render_html", "render_markdown", "write_report"]

FORMATS = (".html", ".md", ".csv")


def render_html(results: Sequence[Result]) -> str:
    """Return one self-contained page: tables, charts, the machine, how to reproduce."""
    from zkmark.reports.page import render_page

    return render_page(results)


def render_markdown(results: Sequence[Result]) -> str:
    """Return the verdict and the tables as GitHub-flavoured Markdown."""
    from zkmark.reports.markdown import render

    return render(results)


def render_csv(results: Sequence[Result]) -> str:
    """Return one row per case, backend and phase, with units in the columns' names."""
    from zkmark.reports.csv_table import render

    return render(results)


def write_report(results: Sequence[Result], output: str | Path) -> Path:
    """Write a report in the format of the file's ending (``.html``, ``.md`` or ``.csv``).

    Raises ``ValueError`` for another ending or for no results, and ``OSError`` if the file cannot be written.
    """
    path = Path(output)
    renderers = dict(zip(FORMATS, (render_html, render_markdown, render_csv), strict=True))
    if path.suffix.lower() not in renderers:
        raise ValueError(f"output: got {path.name!r}, want a name ending in {', '.join(FORMATS)}")
    if not results:
        raise ValueError("results: got none, want at least one")
    path.write_text(renderers[path.suffix.lower()](results), encoding="utf-8")
    return path
