"""``zkmark history``: trends over stored results, and where they change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkmark.cli import comparing, options
from zkmark.cli.errors import RefusalError
from zkmark.cli.terminal import complain, emit_json, print_table
from zkmark.exit_codes import ExitCode

if TYPE_CHECKING:
    from zkmark.reports.gate.history import Series
    from zkmark.suites.result import Result

_EPILOG = """\b
Examples:
  zkmark history results/
  zkmark history baselines/ --min-change 5% --fail
  zkmark history results/ --json
"""
_MOST_NAMED = 5


def history_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of results (JSON).")],
    phase: comparing.Phase = None,
    p_value: Annotated[
        float,
        typer.Option(
            "--p-value", help="How improbable a step must be without a change.", metavar="P"
        ),
    ] = 0.001,
    min_change: Annotated[
        str,
        typer.Option("--min-change", help="Smaller changes are left out.", metavar="SHARE"),
    ] = "3%",
    fail: Annotated[
        bool,
        typer.Option(
            "--fail", help="End with exit code 1 when the last change of a case was to the worse."
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Show how cases went over stored results.

    And from which run on each changed: change points are found by Apache Otava (pip install
    'zkmark[history]'). Runs of different machines are never one series.
    """
    from zkmark.reports.gate.history import MissingOtavaError, series_of, with_changes

    wanted = comparing.check_phase(phase)
    least = comparing.parse_share("--min-change", min_change)
    if not 0 < p_value < 1:
        raise RefusalError(f"--p-value: got {p_value:g}, want a probability between 0 and 1")
    results = _read(folder)
    if not results:
        raise RefusalError(f"{folder} holds no result", ExitCode.NOTHING_MEASURED)
    try:
        found = [with_changes(one, p_value, least) for one in series_of(results, wanted)]
    except MissingOtavaError as error:
        raise RefusalError(str(error)) from None
    if as_json:
        emit_json({"results": len(results), "series": [one.to_json() for one in found]})
    else:
        _print(found)
    worse = [f"{one.case} on {one.machine}" for one in found if one.slower_now]
    if fail and worse:
        complain(
            f"slower since their last change, {len(worse)} of {len(found)} series: "
            f"{', '.join(worse[:_MOST_NAMED])}"
            + (f" and {len(worse) - _MOST_NAMED} more" if len(worse) > _MOST_NAMED else "")
        )
    raise typer.Exit(ExitCode.REGRESSION if fail and worse else ExitCode.GOOD)


def _read(folder: Path) -> list[Result]:
    from zkmark.suites.errors import ResultFormatError
    from zkmark.suites.result import load_result

    if not folder.is_dir():
        raise RefusalError(f"got {folder}, want a folder of results")
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(load_result(path))
        except ResultFormatError as error:
            complain(f"{error} (left out)")
    return found


def _print(found: list[Series]) -> None:
    from zkmark.reports import quantities as q

    rows = []
    for one in found:
        first, last = one.runs[0], one.runs[-1]
        changes = [
            f"{100 * (change.ratio - 1):+.1f} % from {one.runs[change.index].started[:10]}"
            + (f" ({commit[:8]})" if (commit := one.runs[change.index].commit) else "")
            for change in one.changes
        ]
        rows.append(
            [
                one.case,
                one.machine,
                str(len(one.runs)),
                q.seconds(first.seconds),
                q.seconds(last.seconds),
                f"{100 * (last.seconds / first.seconds - 1):+.1f} %",
                "; ".join(changes) or "none found",
            ]
        )
    print_table(
        ("case", "machine", "runs", "first", "last", "change", "change points"),
        rows,
        right=("runs", "first", "last", "change"),
        narrow_drops=("machine", "first"),
    )


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("history", epilog=_EPILOG)(history_command)
