"""How noisy a run was: intervals, processes, load and stolen time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from zkmark.reports import quantities as q
from zkmark.reports.charts import rows_of
from zkmark.reports.model import Entry, Report, spread

_STOPPED = {
    "interval": "narrow enough",
    "budget": "time budget",
    "processes": "most processes",
    None: q.MISSING,
}


@dataclass(frozen=True)
class NoiseRow:
    """How noisy one entry was, as text; ``share``: its width over the widest."""

    case: str
    label: str
    backend: str
    samples: str
    width: str
    target: str
    spread: str
    load: str
    steal: str
    stopped: str
    share: float


def noise_rows(report: Report) -> list[NoiseRow]:
    """Return a row for each measured entry that the charts show, in the order of the run."""
    shown = {id(entry) for _, found in report.families() for entry in rows_of(found)}
    rows = [entry for entry in report.measured if id(entry) in shown]
    widest = max((_width(e) or 0.0 for e in rows), default=0.0)
    return [_row(entry, widest) for entry in rows]


def _width(entry: Entry) -> float | None:
    width: float | None = entry.summary("total").get("relative_width")
    return width


def _row(entry: Entry, widest: float) -> NoiseRow:
    load, stopping = entry.document["load"], entry.document["stopping"]
    total, width = entry.summary("total"), _width(entry)
    return NoiseRow(
        entry.slug,
        entry.label,
        entry.backend,
        f"{total['samples']} from {total['processes']}",
        q.percent(width),
        q.percent(stopping["target_relative_width"]),
        q.percent(spread(entry)),
        f"{_load(load['before'])} to {_load(load['after'])}",
        q.percent(load["steal_fraction"]),
        _STOPPED.get(stopping["reason"], q.MISSING),
        (width or 0.0) / widest if widest else 0.0,
    )


def _load(value: float | None) -> str:
    return q.MISSING if value is None else f"{value:.2f}"


def noise_sentences(report: Report) -> Iterator[str]:
    """Yield what stands out: the widest interval, why sampling stopped, load, stolen time."""
    wide = [e for e in report.measured if _width(e) is not None]
    if wide:
        worst = max(wide, key=lambda e: _width(e) or 0.0)
        yield (
            f"The widest interval is that of {worst.slug} on {worst.label}: "
            f"{q.percent(_width(worst))} of its median."
        )
    stops = Counter(_STOPPED.get(e.document["stopping"]["reason"]) for e in report.measured)
    if stops:
        parts = [f"{reason} ({number})" for reason, number in stops.most_common() if reason]
        yield f"Sampling ended because of: {q.listed(parts)}."
    loads = [e.document["load"] for e in report.entries]
    values = [v for one in loads for v in (one["before"], one["after"]) if v is not None]
    if values:
        processors = {r.run["machine"].get("processors") for r in report.results}
        known = [p for p in processors if isinstance(p, int)]
        on = f" on {q.count(known[0], 'processor')}" if len(processors) == 1 and known else ""
        span = f"between {min(values):.2f} and {max(values):.2f}"
        yield f"The load was {span}{on}, the run's own included."
    yield from _gpu_sentences(report)
    stolen = [one["steal_fraction"] for one in loads if one["steal_fraction"] is not None]
    if stolen:
        yield f"The hypervisor took up to {q.percent(max(stolen))} of processor time."


def _gpu_sentences(report: Report) -> Iterator[str]:
    """Yield which clocks a GPU ran at, and for which cases it held them back."""
    seen = [(e, e.document["gpu"]) for e in report.entries if e.document.get("gpu")]
    clocks = [gpu["clock_sm"] for _, gpu in seen if gpu["clock_sm"]["value"] is not None]
    if clocks:
        low, high = min(one["low"] for one in clocks), max(one["high"] for one in clocks)
        yield f"The GPU's multiprocessors ran at {low / 1e6:.0f} to {high / 1e6:.0f} MHz."
    for entry, gpu in seen:
        if gpu["throttle_reasons"]["value"]:
            names = ", ".join(gpu["throttle_reasons"]["value"])
            yield f"The GPU was throttled during {entry.slug} on {entry.label}: {names}."
    refused = {gpu[name]["reason"] for _, gpu in seen for name in gpu if gpu[name]["value"] is None}
    if refused:
        yield f"Of the GPU not everything could be asked: {'; '.join(sorted(refused))}."
