"""Print how often the gate's rule errs on noise made by a formula: the tables of docs/gate.md.

The noise is that of a shared virtual machine: process medians vary by 11 % and each is correlated
with the next by 0.35.
"""

from __future__ import annotations

from zkmark.reports.gate.rehearsal import Rates, rates, synthetic_logs
from zkmark.reports.gate.rule import DEFAULT_TOLERANCE, schedule

COMPARISONS = 20_000
CORRELATION = 0.35


def row(first: str, found: Rates) -> str:
    """Return a line of a table."""
    shares = (found.failed, found.passed, found.inconclusive)
    cells = " | ".join(f"{100 * share:.2f} %" for share in shares)
    return f"| {first} | {cells} | {found.mean_pairs:.0f} |"


def table(first: str) -> None:
    """Print a table's head."""
    print(f"\n| {first} | fail | pass | inconclusive | pairs, mean |\n|---|--:|--:|--:|--:|")


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
    table("cases, each adjusted as strictly as Holm may, +10 %")
    logs = synthetic_logs(COMPARISONS, plan.max_pairs, 0.10, 0.11, CORRELATION, 3)
    for cases in (1, 5, 10, 20):
        print(row(str(cases), rates(logs, DEFAULT_TOLERANCE, plan, cases)))
    table("greatest number of pairs, +10 %")
    for most in (41, 81, 141, 201, 401):
        logs = synthetic_logs(COMPARISONS, most, 0.10, 0.11, CORRELATION, 4)
        print(row(str(most), rates(logs, DEFAULT_TOLERANCE, schedule(most))))


if __name__ == "__main__":
    main()
