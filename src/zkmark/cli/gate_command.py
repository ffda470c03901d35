"""``zkmark gate``: a stored result against a baseline, and the gate's test of itself."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkmark.cli import comparing, options
from zkmark.cli.errors import RefusalError, refusing
from zkmark.cli.show_command import read_result
from zkmark.cli.terminal import complain, emit_json, print_pairs, say
from zkmark.exit_codes import ExitCode

if TYPE_CHECKING:
    from zkmark.reports.gate.limits import Limits
    from zkmark.reports.gate.rehearsal import Rates, Rehearsal
    from zkmark.suites.result import Result

_EPILOG = """\b
Examples:
  zkmark gate results/new.json --baseline results/old.json
  zkmark gate results/new.json --baseline baselines/ --limits gate.toml -o gate.md -o gate.xml
  zkmark gate --self-test
"""
_EVERY = 20


def gate_command(
    current: Annotated[
        Path | None,
        typer.Argument(metavar="[CURRENT]", help="The result that is judged."),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            "-b",
            help="What it is held against: a result, or a folder of them.",
            metavar="FILE|DIR",
        ),
    ] = None,
    self_test: Annotated[
        bool,
        typer.Option(
            "--self-test",
            help="Measure how often the gate would err on this machine: false alarms when nothing "
            "changed, and how often it finds a slowdown that is made on purpose.",
        ),
    ] = False,
    rounds: Annotated[
        int,
        typer.Option(
            "--rounds", help="Of the self-test: three processes each, a second or so.", metavar="N"
        ),
    ] = 201,
    slowdown: Annotated[
        str,
        typer.Option("--slowdown", help="Of the self-test: what is injected.", metavar="SHARE"),
    ] = "10%",
    limits: comparing.LimitsFile = None,
    tolerance: comparing.Tolerance = None,
    same_machine: Annotated[
        bool,
        typer.Option("--same-machine", help="Refuse a baseline of another machine (exit code 4)."),
    ] = False,
    phase: comparing.Phase = None,
    seed: options.Seed = None,
    output: comparing.Outputs = None,
    github: comparing.GitHub = False,
    as_json: options.Json = False,
) -> None:
    """Judge a stored result by a stored baseline; for quiet machines.

    Times that were not measured in pairs carry the machine's mood of the day: where a result can be
    measured anew beside its base, zkmark ab tells more. A folder as the baseline is better than a
    file, because several runs show how much runs differ. Warns when the machines differ.
    """
    wanted = comparing.check_phase(phase)
    outputs = comparing.check_outputs(output)
    needed = comparing.read_limits(limits, tolerance)
    used_seed = 1 if seed is None else seed
    if self_test:
        if current is not None or baseline is not None or outputs:
            raise RefusalError("--self-test: it takes no result, no baseline and no output")
        found = _self_test(needed, rounds, slowdown, used_seed)
        if as_json:
            emit_json(found.to_json())
        else:
            _print(found)
        raise typer.Exit(ExitCode.GOOD if found.good else ExitCode.INCONCLUSIVE)
    if current is None or baseline is None:
        raise RefusalError("gate: want a result and --baseline, or --self-test")
    from zkmark.reports.gate.stored import compare_stored, entries, profile_differences

    head = read_result(current)
    bases = _read_baseline(baseline, current, head)
    if same_machine:
        for base in bases:
            fields = profile_differences(head, base)
            if fields:
                raise RefusalError(
                    f"--same-machine: {base.path} is of another machine: {fields[0]}",
                    ExitCode.ENVIRONMENT_MISMATCH,
                )
    comparing.warn_unused(needed, list(entries(head)))
    report = compare_stored(head, bases, needed, phase=wanted, seed=used_seed)
    raise typer.Exit(comparing.finish(report, outputs, github=github, as_json=as_json))


def _read_baseline(place: Path, current: Path, head: Result) -> list[Result]:
    """Return the baseline's results, the oldest first, without the one that is judged."""
    from zkmark.reports.gate.stored import find_baseline
    from zkmark.suites.result import load_result

    if not place.exists():
        raise RefusalError(f"--baseline: there is no {place}")
    with refusing("--baseline"):
        found = [load_result(path) for path in find_baseline(place)]
    # By what it says: a copy of it is no baseline either.
    own = [one for one in found if one.document == head.document]
    found = [one for one in found if one.document != head.document]
    if not found:
        raise RefusalError(
            f"--baseline: {place} holds nothing but the run of {current} itself, want another one"
            if place.is_dir()
            else f"--baseline: {place} is the run of {current} itself, want another one"
        )
    for one in own:
        complain(f"--baseline: {one.path} is the run that is judged (left out)")
    return sorted(found, key=lambda one: str(one.run["attempts"][0]["started"]))


def _self_test(limits: Limits, rounds: int, slowdown: str, seed: int) -> Rehearsal:
    from zkmark.reports.gate.rehearsal import rehearse
    from zkmark.suites.self_test import run_rounds
    from zkmark.suites.sides import Cases, ZkmarkSide
    from zkmark.suites.suite_file import find_suite

    if rounds < _EVERY:
        raise RefusalError(f"--rounds: got {rounds}, want at least {_EVERY}")
    share = comparing.parse_share("--slowdown", slowdown)
    if share <= limits.tolerance:
        raise RefusalError(
            f"--slowdown: got {slowdown}, want more than the tolerance ({limits.tolerance:g}): "
            "what is tolerated is not to be found"
        )
    comparing.say_machine_load()
    with tempfile.TemporaryDirectory(prefix="zkmark-self-test-") as folder, refusing():
        cases = Cases(find_suite("gate"), seed, Path(folder))
        case = cases.names[0]
        sides = {
            "one": ZkmarkSide("one", cases),
            "other": ZkmarkSide("other", cases),
            "slow": ZkmarkSide("slow", cases, slowdown=share),
        }
        say(f"Self-test: {rounds} rounds of three processes of {case}")
        measured = run_rounds(
            case,
            sides,
            "slow",
            rounds,
            seed=seed,
            on_round=lambda n: say(f"{n} of {rounds} rounds") if n % _EVERY == 0 else None,
        )
    return rehearse(
        case,
        measured.values["one"],
        measured.values["other"],
        measured.values["slow"],
        measured.in_time,
        slowdown=share,
        tolerance=limits.of(case).tolerance,
        max_pairs=limits.max_pairs,
        seconds=measured.seconds,
        seed=seed,
    )


def _print(found: Rehearsal) -> None:
    from zkmark.reports.gate.verdict import percent

    print_pairs(
        [
            ("case", found.case),
            ("really run", f"{found.rounds} rounds of three processes, {found.seconds:.0f} s"),
            (
                "noise",
                f"process medians vary by {percent(found.variation)}, correlation with the next "
                f"{found.correlation:.2f}",
            ),
            (
                "injected",
                f"{percent(found.slowdown)}, seen as {100 * found.found_slowdown:+.1f} %",
            ),
            ("rule", f"tolerance {percent(found.tolerance)}, up to {found.max_pairs} pairs"),
            ("false alarms", _rate(found.same, found.same.failed)),
            ("nothing changed", _shares(found.same)),
            (f"slower by {percent(found.slowdown)}", _shares(found.slowed)),
            ("power", _rate(found.slowed, found.slowed.failed)),
            (
                "as they came",
                f"unchanged: {_counts(found.same_in_order)}; slowed: "
                f"{_counts(found.slowed_in_order)}",
            ),
            (
                "power by cap",
                ", ".join(f"{n} pairs {percent(power)}" for n, power in found.caps.items()),
            ),
        ]
    )
    print()
    if found.good:
        print("good: fewer than 1 % false alarms and a power above 90 %")
    else:
        print(
            "inconclusive: on this machine, as busy as it is now, the gate has not fewer than 1 % "
            "false alarms and a power above 90 % within its greatest number of pairs"
        )


def _counts(verdicts: dict[str, int]) -> str:
    """Write counts of verdicts: ``6 pass``."""
    return ", ".join(f"{n} {name}" for name, n in verdicts.items() if n) or "none decided"


def _rate(rates: Rates, share: float) -> str:
    low, high = rates.interval(share)
    return (
        f"{100 * share:.2f} % ({100 * low:.2f} to {100 * high:.2f} %) of {rates.comparisons} "
        "comparisons drawn from these rounds"
    )


def _shares(rates: Rates) -> str:
    return (
        f"{100 * rates.failed:.1f} % fail, {100 * rates.passed:.1f} % pass, "
        f"{100 * rates.inconclusive:.1f} % inconclusive, {rates.mean_pairs:.0f} pairs on average"
    )


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("gate", epilog=_EPILOG)(gate_command)
