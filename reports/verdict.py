"""The first lines of a report: is everything right, what is fastest, can the figures be trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Literal

from zkmark.reports import quantities as q
from zkmark.reports.model import BASELINES, FAILURES, Entry, Report

# From this width of the median interval on, a reader is warned.
_NOISY = 0.1
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
    details = [*_fastest(report), *_noise(report), *_modelled(report), *_unfinished(report)]
    if counts["incorrect"] or not counts["ok"]:
        level: Literal["good", "partial", "bad"] = "bad"
    else:
        level = "partial" if missing or any(counts[s] for s in FAILURES) else "good"
    return Verdict(level, _headline(report, counts), tuple(details))


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
    wins: Counter[str] = Counter()
    clear: Counter[str] = Counter()
    for slug in dict.fromkeys(e.slug for e in report.measured):
        rivals = [e for e in report.measured if e.slug == slug]
        if len(rivals) < 2:
            continue
        best = min(rivals, key=lambda e: e.median("total") or 0.0)
        wins[best.label] += 1
        clear[best.label] += all(best.clearly_faster_than(e) for e in rivals if e is not best)
    if not wins:
        return
    contested = wins.total()
    label, most = wins.most_common(1)[0]
    cases = "the one case" if contested == 1 else f"{contested} cases"
    where = f"all {contested} cases" if most == contested > 1 else f"{most} of {cases}"
    where = "the one case" if contested == 1 else where
    text = f"{label} is fastest in {where} with a choice of backends"
    if clear[label] < most:
        text += f", beyond doubt in {clear[label] or 'none'}"
    ratios = list(_speedups([e for e in report.measured if e.label == label]))
    yield f"{text}: {q.listed(ratios)}." if ratios else f"{text}."


def _speedups(entries: list[Entry]) -> Iterator[str]:
    """Yield the median of the speed-ups over each baseline, with how far they range."""
    for over in BASELINES:
        found = [e.speedup(over)["median"] for e in entries if e.speedup(over)]
        if len(found) == 1:
            yield f"{q.factor(found[0])} the speed of {over}"
        elif found:
            span = f"{q.digits(min(found))} to {q.digits(max(found))}"
            yield f"{q.factor(median(found))} the speed of {over} (median of {len(found)}, {span})"


def _noise(report: Report) -> Iterator[str]:
    widths = [w for e in report.measured if (w := e.summary("total")["relative_width"]) is not None]
    if not widths:
        if report.measured:
            yield "Too few processes ran for intervals: no figure says how far it can be trusted."
        return
    within = sum(
        e.summary("total")["relative_width"] <= e.document["stopping"]["target_relative_width"]
        for e in report.measured
        if e.summary("total")["relative_width"] is not None
    )
    care = "Take the figures with care: the" if median(widths) > _NOISY else "The"
    yield (
        f"{care} 95 % intervals are {q.percent(median(widths))} wide in the median, "
        f"{q.percent(max(widths))} at most; "
        f"{within} of {len(widths)} are as narrow as was aimed for."
    )


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
