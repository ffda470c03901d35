"""The charts of a report as plotly figures (plain dictionaries): scaling, noise and phases.

Colours, fonts and grid are left to the page, which knows whether it is light or dark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from zkmark.reports import quantities as q
from zkmark.reports.model import KERNEL_TITLES, Entry, Report

# One colour a backend on every page, told apart by the colour-blind as well (Okabe and Ito, 2008).
COLOURS = {
    "cpu": "#0072b2",
    "numba": "#e69f00",
    "reference": "#7f7f7f",
    "cuda": "#009e73",
    "opencl": "#cc79a7",
    "fpga": "#d55e00",
    "peer": "#56b4e9",
}
_DASHES = ("solid", "dash", "dot", "dashdot")
_SYMBOLS = {"cpu": "circle", "numba": "square", "reference": "diamond", "cuda": "triangle-up"}
PHASES = ("upload", "compute", "download")
_PHASE_COLOURS = {"upload": "#56b4e9", "compute": "#0072b2", "download": "#e69f00"}
# Beyond this many raw samples a strip shows each process's median: a page has to stay light.
_MOST_SAMPLES = 12_000

Figure = dict[str, Any]


def _style(entry: Entry, labels: Sequence[str]) -> dict[str, Any]:
    backend = entry.document["backend"]
    same = [label for label in labels if label.split(": ")[-1].split(" ")[0] == backend]
    dash = _DASHES[same.index(entry.label) % len(_DASHES)] if entry.label in same else "solid"
    return {
        "line": {"color": COLOURS.get(backend, "#7f7f7f"), "dash": dash, "width": 2},
        "marker": {
            "color": COLOURS.get(backend, "#7f7f7f"),
            "symbol": _SYMBOLS.get(backend, "cross"),
            "size": 7,
        },
    }


def scaling(report: Report) -> Iterator[tuple[str, Figure]]:
    """Yield a log-log chart of total time over size for every case that was measured at several sizes."""
    measured = [e for e in report.entries if e.ok]
    for family in dict.fromkeys(e.family for e in measured):
        chosen = [e for e in measured if e.family == family]
        labels = list(dict.fromkeys(e.label for e in chosen))
        if len({e.size for e in chosen}) < 2:
            continue
        traces = []
        for label in labels:
            points = sorted((e for e in chosen if e.label == label), key=lambda e: e.size)
            totals = [e.summary("total") for e in points]
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": label,
                    "x": [e.size for e in points],
                    "y": [t["median"] for t in totals],
                    "error_y": {
                        "type": "data",
                        "symmetric": False,
                        "array": [(t["high"] or t["median"]) - t["median"] for t in totals],
                        "arrayminus": [t["median"] - (t["low"] or t["median"]) for t in totals],
                        "thickness": 1,
                        "width": 3,
                    },
                    "text": [f"{e.slug}<br>{q.seconds(e.median('total'))}" for e in points],
                    "hovertemplate": "%{text}<extra>" + label + "</extra>",
                    **_style(points[0], labels),
                }
            )
        sizes = sorted({e.size for e in chosen})
        layout = {
            "xaxis": {
                "type": "log",
                "title": {"text": chosen[0].document["counts"]["item_unit"] if len(sizes) else ""},
                "tickvals": sizes,
                "ticktext": [_power(s) for s in sizes],
            },
            "yaxis": {
                "type": "log",
                "title": {"text": "total, seconds"},
                "exponentformat": "SI",
                "dtick": 1,
            },
            "legend": {"orientation": "h", "y": 1.12, "x": 0},
            "height": 340,
        }
        yield family, {"data": traces, "layout": layout}


def _power(size: int) -> str:
    return f"2<sup>{size.bit_length() - 1}</sup>" if size & (size - 1) == 0 else str(size)


def strips(report: Report) -> Iterator[tuple[str, Figure]]:
    """Yield, a kernel, every sample of every process against its entry's median: the noise, undropped."""
    measured = [e for e in report.entries if e.ok]
    count = sum(
        len(p["samples"]) for e in measured for p in e.document["phases"]["total"]["processes"]
    )
    for kernel in dict.fromkeys(e.document["kernel"] for e in measured):
        chosen = [e for e in measured if e.document["kernel"] == kernel]
        traces = []
        for label in dict.fromkeys(e.label for e in chosen):
            xs: list[float] = []
            ys: list[float] = []
            text: list[str] = []
            for row, entry in enumerate(chosen):
                if entry.label == label:
                    for x, y, hover in _strip(entry, row, count > _MOST_SAMPLES):
                        xs.append(x)
                        ys.append(y)
                        text.append(hover)
            style = _style(next(e for e in chosen if e.label == label), [label])
            style["marker"] = {**style["marker"], "size": 4, "opacity": 0.55}
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": label,
                    "x": xs,
                    "y": ys,
                    "text": text,
                    "hovertemplate": "%{text}<extra>" + label + "</extra>",
                    **style,
                }
            )
        layout = {
            "xaxis": {"title": {"text": "sample against the entry's median, %"}, "zeroline": True},
            "yaxis": {
                "tickvals": list(range(len(chosen))),
                "ticktext": [_short(e) for e in chosen],
                "range": [len(chosen) - 0.4, -0.6],
                "zeroline": False,
                "automargin": True,
            },
            "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
            "height": 110 + 17 * len(chosen),
        }
        yield KERNEL_TITLES.get(kernel, kernel), {"data": traces, "layout": layout}


def _short(entry: Entry) -> str:
    return f"{entry.slug.partition('/')[2]} · {entry.label}"


def _strip(entry: Entry, row: int, medians_only: bool) -> Iterator[tuple[float, float, str]]:
    from statistics import median

    middle = entry.median("total") or 1.0
    processes = entry.document["phases"]["total"]["processes"]
    for index, process in enumerate(processes):
        samples = (
            [median(process["samples"])]
            if medians_only and process["samples"]
            else process["samples"]
        )
        # Each process has its own level within the row.
        level = row + 0.6 * ((index + 0.5) / len(processes) - 0.5)
        for sample in samples:
            text = f"{entry.slug}, process {index + 1}: {q.seconds(sample)}"
            yield round(100 * (sample / middle - 1), 2), round(level, 3), text


def phases(report: Report) -> Iterator[tuple[str, Figure]]:
    """Yield, a kernel, the share of upload, compute and download in the medians of each entry."""
    measured = [e for e in report.entries if e.ok and e.summary("compute")]
    for kernel in dict.fromkeys(e.document["kernel"] for e in measured):
        chosen = [e for e in measured if e.document["kernel"] == kernel]
        traces = []
        for phase in PHASES:
            shares, text = [], []
            for entry in chosen:
                times = {p: entry.median(p) or 0.0 for p in PHASES}
                shares.append(round(100 * times[phase] / (sum(times.values()) or 1.0), 2))
                text.append(f"{phase} {q.seconds(times[phase])}")
            traces.append(
                {
                    "type": "bar",
                    "orientation": "h",
                    "name": phase,
                    "x": shares,
                    "y": list(range(len(chosen))),
                    "text": text,
                    "textposition": "none",
                    "hovertemplate": "%{text} (%{x:.1f} %)<extra></extra>",
                    "marker": {"color": _PHASE_COLOURS[phase]},
                }
            )
        layout = {
            "barmode": "stack",
            "xaxis": {"title": {"text": "share of total, %"}, "range": [0, 100]},
            "yaxis": {
                "tickvals": list(range(len(chosen))),
                "ticktext": [_short(e) for e in chosen],
                "range": [len(chosen) - 0.4, -0.6],
                "automargin": True,
            },
            "legend": {
                "orientation": "h",
                "y": 1.0,
                "yanchor": "bottom",
                "x": 0,
                "traceorder": "normal",
            },
            "bargap": 0.25,
            "height": 110 + 17 * len(chosen),
        }
        yield KERNEL_TITLES.get(kernel, kernel), {"data": traces, "layout": layout}
