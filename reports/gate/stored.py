"""The gate over results on disk: a new one against a baseline of one or several.

Results on disk were not measured in pairs: the machine may have been another one, or the same in
another mood. So this is for quiet machines, and says so. The figures are the process medians.

The evidence that the head is slower than the base by more than the tolerance is the larger of two:

- the bootstrap of ln(median head / median base): processes are drawn again within each run, and of
  several baseline runs the runs themselves first. With three or more, how far their medians lie
  apart says what a run of the same code may differ by, and is added to the head, which is one run.
- the Mann-Whitney test of the process medians, exact for few of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zkmark.reports.gate.limits import Limits, Requirement
from zkmark.reports.gate.rule import ALPHA, POWER, bootstrap_spread, holm
from zkmark.reports.gate.verdict import CaseVerdict, GateReport, Verdict, percent
from zkmark.suites.sides import case_name

if TYPE_CHECKING:
    from zkmark.suites.result import Result

Floats = NDArray[np.float64]

RESAMPLES = 20_000
# Fewer processes on either side give no verdict: the Mann-Whitney test could never be sure.
FEWEST_PROCESSES = 5
# From this many baseline runs on, they say how much runs differ.
FEWEST_RUNS = 3
# More baseline runs than these, the newest ones, are not used.
MOST_RUNS = 20


def process_values(case: Mapping[str, Any], phase: str | None = None) -> list[float]:
    """Return the median of each process of a result's entry; of the phase that ranks unless given.

    Empty for what was not measured, or has no such phase.
    """
    name = phase or case["ranked_phase"]
    if case["status"] != "ok" or case["kind"] != "measured" or name not in case["phases"]:
        return []
    groups = case["phases"][name]["processes"]
    return [float(np.median(one["samples"])) for one in groups if one["samples"]]


def entries(result: Result) -> dict[str, dict[str, Any]]:
    """Return a result's entries by the names that the gate gives them."""
    return {case_name(case["slug"], case["label"]): case for case in result.cases}


@dataclass(frozen=True)
class _Sampled:
    """One case's bootstrap: ln(head / base), drawn many times, and the rank tests."""

    draws: Floats
    head: Floats
    base: Floats

    def slower(self, threshold: float) -> float:
        return max(self._share(self.draws <= threshold), self._ranks(threshold, "greater"))

    def not_slower(self, threshold: float) -> float:
        return max(self._share(self.draws >= threshold), self._ranks(threshold, "less"))

    @staticmethod
    def _share(which: Any) -> float:
        # Never zero: that many draws cannot say more.
        return (1 + int(np.sum(which))) / (1 + len(which))

    def _ranks(self, threshold: float, alternative: str) -> float:
        from scipy.stats import mannwhitneyu

        test: Any = mannwhitneyu
        found = test(self.head - threshold, self.base, alternative=alternative)
        return float(found.pvalue)


def _sample(head: Sequence[float], runs: Sequence[Sequence[float]], seed: int) -> _Sampled:
    random = np.random.default_rng(seed)
    logs = np.log(np.asarray(head))
    bases = [np.log(np.asarray(run)) for run in runs]
    drawn_head = np.median(random.choice(logs, (RESAMPLES, len(logs))), axis=1)
    # A row a run, a column a resample.
    medians = np.stack(
        [np.median(random.choice(one, (RESAMPLES, len(one))), axis=1) for one in bases]
    )
    if len(bases) > 1:
        which = random.integers(len(bases), size=(len(bases), RESAMPLES))
        medians = np.take_along_axis(medians, which, axis=0)
    if len(bases) >= FEWEST_RUNS:
        centres = np.array([np.median(one) for one in bases])
        # Centred on their own median they lie too close together by this factor.
        apart = (centres - np.median(centres)) * math.sqrt(len(bases) / (len(bases) - 1))
        drawn_head = drawn_head + random.choice(apart, RESAMPLES)
    return _Sampled(drawn_head - np.median(medians, axis=0), logs, np.concatenate(bases))


def compare_stored(
    current: Result,
    baseline: Sequence[Result],
    limits: Limits,
    *,
    phase: str | None = None,
    seed: int = 1,
) -> GateReport:
    """Judge every case of ``current`` that the baseline has too; newest baseline results last.

    Raises ``ValueError`` for no baseline.
    """
    if not baseline:
        raise ValueError("baseline: got no result, want at least one")
    used = list(baseline)[-MOST_RUNS:]
    heads = entries(current)
    bases = [entries(result) for result in used]
    found: dict[str, _Sampled] = {}
    early: dict[str, CaseVerdict] = {}
    new, processes = [], {}
    for name, entry in heads.items():
        if entry["kind"] != "measured" or entry["status"] == "unsupported":
            continue
        runs = [
            values for one in bases if name in one if (values := process_values(one[name], phase))
        ]
        needed = limits.of(name)
        if entry["status"] == "incorrect":
            early[name] = CaseVerdict(name, Verdict.INCORRECT, f"head: {entry['reason']}", needed)
            continue
        if not runs:
            new.append(name)
            continue
        if entry["status"] != "ok":
            reason = f"head {entry['status']}: {entry['reason']}"
            early[name] = CaseVerdict(name, Verdict.INCONCLUSIVE, reason, needed)
            continue
        head = process_values(entry, phase)
        processes[name] = {"head": head, "base": runs}
        if not head:
            reason = f"head has no phase {phase}"
            early[name] = CaseVerdict(name, Verdict.INCONCLUSIVE, reason, needed)
        else:
            found[name] = _sample(head, runs, seed)
    slower = {
        name: one.slower(math.log1p(limits.of(name).tolerance)) for name, one in found.items()
    }
    adjusted = holm({**dict.fromkeys(early, 1.0), **slower})
    cases = [
        early[name] if name in early else _judge(name, found[name], adjusted[name], limits.of(name))
        for name in heads
        if name in early or name in found
    ]
    return GateReport(
        "stored",
        _named(used),
        _named([current]),
        tuple(cases),
        tuple(_notes(used)),
        tuple(_warnings(current, used, bases, heads, new)),
        {"unit": "s", "processes": processes},
    )


def _judge(name: str, found: _Sampled, p_slower: float, needed: Requirement) -> CaseVerdict:
    threshold = math.log1p(needed.tolerance)
    p_not = found.not_slower(threshold)
    few = min(len(found.head), len(found.base))
    head = float(np.exp(np.median(found.head)))
    # Its own runs alone: a limit has no base.
    span = bootstrap_spread([math.exp(value) for value in found.head])
    limit = math.inf if needed.limit is None else needed.limit
    over = span.low is not None and span.low > limit
    within = needed.limit is None or (span.high is not None and span.high < limit)
    if few < FEWEST_PROCESSES:
        verdict = Verdict.INCONCLUSIVE
        reason = f"{few} processes on one side, want at least {FEWEST_PROCESSES}"
    elif p_slower <= ALPHA:
        verdict, reason = Verdict.FAIL, f"slower by more than {percent(needed.tolerance)}"
    elif over:
        verdict, reason = Verdict.FAIL, f"takes more than its limit, {needed.limit:g} s"
    elif p_not <= ALPHA and within:
        verdict, reason = Verdict.PASS, f"not slower by more than {percent(needed.tolerance)}"
    else:
        verdict, reason = Verdict.INCONCLUSIVE, "the two runs cannot tell"
    low, high = np.quantile(found.draws, [ALPHA, 1 - ALPHA])
    base = float(np.exp(np.median(found.base)))
    return CaseVerdict(
        name,
        verdict,
        reason,
        needed,
        base=base,
        head=head,
        ratio=head / base,
        low=float(np.exp(low)),
        high=float(np.exp(high)),
        p_slower=p_slower,
        p_not_slower=p_not,
        # So far above the threshold that nine tenths of the draws' spread still leave its lower
        # quantile there.
        detectable=float(np.expm1(threshold + np.quantile(found.draws, POWER) - low)),
    )


def _named(results: Sequence[Result]) -> str:
    if len(results) > 1:
        return f"{len(results)} results up to {_named(results[-1:])}"
    (result,) = results
    commit = (result.run["zkmark"]["git"]["value"] or {}).get("commit", "")
    name = str(result.path) if result.path is not None else str(result.run["id"])
    return f"{name} ({commit[:12]})" if commit else name


def _notes(used: Sequence[Result]) -> list[str]:
    runs = len(used)
    if runs >= FEWEST_RUNS:
        between = f"how far the {runs} baseline runs lie apart counts as noise of the head"
    else:
        between = (
            f"with fewer than {FEWEST_RUNS} baseline runs it is not known how much one run differs "
            "from the next, and not counted"
        )
    return [
        "A case fails when the 2.5 % quantile of the bootstrap of the ratio of medians is above "
        "its tolerance, and passes when the 97.5 % quantile is below; the Mann-Whitney test must "
        "agree, and failures are adjusted for the number of cases as Holm does.",
        f"The results were not measured in pairs; {between}.",
    ]


def _warnings(
    current: Result,
    used: Sequence[Result],
    bases: Sequence[Mapping[str, Any]],
    heads: Mapping[str, Any],
    new: Sequence[str],
) -> list[str]:
    found = []
    for result in used:
        fields = profile_differences(current, result)
        if fields:
            where = result.path or result.run["id"]
            shown = "; ".join(fields[:3]) + ("; and more" if len(fields) > 3 else "")
            found.append(f"another machine: {where} differs in {shown}")
    if new:
        found.append(f"not in the baseline, so not judged: {', '.join(new)}")
    gone = sorted({name for one in bases for name in one} - heads.keys())
    if gone:
        found.append(f"in the baseline and not measured now: {', '.join(gone)}")
    return found


def profile_differences(one: Result, other: Result) -> list[str]:
    """Return the decisive fields in which two results' machines differ, with both values."""
    from zkmark.hardware_profiles import differences

    return [
        f"{d.path} ({_brief(d.second)} then, {_brief(d.first)} now)"
        for d in differences(one.profile, other.profile)
        if d.decisive
    ]


def _brief(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def find_baseline(place: Path) -> list[Path]:
    """Return the result files of a baseline: the file itself, or a folder's.

    Raises ``ValueError`` where there is none.
    """
    if not place.is_dir():
        return [place]
    found = sorted(place.glob("*.json"))
    if not found:
        raise ValueError(f"there is no .json file in {place}")
    return found
