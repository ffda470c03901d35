"""``zkmark compare``: results or profiles of several machines side by side."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkmark.cli.economics import Prices, parse_prices
from zkmark.cli.errors import RefusalError, only_one, refusing
from zkmark.cli.options import Json
from zkmark.cli.terminal import complain, emit_json, print_pairs, print_table

if TYPE_CHECKING:
    from zkmark.reports.compare import Comparison

_EPILOG = """\b
Examples:
  zkmark compare results/epyc.json results/xeon.json
  zkmark compare results/epyc.json results/xeon.json results/h100.json --best
  zkmark compare epyc-profile.json xeon-profile.json
  zkmark compare results/epyc.json results/xeon.json --markdown > comparison.md
"""


def compare_command(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Results or profiles (JSON), or machines of the catalogue, two or more, the first "
            "being the base.",
        ),
    ],
    allow_env_diff: Annotated[
        bool,
        typer.Option(
            "--allow-env-diff",
            help="Compare runs that differ in what spoils a ratio (versions, compiler, limits on "
            "threads or instruction sets, governor, seed); the differences are named.",
        ),
    ] = False,
    common: Annotated[
        bool,
        typer.Option("--common", help="Leave out cases that not every result has."),
    ] = False,
    best: Annotated[
        bool,
        typer.Option(
            "--best",
            help="Compare the fastest backend of each machine, not the same one on all.",
        ),
    ] = False,
    price: Prices = None,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown, fit for a pull request.")
    ] = False,
    as_json: Json = False,
    as_csv: Annotated[
        bool,
        typer.Option("--csv", help="Print CSV: a row for each case, backend, phase and machine."),
    ] = False,
) -> None:
    """Compare machines: what differs in them, then case by case how fast each is.

    Every ratio has its 95 % interval. Runs that were made with other software or other settings
    are refused, and the field is named; so are results of different cases.
    """
    if len(paths) < 2:
        raise RefusalError(f"got {len(paths)} file, want two results or profiles or more")
    only_one({"--markdown": as_markdown, "--json": as_json, "--csv": as_csv})
    comparison = _compared(paths, allow_env_diff, common, best, parse_prices(price, len(paths)))
    if as_markdown or as_csv:
        from zkmark.reports.compare import formats

        sys.stdout.write((formats.markdown if as_markdown else formats.csv)(comparison))
    elif as_json:
        from zkmark.reports.compare import formats

        emit_json(formats.as_json(comparison))
    else:
        _print(comparison)
    for one in comparison.environment:
        complain(f"warning: {one}: {one.why}")


def _compared(
    paths: list[Path], allow_env_diff: bool, common: bool, best: bool, prices: dict[str, float]
) -> Comparison:
    from zkmark.reports.compare import compare, read

    for path in paths:
        if path.is_dir():
            raise RefusalError(f"{path} is a folder, want a result or a profile")
    with refusing():
        documents = [read(path) for path in paths]
        return compare(
            documents,
            [str(path) for path in paths],
            allow_env_diff=allow_env_diff,
            common=common,
            best=best,
            prices=prices,
        )


def _print(comparison: Comparison) -> None:
    from zkmark.reports.compare.tables import legend, notes, tables

    print_pairs(legend(comparison))
    for table in tables(comparison):
        print()
        names = [name for name, _ in table.heads]
        # A narrow terminal loses shares of ceilings first.
        drops = [name for name in names if name.endswith((" of ceiling", " is"))]
        print_table(
            names,
            table.rows,
            title=table.title,
            right=[name for name, number in table.heads if number],
            narrow_drops=drops,
        )
    said = notes(comparison)
    if said:
        print()
    for note in said:
        print(note)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("compare", epilog=_EPILOG)(compare_command)
