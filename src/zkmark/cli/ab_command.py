"""``zkmark ab``: two commands, environments or revisions against each other, in pairs."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from zkmark.cli import ab_pairs, comparing, options
from zkmark.cli.ab_pairs import Sitting
from zkmark.cli.comparing import SideChoice
from zkmark.cli.errors import RefusalError, refusing
from zkmark.cli.measuring import check_backends, check_threads
from zkmark.cli.names import check_names
from zkmark.cli.sizes import parse_sizes
from zkmark.cli.terminal import complain, say
from zkmark.exit_codes import ExitCode

if TYPE_CHECKING:
    from zkmark.reports.gate.limits import Limits
    from zkmark.reports.gate.verdict import GateReport
    from zkmark.suites.interpreters import Interpreter
    from zkmark.suites.suite import Suite

_EPILOG = """\b
Examples:
  zkmark ab --base main --head HEAD
  zkmark ab --base old/.venv --head new/.venv --suite quick --kernel ntt --tolerance 3%
  zkmark ab --base 'prover-old input' --head 'prover-new input' --max-pairs 41
  zkmark ab --base main --head HEAD --limits gate.toml -o gate.md -o gate.xml --github
  zkmark ab --base main --head HEAD --metric instructions --tolerance 1%
  zkmark ab --base main --head HEAD --resume results/ab/20261123T101500Z.json
"""

_ROLES = ("base", "head")


def ab_command(
    base: Annotated[
        str,
        typer.Option(
            "--base",
            help="What the head is held against: a git revision, the folder of a virtual "
            "environment, or a command line.",
            metavar="REV|VENV|CMD",
        ),
    ],
    head: Annotated[
        str, typer.Option("--head", help="What is judged, in the same forms.", metavar="...")
    ],
    suite: Annotated[
        str,
        typer.Option(
            "--suite",
            "-s",
            help="The cases, for revisions and environments: a suite's name or file.",
            metavar="SUITE",
        ),
    ] = "gate",
    backend: options.Backends = None,
    kernel: options.Kernels = None,
    field: options.Fields = None,
    curve: options.Curves = None,
    hash_id: options.Hashes = None,
    size: Annotated[
        str | None,
        typer.Option("--size", "-n", help="Keep the cases of these sizes.", metavar="SIZES"),
    ] = None,
    threads: options.Threads = None,
    limits: comparing.LimitsFile = None,
    tolerance: comparing.Tolerance = None,
    max_pairs: Annotated[
        int | None,
        typer.Option(
            "--max-pairs",
            help="Pairs of processes at most, for each case.",
            metavar="N",
            show_default="the file's; 201",
        ),
    ] = None,
    time_budget: Annotated[
        float | None,
        typer.Option(
            "--time-budget",
            help="Seconds after which no pair begins; what is not decided then is inconclusive.",
            metavar="SECONDS",
            show_default="none",
        ),
    ] = None,
    metric: Annotated[
        str,
        typer.Option(
            "--metric",
            help="time, or instructions: counted, not timed, for machines too noisy for time.",
            metavar="METRIC",
        ),
    ] = "time",
    reads: Annotated[
        str,
        typer.Option(
            "--reads",
            help="Of commands: wall, their whole time, or output, the seconds that their last line "
            "of standard output says.",
            metavar="WHAT",
        ),
    ] = "wall",
    phase: comparing.Phase = None,
    repository: Annotated[
        Path,
        typer.Option("--repository", help="zkmark's repository, for revisions.", metavar="FOLDER"),
    ] = Path(),
    seed: options.Seed = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            "--resume",
            help="Go on with a comparison that was interrupted or ran out of time: its .json file. "
            "Everything else must be as it was.",
            metavar="FILE",
        ),
    ] = None,
    output: comparing.Outputs = None,
    github: comparing.GitHub = False,
    as_json: options.Json = False,
) -> None:
    """Compare two versions in pairs of processes; ends with a verdict.

    A pair is one fresh process of each side, in random order; those of all cases are interleaved.
    More pairs are run until every case is found slower than its tolerance allows (exit code 1), or
    not slower (0), or the pairs are used up (3: inconclusive). The smallest slowdown that would
    have been found is printed with it. Every pair is kept as it comes: in the .json file of
    --output, else under results/ab/.
    """
    wanted_phase = comparing.check_phase(phase)
    outputs = comparing.check_outputs(output)
    if metric not in ("time", "instructions"):
        raise RefusalError(f"--metric: got {metric!r}, want time or instructions")
    if reads not in ("wall", "output"):
        raise RefusalError(f"--reads: got {reads!r}, want wall or output")
    if time_budget is not None and time_budget <= 0:
        raise RefusalError(f"--time-budget: got {time_budget:g}, want seconds above 0")
    needed = comparing.read_limits(limits, tolerance, max_pairs)
    sides = [
        comparing.choose_side(option, text, repository)
        for option, text in (("--base", base), ("--head", head))
    ]
    used_seed = ab_pairs.check_resume(resume, seed)
    sitting = Sitting(ab_pairs.place_of(outputs, resume), resume, time_budget)
    commands = [side.kind == "command" for side in sides]
    if commands[0] != commands[1]:
        raise RefusalError(
            f"--base and --head: got a {sides[0].kind} and a {sides[1].kind}; a command can be "
            "held against another command only"
        )
    if commands[0]:
        if metric != "time":
            raise RefusalError("--metric: instructions are counted of zkmark's kernels only")
        report, kept = _commands(sides, needed, reads, used_seed, sitting)
    else:
        backends = check_backends(backend)
        check_threads(threads)
        with refusing():
            chosen = _cases(
                suite,
                backends,
                check_names("kernel", kernel),
                check_names("field", field),
                check_names("curve", curve),
                check_names("hash", hash_id),
                size,
            ).with_threads(threads)
        if not chosen.groups:
            raise RefusalError(
                f"no case of the suite {chosen.name} matches these options",
                ExitCode.NOTHING_MEASURED,
            )
        if metric == "instructions":
            if resume is not None:
                raise RefusalError("--resume: counts are not kept; count anew, they repeat")
            report, kept = _instructions(sides, chosen, needed, repository, used_seed), None
        else:
            report, kept = _zkmarks(
                sides, chosen, needed, repository, used_seed, wanted_phase, sitting
            )
    code = comparing.finish(report, outputs, github=github, as_json=as_json, kept=kept)
    raise typer.Exit(code)


def _cases(
    name: str,
    backends: Sequence[str] | None,
    kernels: Sequence[str] | None,
    fields: Sequence[str] | None,
    curves: Sequence[str] | None,
    hashes: Sequence[str] | None,
    size: str | None,
) -> Suite:
    """Return the cases to compare: neither modelled ones, nor, unasked, the reference and peers."""
    from zkmark.backends import BACKEND_NAMES, backend_kind
    from zkmark.suites.suite import NOT_AVAILABLE, case_size
    from zkmark.suites.suite_file import find_suite

    whole = find_suite(name)
    usual = [
        one for one in BACKEND_NAMES if backend_kind(one) == "measured" and one not in NOT_AVAILABLE
    ]
    wanted = None if size is None else parse_sizes(size)
    there = {s for group in whole.groups if (s := case_size(group.case)) is not None}
    return whole.select(
        backends=usual if backends is None else backends,
        kernels=kernels,
        fields=fields,
        curves=curves,
        hashes=hashes,
        sizes=None if wanted is None else {s for s in there if s in wanted},
    )


def _interpreters(sides: Sequence[SideChoice], repository: Path) -> list[Interpreter]:
    from zkmark.suites.interpreters import inspect_interpreter
    from zkmark.suites.revisions import has_changes, prepare

    if any(side.kind == "revision" for side in sides) and has_changes(repository):
        complain("the work tree has changes that are in no commit, so they are not compared")
    found = []
    for option, side in zip(_ROLES, sides, strict=True):
        with refusing(f"--{option}"):
            python = side.value
            if side.kind == "revision":
                python = str(prepare(repository, side.value, tell=say))
            found.append(inspect_interpreter(python))
    return found


def _environments(found: Sequence[Interpreter]) -> tuple[str, ...]:
    """Warn of what else than zkmark differs: a slowdown may be a library's."""
    from zkmark.suites.interpreters import library_differences

    differing = library_differences(found[0], found[1])
    if not differing:
        return ()
    more = f" and {len(differing) - 8} more" if len(differing) > 8 else ""
    return (f"the environments differ in more than zkmark: {', '.join(differing[:8])}{more}",)


def _title(side: SideChoice) -> str:
    if side.kind == "revision" and not side.value.startswith(side.name):
        return f"{side.name} ({side.value[:12]})"
    return side.name


def _commands(
    sides: Sequence[SideChoice], limits: Limits, reads: str, seed: int, sitting: Sitting
) -> tuple[GateReport, Path]:
    from zkmark.suites.sides import CommandSide

    kind: Literal["wall", "output"] = "output" if reads == "output" else "wall"
    base, head = (CommandSide(side.value, kind) for side in sides)
    items: dict[str, Any] = {"reads": reads}
    for role, side in zip(_ROLES, sides, strict=True):
        items |= ab_pairs.program_of(role, side.value)
    plan = ab_pairs.plan_of((base.name, head.name), ["command"], limits, seed, items)
    return ab_pairs.compare(plan, base, head, limits, sitting)


def _zkmarks(
    sides: Sequence[SideChoice],
    suite: Suite,
    limits: Limits,
    repository: Path,
    seed: int,
    phase: str | None,
    sitting: Sitting,
) -> tuple[GateReport, Path]:
    from zkmark.suites.sides import Cases, ZkmarkSide

    found = _interpreters(sides, repository)
    items: dict[str, Any] = {}
    for role, side, interpreter in zip(_ROLES, sides, found, strict=True):
        items |= ab_pairs.environment_of(role, side, interpreter)
    items |= {"suite": suite.name, "phase": phase}
    items |= {f"settings.{name}": value for name, value in suite.settings.to_json().items()}
    with tempfile.TemporaryDirectory(prefix="zkmark-ab-") as folder:
        cases = Cases(suite, seed, Path(folder))
        base, head = (
            ZkmarkSide(_title(side), cases, interpreter.python, phase=phase)
            for side, interpreter in zip(sides, found, strict=True)
        )
        plan = ab_pairs.plan_of((base.name, head.name), cases.names, limits, seed, items)
        return ab_pairs.compare(plan, base, head, limits, sitting, _environments(found))


def _instructions(
    sides: Sequence[SideChoice], suite: Suite, limits: Limits, repository: Path, seed: int
) -> GateReport:
    from zkmark.reports.gate.counts import compare_counts
    from zkmark.suites.instructions import NoCounterError, count_instructions
    from zkmark.suites.sides import Cases

    found = _interpreters(sides, repository)
    warnings = _environments(found)
    with tempfile.TemporaryDirectory(prefix="zkmark-ab-") as folder:
        cases = Cases(suite.with_threads(1), seed, Path(folder))
        comparing.warn_unused(limits, cases.names)
        try:
            base, head = (count_instructions(cases, one.python, tell=say) for one in found)
        except NoCounterError as error:
            raise RefusalError(f"--metric: {error}") from None
    report = compare_counts(base, head, limits, _title(sides[0]), _title(sides[1]))
    return replace(report, warnings=(*warnings, *report.warnings))


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("ab", epilog=_EPILOG)(ab_command)
