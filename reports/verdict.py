"""The first lines of a report: is all right, which device is fastest, and how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from zkmark.reports import quantities as q
from zkmark.reports.heatmap import HeatRow, heat_map
from zkmark.reports.model import BASELINES, FAILURES, KERNEL_TITLES, Entry, Report
from zkmark.reports.peers import PEER

# From this width of the median interval on, a reader is warned.
_NOISY = 0.1
# How a sentence calls kernels.
KERNEL_NAMES = {**KERNEL_TITLES, "merkle": "Merkle trees", "stackvm": "whole programs"}
_YARDSTICKS = {"reference": "the plain reference", "numba": "numba, compiled Python"}
_WORDS = {
    "crashed": "crashed",
    "timeout": "ran out of time",
    "error": "failed",
}


@dataclass(frozen=True)
class Verdict:
    """What a report says first.

    ``good``: everything asked for is there and right; ``partial``: something is missing; ``bad``: a
    wrong output, or no figure at all.
    """

    level: Literal["good", "partial", "bad"]
    headline: str
    details: tuple[str, ...]


def verdict(report: Report) -> Verdict:
    """Judge a report's results."""
    counts = Counter(e.status for e in report.entries)
    missing = len(report.missing())
    details = [
        *_checked(counts),
        *_fastest(report),
        *_noise(report),
        *_modelled(report),
        *_unfinished(report),
    ]
    if counts["incorrect"] or not counts["ok"]:
        level: Literal["good", "partial", "bad"] = "bad"
    else:
        level = "partial" if missing or any(counts[s] for s in FAILURES) else "good"
    return Verdict(level, _headline(report, counts), tuple(details))


def _checked(counts: Counter[str]) -> Iterator[str]:
    if counts["ok"] or counts["incorrect"]:
        yield "Every output was checked in the run that timed it; a wrong one has no figure."


def _headline(report: Report, counts: Counter[str]) -> str:
    judged = [e for e in report.entries if e.ok and not e.extrapolated]
    cases = q.count(len({e.slug for e in judged}), "case")
    right = q.count(len(judged), "entry", "entries")
    rest = [f"{counts[s]} {word}" for s, word in _WORDS.items() if counts[s]]
    extrapolated = counts["ok"] - len(judged)
    if extrapolated:
        rest.append(f"{extrapolated} extrapolated and not computed")
    if counts["incorrect"]:
        wrong = q.count(counts["incorrect"], "output")
        text = f"{wrong} {'is' if counts['incorrect'] == 1 else 'are'} incorrect"
        others = [f"{right} in {cases} correct", *rest] if judged else rest
        return f"{text}; {', '.join(others)}." if others else f"{text}."
    if not counts["ok"]:
        return f"Nothing was measured: {', '.join(rest)}." if rest else "Nothing was measured."
    if not judged:
        text = "No output was computed"
    elif len(judged) == 1:
        text = "The one output is correct"
    else:
        text = f"All {len(judged)} outputs are correct, in {cases}"
    return f"{text}; {', '.join(rest)}." if rest else f"{text}."


def _fastest(report: Report) -> Iterator[str]:
    """Yield which device is the fastest for each kernel, or that there was no choice."""
    names = {e.label: f"{e.label} ({report.hardware_of(e)})" for e in report.measured}
    devices = {e.label for e in report.measured if e.backend not in (*BASELINES, PEER)}
    if len(devices) == 1:
        yield from _only(report, names[devices.pop()])
        return
    rows = heat_map(report).rows
    for kernel in dict.fromkeys(row.kernel for row in rows):
        yield _fastest_for(
            KERNEL_NAMES.get(kernel, kernel), [r for r in rows if r.kernel == kernel], names
        )
    if any(row.best for row in rows):
        yield (
            "Fastest means the shortest wait for a user (total), at the largest size that most of "
            "the devices ran."
        )


def _fastest_for(kernel: str, rows: Sequence[HeatRow], names: Mapping[str, str]) -> str:
    contested = [row for row in rows if row.best]
    if not contested:
        ran = q.listed(list(dict.fromkeys(names[label] for row in rows for label in row.labels)))
        each = "" if " and " not in ran else ", each on one alone"
        return f"Fastest for {kernel}: no choice, measured on {ran}{each}."
    wins = Counter(row.best for row in contested).most_common()
    clear = sum(row.clear for row in contested)
    of = q.count(len(contested), "variant")
    if len(wins) > 1:
        parts = [f"{names[label]} in {number}" for label, number in wins]
        doubt = f"beyond doubt in {clear or 'none'} of them"
        return f"Fastest for {kernel}, in {of}: {q.listed(parts)}; {doubt}."
    ahead = q.factor(median(row.ahead for row in contested))
    text = f"Fastest for {kernel}: {names[wins[0][0]]}"
    if len(contested) == 1:
        doubt = "beyond doubt" if clear else "though intervals leave it in doubt"
        return f"{text}, {ahead} as fast as the next, {doubt}."
    doubt = f"beyond doubt in {'all' if clear == len(contested) else clear or 'none'} of them"
    of = "both variants" if len(contested) == 2 else f"all {of}"
    return f"{text} in {of}, {ahead} as fast as the next in the median; {doubt}."


def _only(report: Report, name: str) -> Iterator[str]:
    """Yield that one device is no choice, and how it stands to the yardsticks."""
    text = f"Fastest device: no choice, {name} is the only one here"
    own = [e for e in report.measured if e.backend not in (*BASELINES, PEER)]
    ratios = list(_speedups(own))
    if not ratios:
        yield f"{text}."
        return
    contested = [(e, others) for e in own if (others := list(_yardsticks(report, e)))]
    clear = sum(all(e.clearly_faster_than(other) for other in others) for e, others in contested)
    cases = q.count(len(contested), "case")
    yield f"{text}. It has {q.listed(ratios)}, beyond doubt in {clear or 'none'} of {cases}."


def _yardsticks(report: Report, entry: Entry) -> Iterator[Entry]:
    for other in report.measured:
        if other.slug == entry.slug and other.run == entry.run and other.backend in BASELINES:
            yield other


def _speedups(entries: list[Entry]) -> Iterator[str]:
    """Yield the median of the speed-ups over each baseline, with how far they range."""
    for over in BASELINES:
        found = [e.speedup(over)["median"] for e in entries if e.speedup(over)]
        if len(found) == 1:
            yield f"{q.factor(found[0])} the speed of {_YARDSTICKS[over]}"
        elif found:
            span = f"{q.digits(min(found))} to {q.digits(max(found))}"
            yield (
                f"{q.factor(median(found))} the speed of {_YARDSTICKS[over]} (median of "
                f"{len(found)}, {span})"
            )


def _noise(report: Report) -> Iterator[str]:
    widths = [w for e in report.measured if (w := e.summary("total")["relative_width"]) is not None]
    if not widths:
        if report.measured:
            yield (
                "How sure: not at all. Too few processes ran for intervals, and no figure says how "
                "far it can be trusted."
            )
        return
    within = sum(
        e.summary("total")["relative_width"] <= e.document["stopping"]["target_relative_width"]
        for e in report.measured
        if e.summary("total")["relative_width"] is not None
    )
    text = (
        f"How sure: half of the times are known to {q.percent(median(widths))} or better (the "
        f"width of the 95 % interval), the worst to {q.percent(max(widths))}; {within} of "
        f"{len(widths)} are as narrow as was aimed for."
    )
    if median(widths) > _NOISY:
        text += " Take the figures with care: differences smaller than these widths mean nothing."
    yield text


def _modelled(report: Report) -> Iterator[str]:
    number = sum(e.ok and not e.measured for e in report.entries)
    if number:
        extrapolated = sum(e.ok and e.extrapolated for e in report.entries)
        text = f", {extrapolated} of them extrapolated from smaller sizes" if extrapolated else ""
        yield f"{q.count(number, 'entry', 'entries')} modelled, not measured{text}; shown apart."


def _unfinished(report: Report) -> Iterator[str]:
    for result in report.results:
        missing, planned = len(result.missing), len(result.run["suite"]["planned"])
        if result.status == "complete" and not missing:
            continue
        how = "was interrupted" if result.status == "interrupted" else "did not finish"
        if result.status == "complete":
            how = "is complete as asked for"
        yield f"The run {how}: {missing} of {planned} planned entries are missing."
