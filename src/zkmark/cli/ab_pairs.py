"""The pairs of ``zkmark ab``: stated in advance, kept as they come, gone on with, judged."""

from __future__ import annotations

import hashlib
import shlex
import shutil
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from zkmark.cli import comparing
from zkmark.cli.comparing import SideChoice
from zkmark.cli.errors import RefusalError, os_reason, refusing
from zkmark.cli.terminal import say
from zkmark.exit_codes import ExitCode

if TYPE_CHECKING:
    from zkmark.reports.gate.limits import Limits
    from zkmark.reports.gate.verdict import GateReport
    from zkmark.suites.interpreters import Interpreter
    from zkmark.suites.pair_store import PairStore, Plan
    from zkmark.suites.pairs import Side, Trial


@dataclass(frozen=True)
class Sitting:
    """How one sitting of a comparison goes: where pairs are kept, with which to go on, how long.

    ``place`` is a file that the user named, or ``None`` for one of its own.
    """

    place: Path | None = None
    resume: Path | None = None
    time_budget: float | None = None


def check_resume(resume: Path | None, seed: int | None) -> int:
    """Return the seed: what was asked for, else that of the comparison to go on with, else 1."""
    if resume is None:
        return 1 if seed is None else seed
    from zkmark.suites.pair_store import read_comparison

    if not resume.is_file():
        raise RefusalError(f"--resume: there is no file {resume}")
    with refusing("--resume"):
        recorded = read_comparison(resume)["run"]["plan"].get("seed")
    if seed is not None:
        return seed
    return recorded if isinstance(recorded, int) else 1


def place_of(outputs: Sequence[Path], resume: Path | None) -> Path | None:
    """Return the file in which pairs are kept: the one to go on with, or the first .json output."""
    named = (path for path in outputs if path.suffix.lower() == ".json")
    return resume if resume is not None else next(named, None)


def program_of(role: str, command: str) -> dict[str, Any]:
    """Return what tells a command's program from another one of the same name."""
    words = shlex.split(command)
    found = shutil.which(words[0])
    digest = None
    if found is not None:
        try:
            with Path(found).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise RefusalError(f"--{role}: {found} cannot be read: {os_reason(error)}") from None
    return {f"{role}.command": command, f"{role}.program": digest}


def environment_of(role: str, side: SideChoice, found: Interpreter) -> dict[str, Any]:
    """Return what tells a side's environment from another one at the same place."""
    return {
        f"{role}.{side.kind}": side.value,
        f"{role}.code": found.code,
        **{f"{role}.libraries.{name}": version for name, version in found.libraries.items()},
    }


def plan_of(
    sides: tuple[str, str],
    cases: Sequence[str],
    limits: Limits,
    seed: int,
    items: Mapping[str, Any],
) -> Plan:
    """Return everything that must not change while a comparison goes on.

    The rule is stated here, before the first pair: looks, their shares, what each case is held to.
    """
    from zkmark.hardware_profiles import detect_profile, profile_key
    from zkmark.reports.gate.rule import schedule
    from zkmark.suites.environment import zkmark_state
    from zkmark.suites.pair_store import Plan

    looks = schedule(limits.max_pairs)
    state = zkmark_state()
    machine = profile_key(detect_profile(measure=False))
    return Plan(
        *sides,
        tuple(cases),
        seed,
        {
            **items,
            "max_pairs": looks.max_pairs,
            "looks": list(looks.looks),
            "shares": list(looks.weights),
            **{f"tolerance of {case}": limits.of(case).tolerance for case in cases},
            **{f"limit of {case}": limits.of(case).limit for case in cases},
            "zkmark.version": state["version"],
            "zkmark.git": state["git"]["value"],
            **{f"machine.{name}": value for name, value in machine.items()},
        },
    )


def compare(
    plan: Plan,
    base: Side,
    head: Side,
    limits: Limits,
    sitting: Sitting,
    warnings: tuple[str, ...] = (),
) -> tuple[GateReport, Path]:
    """Run pairs until everything is decided, telling at every look how far it is.

    Returns the verdicts and where they and the pairs are kept.
    """
    from zkmark.suites.pair_store import PairStore

    comparing.warn_unused(limits, plan.cases)
    with refusing():
        if sitting.resume is not None:
            store = PairStore.resume(plan, sitting.resume)
            say(f"{store.pairs} pairs are in {store.path} already.")
        else:
            store = PairStore.create(plan, sitting.place)
            say(f"Pairs are kept in {store.path} as they come.")
    try:
        return _compare(plan, base, head, limits, sitting, warnings, store), store.path
    finally:
        store.close()


def _compare(
    plan: Plan,
    base: Side,
    head: Side,
    limits: Limits,
    sitting: Sitting,
    warnings: tuple[str, ...],
    store: PairStore,
) -> GateReport:
    from zkmark.reports.gate.formats import rule_in_words
    from zkmark.reports.gate.rule import schedule
    from zkmark.reports.gate.verdict import GateReport, Verdict, judge_pairs, undecided
    from zkmark.suites.errors import ResultOutputError
    from zkmark.suites.interrupt import terminated_like_interrupted
    from zkmark.suites.pairs import ReplayError, run_pairs

    looks = schedule(limits.max_pairs)
    comparing.say_machine_load()
    began = time.monotonic()
    measured: list[Trial] = []

    def keep(trial: Trial, _running: int) -> None:
        measured.append(trial)
        store.keep(trial)

    def judge(trials: Sequence[Trial]) -> Collection[str]:
        verdicts = judge_pairs(trials, limits, looks)
        left = undecided(verdicts)
        failed = [one.case for one in verdicts if one.verdict is Verdict.FAIL]
        pairs = max(len(trial.pairs) for trial in trials)
        slower = f"; slower: {', '.join(failed)}" if failed else ""
        # What an earlier sitting saw, it has said.
        when = f" ({time.monotonic() - began:.0f} s)" if measured else ", before"
        say(f"After {pairs} pairs{when}: {len(left)} of {len(plan.cases)} undecided{slower}")
        return left

    budget = sitting.time_budget
    try:
        with terminated_like_interrupted():
            trials = run_pairs(
                plan.cases,
                base,
                head,
                looks.looks,
                judge,
                seed=plan.seed,
                deadline=None if budget is None else began + budget,
                on_pair=keep,
                earlier=store.earlier,
            )
    except KeyboardInterrupt:
        store.save("interrupted")
        say(f"Interrupted: the {store.pairs} finished pairs are in {store.path}")
        say(f"Go on with: {resume_command(sys.argv[1:], store.path)}")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except ReplayError as error:
        raise RefusalError(f"--resume: {store.path} cannot be gone on with: {error}") from None
    except ResultOutputError as error:
        raise RefusalError(str(error), error.exit_code) from None
    verdicts = tuple(judge_pairs(trials, limits, looks))
    waiting = set(undecided(verdicts))
    early = any(
        trial.case in waiting and trial.status == "ok" and len(trial.pairs) < looks.max_pairs
        for trial in trials
    )
    report = GateReport(
        "pairs",
        base.name,
        head.name,
        verdicts,
        (rule_in_words(looks.max_pairs, len(plan.cases)),),
        warnings,
        {"unit": "s", "seed": plan.seed, "pairs": {t.case: t.to_json() for t in trials}},
        run=store.run_json("stopped" if early else "complete"),
    )
    with refusing():
        store.finish(report.to_json())
    if early:
        say(f"The time is up. Go on with: {resume_command(sys.argv[1:], store.path)}")
    return report


def resume_command(arguments: Sequence[str], path: Path) -> str:
    """Return the command line that goes on with a comparison: the same words, with ``--resume``.

    The file that is gone on with is no output besides.
    """
    words = list(arguments)
    kept: list[str] = []
    while words:
        word = words.pop(0)
        option, equals, value = word.partition("=")
        if option in ("--output", "-o", "--resume"):
            value = value if equals else (words.pop(0) if words else "")
            if option == "--resume" or Path(value) == path:
                continue
            kept += [option, value]
        else:
            kept.append(word)
    return shlex.join(["zkmark", *kept, "--resume", str(path)])
