"""``zkmark profile``: what this machine is, or what a machine of the catalogue is said to be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from zkmark.cli.economics import (
    PowerWatts,
    PricePerHour,
    declared_economics,
    machine_profile,
)
from zkmark.cli.errors import RefusalError, refusing
from zkmark.cli.files import check_writable
from zkmark.cli.names import completer
from zkmark.cli.options import Json
from zkmark.cli.terminal import emit_json, print_pairs, print_table, say

_EPILOG = """\b
Examples:
  zkmark profile
  zkmark profile --measure -o machine.json
  zkmark profile --measure --scratch /mnt/nvme --price-per-hour 2.32 --power-watts 350
  zkmark profile h100-sxm5
  zkmark list profiles
"""


def profile_command(
    machine: Annotated[
        str | None,
        typer.Argument(
            help="A machine of the catalogue (zkmark list profiles) or a profile's file.",
            metavar="[MACHINE]",
            show_default="this machine",
            autocompletion=completer("profile"),
        ),
    ] = None,
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
            help="Measure the ceilings too, of processor, memory, storage and devices: "
            "some ten seconds.",
        ),
    ] = False,
    scratch: Annotated[
        Path | None,
        typer.Option(
            "--scratch",
            metavar="FOLDER",
            help="Where --measure writes and reads its scratch file, up to 128 MiB.",
            show_default="the current folder",
        ),
    ] = None,
    price_per_hour: PricePerHour = None,
    power_watts: PowerWatts = None,
) -> None:
    """Show what this machine is, or a machine of the catalogue.

    Processor, caches, memory, devices, system, counters. What could not be found out says why.
    """
    if output is not None:
        check_writable(output)
    here = {
        "--measure": measure,
        "--scratch": scratch is not None,
        "--price-per-hour": price_per_hour is not None,
        "--power-watts": power_watts is not None,
    }
    if machine is not None:
        for option, given in here.items():
            if given:
                raise RefusalError(f"{option}: it is about this machine, not about {machine}")
        profile = machine_profile("machine", machine)
    else:
        if scratch is not None and not measure:
            raise RefusalError("--scratch: it says where --measure writes; give --measure too")
        if scratch is not None and not scratch.is_dir():
            raise RefusalError(f"--scratch: there is no folder {scratch}")
        profile = _this_machine(measure, scratch or Path(), price_per_hour, power_watts)
    _show(profile, as_json, output)


def _this_machine(
    measure: bool, scratch: Path, price_per_hour: float | None, power_watts: float | None
) -> dict[str, Any]:
    from zkmark.hardware_profiles import detect_profile
    from zkmark.suites.device_ceilings import device_ceilings

    declared_economics(price_per_hour, power_watts)
    if measure:
        say("Measuring the ceilings")
    profile = detect_profile(
        measure=measure,
        scratch_folder=scratch if measure else None,
        price_per_hour=price_per_hour,
        power_watts=power_watts,
    )
    profile["devices"] = device_ceilings(measure)
    return profile


def _show(profile: dict[str, Any], as_json: bool, output: Path | None) -> None:
    from zkmark.hardware_profiles import summary_lines, write_profile
    from zkmark.hardware_profiles.summary import declared_rows

    if output is not None:
        with refusing():
            write_profile(output, profile)
    if as_json:
        emit_json(profile)
    elif profile["origin"] == "declared":
        _show_declared(profile["name"], declared_rows(profile))
    else:
        print_pairs(summary_lines(profile))
    if output is not None:
        (say if as_json else print)(str(output))


def _show_declared(name: str, rows: list[list[str]]) -> None:
    """Print a machine's figures, and below them the documents, which many figures share."""
    documents = list(dict.fromkeys((kind, source) for _, _, kind, source in rows))
    numbers = {document: str(index) for index, document in enumerate(documents, start=1)}
    print_table(
        ["figure", "declared", "kind", "source"],
        [[path, text, kind or "-", numbers[kind, source]] for path, text, kind, source in rows],
        title=name,
        right=("source",),
    )
    print()
    print_pairs(
        [
            (f"source {numbers[kind, source]}", f"{kind}: {source}" if kind else source)
            for kind, source in documents
        ]
    )


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("profile", epilog=_EPILOG)(profile_command)
