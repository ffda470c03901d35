"""``zkmark ab``: two commands, environments or revisions against each other, in pairs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from zkmark.cli import comparing, options
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
    from zkmark.suites.pairs import Side, Trial
    from zkmark.suites.suite import Suite

_EPILOG = """\b
Examples:
  zkmark ab --base main --head HEAD
  zkmark ab --base old/.venv --head new/.venv --suite quick --kernel ntt --tolerance 3%
  zkmark ab --base 'prover-old input' --head 'prover-new input' --max-pairs 41
  zkmark ab --base main --head HEAD --limits gate.toml -o gate.md -o gate.xml --github
  zkmark ab --base main --head HEAD --metric instructions --tolerance 1%
"""


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
    output: comparing.Outputs = None,
    github: comparing.GitHub = False,
    as_json: options.Json = False,
) -> None:
    """Compare two versions in pairs of processes; ends with a verdict.

    A pair is one fresh process of each side, in random order; those of all cases are interleaved.
    More pairs are run until every case is found slower than its tolerance allows (exit code 1), or
    not slower (0), or the pairs are used up (3: inconclusive). The smallest slowdown that would
    have been found is printed with it.
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
    commands = [side.kind == "command" for side in sides]
    if commands[0] != commands[1]:
        raise RefusalError(
            f"--base and --head: got a {sides[0].kind} and a {sides[1].kind}; a command can be "
            "held against another command only"
        )
    if commands[0]:
        if metric != "time":
            raise RefusalError("--metric: instructions are counted of zkmark's kernels only")
        report = _commands(sides, needed, reads, seed or 1, time_budget)
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
            report = _instructions(sides, chosen, needed, repository, seed or 1)
        else:
            report = _zkmarks(
                sides, chosen, needed, repository, seed or 1, time_budget, wanted_phase
            )
    raise typer.Exit(comparing.finish(report, outputs, github=github, as_json=as_json))


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


def _interpreters(sides: Sequence[SideChoice], repository: Path) -> list[str]:
    from zkmark.suites.revisions import has_changes, prepare

    if any(side.kind == "revision" for side in sides) and has_changes(repository):
        complain("the work tree has changes that are in no commit, so they are not compared")
    found = []
    for side in sides:
        if side.kind == "venv":
            found.append(side.value)
        else:
            with refusing():
                found.append(str(prepare(repository, side.value, tell=say)))
    return found


def _environments(pythons: Sequence[str]) -> tuple[str, ...]:
    """Warn of what else than zkmark differs: a slowdown may be a library's."""
    from zkmark.suites.revisions import package_differences

    with refusing():
        found = package_differences(pythons[0], pythons[1])
    if not found:
        return ()
    shown = ", ".join(found[:8]) + (f" and {len(found) - 8} more" if len(found) > 8 else "")
    return (f"the environments differ in more than zkmark: {shown}",)


def _title(side: SideChoice) -> str:
    if side.kind == "revision" and not side.value.startswith(side.name):
        return f"{side.name} ({side.value[:12]})"
    return side.name


def _commands(
    sides: Sequence[SideChoice],
    limits: Limits,
    reads: str,
    seed: int,
    time_budget: float | None,
) -> GateReport:
    from zkmark.suites.sides import CommandSide

    kind: Literal["wall", "output"] = "output" if reads == "output" else "wall"
    base, head = (CommandSide(side.value, kind) for side in sides)
    return compare(["command"], base, head, limits, seed, time_budget)


def _zkmarks(
    sides: Sequence[SideChoice],
    suite: Suite,
    limits: Limits,
    repository: Path,
    seed: int,
    time_budget: float | None,
    phase: str | None,
) -> GateReport:
    from zkmark.suites.sides import Cases, ZkmarkSide

    pythons = _interpreters(sides, repository)
    warnings = _environments(pythons)
    with tempfile.TemporaryDirectory(prefix="zkmark-ab-") as folder:
        cases = Cases(suite, seed, Path(folder))
        base, head = (
            ZkmarkSide(_title(side), cases, python, phase=phase)
            for side, python in zip(sides, pythons, strict=True)
        )
        return compare(cases.names, base, head, limits, seed, time_budget, warnings)


def _instructions(
    sides: Sequence[SideChoice], suite: Suite, limits: Limits, repository: Path, seed: int
) -> GateReport:
    from zkmark.reports.gate.counts import compare_counts
    from zkmark.suites.instructions import NoCounterError, count_instructions
    from zkmark.suites.sides import Cases

    pythons = _interpreters(sides, repository)
    warnings = _environments(pythons)
    with tempfile.TemporaryDirectory(prefix="zkmark-ab-") as folder:
        cases = Cases(suite.with_threads(1), seed, Path(folder))
        comparing.warn_unused(limits, cases.names)
        try:
            base, head = (count_instructions(cases, python, tell=say) for python in pythons)
        except NoCounterError as error:
            raise RefusalError(f"--metric: {error}") from None
    report = compare_counts(base, head, limits, _title(sides[0]), _title(sides[1]))
    return replace(report, warnings=(*warnings, *report.warnings))


def compare(
    cases: Sequence[str],
    base: Side,
    head: Side,
    limits: Limits,
    seed: int,
    time_budget: float | None,
    warnings: tuple[str, ...] = (),
) -> GateReport:
    """Run pairs until everything is decided, telling at every look how far it is."""
    from zkmark.reports.gate.formats import rule_in_words
    from zkmark.reports.gate.rule import schedule
    from zkmark.reports.gate.verdict import GateReport, Verdict, judge_pairs, undecided
    from zkmark.suites.pairs import run_pairs

    plan = schedule(limits.max_pairs)
    comparing.warn_unused(limits, cases)
    comparing.say_machine_load()
    began = time.monotonic()

    def judge(trials: Sequence[Trial]) -> Collection[str]:
        verdicts = judge_pairs(trials, limits, plan)
        left = undecided(verdicts)
        failed = [one.case for one in verdicts if one.verdict is Verdict.FAIL]
        pairs = max(len(trial.pairs) for trial in trials)
        slower = f"; slower: {', '.join(failed)}" if failed else ""
        say(
            f"After {pairs} pairs ({time.monotonic() - began:.0f} s): "
            f"{len(left)} of {len(cases)} undecided{slower}"
        )
        return left

    deadline = None if time_budget is None else began + time_budget
    trials = run_pairs(cases, base, head, plan.looks, judge, seed=seed, deadline=deadline)
    return GateReport(
        "pairs",
        base.name,
        head.name,
        tuple(judge_pairs(trials, limits, plan)),
        (rule_in_words(plan.max_pairs, len(cases)),),
        warnings,
        {"unit": "s", "seed": seed, "pairs": {t.case: t.to_json() for t in trials}},
    )


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("ab", epilog=_EPILOG)(ab_command)
