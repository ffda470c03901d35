"""Results case by case: the same computation on each machine, and the ratio of its times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zkmark.reports import quantities as q
from zkmark.reports.ceilings import CeilingText, ceiling_text
from zkmark.reports.compare.economy import (
    Amount,
    cost_of,
    energy_of,
    estimated_energy_of,
    price_of,
    units_of,
)
from zkmark.reports.compare.errors import DifferentCasesError
from zkmark.reports.compare.ratio import unpaired_ratio
from zkmark.reports.compare.sources import Source
from zkmark.reports.model import Entry
from zkmark.suites.result import PHASES, WORKLOAD_PHASES
from zkmark.suites.statistics import Interval, process_medians

# Other people's libraries are measured beside ours; they say nothing about which machine is best.
_PEER = "peer"
_NAMED = 5
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """One phase of a case on one machine: seconds and their interval."""

    seconds: float
    low: float | None
    high: float | None
    processes: int


@dataclass(frozen=True)
class Phase:
    """A phase on every machine; ``ratios``: the first source's time over each one's.

    ``None`` stands for what a machine has not, and for the first source's own ratio.
    """

    name: str
    figures: tuple[Figure | None, ...]
    ratios: tuple[Interval | None, ...]


@dataclass(frozen=True)
class ComparedCase:
    """One case on one backend, on every machine: an entry a source, ``None`` where it was not run.

    ``energy`` and ``cost`` are of one run of the case, ``estimated_energy`` by the power that was
    declared; ``units`` says how many runs a million items or a proof are.
    """

    slug: str
    kernel: str
    label: str
    entries: tuple[Document | None, ...]
    phases: tuple[Phase, ...]
    energy: tuple[Amount | None, ...]
    cost: tuple[Amount | None, ...]
    estimated_energy: tuple[Amount | None, ...]
    units: Mapping[str, float]

    @property
    def is_workload(self) -> bool:
        """Say whether it is a whole program."""
        return any(e is not None and e["workload"] is not None for e in self.entries)

    @property
    def compares(self) -> bool:
        """Say whether it has a ratio."""
        return any(ratio is not None for phase in self.phases for ratio in phase.ratios)

    def label_on(self, index: int) -> str:
        """Return what ran it there: label and code path."""
        entry = self.entries[index]
        if entry is None:
            return ""
        label, path = str(entry["label"]), entry["path"]
        if path in (None, label, entry["backend"]):
            return label
        return str(path) if label == entry["backend"] else f"{label} ({path})"

    def state(self, index: int) -> str:
        """Return why a machine has no figures; empty if it has."""
        entry = self.entries[index]
        if entry is None:
            return "not run"
        return "" if Entry(entry).ok else str(entry["status"])

    def ceiling(self, index: int) -> CeilingText | None:
        """Return a machine's share of its own nearer ceiling."""
        entry = self.entries[index]
        return ceiling_text(entry) if entry is not None and Entry(entry).ok else None


@dataclass(frozen=True)
class ModelledCase:
    """A simulated design's case: seconds that follow from cycles and a clock, and their ratios.

    They are exact for the model, and so have no interval.
    """

    slug: str
    label: str
    entries: tuple[Document | None, ...]
    seconds: tuple[float | None, ...]
    ratios: tuple[float | None, ...]

    def state(self, index: int) -> str:
        """Return why a source has no figure; empty if it has."""
        entry = self.entries[index]
        if entry is None:
            return "not run"
        return "" if self.seconds[index] is not None else str(entry["status"])


def check_cases(sources: Sequence[Source], common: bool) -> list[str]:
    """Return the cases that every result has, in the order of the first.

    Raises ``DifferentCasesError`` that names a case which is not the same computation everywhere
    or, unless ``common``, one that some result has not.
    """
    slugs = [dict.fromkeys(case["slug"] for case in s.result.cases) for s in sources if s.result]
    letters = [s.letter for s in sources if s.result]
    shared = [slug for slug in slugs[0] if all(slug in one for one in slugs)]
    if not shared:
        raise DifferentCasesError(
            "the results have no case in common: "
            + ", ".join(
                f"{a} has {_named(list(one))}" for a, one in zip(letters, slugs, strict=True)
            )
        )
    if not common:
        _same_sets(letters, slugs)
    for slug in shared:
        _same_computation(sources, slug)
    return shared


def _named(slugs: Sequence[str]) -> str:
    shown = list(slugs[:_NAMED])
    if len(slugs) > _NAMED:
        shown[-1] = f"{len(slugs) - _NAMED + 1} more"
    return q.listed(shown) if shown else "none"


def _same_sets(letters: Sequence[str], slugs: Sequence[Mapping[str, None]]) -> None:
    parts = []
    everything = dict.fromkeys(slug for one in slugs for slug in one)
    for letter, one in zip(letters, slugs, strict=True):
        lacking = [slug for slug in everything if slug not in one]
        if lacking:
            parts.append(f"{letter} lacks {_named(lacking)}")
    if parts:
        raise DifferentCasesError(
            f"the results hold different cases: {'; '.join(parts)}; --common compares those that "
            "all of them have"
        )


def _same_computation(sources: Sequence[Source], slug: str) -> None:
    """Raise if entries under one name are of different computations."""
    seen: dict[str, tuple[str, Any]] = {}
    for source in sources:
        if source.result is None:
            continue
        for entry in source.result.cases:
            if entry["slug"] != slug:
                continue
            facts = {"parameters": dict(entry["parameters"]), "items": entry["counts"]["items"]}
            run = (entry["workload"] or {}).get("run")
            # Another system's digest of the same program is another number.
            if run and entry["backend"] != _PEER:
                facts["program digest"] = run["program"]["digest"]
            for name, value in facts.items():
                letter, other = seen.setdefault(name, (source.letter, value))
                if other != value:
                    raise DifferentCasesError(
                        f"{slug} is not the same case everywhere: {name} {other} in {letter}, "
                        f"{value} in {source.letter}"
                    )


def paired_entries(
    sources: Sequence[Source], slugs: Sequence[str], best: bool
) -> list[tuple[str, str, tuple[Document | None, ...]]]:
    """Return case, label and an entry a source: those of the same label, or each one's fastest."""
    found: list[tuple[str, str, tuple[Document | None, ...]]] = []
    for slug in slugs:
        own = [
            [case for case in s.result.cases if case["slug"] == slug] if s.result else []
            for s in sources
        ]
        if best:
            found.append((slug, "fastest", tuple(_fastest(cases) for cases in own)))
        labels = dict.fromkeys(case["label"] for cases in own for case in cases)
        for label in labels:
            entries = tuple(next((c for c in cases if c["label"] == label), None) for cases in own)
            modelled = any(e is not None and e["kind"] == "modelled" for e in entries)
            if best and not modelled:
                continue
            if any(e is not None and e["status"] != "unsupported" for e in entries):
                found.append((slug, label, entries))
    return found


def _fastest(cases: Sequence[Document]) -> Document | None:
    able = [
        case
        for case in cases
        if case["kind"] == "measured"
        and case["backend"] != _PEER
        and case["ranked_phase"] == "total"
        and Entry(case).ok
    ]
    return min(able, key=lambda case: case["summary"]["total"]["median"], default=None)


def compare_measured(
    sources: Sequence[Source], slug: str, label: str, entries: tuple[Document | None, ...]
) -> ComparedCase:
    """Compare one case's measured entries."""
    good = [entry if entry is not None and Entry(entry).ok else None for entry in entries]
    there = [entry for entry in good if entry is not None]
    workload = any(entry["workload"] is not None for entry in there)
    names = [
        name
        for name in (WORKLOAD_PHASES if workload else PHASES)
        if any(name in entry["summary"] for entry in there)
    ]
    prices = [price_of(source.profile, source.price_per_hour) for source in sources]
    return ComparedCase(
        slug,
        str(next(e["kernel"] for e in entries if e is not None)) if any(entries) else "",
        label,
        entries,
        tuple(_phase(name, good) for name in names),
        tuple(None if e is None else energy_of(e) for e in good),
        tuple(None if e is None else cost_of(e, p) for e, p in zip(good, prices, strict=True)),
        tuple(
            None if e is None else estimated_energy_of(e, source.profile)
            for e, source in zip(good, sources, strict=True)
        ),
        units_of(there[0]) if there else {},
    )


def _phase(name: str, entries: Sequence[Document | None]) -> Phase:
    medians = [_medians(entry, name) for entry in entries]
    return Phase(
        name,
        tuple(None if e is None else _figure(e, name) for e in entries),
        (None, *(unpaired_ratio(medians[0], one) for one in medians[1:])),
    )


def _medians(entry: Document | None, phase: str) -> list[float]:
    if entry is None or phase not in entry["phases"]:
        return []
    return process_medians([one["samples"] for one in entry["phases"][phase]["processes"]])


def _figure(entry: Document, phase: str) -> Figure | None:
    found = entry["summary"].get(phase)
    if found is None:
        return None
    return Figure(found["median"], found["low"], found["high"], found["processes"])


def compare_modelled(slug: str, label: str, entries: tuple[Document | None, ...]) -> ModelledCase:
    """Set the modelled seconds of a case beside one another."""
    seconds = [
        entry["modelled"]["seconds"]["value"]
        if entry is not None and entry["modelled"] is not None and Entry(entry).ok
        else None
        for entry in entries
    ]
    base = seconds[0]
    return ModelledCase(
        slug,
        label,
        entries,
        tuple(seconds),
        (None, *(base / one if base and one else None for one in seconds[1:])),
    )
