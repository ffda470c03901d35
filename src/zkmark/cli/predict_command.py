"""``zkmark predict``: how long cases would take on a machine that may not be at hand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkmark.cli.errors import RefusalError, only_one, refusing
from zkmark.cli.names import check_names, suite_names, workload_names
from zkmark.cli.options import Json
from zkmark.cli.terminal import complain, emit_json, print_pairs, print_table

if TYPE_CHECKING:
    from zkmark.reports.predict import Predictions
    from zkmark.suites.result import Result

_EPILOG = """\b
Examples:
  zkmark predict quick --on epyc-9654 --from results/mine.json
  zkmark predict fibonacci --on profile.json --from results/a.json --from results/b.json
  zkmark predict kernels --on results/mine.json --markdown > predicted.md
"""


def _complete(incomplete: str) -> list[str]:
    return [one for one in (*suite_names(), *workload_names()) if one.startswith(incomplete)]


def predict_command(
    cases: Annotated[
        str,
        typer.Argument(
            metavar="SUITE-OR-WORKLOAD",
            help="A suite (its name or a .toml file) or a workload.",
            autocompletion=_complete,
        ),
    ],
    on: Annotated[
        str,
        typer.Option(
            "--on",
            metavar="PROFILE",
            help="The machine: a profile, a result of it, or an id of the catalogue (zkmark list "
            "profiles).",
        ),
    ],
    results: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            metavar="RESULT",
            help="A result to predict from; may be given again. With three machines or more there "
            "is an error band.",
            show_default="that of --on, if it is one",
        ),
    ] = None,
    backend: Annotated[
        list[str] | None,
        typer.Option("--backend", "-b", metavar="NAME", help="Predict this backend only."),
    ] = None,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown, fit for a pull request.")
    ] = False,
    as_json: Json = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV: a row for each case and backend.")
    ] = False,
) -> None:
    """Predict how long cases take on a machine, with an error band.

    From its own measured curves where it has some, else from its ceilings and the share of them
    that the nearest measured machine reaches. A prediction is no measurement.
    """
    from zkmark.reports.compare import read
    from zkmark.reports.predict import cases_of, formats, predict
    from zkmark.reports.predict.cases import NothingPredictedError
    from zkmark.suites.result import Result, load_result

    only_one({"--markdown": as_markdown, "--json": as_json, "--csv": as_csv})
    chosen = check_names("backend", backend)
    with refusing():
        wanted = cases_of(cases)
    with refusing("--on"):
        target = read(on)
    with refusing("--from"):
        given = [load_result(path) for path in results or []]
    if isinstance(target, Result):
        given.append(target)
    if not given:
        raise RefusalError(f"--from: got none, and {on} is no result, want a result or more")
    _warn_of_versions(given)
    profile = target.profile if isinstance(target, Result) else target
    with refusing():
        found = predict(wanted, profile, given, chosen)
    if as_markdown or as_csv:
        sys.stdout.write((formats.markdown if as_markdown else formats.csv)(found))
    elif as_json:
        emit_json(formats.as_json(found))
    else:
        _print(found)
    if not found.made:
        with refusing():
            raise NothingPredictedError("no case could be predicted")


def _print(found: Predictions) -> None:
    from zkmark.reports.predict.formats import COLUMNS, RIGHT, TITLE, notes, rows

    print_pairs([("machine", found.target), *found.known])
    print()
    if found.made:
        drops = ("from", "holds", "by")
        print_table(COLUMNS, rows(found), title=TITLE, right=RIGHT, narrow_drops=drops)
        print()
    for note in notes(found):
        print(note)


def _warn_of_versions(results: list[Result]) -> None:
    """Say that results were made by different code, where that is known."""
    versions = dict.fromkeys(
        f"{about['version']} {(about['git']['value'] or {}).get('commit') or ''}".strip()
        for about in (result.run["zkmark"] for result in results)
    )
    if len(versions) > 1:
        complain(
            f"warning: the results are of different versions of zkmark ({', '.join(versions)}): "
            "their code differs too, not only their machines"
        )


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("predict", epilog=_EPILOG)(predict_command)
