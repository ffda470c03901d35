"""Where output goes and how it looks: Rich on a terminal, plain text everywhere else.

Standard output carries what was asked for (tables, JSON, paths); standard error carries everything
said along the way (progress, warnings, errors). Plain means no colour, no boxes and no control
characters.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

# Nobody reads a plain table in a window; a pipe gets its lines whole.
_PLAIN_WIDTH = 10_000
_WIDEST_CELL = 44
# Names in the first column and sentences in others fold, but what is folded to less than this
# cannot be read.
_LEAST_NAME = 16
_LEAST_TEXT = 20


def is_plain(stream: IO[str]) -> bool:
    """Say whether a stream gets plain text: no terminal, a dumb one, or ``NO_COLOR`` set."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return True
    return not is_terminal(stream)


def is_terminal(stream: IO[str]) -> bool:
    """Say whether a person is looking at this stream."""
    return hasattr(stream, "isatty") and stream.isatty()


def console(stream: IO[str]) -> Console:
    """Return a Rich console on a stream, with styles switched off where output is plain."""
    from rich.console import Console

    plain = is_plain(stream)
    terminal = is_terminal(stream)
    width = None
    if not terminal:
        width = _PLAIN_WIDTH
    return Console(
        file=stream,
        color_system=None if plain else "auto",
        no_color=plain,
        # Rich takes CI variables and FORCE_COLOR for a terminal; only a terminal is one here.
        force_terminal=terminal and os.environ.get("TERM") != "dumb",
        highlight=False,
        emoji=False,
        markup=False,
        soft_wrap=not terminal,
        width=width,
    )


def say(message: str) -> None:
    """Say something along the way, on standard error."""
    print(message, file=sys.stderr, flush=True)


def complain(message: str) -> None:
    """Say what is wrong in one line on standard error, named as zkmark's; red on a terminal."""
    line = f"zkmark: {message}"
    if not is_plain(sys.stderr):
        line = f"\x1b[31mzkmark:\x1b[0m {message}"
    say(line)


def emit_json(value: Any) -> None:
    """Write one JSON value to standard output."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    title: str | None = None,
    right: Sequence[str] = (),
    narrow_drops: Sequence[str] = (),
) -> None:
    """Print a table on standard output.

    ``right`` names the columns that are aligned right. ``narrow_drops`` names the columns left out,
    the first one first, until the table fits a narrow terminal. A plain table is columns padded
    with blanks.
    """
    stream = sys.stdout
    if not is_terminal(stream):
        _print_plain(columns, rows, title, right)
        return
    screen = console(stream)
    kept = list(columns)
    for name in narrow_drops:
        if _natural_width(columns, rows, kept) <= screen.width:
            break
        kept.remove(name)
    least = {name: _least_width(columns, rows, name, name in right) for name in kept}
    if sum(least.values()) + 2 * (len(kept) - 1) <= screen.width:
        _print_rich(screen, columns, rows, least, title, right)
    else:
        _print_cards(screen, columns, rows, title)


def print_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    """Print labels and texts on standard output, one pair a line; long texts fold on a terminal."""
    stream = sys.stdout
    width = max(len(label) for label, _ in pairs)
    if not is_terminal(stream):
        for label, text in pairs:
            print(f"{label.ljust(width)}  {text}")
        return
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in pairs:
        table.add_row(label, text)
    console(stream).print(table)


def _longest(columns: Sequence[str], rows: Sequence[Sequence[str]], name: str) -> int:
    index = list(columns).index(name)
    return max([len(name), *(len(row[index]) for row in rows)])


def _least_width(
    columns: Sequence[str], rows: Sequence[Sequence[str]], name: str, is_number: bool
) -> int:
    """Return how narrow a column may get: numbers are never folded."""
    longest = _longest(columns, rows, name)
    if is_number:
        return longest
    return min(longest, _LEAST_NAME if name == columns[0] else _LEAST_TEXT)


def _natural_width(columns: Sequence[str], rows: Sequence[Sequence[str]], kept: list[str]) -> int:
    return sum(min(_longest(columns, rows, name), _WIDEST_CELL) + 2 for name in kept)


def _print_rich(
    screen: Console,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    least: Mapping[str, int],
    title: str | None,
    right: Sequence[str],
) -> None:
    """Print the columns of ``least``, none narrower than it says."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title=title, title_justify="left")
    table.title_style = "bold"
    table.header_style = "dim"
    for name, width in least.items():
        table.add_column(
            name,
            justify="right" if name in right else "left",
            overflow="fold",
            no_wrap=width == _longest(columns, rows, name),
            min_width=width,
        )
    indices = [list(columns).index(name) for name in least]
    for row in rows:
        table.add_row(*(row[i] for i in indices))
    screen.print(table)


def _print_cards(
    screen: Console, columns: Sequence[str], rows: Sequence[Sequence[str]], title: str | None
) -> None:
    """Print a row as some lines: its first cell, and under it each column's name and cell."""
    from rich.padding import Padding
    from rich.table import Table

    if title:
        screen.print(title, style="bold")
    for row in rows:
        screen.print(row[0], overflow="fold")
        card = Table.grid(padding=(0, 2, 0, 0))
        card.add_column(style="dim")
        card.add_column(overflow="fold")
        for name, cell in zip(columns[1:], row[1:], strict=True):
            if cell:
                card.add_row(name, cell)
        screen.print(Padding(card, (0, 0, 0, 2)))


def _print_plain(
    columns: Sequence[str], rows: Sequence[Sequence[str]], title: str | None, right: Sequence[str]
) -> None:
    lines = [list(columns), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    if title:
        print(title)
    for line in lines:
        cells = [
            cell.rjust(width) if name in right else cell.ljust(width)
            for cell, width, name in zip(line, widths, columns, strict=True)
        ]
        print("  ".join(cells).rstrip())
