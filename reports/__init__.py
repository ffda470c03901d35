"""Floor 4: results in, pages and tables out. Knows result documents, not how they were made."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zkmark.suites.result import Result

__all__ = ["FORMATS", "render_csv", "render_html", "render_markdown", "write_report", "write_whole"]

FORMATS = (".html", ".md", ".csv")


def render_html(results: Sequence[Result], path: str | Path | None = None) -> str:
    """Return one self-contained page: tables, charts, the machine, how to reproduce.

    With ``path`` the page is written there as well. If the charts' library cannot be cut down, the
    page is larger than 1.5 MB, and a ``plotly_bundle.ReportWarning`` says so.
    """
    from zkmark.reports.page import render_page

    return _keep(render_page(_some(results)), path)


def render_markdown(results: Sequence[Result], path: str | Path | None = None) -> str:
    """Return the verdict and the tables as GitHub-flavoured Markdown; write them to ``path``."""
    from zkmark.reports.markdown import render

    return _keep(render(_some(results)), path)


def render_csv(results: Sequence[Result], path: str | Path | None = None) -> str:
    """Return a row for each case, backend and phase, as CSV; write it to ``path``."""
    from zkmark.reports.csv_table import render

    return _keep(render(_some(results)), path)


def write_report(results: Result | Sequence[Result], output: str | Path) -> Path:
    """Write a report of one result or several: ``.html``, ``.md`` or ``.csv``, by the file's name.

    The file appears whole or not at all. Raises ``ValueError`` for another ending or for no
    results, and ``OSError`` if the file cannot be written.
    """
    path = Path(output)
    renderers = dict(zip(FORMATS, (render_html, render_markdown, render_csv), strict=True))
    render = renderers.get(path.suffix.lower())
    if render is None:
        raise ValueError(f"output: got {path.name!r}, want a name ending in {', '.join(FORMATS)}")
    render(results if isinstance(results, Sequence) else [results], path)
    return path


def _some(results: Sequence[Result]) -> Sequence[Result]:
    if not results:
        raise ValueError("results: got none, want at least one")
    return results


def _keep(text: str, path: str | Path | None) -> str:
    """Write a text to a file, if there is to be one, and return it."""
    if path is not None:
        write_whole(text, path)
    return text


def write_whole(content: str | bytes, path: str | Path) -> None:
    """Write a file that appears whole or not at all; raise ``OSError`` if that cannot be done."""
    data = content.encode() if isinstance(content, str) else content
    target = Path(path)
    if target.exists() and not target.is_file():
        target.write_bytes(data)  # a pipe, say; a folder raises
        return
    try:
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(target)) from None
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
