"""What a report shows, taken out of result documents once, for every format alike.

Measured and modelled figures are kept in separate tables, and an entry whose output was wrong has no figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from zkmark.reports import quantities as q

if TYPE_CHECKING:
    from zkmark.suites.result import Result

KERNEL_TITLES = {"ntt": "NTT", "msm": "MSM", "merkle": "Merkle trees"}
# The backends that a speed-up is quoted over.
BASELINES = ("reference", "numba")


@dataclass(frozen=True)
class Entry:
    """One case on one backend in one run."""

    document: Mapping[str, Any]
    run: str  # a letter, when the page has several results; else empty

    @property
    def label(self) -> str:
        """Name the implementation as tables and legends do."""
        name: str = self.document["label"]
        return f"{self.run}: {name}" if self.run else name

    @property
    def slug(self) -> str:
        """Name the case."""
        slug: str = self.document["slug"]
        return slug

    @property
    def ok(self) -> bool:
        """Say whether it has figures that may be shown."""
        return bool(self.document["status"] == "ok")

    def summary(self, phase: str) -> Mapping[str, Any]:
        """Return a phase's summary; empty if it has none."""
        found: Mapping[str, Any] = self.document["summary"].get(phase, {}) if self.ok else {}
        return found

    def median(self, phase: str) -> float | None:
        """Return a phase's median in seconds."""
        return self.summary(phase).get("median")

    def speedup(self, over: str) -> Mapping[str, Any]:
        """Return the paired ratio over another backend; empty where it was not measured."""
        found: Mapping[str, Any] = self.document["speedup"].get(over, {}) if self.ok else {}
        return found

    @property
    def size(self) -> int:
        """The case's size: elements, points or leaves."""
        parameters = self.document["parameters"]
        return int(parameters.get("size", 0) or 1 << parameters.get("log_size", 0))

    @property
    def family(self) -> str:
        """Name the case without its size: what one scaling curve is about."""
        return "/".join(
            part
            for part in self.slug.split("/")
            if not part.startswith("2^") and not part.isdigit()
        )


@dataclass(frozen=True)
class Row:
    """One line of a results table, as text, and how long it is against the slowest of its case."""

    case: str
    first_of_case: bool
    label: str
    backend: str
    path: str
    total: str
    interval: str
    compute: str
    throughput: str
    data_rate: str
    over: tuple[tuple[str, str], ...]
    memory: str
    width: str
    fraction: float
    fastest: bool


@dataclass(frozen=True)
class Table:
    """The rows of one kernel."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Verdict:
    """The first line of a report: is everything right, and what is fastest."""

    good: bool
    headline: str
    details: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """An entry without figures, and why."""

    case: str
    label: str
    status: str
    reason: str


@dataclass
class Report:
    """Everything that a report shows of one or several results."""

    results: Sequence[Result]
    entries: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Collect the entries of all results."""
        several = len(self.results) > 1
        for index, result in enumerate(self.results):
            run = chr(ord("A") + index) if several else ""
            self.entries += [Entry(case, run) for case in result.cases]

    def kernels(self, kind: str = "measured") -> list[Table]:
        """Return one table a kernel of the entries of a kind (``measured`` or ``modelled``) with figures."""
        tables = []
        for kernel in dict.fromkeys(e.document["kernel"] for e in self.entries):
            chosen = [e for e in self.entries if e.document["kernel"] == kernel and e.ok]
            rows = tuple(_rows([e for e in chosen if e.document["kind"] == kind]))
            if rows:
                tables.append(Table(KERNEL_TITLES.get(kernel, kernel), rows))
        return tables

    def problems(self) -> list[Problem]:
        """Return the entries without figures: wrong outputs first, what is merely unsupported last."""
        order = {"incorrect": 0, "crashed": 1, "timeout": 2, "error": 3, "unsupported": 4}
        bad = sorted(
            (e for e in self.entries if not e.ok), key=lambda e: order[e.document["status"]]
        )
        return [
            Problem(e.slug, e.label, e.document["status"], e.document["reason"] or "") for e in bad
        ]

    def verdict(self) -> Verdict:
        """Say in a line whether every output was right, and in a few more what stands out."""
        counts = Counter(e.document["status"] for e in self.entries)
        good = counts["ok"] > 0 and not (
            counts["incorrect"] or counts["crashed"] or counts["timeout"] or counts["error"]
        )
        details = [*self._fastest(), *self._noise(), *self._unfinished()]
        return Verdict(good, _headline(counts), tuple(details))

    def _fastest(self) -> Iterator[str]:
        measured = [e for e in self.entries if e.ok and e.document["kind"] == "measured"]
        best: Counter[str] = Counter()
        contested = 0
        for slug in dict.fromkeys(e.slug for e in measured):
            rivals = [e for e in measured if e.slug == slug]
            if len(rivals) > 1:
                contested += 1
                best[min(rivals, key=lambda e: e.median("total") or 0).label] += 1
        if not contested:
            return
        label, wins = best.most_common(1)[0]
        text = (
            f"{label} is fastest in {wins} of the {contested} cases that several backends computed"
        )
        ratios = []
        for over in BASELINES:
            found = [
                e.speedup(over)["median"] for e in measured if e.label == label and e.speedup(over)
            ]
            if found:
                ratios.append(f"{q.factor(median(found))} {over}")
        yield f"{text}: {' and '.join(ratios)} in the median case." if ratios else f"{text}."

    def _noise(self) -> Iterator[str]:
        widths = [
            w for e in self.entries if (w := e.summary("total").get("relative_width")) is not None
        ]
        if widths:
            within = sum(w <= 0.02 for w in widths)
            yield (
                f"The 95 % interval of the median is {q.percent(median(widths))} wide in the median case; "
                f"{within} of {len(widths)} are within 2 %."
            )

    def _unfinished(self) -> Iterator[str]:
        for result in self.results:
            if result.missing:
                yield (
                    f"The run is {'unfinished' if result.status == 'running' else result.status}: "
                    f"{len(result.missing)} of {len(result.run['suite']['planned'])} entries are missing."
                )


def _headline(counts: Counter[str]) -> str:
    total = sum(counts.values())
    if counts["incorrect"]:
        return f"{counts['incorrect']} of {total} outputs are WRONG; they have no figures."
    if not counts["ok"]:
        return "Nothing was measured."
    text = f"All {counts['ok']} measured outputs are correct."
    rest = [f"{counts[s]} {s}" for s in ("crashed", "timeout", "error", "unsupported") if counts[s]]
    return f"{text} {', '.join(rest).capitalize()}." if rest else text


def _rows(entries: Sequence[Entry]) -> Iterator[Row]:
    for slug in dict.fromkeys(e.slug for e in entries):
        rivals = [e for e in entries if e.slug == slug]
        times = [e.median("total") or 0.0 for e in rivals]
        for index, entry in enumerate(rivals):
            yield _row(
                entry,
                index == 0,
                times[index] / max(times),
                times[index] == min(times) and len(times) > 1,
            )


def interval(summary: Mapping[str, Any]) -> str:
    """Write an interval, or say that there were too few processes for one."""
    if summary.get("low") is None:
        return f"none from {summary.get('processes', 0)}"
    return f"{q.seconds(summary['low'])} – {q.seconds(summary['high'])}"


def _ratio(found: Mapping[str, Any]) -> str:
    if not found:
        return q.MISSING
    if found.get("low") is None:
        return q.factor(found["median"])
    return f"{q.factor(found['median'])} ({q.digits(found['low'])}–{q.digits(found['high'])})"


def _row(entry: Entry, first: bool, fraction: float, fastest: bool) -> Row:
    document = entry.document
    total = entry.summary("total")
    throughput = document["throughput"] or {}
    return Row(
        case=entry.slug,
        first_of_case=first,
        label=entry.label,
        backend=document["backend"],
        path=document["path"] or "",
        total=q.seconds(total.get("median")),
        interval=interval(total),
        compute=q.seconds(entry.median("compute")),
        throughput=q.rate(throughput.get("items_per_second"), throughput.get("item_unit", "")),
        data_rate=q.data_rate(throughput.get("bytes_per_second")),
        over=tuple((over, _ratio(entry.speedup(over))) for over in BASELINES),
        memory=q.size(document["memory"]["host_peak_bytes"]["value"]),
        width=q.percent(total.get("relative_width")),
        fraction=fraction,
        fastest=fastest,
    )


@dataclass(frozen=True)
class Field:
    """One figure of a profile: where it stands, what it is, and how it is known."""

    name: str
    value: str
    status: str
    source: str


def profile_fields(tree: Mapping[str, Any], prefix: str = "") -> Iterator[Field]:
    """Flatten a profile's tree of value-fields; what is unavailable says why in place of a value."""
    for key, node in tree.items():
        if not isinstance(node, Mapping):
            continue
        name = f"{prefix}{key}".replace("_", " ")
        if "status" in node and "value" in node:
            yield Field(name, _field_value(node), node["status"], str(node.get("source", "")))
        else:
            yield from profile_fields(node, f"{name} / ")


def _field_value(node: Mapping[str, Any]) -> str:
    value, unit = node["value"], node.get("unit")
    if node["status"] == "unavailable" or value is None:
        return str(node.get("reason") or "no reason given")
    if unit == "bytes" and isinstance(value, int | float):
        return q.size(value)
    if isinstance(value, float):
        value = q.digits(value, 4)
    elif isinstance(value, Mapping):
        value = ", ".join(f"{k}: {v}" for k, v in value.items())
    elif isinstance(value, list | tuple):
        value = " ".join(str(v) for v in value)
    return f"{value} {unit}" if unit else str(value)
