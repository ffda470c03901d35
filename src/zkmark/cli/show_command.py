"""``zkmark show``: one result as a table in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkmark.cli.errors import RefusalError, refusing
from zkmark.cli.options import Json
from zkmark.cli.result_table import print_published, print_result, without_samples
from zkmark.cli.terminal import emit_json

if TYPE_CHECKING:
    from zkmark.suites.result import Result

_EPILOG = """\b
Examples:
  zkmark show results/20261123T101500Z-host.json
  zkmark show results/20261123T101500Z-host.json --json
"""


def read_result(path: Path) -> Result:
    """Read a result; refuse a folder, and anything that is no result, in one sentence."""
    from zkmark.suites.result import load_result

    if path.is_dir():
        found = sorted(path.glob("*.json"))
        hint = f", for example {found[-1]}" if found else "; it holds none"
        raise RefusalError(f"{path} is a folder, want a result file{hint}")
    with refusing():
        return load_result(path)


def show_command(
    path: Annotated[Path, typer.Argument(metavar="RESULT", help="A result document (JSON).")],
    as_json: Json = False,
) -> None:
    """Show a result as a table.

    Every case and backend: the median of total with its 95 % interval, compute, throughput, how
    many times faster than reference and numba, and whether the output was right.
    """
    result = read_result(path)
    if as_json:
        emit_json({"run": result.run, "cases": without_samples(result.document)})
        return
    run = result.run
    started, version = run["attempts"][0]["started"], run["zkmark"]["version"]
    print(f"{run['suite']['name']}, {started}, zkmark {version}")
    print(result.profile.get("name") or run["machine"]["cpu"])
    if "note" in run:
        print(run["note"])
    print()
    print_result(result.document)
    print_published(result.document)
    if result.missing:
        print(f"{len(result.missing)} planned and not measured; the run is {result.status}.")


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("show", epilog=_EPILOG)(show_command)
