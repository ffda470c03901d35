"""Print how often the gate's rule errs on noise made by a formula: the tables of docs/gate.md.

The noise is that of a shared virtual machine: process medians vary by 11 % and each is correlated
with the next by 0.35.
"""

from __future__ import annotations

import numpy as np

from zkmark.reports.gate.rehearsal import Rates, rates, synthetic_logs
from zkmark.reports.gate.rule import DEFAULT_TOLERANCE, Schedule, schedule

COMPARISONS = 20_000
CORRELATION = 0.35
CASES = (1, 5, 10, 20, 50, 100)


def row(first: str, found: Rates) -> str:
    """Return a line of a table."""
    shares = (found.failed, found.passed, found.inconclusive)
    cells = " | ".join(f"{100 * share:.2f} %" for share in shares)
    return f"| {first} | {cells} | {found.mean_pairs:.0f} |"


def table(first: str) -> None:
    """Print a table's head."""
    print(f"\n| {first} | fail | pass | inconclusive | pairs, mean |\n|---|--:|--:|--:|--:|")


def several() -> None:
    """Print what several cases at once cost, each adjusted as strictly as Holm may."""
    plan = schedule()
    print("\n| cases | +10 %: fail, median adjusted | +10 %: fail, ranks adjusted | pairs, mean |")
    print("|--:|--:|--:|--:|")
    logs = synthetic_logs(COMPARISONS, plan.max_pairs, 0.10, 0.11, CORRELATION, 3)
    for cases in CASES:
        before = rates(logs, DEFAULT_TOLERANCE, plan, cases, paired=False)
        now = rates(logs, DEFAULT_TOLERANCE, plan, cases)
        shares = f"{100 * before.failed:.1f} % | {100 * now.failed:.1f} %"
        print(f"| {cases} | {shares} | {before.mean_pairs:.0f}, {now.mean_pairs:.0f} |")
    print("\n| cases | +0 %: any fails | all pass | all pass, 401 pairs | +5 %: any fails |")
    print("|--:|--:|--:|--:|--:|")
    for cases in CASES[:-1]:
        same, longer = families(cases, 0.0, schedule()), families(cases, 0.0, schedule(401))
        worst = families(cases, DEFAULT_TOLERANCE, schedule())
        any_failed, passed, passed_longer, worst_failed = (
            100 * float(np.mean(shares))
            for shares in (
                [one.any_failed for one in same],
                [one.all_passed for one in same],
                [one.all_passed for one in longer],
                [one.any_failed for one in worst],
            )
        )
        print(
            f"| {cases} | {any_failed:.2f} % | {passed:.1f} % | {passed_longer:.1f} % "
            f"| {worst_failed:.2f} % |",
            flush=True,
        )


def families(cases: int, effect: float, plan: Schedule) -> list[Rates]:
    """Judge comparisons of several cases at once, in parts that fit into memory."""
    found = []
    for part in range(cases):
        logs = synthetic_logs(COMPARISONS, plan.max_pairs, effect, 0.11, CORRELATION, 10 + part)
        found.append(rates(logs, DEFAULT_TOLERANCE, plan, cases))
    return found


def uneven() -> None:
    """Print what becomes of noise that is not the same on both sides, its median at the tolerance.

    A part of the head's processes takes longer than its noise: the pairs lie askew around their
    median, which the ranks do not expect.
    """
    plan = schedule()
    print("\n| askew, median at +0 %, at +5 % | cases | fail | fail |\n|---|--:|--:|--:|")
    random = np.random.default_rng(5)
    for share, longer in ((0.1, 0.3), (0.3, 0.3)):
        logs = synthetic_logs(COMPARISONS, plan.max_pairs, 0.0, 0.11, CORRELATION, 6)
        late = random.random(logs.shape) < share
        logs += np.where(late, random.exponential(longer, logs.shape), 0.0)
        logs -= np.median(logs)
        for cases in (1, 10):
            cells = [
                f"{100 * rates(logs + np.log1p(at), DEFAULT_TOLERANCE, plan, cases).failed:.2f} %"
                for at in (0.0, DEFAULT_TOLERANCE)
            ]
            words = f"{100 * share:.0f} % of the head's processes {100 * longer:.0f} % longer"
            print(f"| {words} | {cases} | {' | '.join(cells)} |")


def main() -> None:
    """Print the tables."""
    plan = schedule()
    print(f"{COMPARISONS} comparisons a row, tolerance {DEFAULT_TOLERANCE:g}, looks {plan.looks}")
    table("true change")
    for effect in (0.0, 0.02, 0.05, 0.08, 0.10, 0.15, 0.20):
        logs = synthetic_logs(COMPARISONS, plan.max_pairs, effect, 0.11, CORRELATION, 1)
        print(row(f"{100 * effect:+.0f} %", rates(logs, DEFAULT_TOLERANCE, plan)))
    table("variation of process medians, +10 %")
    for variation in (0.01, 0.03, 0.05, 0.11, 0.15, 0.20):
        logs = synthetic_logs(COMPARISONS, plan.max_pairs, 0.10, variation, CORRELATION, 2)
        print(row(f"{100 * variation:.0f} %", rates(logs, DEFAULT_TOLERANCE, plan)))
    several()
    uneven()
    table("greatest number of pairs, +10 %")
    for most in (41, 81, 141, 201, 401):
        logs = synthetic_logs(COMPARISONS, most, 0.10, 0.11, CORRELATION, 4)
        print(row(str(most), rates(logs, DEFAULT_TOLERANCE, schedule(most))))


if __name__ == "__main__":
    main()
