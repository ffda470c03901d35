"""What ``ab`` and ``gate`` share: limits, the two sides, and how a comparison is told."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from zkmark.cli.errors import RefusalError, refusing
from zkmark.cli.files import check_writable
from zkmark.cli.terminal import complain, emit_json, print_table, say
from zkmark.exit_codes import ExitCode

if TYPE_CHECKING:
    from zkmark.reports.gate.limits import Limits
    from zkmark.reports.gate.verdict import GateReport

LimitsFile = Annotated[
    Path | None,
    typer.Option(
        "--limits",
        "-l",
        help="Tolerances and absolute limits of cases: a .toml file.",
        metavar="FILE",
    ),
]
Tolerance = Annotated[
    str | None,
    typer.Option(
        "--tolerance",
        help="How much slower any case may be: 5% or 0.05.",
        metavar="SHARE",
        show_default="the file's; 5%",
    ),
]
Phase = Annotated[
    str | None,
    typer.Option(
        "--phase",
        help="What is compared: total, compute, prove or another phase.",
        metavar="PHASE",
        show_default="what ranks: total, of peers compute",
    ),
]
Outputs = Annotated[
    list[Path] | None,
    typer.Option(
        "--output",
        "-o",
        help="Write it to a file too: .md for a pull request, .xml for JUnit, .json. Repeatable.",
        metavar="FILE",
    ),
]
GitHub = Annotated[
    bool,
    typer.Option("--github", help="Print GitHub's annotations (::error ...) on standard output."),
]

_SHARE = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*(%?)\s*")


def check_outputs(outputs: Sequence[Path] | None) -> list[Path]:
    """Refuse a file whose ending says no format, or that could not be written."""
    from zkmark.reports.gate.formats import FORMATS

    for path in outputs or []:
        if path.suffix.lower() not in FORMATS:
            raise RefusalError(
                f"--output: got {path.name!r}, want a name that ends in {', '.join(FORMATS)}"
            )
        check_writable(path)
    return list(outputs or [])


def check_phase(phase: str | None) -> str | None:
    """Refuse a phase that neither kernels nor workloads have."""
    from zkmark.suites.result import PHASES, WORKLOAD_PHASES

    known = list(dict.fromkeys((*PHASES, *WORKLOAD_PHASES)))
    if phase is not None and phase not in known:
        raise RefusalError(f"--phase: got {phase!r}, want one of {', '.join(known)}")
    return phase


def read_limits(path: Path | None, tolerance: str | None, max_pairs: int | None = None) -> Limits:
    """Return the limits of a file, changed by what the command line says."""
    from zkmark.reports.gate.limits import Limits, load_limits

    with refusing():
        limits = Limits() if path is None else load_limits(path)
    share = None if tolerance is None else parse_share("--tolerance", tolerance)
    with refusing():
        return limits.with_changes(share, max_pairs)


def parse_share(option: str, text: str) -> float:
    """Return the share that an option says, as ``5%`` or ``0.05``."""
    found = _SHARE.fullmatch(text)
    if found is None:
        raise RefusalError(f"{option}: got {text!r}, want a share such as 5% or 0.05")
    return float(found[1]) / (100 if found[2] else 1)


def warn_unused(limits: Limits, cases: Sequence[str]) -> None:
    """Say which patterns of the limits match no case: a misspelt one guards nothing."""
    for pattern in limits.unused(cases):
        complain(f"--limits: {pattern!r} matches no case")


@dataclass(frozen=True)
class SideChoice:
    """What ``--base`` or ``--head`` names: a command, a virtual environment or a revision.

    ``value`` is the command line, the interpreter's path or the commit; ``name`` how it was called.
    """

    kind: Literal["command", "venv", "revision"]
    value: str
    name: str


def choose_side(option: str, text: str, repository: Path) -> SideChoice:
    """Find out what a side is; ``cmd:``, ``venv:`` and ``rev:`` in front say so outright."""
    from zkmark.suites.revisions import RevisionError, is_shallow, resolve

    prefix, _, rest = text.partition(":")
    asked = prefix if prefix in ("cmd", "venv", "rev") and rest else None
    name = rest if asked else text
    if asked == "cmd":
        return _command(option, name)
    if asked == "venv" or (asked is None and Path(name).is_dir()):
        python = Path(name) / "bin" / "python"
        if not python.exists():
            raise RefusalError(f"{option}: {name} has no bin/python, want a virtual environment")
        return SideChoice("venv", str(python.absolute()), name)
    hint = ""
    try:
        commit = resolve(repository, name)
        if commit is not None:
            return SideChoice("revision", commit, name)
        if is_shallow(repository):
            hint = " (the repository is a shallow clone: git fetch --unshallow)"
    except RevisionError as error:
        # It may be a command, which needs no repository.
        hint = f" ({error})"
    if asked == "rev":
        raise RefusalError(f"{option}: {repository} has no revision {name!r}{hint}")
    return _command(option, name, hint)


def _command(option: str, text: str, hint: str = "") -> SideChoice:
    import shutil

    try:
        words = shlex.split(text)
    except ValueError as error:
        raise RefusalError(f"{option}: {text!r} is no command line: {error}") from None
    if not words or shutil.which(words[0]) is None:
        raise RefusalError(
            f"{option}: got {text!r}, want a command, the folder of a virtual environment or a git "
            f"revision{hint}"
        )
    return SideChoice("command", text, text)


def finish(
    report: GateReport,
    outputs: Sequence[Path],
    *,
    github: bool,
    as_json: bool,
    kept: Path | None = None,
) -> ExitCode:
    """Write a comparison everywhere it was asked for and return the exit code.

    ``kept`` has it in full already.
    """
    from zkmark.reports.gate.formats import (
        COLUMNS,
        github_lines,
        headline,
        ordered,
        row,
        written,
    )

    for path in outputs:
        if path == kept:
            continue
        try:
            path.write_text(written(report, path.suffix.lower()), encoding="utf-8")
        except OSError as error:
            raise RefusalError(
                f"--output: {path}: {(error.strerror or str(error)).lower()}"
            ) from None
    for warning in report.warnings:
        complain(warning)
    if as_json:
        emit_json(report.to_json())
    else:
        if report.cases:
            right = ("base", "head", "change", "95 %", "pairs", "detectable")
            rows = [row(case) for case in ordered(report)]
            print_table(COLUMNS, rows, right=right, narrow_drops=("detectable", "pairs", "95 %"))
            print()
        print(f"{report.verdict.value}: {headline(report)}")
        for note in report.notes:
            print(note)
        if github:
            for line in github_lines(report):
                print(line)
        for path in dict.fromkeys((*outputs, *([] if kept is None else [kept]))):
            print(path)
    return ExitCode(report.exit_code)


def say_machine_load() -> None:
    """Warn where others are using the machine now: pairs cost more of them."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > 0.5 * (os.cpu_count() or 1):
        say(f"The load is {load:.1f} already: more pairs will be needed than on a quiet machine.")
