"""The charts of a report as plotly figures (plain dictionaries): scaling, phases and samples.

Colours are named as CSS variables, and fonts and grid are left to the page, which knows whether it
is light or dark, on a screen or on paper. A trace whose ``meta.phase`` is set is shown when the
page shows that phase; its name is what the page's switch says.

What a filter needs: a trace's ``meta.e`` has an entry for each of its points, and a figure with a
row an entry has them as ``rows``. The page knows them by their places.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from zkmark.reports import quantities as q
from zkmark.reports.model import Entry, Report, family_title
from zkmark.reports.palette import backend_variable, marker, phase_variable

PHASES = ("upload", "compute", "download")
# Beyond this many raw samples on a page a process shows as its median and its range.
MOST_SAMPLES = 30_000
_DASHES = ("solid", "dash", "dot", "dashdot")
# The part of a chart that its rows do not take: title, axis, margins; and a row, in pixels.
_FRAME, _ROW = 46, 19
# Ticks of an axis that is shorter than a decade, in each decade.
_CLOSE = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)
# Samples further from the median than this, in per cent, take a logarithmic axis.
_LINEAR = 60.0
_RATIO_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

Figure = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A figure with what a reader needs who cannot see it.

    ``remark``: what it leaves out. ``entries``: what it is about.
    """

    title: str
    alternative: str
    figure: Figure
    remark: str = ""
    entries: Sequence[Entry] = ()


def scaling_charts(report: Report) -> Iterator[Chart]:
    """Yield time over size, both logarithmic, for every family measured at several sizes."""
    for family, entries in report.families():
        sizes = sorted({e.size for e in entries if e.size > 0})
        if len(sizes) < 2:
            continue
        labels = list(dict.fromkeys(e.label for e in entries))
        dashes = _dashes(entries)
        traces = []
        for phase in ("total", "compute"):
            for label in labels:
                points = [e for e in entries if e.label == label and e.median(phase) and e.size > 0]
                if points:
                    traces.append(_curve(points, phase, label, dashes[label]))
        if not traces:
            continue
        title = family_title(family)
        figure = {
            "data": traces,
            "layout": {
                "xaxis": {
                    "type": "log",
                    "tickvals": _few(sizes),
                    "ticktext": [_superscript(q.power(size)) for size in _few(sizes)],
                    "title": {"text": escaped(_size_title(entries[0]))},
                },
                "yaxis": {"type": "log", **_time_axis(traces)},
                "showlegend": True,
                "height": 330,
            },
        }
        span = f"{q.power(sizes[0])} to {q.power(sizes[-1])}"
        alternative = f"Time of {title} over sizes {span} on {q.listed(labels)}"
        yield Chart(title, alternative, figure, entries=entries)


def _curve(points: Sequence[Entry], phase: str, label: str, dash: str) -> dict[str, Any]:
    summaries = [e.summary(phase) for e in points]
    colour = backend_variable(points[0].backend)
    upper = [_figures(s["high"] - s["median"]) if s["high"] is not None else 0 for s in summaries]
    lower = [_figures(s["median"] - s["low"]) if s["low"] is not None else 0 for s in summaries]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": escaped(label),
        "meta": {"phase": phase, "e": list(points)},
        "visible": phase == "total",
        "x": [e.size for e in points],
        "y": [_figures(s["median"]) for s in summaries],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": upper,
            "arrayminus": lower,
            "color": colour,
            "thickness": 1.5,
            "width": 4,
        },
        "text": [
            f"{_superscript(q.power(e.size))}: {q.seconds(s['median'])}<br>{_interval_text(s)}"
            for e, s in zip(points, summaries, strict=True)
        ],
        "hovertemplate": f"<b>{escaped(label)}</b> {phase}<br>%{{text}}<extra></extra>",
        "line": {"color": colour, "dash": dash, "width": 2},
        "marker": {"color": colour, "symbol": marker(points[0].backend), "size": 8},
    }


def _interval_text(summary: Any) -> str:
    if summary["low"] is None:
        return "no interval"
    return f"95 %: {q.seconds_range(summary['low'], summary['high'])}"


def phase_charts(report: Report) -> Iterator[Chart]:
    """Yield the shares of upload, compute and download, for every family."""
    for family, entries in report.families():
        chosen = [e for e in entries if all(e.summary(phase) for phase in PHASES)]
        if not chosen:
            continue
        rows = list(range(len(chosen)))
        sums = [sum(e.median(phase) or 0.0 for phase in PHASES) or 1.0 for e in chosen]
        traces: list[dict[str, Any]] = []
        for phase in PHASES:
            times = [e.median(phase) or 0.0 for e in chosen]
            traces.append(
                {
                    "type": "bar",
                    "orientation": "h",
                    "name": phase,
                    "x": [round(100 * t / s, 2) for t, s in zip(times, sums, strict=True)],
                    "y": rows,
                    "customdata": [q.seconds(t) for t in times],
                    "hovertemplate": f"{phase} %{{customdata}}, %{{x:.1f}} %<extra></extra>",
                    "marker": {"color": phase_variable(phase)},
                }
            )
        title = family_title(family)
        figure = {
            "rows": chosen,
            "data": traces,
            "layout": {
                **_rows_layout(chosen),
                "barmode": "stack",
                "bargap": 0.3,
                "xaxis": {
                    "range": [0, 100],
                    "tickvals": [0, 25, 50, 75, 100],
                    "ticktext": ["0", "25 %", "50 %", "75 %", "100 %"],
                    "fixedrange": True,
                },
            },
        }
        alternative = f"Shares of upload, compute and download in {title}"
        yield Chart(title, alternative, figure, entries=chosen)


def sample_charts(report: Report) -> Iterator[Chart]:
    """Yield every sample against its entry's median, for every family; nothing is dropped."""
    total = sum(len(s) for e in report.measured for s in e.samples("total"))
    whole = total <= MOST_SAMPLES
    for family, entries in report.families():
        axis = _deviation_axis(entries)
        traces: list[dict[str, Any]] = []
        for row, entry in enumerate(entries):
            traces += _strip(entry, row, whole, axis)
            traces += _beyond(entry, row, axis)
        title = family_title(family)
        layout = {**_rows_layout(entries), "xaxis": axis.layout(), "shapes": axis.middle()}
        figure = {"rows": entries, "data": traces, "layout": layout}
        remark = ""
        if axis.beyond:
            lie = "lies" if axis.beyond == 1 else "lie"
            remark = (
                f"{q.count(axis.beyond, 'sample')} {lie} beyond the axis, marked by a triangle at "
                "its end; double-click shows all."
            )
        alternative = f"Samples of {title} against their medians"
        yield Chart(title, alternative, figure, remark, entries)


@dataclass(frozen=True)
class _DeviationAxis:
    """How samples stand against their median: in per cent, or as ratios where they vary widely.

    ``reach``: how far an axis in per cent goes; ``beyond``: how many samples lie further away.
    """

    logarithmic: bool
    reach: float
    beyond: int

    def place(self, seconds: float, middle: float) -> float:
        """Return where a time stands on the axis."""
        ratio = seconds / middle
        return float(f"{ratio:.4g}") if self.logarithmic else round(100 * (ratio - 1), 2)

    @property
    def hover(self) -> str:
        """Return how a place on the axis is written."""
        return "×%{x:.3g}" if self.logarithmic else "%{x:+.1f} %"

    def layout(self) -> Figure:
        """Return plotly's description of the axis."""
        if self.logarithmic:
            return {
                "type": "log",
                "tickvals": list(_RATIO_TICKS),
                "ticktext": [f"×{tick:g}" for tick in _RATIO_TICKS],
            }
        return {
            "range": [-1.04 * self.reach, 1.04 * self.reach],
            "tickformat": "+~f",
            "ticksuffix": " %",
            "zeroline": True,
        }

    def middle(self) -> list[Figure]:
        """Return the line at the median where the axis has none of its own."""
        line = {"color": "rgba(128,128,128,0.9)", "width": 1}
        place = {"x0": 1, "x1": 1, "y0": 0, "y1": 1, "yref": "paper", "layer": "below"}
        return [{"type": "line", "line": line, **place}] if self.logarithmic else []


def _deviation_axis(entries: Sequence[Entry]) -> _DeviationAxis:
    """Return an axis that goes far enough for 98 of 100 samples and some more.

    So one very slow sample does not squash all others.
    """
    deviations = sorted(
        abs(100 * (sample / (e.median("total") or 1.0) - 1))
        for e in entries
        for samples in e.samples("total")
        for sample in samples
    )
    if not deviations:
        return _DeviationAxis(False, 1.0, 0)
    most = deviations[min(len(deviations) - 1, math.ceil(0.98 * len(deviations)))]
    if most > _LINEAR:
        return _DeviationAxis(True, 0.0, 0)
    reach = max(1.0, min(1.6 * most, deviations[-1]))
    return _DeviationAxis(False, reach, sum(d > reach for d in deviations))


def _strip(entry: Entry, row: int, whole: bool, axis: _DeviationAxis) -> Iterator[dict[str, Any]]:
    """Yield an entry's samples and its processes' medians, each process on a level of its own."""
    middle = entry.median("total") or 1.0
    processes = [samples for samples in entry.samples("total") if samples]
    count = len(processes)
    levels = [round(row + 0.7 * ((i + 0.5) / count - 0.5), 3) for i in range(count)]
    colour = backend_variable(entry.backend)
    name = f"{_superscript(entry.size_text)} · {escaped(entry.label)}"
    if whole:
        yield {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": [axis.place(s, middle) for samples in processes for s in samples],
            "y": [levels[i] for i, samples in enumerate(processes) for _ in samples],
            "customdata": [i + 1 for i, samples in enumerate(processes) for _ in samples],
            "hovertemplate": f"{name}<br>process %{{customdata}}: {axis.hover}<extra></extra>",
            "marker": {"color": colour, "size": 4, "opacity": 0.45},
        }
    medians = [median(samples) for samples in processes]
    places = [axis.place(m, middle) for m in medians]
    shown: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "name": f"{name}, process medians",
        "x": places,
        "y": levels,
        "customdata": [[i + 1, q.seconds(m)] for i, m in enumerate(medians)],
        "hovertemplate": f"{name}<br>process %{{customdata[0]}}: median %{{customdata[1]}}"
        f" ({axis.hover})<extra></extra>",
        # A stroke has no filling: its colour is that of its line.
        "marker": {
            "color": colour,
            "symbol": "line-ns-open",
            "size": 8,
            "line": {"width": 2, "color": colour},
        },
    }
    if not whole:
        lowest = [axis.place(min(samples), middle) for samples in processes]
        highest = [axis.place(max(samples), middle) for samples in processes]
        shown["error_x"] = {
            "type": "data",
            "symmetric": False,
            "array": [round(high - x, 3) for high, x in zip(highest, places, strict=True)],
            "arrayminus": [round(x - low, 3) for low, x in zip(lowest, places, strict=True)],
            "color": colour,
            "thickness": 1,
            "width": 0,
        }
    yield shown


def _beyond(entry: Entry, row: int, axis: _DeviationAxis) -> Iterator[dict[str, Any]]:
    """Yield marks at the axis's ends for the samples beyond it."""
    if not axis.beyond:
        return
    middle = entry.median("total") or 1.0
    places = [axis.place(s, middle) for samples in entry.samples("total") for s in samples]
    for sign, symbol in ((1, "triangle-right"), (-1, "triangle-left")):
        far = [place for place in places if sign * place > axis.reach]
        if far:
            text = f"{q.count(len(far), 'sample')} beyond, up to {max(far, key=abs):+.0f} %"
            yield {
                "type": "scatter",
                "mode": "markers",
                "name": "beyond the axis",
                "x": [sign * axis.reach],
                "y": [row],
                "hovertemplate": f"{text}<extra></extra>",
                "marker": {"color": backend_variable(entry.backend), "symbol": symbol, "size": 9},
            }


def _rows_layout(entries: Sequence[Entry]) -> Figure:
    """Return the layout of a chart with one row an entry, the first at the top."""
    return {
        "yaxis": {
            "tickvals": list(range(len(entries))),
            "ticktext": [f"{_superscript(e.size_text)} · {escaped(e.label)}" for e in entries],
            "range": [len(entries) - 0.45, -0.55],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
        "showlegend": False,
        "height": _FRAME + _ROW * max(2, len(entries)),
    }


def _dashes(entries: Sequence[Entry]) -> dict[str, str]:
    """Return each label's dash: labels of one backend share a colour and differ in this."""
    dashes: dict[str, str] = {}
    seen: dict[str, int] = {}
    for entry in entries:
        if entry.label not in dashes:
            number = seen.get(entry.backend, 0)
            dashes[entry.label] = _DASHES[number % len(_DASHES)]
            seen[entry.backend] = number + 1
    return dashes


def _few(sizes: Sequence[int]) -> list[int]:
    """Return at most eight of the sizes, evenly, for the ticks."""
    return list(sizes[:: math.ceil(len(sizes) / 8)])


def _size_title(entry: Entry) -> str:
    # A tree's items are its hashes, of which there are about twice as many as leaves.
    unit: str = entry.document["counts"]["item_unit"]
    return {"hashes": "leaves"}.get(unit, unit)


def _time_axis(traces: Sequence[dict[str, Any]]) -> Figure:
    """Return ticks at 1 (where few, at 2 and 5 as well) of every decade that the curves cross."""
    times = [y for trace in traces for y in trace["y"]]
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    steps: tuple[float, ...] = (1, 2, 5) if max(times) < 200 * min(times) else (1,)
    if max(times) < 5 * min(times):
        steps = _CLOSE
    ticks = [float(f"{step:g}e{decade}") for decade in range(low - 1, high + 1) for step in steps]
    return {
        "tickvals": ticks,
        "ticktext": [_round_time(tick) for tick in ticks],
        "title": {"text": "time"},
    }


def _round_time(seconds: float) -> str:
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")):
        if seconds >= scale * 0.999:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _figures(seconds: float) -> float:
    """Return a time with five significant digits: enough to draw, short to write."""
    return float(f"{seconds:.5g}")


def _superscript(text: str) -> str:
    base, caret, exponent = text.partition("^")
    return f"{base}<sup>{exponent}</sup>" if caret else text


def escaped(text: str) -> str:
    """Return text that plotly shows as it is: it reads some HTML and its own templates."""
    return text.replace("%{", "% {").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
