"""Verdicts from counts of instructions, which repeat: there is nothing to estimate."""

from __future__ import annotations

from statistics import median

from zkmark.reports.gate.limits import Limits
from zkmark.reports.gate.verdict import CaseVerdict, GateReport, Verdict, percent
from zkmark.suites.instructions import Counts

_SAID = {
    "callgrind": (
        "Instructions of one iteration in zkmark's native code, on one thread, as Valgrind's "
        "Callgrind counts them on the processor that it emulates, which has neither AVX-512 nor "
        "the SHA extensions."
    ),
    "perf": "Instructions of one iteration in user mode, on one thread, by the processor's counts.",
}


def compare_counts(
    base: Counts, head: Counts, limits: Limits, base_name: str, head_name: str
) -> GateReport:
    """Judge every case by its counts on both sides; the time limits of ``limits`` do not apply."""
    names = [*base.counts, *base.faults]
    cases = tuple(_judge(name, base, head, limits.of(name).tolerance, limits) for name in names)
    warnings = [
        f"{name}: base ran {base.paths[name]} and head {head.paths[name]}"
        for name in names
        if name in base.paths and name in head.paths and base.paths[name] != head.paths[name]
    ]
    paths = sorted({*base.paths.values(), *head.paths.values()})
    notes = [_SAID[base.method]]
    if paths:
        notes.append(f"Code paths: {', '.join(paths)}.")
    notes.append("Fewer instructions are not always less time: this says nothing of memory.")
    return GateReport(
        "instructions",
        base_name,
        head_name,
        cases,
        tuple(notes),
        tuple(warnings),
        {"unit": "instructions", "base": base.counts, "head": head.counts},
    )


def _judge(name: str, base: Counts, head: Counts, tolerance: float, limits: Limits) -> CaseVerdict:
    needed = limits.of(name)
    for side, counts in (("base", base), ("head", head)):
        fault = counts.faults.get(name)
        if fault is not None:
            verdict = Verdict.INCORRECT if fault.status == "incorrect" else Verdict.INCONCLUSIVE
            reason = f"{side} {fault.status}: {fault.reason}"
            return CaseVerdict(name, verdict, reason, needed, unit="instructions")
    one, two = base.counts[name], head.counts[name]
    if min(*one, *two) <= 0:
        reason = "no instruction of zkmark's native code was counted"
        return CaseVerdict(name, Verdict.INCONCLUSIVE, reason, needed, unit="instructions")
    # Every count of one side over every count of the other lies between these two.
    low, high = min(two) / max(one), max(two) / min(one)
    if low > 1 + tolerance:
        verdict, reason = Verdict.FAIL, f"more than {percent(tolerance)} more instructions"
    elif high <= 1 + tolerance:
        verdict, reason = Verdict.PASS, f"not more than {percent(tolerance)} more instructions"
    else:
        verdict = Verdict.INCONCLUSIVE
        reason = f"the counts do not repeat well enough for {percent(tolerance)}"
    return CaseVerdict(
        name,
        verdict,
        reason,
        needed,
        base=float(median(one)),
        head=float(median(two)),
        unit="instructions",
        ratio=median(two) / median(one),
        low=low,
        high=high,
    )
