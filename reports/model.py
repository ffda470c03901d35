"""What a report shows, taken out of result documents once, for every format alike.

Measured and modelled figures stay in separate tables, and an entry whose output was wrong, or that
has no output, has no figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from statistics import median
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from zkmark.reports import quantities as q
from zkmark.reports.ceilings import CeilingText, ceiling_text
from zkmark.reports.modelled import ModelledTable, modelled_table
from zkmark.reports.palette import backend_rank
from zkmark.reports.peers import PeerTable, peer_tables
from zkmark.reports.workloads import PublishedRows, WorkloadRow, published_rows, workload_rows

if TYPE_CHECKING:
    from zkmark.suites.result import Result

KERNEL_TITLES = {"ntt": "NTT", "msm": "MSM", "merkle": "Merkle tree", "stackvm": "Program"}
# What tells a workload's variants apart that are one program: iter-93, bytes-1000.
_NUMBERED = re.compile(r"(.+)-\d+")
# The backends that speed-ups are quoted over.
BASELINES = ("reference", "numba")
# What a run can end in without a figure, the worst first.
FAILURES = ("incorrect", "crashed", "timeout", "error")


@dataclass(frozen=True)
class Entry:
    """One case on one backend in one run. ``run``: its letter, empty if there is one run only."""

    document: Mapping[str, Any]
    run: str = ""

    @property
    def label(self) -> str:
        """Return how tables and legends call the backend."""
        name: str = self.document["label"]
        return f"{self.run}: {name}" if self.run else name

    @property
    def label_order(self) -> tuple[int, str]:
        """Return what labels are sorted by: the runs in their order (Z before 27), then names."""
        return run_order(self.run), self.label

    @property
    def backend(self) -> str:
        """Return the backend's name, which decides the colour."""
        name: str = self.document["backend"]
        return name

    @property
    def slug(self) -> str:
        """Return the case's name."""
        name: str = self.document["slug"]
        return name

    @property
    def kernel(self) -> str:
        """Return the kernel's name."""
        name: str = self.document["kernel"]
        return name

    @property
    def status(self) -> str:
        """Return how it ended."""
        name: str = self.document["status"]
        return name

    @property
    def reason(self) -> str:
        """Return why it has no figures."""
        return str(self.document["reason"] or self.document["correctness"]["detail"] or "")

    @property
    def ok(self) -> bool:
        """Say whether it has figures that may be shown: its output was judged, and is right.

        Or, where it was extrapolated, those of the simulated sizes.
        """
        return self.status == "ok" and (
            self.document["correctness"]["ok"] is True or self.extrapolated
        )

    @property
    def extrapolated(self) -> bool:
        """Say whether its own output was not computed, but those of smaller simulated sizes."""
        section = self.document["modelled"]
        return section is not None and section["cycles"]["status"] == "extrapolated"

    @property
    def ranked(self) -> bool:
        """Say whether its total compares with others'; peers have a compute alone."""
        return bool(self.document["ranked_phase"] == "total")

    @property
    def measured(self) -> bool:
        """Say whether its figures were measured rather than modelled."""
        return bool(self.document["kind"] == "measured")

    def summary(self, phase: str) -> Mapping[str, Any]:
        """Return a phase's summary; empty if it has none."""
        found: Mapping[str, Any] = self.document["summary"].get(phase, {}) if self.ok else {}
        return found

    def median(self, phase: str) -> float | None:
        """Return a phase's median in seconds."""
        return self.summary(phase).get("median")

    def samples(self, phase: str) -> list[list[float]]:
        """Return every sample in seconds, a list for each process, warm-up left out."""
        found = self.document["phases"].get(phase) if self.ok else None
        return [process["samples"] for process in found["processes"]] if found else []

    def speedup(self, over: str) -> Mapping[str, Any]:
        """Return the paired ratio of totals; empty where it was not measured."""
        found: Mapping[str, Any] = self.document["speedup"].get(over, {}) if self.ok else {}
        return found

    @property
    def is_workload(self) -> bool:
        """Say whether it is a whole program rather than a kernel."""
        return self.document["workload"] is not None

    @property
    def size(self) -> int:
        """Return the case's size: elements of one transform, points, leaves, items of a program."""
        parameters = self.document["parameters"]
        if "log_size" in parameters:
            return 1 << int(parameters["log_size"])
        return int(parameters.get("size", self.document["counts"]["items"]))

    @property
    def size_text(self) -> str:
        """Return the size as text: ``2^10`` of a kernel, ``1000 steps`` of a program."""
        if not self.is_workload:
            return q.power(self.size)
        unit: str = self.document["counts"]["item_unit"]
        return f"{self.size} {unit.removesuffix('s') if self.size == 1 else unit}"

    @property
    def family(self) -> str:
        """Return the case's name without its size: what one scaling curve is about."""
        told = self.document["workload"]
        if told is not None:
            kept = [part for part in self.slug.split("/") if part != f"x{told['scale']}"]
            return "/".join(
                found[1]
                if part == told["variant"] and (found := _NUMBERED.fullmatch(part))
                else part
                for part in kept
            )
        sizes = {q.power(self.size), str(self.size)}
        return "/".join(part for part in self.slug.split("/") if part not in sizes)

    def clearly_faster_than(self, other: Entry) -> bool:
        """Say whether the intervals tell the two apart.

        In one run the paired ratio decides, between runs the totals' intervals.
        """
        if self.run == other.run:
            low = self.speedup(other.document["label"]).get("low")
            return low is not None and low > 1
        high, low = self.summary("total").get("high"), other.summary("total").get("low")
        return high is not None and low is not None and high < low


def family_title(family: str) -> str:
    """Return a family's name for people: ``NTT · goldilocks · forward``."""
    kernel, *rest = family.split("/")
    return " · ".join((KERNEL_TITLES.get(kernel, kernel), *rest))


@dataclass(frozen=True)
class Ratio:
    """A speed-up as text; ``distinct``: its interval does not hold 1."""

    text: str
    interval: str = ""
    distinct: bool = True


@dataclass(frozen=True)
class Row:
    """One line of a results table as text.

    ``path``: the code that ran (``cpu/avx2``); ``isa``: the instruction-set level that was allowed.
    ``fraction``: its total over the slowest of its case, 0 if it is the only one; ``rivals``: how
    many rows its case has.
    """

    case: str
    first_of_case: bool
    rivals: int
    label: str
    backend: str
    path: str
    isa: str
    status: str
    reason: str
    total: str = ""
    interval: str = ""
    compute: str = ""
    compute_interval: str = ""
    throughput: str = ""
    data_rate: str = ""
    over: tuple[Ratio, ...] = ()
    ceiling: CeilingText | None = None
    memory: str = ""
    fraction: float = 0.0
    fastest: bool = False


@dataclass(frozen=True)
class Table:
    """The rows of one kernel."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Glance:
    """The fastest backend at a family's largest size.

    ``over``: its speed-up over each baseline at the largest size where both ran, and that size
    unless it is the same.
    """

    title: str
    size: str
    label: str
    backend: str
    total: str
    throughput: str
    data_rate: str
    over: tuple[tuple[Ratio, str], ...]
    slug: str


@dataclass(frozen=True)
class Failure:
    """An entry without figures, and why."""

    case: str
    label: str
    status: str
    reason: str


@dataclass(frozen=True)
class Unsupported:
    """Cases that a backend does not compute, for one reason."""

    label: str
    reason: str
    cases: tuple[str, ...]


class Report:
    """Everything that a report shows of one or several results."""

    def __init__(self, results: Sequence[Result]) -> None:
        self.results = results
        several = len(results) > 1
        self._runs = {run_letter(i) if several else "": i for i in range(len(results))}
        self.entries = [
            Entry(case, run_letter(index) if several else "")
            for index, result in enumerate(results)
            for case in result.cases
        ]

    def hardware_of(self, entry: Entry) -> str:
        """Return what hardware an entry ran on: its device's name, or the processor's."""
        device = entry.document["settings"].get("device")
        machine = self.results[self._runs[entry.run]].run["machine"]
        return str(device or machine.get("cpu") or "processor")

    @cached_property
    def measured(self) -> list[Entry]:
        """Return the entries with measured figures of what a user waits for, so not the peers'."""
        return [e for e in self.entries if e.ok and e.measured and e.ranked]

    def families(self) -> Iterator[tuple[str, list[Entry]]]:
        """Yield each family with its measured entries, by size and then by backend."""
        for family in dict.fromkeys(e.family for e in self.measured):
            yield family, sorted((e for e in self.measured if e.family == family), key=_place)

    def tables(self) -> list[Table]:
        """Return a table for each kernel of its measured entries and failures."""
        found = []
        for kernel in dict.fromkeys(e.kernel for e in self.entries):
            rows = tuple(
                _rows(
                    [
                        e
                        for e in self.entries
                        if e.kernel == kernel
                        and e.measured
                        and not e.is_workload
                        and e.status != "unsupported"
                        and (e.ranked or not e.ok)
                    ]
                )
            )
            if rows:
                found.append(Table(KERNEL_TITLES.get(kernel, kernel), rows))
        return found

    def modelled_tables(self) -> list[ModelledTable]:
        """Return a table for each kernel of its modelled entries and failures."""
        shown = [e for e in self.entries if not e.measured and e.status != "unsupported"]
        return [
            modelled_table(
                KERNEL_TITLES.get(kernel, kernel),
                [(e.label, e.document) for e in shown if e.kernel == kernel],
            )
            for kernel in dict.fromkeys(e.kernel for e in shown)
        ]

    def glances(self) -> list[Glance]:
        """Return, for each family, what was fastest at its largest size."""
        found = []
        for family, entries in self.families():
            if entries[0].is_workload:
                continue
            largest = [e for e in entries if e.size == entries[-1].size]
            best = min(largest, key=_total)
            throughput = best.document["throughput"]
            found.append(
                Glance(
                    family_title(family),
                    q.power(best.size),
                    best.label,
                    best.backend,
                    q.seconds(best.median("total")),
                    q.rate(throughput["items_per_second"], throughput["item_unit"]),
                    q.data_rate(throughput["bytes_per_second"]),
                    tuple(_largest_ratio(best, entries, over) for over in BASELINES),
                    best.slug,
                )
            )
        return found

    def failures(self) -> list[Failure]:
        """Return the entries that should have figures and have none, wrong outputs first."""
        failed = [e for e in self.entries if not e.ok and e.status != "unsupported"]
        failed.sort(key=lambda e: FAILURES.index(e.status) if e.status in FAILURES else 9)
        return [Failure(e.slug, e.label, e.status, e.reason) for e in failed]

    def unsupported(self) -> list[Unsupported]:
        """Return what the backends do not compute, put together by reason."""

        def key(entry: Entry) -> tuple[tuple[int, str], str]:
            return entry.label_order, entry.reason

        found = sorted((e for e in self.entries if e.status == "unsupported"), key=key)
        return [
            Unsupported(label, reason, tuple(e.slug for e in group))
            for ((_, label), reason), group in groupby(found, key)
        ]

    def workload_rows(self) -> list[WorkloadRow]:
        """Return a row for each measured workload on each backend, and for each failure."""
        return workload_rows([(e.label, e.document) for e in self.entries if e.measured])

    def published(self) -> list[tuple[str, PublishedRows]]:
        """Return the published table with ours in it, one for each result that has some of it."""
        found = []
        for index, result in enumerate(self.results):
            labels = [(case["label"], case) for case in result.cases]
            name = result.profile.get("name") or result.run["machine"]["cpu"]
            rows = published_rows(labels, str(name))
            if rows is not None:
                found.append((run_letter(index) if len(self.results) > 1 else "", rows))
        return found

    def peer_tables(self) -> list[PeerTable]:
        """Return zkmark beside its peers, a table for each kernel and run."""
        return [table for result in self.results for table in peer_tables(result.cases)]

    def missing(self) -> list[str]:
        """Return the planned entries that no result holds: ``case on backend``."""
        return [f"{slug} on {label}" for r in self.results for slug, label in r.missing]


def run_letter(index: int) -> str:
    """Return how a page with several results calls one of them."""
    return ascii_uppercase[index] if index < len(ascii_uppercase) else str(index + 1)


def run_order(letter: str) -> int:
    """Return the place of a run by what ``run_letter`` calls it; 0 where there is one run only."""
    return int(letter) - 1 if letter.isdecimal() else ascii_uppercase.find(letter[:1])


def _place(entry: Entry) -> tuple[int, int, tuple[int, str]]:
    return entry.size, backend_rank(entry.backend), entry.label_order


def _total(entry: Entry) -> float:
    return entry.median("total") or 0.0


def _rows(entries: Sequence[Entry]) -> Iterator[Row]:
    for slug in dict.fromkeys(e.slug for e in entries):
        rivals = [e for e in entries if e.slug == slug]
        # The fastest first, what has no figures last.
        good = sorted((e for e in rivals if e.ok), key=_total)
        slowest = max((_total(e) for e in good), default=0.0)
        for index, entry in enumerate([*good, *(e for e in rivals if not e.ok)]):
            row = Row(
                case=slug,
                first_of_case=index == 0,
                rivals=len(rivals),
                label=entry.label,
                backend=entry.backend,
                path=_path(entry),
                isa=entry.document["settings"].get("isa") or "",
                status="ok" if entry.ok else entry.status,
                reason="" if entry.ok else entry.reason,
            )
            if entry.ok:
                clear = all(entry.clearly_faster_than(other) for other in good[1:])
                row = replace(
                    row,
                    **_figures(entry),
                    fraction=_total(entry) / slowest if slowest and len(good) > 1 else 0.0,
                    fastest=index == 0 and len(good) > 1 and clear,
                )
            yield row


def _figures(entry: Entry) -> dict[str, Any]:
    document = entry.document
    throughput = document["throughput"]
    return {
        "total": q.seconds(entry.median("total")),
        "interval": interval(entry.summary("total")),
        "compute": q.seconds(entry.median("compute")),
        "compute_interval": interval(entry.summary("compute")),
        "throughput": q.rate(throughput["items_per_second"], throughput["item_unit"]),
        "data_rate": q.data_rate(throughput["bytes_per_second"]),
        "ceiling": ceiling_text(document),
        "over": _ratios(entry),
        "memory": q.size(document["memory"]["host_peak_bytes"]["value"]),
    }


def _path(entry: Entry) -> str:
    """Return the code path that ran, unless it says no more than the backend's name."""
    path = entry.document["path"]
    return "" if path in (None, entry.backend) else str(path)


def interval(summary: Mapping[str, Any]) -> str:
    """Write a 95 % interval, or that there were too few processes for one."""
    if not summary:
        return ""
    if summary["low"] is None:
        return f"no interval from {q.count(summary['processes'], 'process', 'processes')}"
    return q.seconds_range(summary["low"], summary["high"])


def _ratios(entry: Entry) -> tuple[Ratio, ...]:
    return tuple(_ratio(entry.speedup(over)) for over in BASELINES)


def _ratio(found: Mapping[str, Any]) -> Ratio:
    if not found:
        return Ratio(q.MISSING)
    if found["low"] is None:
        return Ratio(q.factor(found["median"]), "no interval", distinct=False)
    return Ratio(
        q.factor(found["median"]),
        f"{q.digits(found['low'])}–{q.digits(found['high'])}",
        not found["low"] <= 1 <= found["high"],
    )


def _largest_ratio(best: Entry, entries: Sequence[Entry], over: str) -> tuple[Ratio, str]:
    """Return a backend's speed-up at the largest size where it was measured; and that size."""
    both = [e for e in entries if e.label == best.label and e.speedup(over)]
    if not both:
        return _ratio({}), ""
    return _ratio(both[-1].speedup(over)), q.power(both[-1].size)


def spread(entry: Entry) -> float | None:
    """Return how far apart the slowest and the fastest process are, over the median."""
    medians = [median(samples) for samples in entry.samples("total") if samples]
    middle = entry.median("total")
    return (max(medians) - min(medians)) / middle if medians and middle else None
