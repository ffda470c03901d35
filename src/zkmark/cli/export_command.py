"""``zkmark export``: results in the forms of other people's tools."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from zkmark.cli.errors import RefusalError, refusing
from zkmark.cli.files import check_writable
from zkmark.cli.show_command import read_result
from zkmark.cli.terminal import complain, is_terminal

_EPILOG = """\b
Examples:
  zkmark export results/one.json --format pytest-benchmark -o one.pytest.json
  zkmark export results/one.json --format bmf | bencher run --adapter json ...
  zkmark export results/*.json --format otava-csv -o history.csv
  zkmark export results/*.json --format parquet --samples -o samples.parquet
"""


def _complete(incomplete: str) -> list[str]:
    from zkmark.reports.exports import FORMATS

    return [name for name in FORMATS if name.startswith(incomplete)]


def export_command(
    results: Annotated[
        list[Path],
        typer.Argument(
            metavar="RESULT...",
            help="Result documents (JSON); one, or several for otava-csv, csv and parquet.",
        ),
    ],
    form: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="pytest-benchmark, bmf, gbench, otava-csv, csv or parquet.",
            autocompletion=_complete,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write it.",
            show_default="(standard output)",
        ),
    ] = None,
    samples: Annotated[
        bool,
        typer.Option("--samples", help="A row for each raw sample; with csv and parquet."),
    ] = False,
    allow_env_diff: Annotated[
        bool,
        typer.Option("--allow-env-diff", help="Let runs of machines that differ be one otava-csv."),
    ] = False,
) -> None:
    """Write results in another tool's form; ends with the file's path.

    Every phase of every case that was measured and right, programs' too. What was modelled is left
    out, which is said on standard error; csv and parquet have it in columns of its own. An old file
    is replaced.
    """
    from zkmark.reports import write_whole
    from zkmark.reports.exports import FORMATS, export

    with refusing("--format"):
        if form not in FORMATS:
            raise ValueError(f"got {form!r}, want one of {', '.join(FORMATS)}")
    if output is not None:
        check_writable(output)
        if output.resolve() in {path.resolve() for path in results}:
            raise RefusalError(f"--output: {output} is one of the results")
    elif form == "parquet" and is_terminal(sys.stdout):
        raise RefusalError("--output: parquet is no text for a terminal, want -o FILE")
    documents = [read_result(path) for path in results]
    with refusing():
        made = export(documents, form, samples=samples, allow_env_diff=allow_env_diff)
        if output is not None:
            write_whole(made.content, output)
    for sentence in made.left_out:
        complain(sentence)
    if output is not None:
        print(output)
    elif isinstance(made.content, bytes):
        sys.stdout.buffer.write(made.content)
    else:
        sys.stdout.write(made.content)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("export", epilog=_EPILOG)(export_command)
