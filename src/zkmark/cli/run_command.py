"""``zkmark run``: a suite, measured, checked, written down and reported."""

from __future__ import annotations

from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import Annotated

import typer

from zkmark.cli import options
from zkmark.cli.economics import Machine, PowerWatts, PricePerHour, declared_economics
from zkmark.cli.errors import RefusalError, refusing
from zkmark.cli.measuring import (
    check_backends,
    check_board,
    check_device,
    check_isa,
    check_threads,
    finish,
    measure,
    with_board,
    with_device,
    with_isa,
)
from zkmark.cli.names import check_names, suite_names
from zkmark.cli.sizes import format_size, parse_sizes
from zkmark.exit_codes import ExitCode

_EPILOG = """\b
Examples:
  zkmark run quick
  zkmark run kernels --kernel ntt --field goldilocks --size 2^10..2^20
  zkmark run kernels --kernel merkle --hash blake3 --hash sha-256 --threads 1 --output results/one
  zkmark run mine.toml --backend cpu --time-budget 60 --json
  zkmark run quick --backend fpga --board u250
  zkmark run workloads --scale 10
  zkmark run quick --machine aws-c7a-xlarge
  zkmark run quick --price-per-hour 0.21
  zkmark run quick --resume results/20261123T101500Z-host.json
"""


def _complete_suite(incomplete: str) -> list[str]:
    return [name for name in suite_names() if name.startswith(incomplete)]


def run_command(
    suite: Annotated[
        str,
        typer.Argument(
            metavar="SUITE",
            help="A suite's name (zkmark list suites) or the path of a .toml file.",
            autocompletion=_complete_suite,
        ),
    ],
    backend: options.Backends = None,
    kernel: options.Kernels = None,
    field: options.Fields = None,
    curve: options.Curves = None,
    hash_id: options.Hashes = None,
    size: Annotated[
        str | None,
        typer.Option(
            "--size",
            "-n",
            metavar="SIZES",
            help="Keep the cases of these sizes: 2^10, 2^10..2^20, 1000 or a list with commas.",
        ),
    ] = None,
    threads: options.Threads = None,
    isa: options.Isa = None,
    device: options.Device = None,
    board: options.Board = None,
    scale: options.Scale = None,
    time_budget: options.TimeBudget = None,
    seed: options.Seed = None,
    machine: Machine = None,
    price_per_hour: PricePerHour = None,
    power_watts: PowerWatts = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="A folder, or the .json file to write; what is there is never overwritten.",
            show_default="results",
        ),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            "--resume",
            metavar="FILE",
            help="Go on with a result: give the suite and the options that it was begun with.",
        ),
    ] = None,
    report: Annotated[
        bool, typer.Option("--report/--no-report", help="Write the HTML report beside the result.")
    ] = True,
    as_json: options.Json = False,
) -> None:
    """Run a suite; ends with the paths of the result and the report.

    Every case is measured in fresh processes on every backend side by side, and every output is
    checked. The result is written as the run goes: Ctrl-C, or worse, loses the running case only.
    """
    from zkmark.suites.suite import case_size
    from zkmark.suites.suite_file import find_suite

    backends = check_backends(backend)
    kernels = check_names("kernel", kernel)
    fields = check_names("field", field)
    curves = check_names("curve", curve)
    hashes = check_names("hash", hash_id)
    check_threads(threads)
    check_isa(isa, backends)
    having = check_device(device, backends)
    check_board(board, backends)
    with refusing():
        wanted = parse_sizes(size) if size is not None else None
        whole = find_suite(suite)
        there = {s for group in whole.groups if (s := case_size(group.case)) is not None}
        chosen = whole.select(
            backends=backends,
            kernels=kernels,
            fields=fields,
            curves=curves,
            hashes=hashes,
            sizes=None if wanted is None else {s for s in there if s in wanted},
        )
        chosen = chosen.with_threads(threads).with_settings(time_budget=time_budget)
        if chosen.groups:
            chosen = chosen.with_scale(scale)
    if not chosen.groups:
        hint = _kernel_hint(kernels, {"field": fields, "curve": curves, "hash": hashes})
        if wanted is not None and not any(s in wanted for s in there):
            hint += f"; its sizes go from {format_size(min(there))} to {format_size(max(there))}"
        raise RefusalError(
            f"no case of the suite {whole.name} matches these options{hint}",
            ExitCode.NOTHING_MEASURED,
        )
    if resume is not None:
        if output is not None:
            raise RefusalError("--output: it cannot be given with --resume, which names the file")
        if resume.is_dir():
            raise RefusalError(f"--resume: {resume} is a folder, want a result file")
        place = None
    else:
        place = output if output is not None else Path("results")
    chosen = with_board(with_device(with_isa(chosen, isa), device, having), board)
    economics = declared_economics(price_per_hour, power_watts, machine)
    result = measure(chosen, place, resume, seed, economics)
    raise typer.Exit(finish(result, with_report=report, as_json=as_json))


def _kernel_hint(kernels: list[str] | None, asked: dict[str, list[str] | None]) -> str:
    """Say which options ask for a parameter that none of the kernels asked for has."""
    from zkmark.kernels.case import case_type
    from zkmark.provers import CASE_TYPES

    of = {
        kernel: {one.name for one in dataclass_fields(case_type(kernel))} for kernel in CASE_TYPES
    }
    hint = ""
    for name, ids in asked.items():
        having = [kernel for kernel in of if name in of[kernel]]
        if ids is not None and kernels is not None and not set(having) & set(kernels):
            hint += f"; --{name} is for {' and '.join(having)}, not for {', '.join(kernels)}"
    return hint


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("run", epilog=_EPILOG)(run_command)
