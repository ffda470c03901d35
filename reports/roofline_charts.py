"""The charts of rooflines, and their rows as text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from zkmark.reports import quantities as q
from zkmark.reports.ceilings import MULTIPLIERS
from zkmark.reports.charts import Chart, escaped
from zkmark.reports.model import Report, family_title
from zkmark.reports.palette import backend_variable, marker
from zkmark.reports.roofline import Roof, Roofline, RooflinePoint, order, rooflines

LEAD = (
    "Every case under the roof of its own device: word multiplications per byte of memory across, "
    "word multiplications a second up, both logarithmic. The roof is what probes measured there: "
    "the lower of the multipliers' rate and the memory's bandwidth. Bytes are input read once and "
    "output written once; a case whose data stays in a cache may stand above the slope."
)


@dataclass(frozen=True)
class RooflineRow:
    """One kernel's points on one backend as text, from the smallest size to the largest.

    ``share``: of the roof at each intensity; ``bound``: which roof that is; ``cases``: their names.
    """

    family: str
    label: str
    sizes: str
    per_byte: str
    rate: str
    share: str
    bound: str
    cases: tuple[str, ...]


def roof_title(roof: Roof) -> str:
    """Return a roof's name: device, unit, level and threads."""
    head = f"{roof.run}: {roof.device}" if roof.run else roof.device
    threads = "" if roof.threads is None else f", {q.count(roof.threads, 'thread')}"
    return f"{head} · {MULTIPLIERS[roof.unit]} ({roof.level}{threads})"


def roofline_rows(report: Report) -> list[tuple[str, list[RooflineRow]]]:
    """Return every curve under a roof as text, below the name of its roof."""
    return [
        (
            roof_title(one.roof),
            [
                _row(one.roof, list(points))
                for _, points in groupby(sorted(order(one.points), key=_curve), key=_curve)
            ],
        )
        for one in rooflines(report)
    ]


def _curve(point: RooflinePoint) -> tuple[str, tuple[int, str]]:
    return point.entry.family, point.entry.label_order


def _row(roof: Roof, points: Sequence[RooflinePoint]) -> RooflineRow:
    first = points[0].entry
    limits = ["multipliers" if p.per_byte >= roof.ridge else "memory" for p in points]
    return RooflineRow(
        family=family_title(first.family),
        label=first.label,
        sizes=_span([p.entry.size_text for p in points]),
        per_byte=_span([q.digits(p.per_byte) for p in points]),
        rate=_span([q.scaled(p.rate, "/s") for p in points]),
        share=_span([q.percent(p.share(roof)) for p in points]),
        bound=", then ".join(dict.fromkeys(limits)),
        cases=tuple(p.entry.slug for p in points),
    )


def _span(texts: Sequence[str]) -> str:
    """Write the first and the last of some texts."""
    return texts[0] if texts[0] == texts[-1] else f"{texts[0]} … {texts[-1]}"


def roofline_charts(report: Report) -> Iterator[Chart]:
    """Yield a chart for each device and unit."""
    for one in rooflines(report):
        yield _chart(one)


def _chart(one: Roofline) -> Chart:
    roof, points = one.roof, order(one.points)
    across = [point.per_byte for point in points]
    left, right = min(*across, roof.ridge) / 3, max(*across, roof.ridge) * 3
    unit = MULTIPLIERS[roof.unit]
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": "roof",
        "x": [_short(x) for x in (left, roof.ridge, right)],
        "y": [_short(roof.at(x)) for x in (left, roof.ridge, right)],
        "hoverinfo": "skip",
        "line": {"color": "--faint", "width": 2},
    }
    labels = list(dict.fromkeys(point.entry.label for point in points))
    traces = [line, *(_points(points, label) for label in labels)]
    figure = {
        "data": traces,
        "layout": {
            "xaxis": {
                "type": "log",
                **_decades([left, right], ""),
                "title": {"text": f"{unit} per byte"},
            },
            "yaxis": {
                "type": "log",
                **_decades([y for trace in traces for y in trace["y"]], "/s"),
                "title": {"text": f"{unit} a second"},
            },
            "showlegend": True,
            "height": 330,
        },
    }
    title = roof_title(roof)
    remark = (
        f"Roof: {q.scaled(roof.multiplications, '/s')} and {q.data_rate(roof.bandwidth)}, which "
        f"meet at {q.digits(roof.ridge)} per byte."
    )
    alternative = f"Roofline of {title} with {q.count(len(points), 'case')}"
    return Chart(title, alternative, figure, remark, [point.entry for point in points])


def _points(points: Sequence[RooflinePoint], label: str) -> dict[str, Any]:
    chosen = [point for point in points if point.entry.label == label]
    backend = chosen[0].entry.backend
    return {
        "type": "scatter",
        "mode": "markers",
        "name": escaped(label),
        "meta": {"e": [point.entry for point in chosen]},
        "x": [_short(point.per_byte) for point in chosen],
        "y": [_short(point.rate) for point in chosen],
        "text": [escaped(point.entry.slug) for point in chosen],
        "hovertemplate": f"<b>{escaped(label)}</b> %{{text}}<br>%{{y:.3s}}/s, "
        "%{x:.3r} per byte<extra></extra>",
        "marker": {"color": backend_variable(backend), "symbol": marker(backend), "size": 8},
    }


def _decades(values: Sequence[float], unit: str) -> dict[str, Any]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    steps = (1, 2, 5) if high - low < 3 else (1,)
    ticks = [float(f"{step}e{decade}") for decade in range(low, high + 1) for step in steps]
    return {"tickvals": ticks, "ticktext": [_tick(tick, unit) for tick in ticks]}


def _tick(value: float, unit: str) -> str:
    if value < 1000 and not unit:
        return f"{value:g}"
    number, _, rest = q.scaled(value, unit).partition(" ")
    return f"{float(number):g} {rest}".rstrip()


def _short(value: float) -> float:
    return float(f"{value:.4g}")
