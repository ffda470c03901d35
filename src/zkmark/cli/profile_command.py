"""``zkmark profile``: what this machine is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkmark.cli.errors import refusing
from zkmark.cli.files import check_writable
from zkmark.cli.options import Json
from zkmark.cli.terminal import emit_json, print_pairs, say

_EPILOG = """\b
Examples:
  zkmark profile
  zkmark profile --measure -o machine.json
  zkmark profile --json
"""


def profile_command(
    as_json: Json = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write the whole profile as JSON to a file."
        ),
    ] = None,
    measure: Annotated[
        bool,
        typer.Option(
            "--measure",
            help="Measure the ceilings too (multiplier rate, memory bandwidth): a few seconds.",
        ),
    ] = False,
) -> None:
    """Show what this machine is.

    Processor, caches, memory, system, counters. What could not be found out says why.
    """
    from zkmark.hardware_profiles import detect_profile, summary_lines, write_profile

    if output is not None:
        check_writable(output)
    if measure:
        say("Measuring the ceilings")
    profile = detect_profile(measure=measure)
    if output is not None:
        with refusing():
            write_profile(output, profile)
    if as_json:
        emit_json(profile)
    else:
        print_pairs(summary_lines(profile))
    if output is not None:
        (say if as_json else print)(str(output))


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("profile", epilog=_EPILOG)(profile_command)
