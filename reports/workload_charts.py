"""The charts of workloads: their phases, and what proving consists of, as shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from zkmark.reports import quantities as q
from zkmark.reports.charts import Chart, Figure, escaped
from zkmark.reports.model import Entry, Report
from zkmark.reports.palette import family_variable, phase_variable
from zkmark.reports.workloads import FAMILIES, PHASES, shares_of

_FRAME, _ROW = 46, 22


def workload_charts(report: Report) -> Iterator[Chart]:
    """Yield a chart of the phases and one of the kernels in proving, a row a workload in each."""
    entries = [e for e in report.measured if e.is_workload]
    if not entries:
        return
    yield Chart(
        "Phases",
        "Shares of compile, prove and verify in every workload",
        _shares(
            entries,
            [
                (
                    phase,
                    phase_variable(phase),
                    [e.median(phase) or 0.0 for e in entries],
                )
                for phase in PHASES
            ],
        ),
        entries=entries,
    )
    # Peers do not tell what their proving consists of.
    entries = [e for e in entries if shares_of(e.document)]
    if not entries:
        return
    shares = [{share.family: share for share in shares_of(e.document)} for e in entries]
    seconds = [
        {one["name"]: one["seconds"] for one in e.document["workload"]["run"]["kernels"]}
        for e in entries
    ]
    families = [name for name in FAMILIES if any(name in one for one in shares)]
    yield Chart(
        "What proving consists of",
        "Shares of NTT, hashing, constraints and the other steps in proving every workload",
        _shares(
            entries,
            [
                (FAMILIES[name], family_variable(name), [one.get(name, 0.0) for one in seconds])
                for name in families
            ],
        ),
        entries=entries,
    )


def families_of(report: Report) -> list[tuple[str, str]]:
    """Return the families of steps that any workload has, with what they are called."""
    found = {
        share.family
        for entry in report.measured
        if entry.is_workload
        for share in shares_of(entry.document)
    }
    return [(name, title) for name, title in FAMILIES.items() if name in found]


def _shares(entries: Sequence[Entry], parts: Sequence[tuple[str, str, Sequence[float]]]) -> Figure:
    """Return stacked bars; ``parts`` are name, colour and seconds, one number an entry."""
    sums = [sum(times) or 1.0 for times in zip(*(times for _, _, times in parts), strict=True)]
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "x": [round(100 * time / whole, 2) for time, whole in zip(times, sums, strict=True)],
            "y": list(range(len(entries))),
            "customdata": [q.seconds(time) for time in times],
            "hovertemplate": f"{name} %{{customdata}}, %{{x:.1f}} %<extra></extra>",
            "marker": {"color": colour},
        }
        for name, colour, times in parts
    ]
    names = [f"{escaped(e.document['workload']['title'])} · {escaped(e.label)}" for e in entries]
    return {
        "data": traces,
        "layout": {
            "barmode": "stack",
            "bargap": 0.3,
            "showlegend": False,
            "height": _FRAME + _ROW * max(2, len(entries)),
            "xaxis": {
                "range": [0, 100],
                "tickvals": [0, 25, 50, 75, 100],
                "ticktext": ["0", "25 %", "50 %", "75 %", "100 %"],
                "fixedrange": True,
            },
            "yaxis": {
                "tickvals": list(range(len(entries))),
                "ticktext": names,
                "range": [len(entries) - 0.45, -0.55],
                "showgrid": False,
                "zeroline": False,
                "fixedrange": True,
            },
        },
    }
