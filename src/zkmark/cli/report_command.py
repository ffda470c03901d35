"""``zkmark report``: results as a page, as Markdown or as CSV."""

from __future__ import annotations

from pathlib import Path
from string import ascii_uppercase
from typing import Annotated

import typer

from zkmark.cli.economics import Prices, parse_prices
from zkmark.cli.errors import RefusalError, refusing, saying_report_warnings
from zkmark.cli.files import check_writable
from zkmark.cli.show_command import read_result

_EPILOG = """\b
Examples:
  zkmark report results/20261123T101500Z-host.json -o page.html
  zkmark report results/*.json -o all.html
  zkmark report results/epyc.json results/h100.json --price A=0.21 --price B=2.99 -o costs.html
  zkmark report results/one.json -o table.md
  zkmark report results/one.json -o table.csv
"""


def report_command(
    results: Annotated[
        list[Path],
        typer.Argument(metavar="RESULT...", help="Result documents (JSON), one or more."),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write it; the ending says what: .html, .md or .csv.",
        ),
    ],
    price: Prices = None,
) -> None:
    """Write a report of one result or several; ends with its path.

    A report is made from the results alone and needs nothing of the machine that they come from.
    The HTML page is one file that opens from disk with no network. An old report is replaced.
    """
    from zkmark.hardware_profiles import economics, with_economics
    from zkmark.reports import FORMATS, write_report
    from zkmark.suites.result import Result

    if output.suffix.lower() not in FORMATS:
        raise RefusalError(
            f"--output: got {output.name!r}, want a name that ends in {', '.join(FORMATS)}"
        )
    prices = parse_prices(price, len(results))
    if prices and output.suffix.lower() == ".csv":
        raise RefusalError("--price: CSV has no costs; give --output a name ending in .html or .md")
    check_writable(output)
    if output.resolve() in {path.resolve() for path in results}:
        raise RefusalError(f"--output: {output} is one of the results")
    documents = [read_result(path) for path in results]
    for letter, value in prices.items():
        one = documents[ascii_uppercase.index(letter)]
        profile = with_economics(one.profile, economics(price_per_hour=value))
        documents[ascii_uppercase.index(letter)] = Result(
            {**one.document, "profile": profile}, one.path
        )
    with refusing(), saying_report_warnings():
        write_report(documents, output)
    print(output)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("report", epilog=_EPILOG)(report_command)
