"""What really ran, printed at the end: nothing that was skipped may look like something tested.

Counted by part of the suite and by marks; then why tests were skipped, and which instruction sets
of the native kernels this processor lacks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest

from zkmark import _native

OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")
LEFT_OUT = "left out"
# Those of pyproject.toml.
MARKS = ("browser", "driver", "gpu", "peers", "slow")
_ALL = "all"
_MARKED = "marked "
_INSTRUCTION_SETS = ("portable", "avx2", "avx512")

Counts = dict[str, Counter[str]]


def keys_of(nodeid: str, keywords: Iterable[str]) -> list[str]:
    """Return the rows that a test counts in: its part, its marks, and all."""
    path = nodeid.partition("::")[0].split("/")
    part = path[1] if len(path) > 2 else path[-1].removeprefix("test_").removesuffix(".py")
    return [part, *(_MARKED + mark for mark in MARKS if mark in keywords), _ALL]


def add(counts: Counts, keys: Iterable[str], outcome: str, times: int = 1) -> None:
    """Count a test in its rows."""
    for key in keys:
        counts.setdefault(key, Counter())[outcome] += times


def table(counts: Counts) -> list[str]:
    """Return the lines of a table: parts, all of them, and marks."""
    shown = [one for one in (*OUTCOMES, LEFT_OUT) if any(row[one] for row in counts.values())]
    marked = sorted(key for key in counts if key.startswith(_MARKED))
    rows = [*sorted(set(counts) - {_ALL, *marked}), _ALL, *marked]
    width = max(map(len, rows))
    lines = [" " * width + "".join(f"{one:>10}" for one in shown)]
    for key in rows:
        cells = "".join(f"{counts[key][one] or '-':>10}" for one in shown)
        lines.append(f"{key:{width}}{cells}")
    return lines


def reason_of(report: Any) -> str:
    """Return why a test was skipped, without the place in the source."""
    longrepr = report.longrepr
    text = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return text.removeprefix("Skipped: ")


def native_paths() -> str:
    """Say which instruction sets of the native kernels this processor has, and which it lacks."""
    has = _native.isa_levels()
    lacks = [one for one in _INSTRUCTION_SETS if one not in has]
    said = f"native kernels: as {', '.join(has)}"
    return f"{said}; not as {', '.join(lacks)}, which this processor lacks" if lacks else said


class WhatRan:
    """A plugin of pytest, in the process that reports and in those of pytest-xdist."""

    def __init__(self) -> None:
        self.left_out: Counts = {}

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Count what the command line leaves out."""
        for item in items:
            names = {mark.name for mark in item.iter_markers()}
            add(self.left_out, keys_of(item.nodeid, names), LEFT_OUT)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Tell the process that reports, which collects no tests itself under pytest-xdist."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["left_out"] = {key: dict(row) for key, row in self.left_out.items()}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a process of pytest-xdist left out: the same in every one."""
        found: Mapping[str, Mapping[str, int]] | None
        found = getattr(node, "workeroutput", {}).get("left_out")
        if found:
            self.left_out = {key: Counter(row) for key, row in found.items()}

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the count, after the failures and before the last line."""
        counts: Counts = {key: Counter(row) for key, row in self.left_out.items()}
        reasons: Counter[str] = Counter()
        for outcome in OUTCOMES:
            for report in terminalreporter.stats.get(outcome, ()):
                # What could not be collected has no keywords of a test.
                if not hasattr(report, "when"):
                    continue
                add(counts, keys_of(report.nodeid, report.keywords), outcome)
                if outcome == "skipped":
                    reasons[reason_of(report)] += 1
        if not counts or terminalreporter.config.option.collectonly:
            return
        terminalreporter.section("what really ran")
        for line in table(counts):
            terminalreporter.write_line(line)
        if reasons:
            terminalreporter.write_line("skipped, because:")
            for reason, count in reasons.most_common():
                terminalreporter.write_line(f"{count:6} {reason}")
        terminalreporter.write_line(native_paths())
