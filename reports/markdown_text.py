"""Text and tables as GitHub-flavoured Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

# What Markdown, or GitHub's reading of it, would take for something else than text.
_SPECIAL = re.compile(r"([\\`*_\[\]|~#])")


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is, in one line."""
    line = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    # A zero-width space after the sign: nobody is to be notified by a table.
    line = line.replace("@", "@\u200b")
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(text: str) -> str:
    """Return text as inline code, whatever backticks it holds."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    # Even in code a bar would end the cell.
    line = " ".join(text.split()).replace("|", "\\|")
    return f"{fence}{pad}{line}{pad}{fence}"


def table_lines(heads: Sequence[tuple[str, bool]], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table; ``heads`` are its columns and whether they hold numbers."""
    yield f"| {' | '.join(name for name, _ in heads)} |"
    yield f"| {' | '.join('--:' if number else '---' for _, number in heads)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def folded(summary: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield lines that a reader unfolds; ``summary``, words of ours, is seen until then."""
    yield from ("<details>", f"<summary>{summary}</summary>", "")
    yield from lines
    yield from ("</details>", "")
