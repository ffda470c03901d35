"""What the page's filters and its CSV work on: every entry in a row, in the order of the results.

A table's row names the entries that it is about by their places here, so that one filter holds for
every table and chart. Times have five digits; ``zkmark report -o x.csv`` gives all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from zkmark.reports.charts import Chart
from zkmark.reports.model import Entry, Report

PHASES = ("total", "upload", "compute", "download", "compile", "prove", "verify")
# The columns that a reader filters by; the page's script knows them by these names.
FILTERS = ("run", "kernel", "backend")


def _columns() -> dict[str, Callable[[Entry], Any]]:
    """Return what each column holds of an entry; measured and modelled times have their own."""
    columns: dict[str, Callable[[Entry], Any]] = {
        "run": lambda e: e.run,
        "case": lambda e: e.slug,
        "kernel": lambda e: e.kernel,
        "backend": lambda e: e.backend,
        "label": lambda e: e.document["label"],
        "kind": lambda e: e.document["kind"],
        "status": lambda e: e.status,
        "items": lambda e: e.document["counts"]["items"],
        "item_unit": lambda e: e.document["counts"]["item_unit"],
    }
    for phase in PHASES:
        columns[f"{phase}_seconds"] = _figure(phase, "median")
    for bound in ("low", "high"):
        columns[f"total_{bound}_95_seconds"] = _figure("total", bound)
    columns["modelled_seconds"] = _modelled
    columns["host_peak_bytes"] = lambda e: e.document["memory"]["host_peak_bytes"]["value"]
    columns["device_peak_bytes"] = lambda e: e.document["memory"]["device_peak_bytes"]["value"]
    columns["energy_joules"] = lambda e: e.document["energy_joules"]["value"]
    columns["proof_bytes"] = lambda e: _of_run(e, "proof", "bytes")
    columns["security_conjectured_bits"] = lambda e: _of_run(e, "security", "conjectured")
    columns["security_proven_bits"] = lambda e: _of_run(e, "security", "proven")
    return columns


def _figure(phase: str, name: str) -> Callable[[Entry], float | None]:
    return lambda e: _short(e.summary(phase).get(name)) if e.measured else None


def _modelled(entry: Entry) -> float | None:
    section = entry.document["modelled"] if entry.ok and not entry.measured else None
    return _short(section["seconds"]["value"]) if section is not None else None


def _short(seconds: float | None) -> float | None:
    return None if seconds is None else float(f"{seconds:.5g}")


def _of_run(entry: Entry, part: str, name: str) -> Any:
    run = (entry.document["workload"] or {}).get("run") if entry.ok else None
    return run[part][name] if run is not None else None


def view_data(report: Report) -> dict[str, Any]:
    """Return the columns' names, and a row for each entry of the report.

    A column that is empty in every row is left out.
    """
    columns = _columns()
    kept = {
        name: values
        for name, of in columns.items()
        if any(values := [of(entry) for entry in report.entries]) or name in FILTERS
    }
    return {
        "columns": list(kept),
        "rows": [list(row) for row in zip(*kept.values(), strict=True)],
    }


def choices(report: Report) -> dict[str, list[str]]:
    """Return what there is to choose from, for each of the filters that leave a choice."""
    columns = _columns()
    found = {
        name: list(dict.fromkeys(str(columns[name](entry)) for entry in report.entries))
        for name in FILTERS
    }
    return {name: values for name, values in found.items() if len(values) > 1}


class Places:
    """Finds the places of entries, as the value of an attribute."""

    def __init__(self, report: Report) -> None:
        self._entries = report.entries
        self._of = {(e.slug, e.label): place for place, e in enumerate(report.entries)}

    def row(self, slug: str, labels: str | Iterable[str]) -> str:
        """Return the places of a case on one backend or several."""
        names = [labels] if isinstance(labels, str) else labels
        return _joined(self._of[slug, name] for name in names if (slug, name) in self._of)

    def published(self, entries: Iterable[tuple[str, str]], letter: str) -> str:
        """Return the places of cases on backends in a run, whose letter is empty if it is alone."""
        names = ((slug, f"{letter}: {label}" if letter else label) for slug, label in entries)
        return _joined(self._of[name] for name in names if name in self._of)

    def cases(self, slugs: Iterable[str], label: str) -> str:
        """Return the places of several cases on one backend."""
        return _joined(self._of[slug, label] for slug in slugs if (slug, label) in self._of)

    def case(self, slug: str) -> str:
        """Return the places of a case on every backend."""
        return _joined(i for i, e in enumerate(self._entries) if e.slug == slug)

    def label(self, label: str) -> str:
        """Return the places of everything on one backend."""
        return _joined(i for i, e in enumerate(self._entries) if e.label == label)

    def run(self, letter: str) -> str:
        """Return the places of everything in one run."""
        return _joined(i for i, e in enumerate(self._entries) if e.run == letter)

    def figure(self, figure: Mapping[str, Any]) -> dict[str, Any]:
        """Return a figure as the page draws it, with places instead of entries."""
        drawn = dict(figure)
        drawn["data"] = [
            {**trace, "meta": {**meta, "e": self._places(meta["e"])}}
            if "e" in (meta := trace.get("meta", {}))
            else trace
            for trace in figure["data"]
        ]
        if "rows" in figure:
            drawn["rows"] = self._places(figure["rows"])
        return drawn

    def _places(self, entries: Iterable[Entry]) -> list[int]:
        return [self._of[entry.slug, entry.label] for entry in entries]

    def chart(self, chart: Chart) -> str:
        """Return the places of what a chart is about."""
        return _joined(self._of[e.slug, e.label] for e in chart.entries)


def _joined(places: Iterable[int]) -> str:
    return " ".join(map(str, places))
