"""Instructions instead of seconds: what is left to compare where time is hopeless.

A count says how much work a kernel's code is, not how long it takes: it knows nothing of caches, of
memory, of how many instructions a cycle holds, or of more threads than one. But it repeats exactly
or nearly so, however busy the machine is.

Where the processor's counters can be used (``perf_event_open``), they count one iteration in user
mode. Else Callgrind counts those of the native kernels; it emulates a processor without AVX-512 and
without the SHA extensions, so the path that it counts may be another than the fastest here. Its
arithmetic on doubles rounds to nearest, whatever the processor is told (Valgrind manual,
"Limitations"): a path that needs another rounding gives a wrong output under it, and then the
portable path is counted instead. The answer names the path.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from zkmark.suites import callgrind
from zkmark.suites.pairs import Reading
from zkmark.suites.sides import Cases, output_fault
from zkmark.suites.worker_process import run_job

Method = Literal["perf", "callgrind"]
# So that it shows whether counts repeat.
REPEATS = 3
_LONGEST = 1800.0


class NoCounterError(RuntimeError):
    """Instructions cannot be counted here; the text says why."""


@dataclass(frozen=True)
class Counts:
    """The counts of one side: those of each case, one a repeat, or what went wrong with it."""

    method: Method
    counts: dict[str, list[int]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    faults: dict[str, Reading] = field(default_factory=dict)


def method_here() -> Method:
    """Return how instructions are counted here. Raises ``NoCounterError`` where they cannot be."""
    from zkmark.hardware_profiles.machine import Machine
    from zkmark.hardware_profiles.performance_counters import detect

    counter = detect(Machine())["hardware"]["instructions"]
    if counter["value"] is True:
        return "perf"
    reason = callgrind.unavailable_here()
    if reason is not None:
        raise NoCounterError(f"instructions cannot be counted: {counter['reason']}; {reason}")
    return "callgrind"


def count_instructions(
    cases: Cases,
    python: str = sys.executable,
    method: Method | None = None,
    tell: Callable[[str], None] | None = None,
) -> Counts:
    """Count one iteration of every case in one process of an interpreter's zkmark.

    Raises ``NoCounterError`` where counting is impossible, or the process gave no answer.
    """
    how = method or method_here()
    job: dict[str, Any] = {
        "job": "count_instructions",
        "method": how,
        "repeats": REPEATS,
        "cases": {
            name: {**cases.job(name), "expected": cases.expected(name).digest}
            for name in cases.names
        },
    }
    if tell is not None:
        many = "1 case" if len(cases.names) == 1 else f"{len(cases.names)} cases"
        tell(f"counting instructions of {many} with {how}, {python}")
    with tempfile.TemporaryDirectory(prefix="zkmark-count-") as name:
        folder = Path(name)
        start = callgrind.launcher(python, folder) if how == "callgrind" else (python,)
        outcome = run_job(job, _LONGEST, cases.plugins, launcher=start)
        if outcome.answer is None:
            if outcome.reason is not None and "'count_instructions'" in outcome.reason:
                raise NoCounterError(f"{python}: its zkmark is older than this way of counting")
            raise NoCounterError(f"{python}: {outcome.reason}")
        seen = callgrind.native_counts(folder) if how == "callgrind" else {}
    found = Counts(how)
    for case in cases.names:
        answer = outcome.answer["cases"][case]
        if answer["status"] != "ok":
            found.faults[case] = Reading(answer["status"], None, answer["reason"])
            continue
        fault = output_fault(answer, cases.expected(case))
        if fault is not None:
            found.faults[case] = fault
            continue
        found.paths[case] = answer["path"]
        found.counts[case] = answer["counts"] or [seen.get(one, 0) for one in answer["labels"]]
    return found


def count_job(job: dict[str, Any], stage: Callable[[str], None]) -> dict[str, Any]:
    """Count, in a worker: every case once to warm up, then ``repeats`` times counted."""
    from zkmark.suites.jobs import UnsupportedError

    answers: dict[str, Any] = {}
    requests = callgrind.Requests() if job["method"] == "callgrind" else None
    if requests is not None and not requests.heard:
        raise RuntimeError("this process does not run under Valgrind")
    for index, (name, one) in enumerate(job["cases"].items()):
        stage(f"counting {name}")
        try:
            answer = _count_case(one, f"{index}", job["repeats"], requests, stage)
            if requests is not None and answer["last_digest"] != one["expected"]:
                other = _portable(one)
                answer = _count_case(other, f"{index}p", job["repeats"], requests, stage)
            answers[name] = answer
        except UnsupportedError as error:
            answers[name] = {"status": "unsupported", "reason": str(error)}
        except Exception as error:
            reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
            answers[name] = {"status": "error", "reason": reason}
    return {"cases": answers}


def _portable(job: dict[str, Any]) -> dict[str, Any]:
    """Return a job on the portable path, where its backend has one."""
    contender = job["contender"]
    if contender["backend"] != "cpu":
        return job
    options = {**contender["options"], "isa": "portable"}
    return {**job, "contender": {**contender, "options": options}}


def _count_case(
    job: dict[str, Any],
    name: str,
    repeats: int,
    requests: callgrind.Requests | None,
    stage: Callable[[str], None],
) -> dict[str, Any]:
    from zkmark.hardware_profiles import CounterMeter
    from zkmark.kernels.case import output_digest
    from zkmark.suites.jobs import case_from_json, job_inputs, open_contender

    case = case_from_json(job["case"])
    backend, implementation = open_contender(job, case)
    backend.activate()
    inputs = job_inputs(job, case, stage)
    plan = implementation.plan(case, backend)

    def once() -> Any:
        return plan.run(inputs)

    output = once()
    first = output_digest(output)
    counts: list[int] = []
    labels = [f"zkmark-{name}-{repeat}" for repeat in range(repeats)]
    for label in labels:
        if requests is not None:
            with requests.counting(label):
                output = once()
            continue
        meter = CounterMeter(("instructions",))
        with meter:
            output = once()
        value = meter.values()["instructions"].to_json()
        if value["value"] is None:
            raise RuntimeError(value["reason"])
        counts.append(int(value["value"]))
    return {
        "status": "ok",
        "counts": counts,
        "labels": labels,
        "path": implementation.path(case, backend),
        "first_digest": first,
        "last_digest": output_digest(output),
    }
