"""The entries of a result document: one for each case and contender, measured or modelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from zkmark.backends import backend_kind
from zkmark.kernels.case import Case
from zkmark.suites.ceiling import HOST_BACKENDS, PHASE, ceiling, no_ceiling
from zkmark.suites.modelled import checked_instead
from zkmark.suites.settings import Settings
from zkmark.suites.statistics import (
    CONFIDENCE,
    Interval,
    median_interval,
    paired_ratio,
    process_medians,
)
from zkmark.suites.suite import Contender
from zkmark.suites.workload import workload_section

Entry = dict[str, Any]
# The keys of an entry as a reader of the document meets them.
_ORDER = (
    *("slug", "kernel", "parameters", "backend", "implementation", "label", "path", "settings"),
    *("status", "reason", "kind", "clock", "ranked_phase", "differs", "target", "correctness"),
    *("counts", "phases", "summary", "workload", "modelled", "speedup", "compute_speedup"),
    *("throughput", "ceiling", "memory", "energy_joules", "gpu", "load", "stopping", "processes"),
)


@dataclass
class ProcessRecord:
    """One process of a contender: when it ran, how it ended, and what it measured (if ``ok``)."""

    round: int
    position: int
    status: str
    reason: str | None
    seconds: float
    answer: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the form kept in result documents, without the samples."""
        record: dict[str, Any] = {
            "round": self.round,
            "position": self.position,
            "status": self.status,
            "reason": self.reason,
            "seconds": round(self.seconds, 4),
        }
        if self.answer is not None and "samples" not in self.answer:
            record["plan_seconds"] = round(self.answer["build_seconds"], 9)
            if self.answer["output_digest"] is not None:
                record["output_digest"] = self.answer["output_digest"]
        elif self.answer is not None:
            record["loops"] = self.answer["loops"]
            record["plan_seconds"] = round(self.answer["plan_seconds"], 9)
            if self.answer["warmup_settled"] is not None:
                record["warmup_settled"] = self.answer["warmup_settled"]
            record["output_digest"] = self.answer["last_digest"]
            record["host_peak_bytes"] = self.answer["host_peak"]["value"]
        return record


@dataclass
class ContenderRun:
    """Everything that happened to one contender on one case."""

    contender: Contender
    records: list[ProcessRecord] = field(default_factory=list)
    status: str = "ok"
    reason: str | None = None
    detail: str | None = None

    def fail(self, status: str, reason: str, detail: str | None = None) -> None:
        """Note that it is out, and why."""
        self.status, self.reason, self.detail = status, reason, detail

    @property
    def kind(self) -> str:
        """Return ``measured``, or ``modelled`` where a simulation stands for a device."""
        return backend_kind(self.contender.backend)

    @property
    def good(self) -> list[ProcessRecord]:
        """Return the records of processes that measured and gave the right output."""
        return [record for record in self.records if record.status == "ok"]

    @property
    def ranked_phase(self) -> str:
        """Return the phase that compares with other contenders', ``total`` until it is known."""
        return self._said("ranked_phase", "total")

    @property
    def core(self) -> str:
        """Return the phase in which the backend does its work, ``compute`` until it is known."""
        return self._said("core", PHASE)

    def _said(self, key: str, default: str) -> str:
        seen = next((r.answer for r in self.records if r.answer is not None), None)
        return default if seen is None else str(seen[key])

    def by_round(self, phase: str) -> dict[int, float]:
        """Return the process median of a phase, by round."""
        return {
            record.round: process_medians([record.answer["samples"][phase]])[0]
            for record in self.good
            if record.answer is not None
        }

    def relative_width(self) -> float | None:
        """Return how wide the interval of the ranked phase is so far; none where none ranks."""
        if self.kind == "modelled":
            return None
        values = list(self.by_round(self.ranked_phase).values())
        return median_interval(values).relative_width if values else None


@dataclass(frozen=True)
class GroupFacts:
    """What the entries of one case share."""

    case: Case
    target: float | None
    settings: Settings
    expected_digest: str | None
    method: str | None
    load: dict[str, float | None]
    profile: Mapping[str, Any]


def make_entries(
    facts: GroupFacts, runs: Sequence[ContenderRun], stops: dict[str, dict[str, Any]]
) -> list[Entry]:
    """Return the entries of a case; ``stops`` maps labels to their ``stopping`` sections."""
    entries = [_entry(facts, run, stops[run.contender.label]) for run in runs]
    # What was modelled has no ratio to anything that was measured, nor to another model.
    good = {r.contender.label: r for r in runs if r.status == "ok" and r.kind == "measured"}
    for entry in entries:
        this = good.get(entry["label"])
        if this is None:
            continue
        for label, other in good.items():
            if label == entry["label"]:
                continue
            if this.ranked_phase == other.ranked_phase == "total":
                entry["speedup"] |= _ratio(label, other.by_round("total"), this.by_round("total"))
            entry["compute_speedup"] |= _ratio(
                label, other.by_round(other.core), this.by_round(this.core)
            )
    return entries


def _ratio(label: str, other: dict[int, float], this: dict[int, float]) -> dict[str, Any]:
    ratio = paired_ratio(other, this)
    if ratio is None:
        return {}
    figures = {"median": ratio.median, "low": ratio.low, "high": ratio.high, "pairs": ratio.count}
    return {label: figures}


def _entry(facts: GroupFacts, run: ContenderRun, stopping: dict[str, Any]) -> Entry:
    seen = next((r.answer for r in run.records if r.answer is not None), None)
    figures = _modelled_figures if run.kind == "modelled" else _measured_figures
    found = {**_head(facts, run, seen, stopping), **figures(facts, run, seen)}
    return {key: found[key] for key in _ORDER}


def _head(
    facts: GroupFacts,
    run: ContenderRun,
    seen: dict[str, Any] | None,
    stopping: dict[str, Any],
) -> Entry:
    """Return what an entry says of its case, its contender and how it ended."""
    case, contender = facts.case, run.contender
    return {
        "slug": case.slug,
        "kernel": case.kernel,
        "parameters": case.parameters(),
        "backend": contender.backend,
        "implementation": seen["implementation"] if seen else contender.implementation,
        "label": contender.label,
        "path": seen["path"] if seen else None,
        "settings": seen["settings"] if seen else dict(contender.options),
        "status": run.status,
        "reason": run.reason,
        "kind": run.kind,
        "target": facts.target,
        "counts": asdict(case.counts()),
        "speedup": {},
        "compute_speedup": {},
        "load": facts.load,
        "stopping": stopping,
        "processes": [record.to_json() for record in run.records],
    }


def _measured_figures(facts: GroupFacts, run: ContenderRun, seen: dict[str, Any] | None) -> Entry:
    ok = run.status == "ok"
    answers = [record.answer for record in run.good if record.answer is not None]
    ranked = run.ranked_phase
    kept = list(answers[0]["samples"]) if ok and ranked == "total" else [ranked]
    phases = _phases(answers, kept) if ok else {}
    summary = {phase: _summary(groups) for phase, groups in phases.items()}
    counts = asdict(facts.case.counts())
    checked = sum(record.answer is not None for record in run.records)
    return {
        "clock": seen["clock"] if seen else "host",
        "ranked_phase": ranked,
        "differs": seen["differs"] if seen else [],
        "correctness": {
            "ok": {"ok": True, "incorrect": False}.get(run.status),
            "method": facts.method,
            "output_digest": facts.expected_digest,
            "processes_checked": checked if facts.expected_digest else 0,
            "detail": run.detail,
        },
        "phases": phases,
        "summary": summary,
        "workload": workload_section(facts.case.about(), answers if ok else []),
        "modelled": None,
        "throughput": _throughput(counts, summary[ranked]["median"]) if ok else None,
        "ceiling": _ceiling(facts, run, answers, summary),
        "memory": {
            "host_peak_bytes": _host_peak(run, answers),
            "device_peak_bytes": _device_peak(run, answers),
        },
        "energy_joules": _energy(run, answers),
        "gpu": joined_gpu(answers) if ok else None,
    }


def _modelled_figures(facts: GroupFacts, run: ContenderRun, seen: dict[str, Any] | None) -> Entry:
    """Return the section ``modelled`` and, for everything that would be measured, why it is not."""
    ok = run.status == "ok"
    section = seen["modelled"] if seen and ok else None
    instead = checked_instead(section) if section else None
    source = f"backend {run.contender.backend}"
    state = None if ok else f"the case is {run.status}"
    computed = seen is not None and seen["output_digest"] is not None
    return {
        "clock": "simulated-cycles",
        "ranked_phase": None,
        "differs": [],
        "correctness": {
            # The output of an extrapolated case was not computed, so that nobody could judge it.
            "ok": None if instead else {"ok": True, "incorrect": False}.get(run.status),
            "method": instead or (facts.method if computed else None),
            "output_digest": facts.expected_digest if computed else None,
            "processes_checked": int(computed and facts.expected_digest is not None),
            "detail": run.detail,
        },
        "phases": {},
        "summary": {},
        "workload": None,
        "modelled": section,
        "throughput": None,
        "ceiling": no_ceiling(state or "the time is modelled: nothing here reached a share of it"),
        "memory": {
            "host_peak_bytes": _unavailable(
                source, state or "the process held the simulator, which the hardware does not"
            ),
            "device_peak_bytes": _unavailable(source, state or "no device ran"),
        },
        "energy_joules": _unavailable(source, state or "no device ran: the design was simulated"),
        "gpu": None,
    }


def _phases(answers: Sequence[dict[str, Any]], kept: Sequence[str]) -> dict[str, Any]:
    return {
        phase: {
            "processes": [
                {"warmup": a["warmup"][phase], "samples": a["samples"][phase]} for a in answers
            ]
        }
        for phase in kept
    }


def _summary(groups: dict[str, Any]) -> dict[str, Any]:
    samples = [process["samples"] for process in groups["processes"]]
    found: Interval = median_interval(process_medians(samples))
    return {
        "median": found.median,
        "low": found.low,
        "high": found.high,
        "confidence": CONFIDENCE,
        "relative_width": found.relative_width,
        "processes": found.count,
        "samples": sum(len(one) for one in samples),
    }


def _throughput(counts: dict[str, Any], seconds: float) -> dict[str, Any]:
    return {
        "items_per_second": counts["items"] / seconds if seconds else 0.0,
        "item_unit": counts["item_unit"],
        "bytes_per_second": counts["bytes_moved"] / seconds if seconds else 0.0,
    }


def _ceiling(
    facts: GroupFacts,
    run: ContenderRun,
    answers: Sequence[dict[str, Any]],
    summary: Mapping[str, Any],
) -> dict[str, Any]:
    if run.status != "ok":
        return no_ceiling(f"the case is {run.status}")
    if PHASE not in summary:
        return no_ceiling(
            "a program is many kernels, which have shares of ceilings each for itself"
        )
    return ceiling(
        facts.profile,
        run.contender.backend,
        answers[0]["settings"],
        answers[0]["work"],
        facts.case.counts().bytes_moved,
        summary[PHASE]["median"],
    )


def _unavailable(source: str, reason: str) -> dict[str, Any]:
    return {"value": None, "source": source, "status": "unavailable", "reason": reason}


def _host_peak(run: ContenderRun, answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the median of the processes' peaks, as a value-field.

    Not the highest: the one process that compiled something held the compiler too.
    """
    if run.status != "ok":
        return _unavailable("worker process", f"the case is {run.status}")
    for answer in answers:
        if answer["host_peak"]["value"] is None:
            return dict(answer["host_peak"])
    peaks = [answer["host_peak"]["value"] for answer in answers]
    return {**answers[0]["host_peak"], "value": int(median(peaks)), "samples": peaks}


def _device_peak(run: ContenderRun, answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the most that any process held on the device, as a value-field."""
    source = f"backend {run.contender.backend}"
    if run.contender.backend in HOST_BACKENDS:
        return _unavailable(source, "the backend computes in host memory")
    if run.status != "ok":
        return _unavailable(source, f"the case is {run.status}")
    peaks = [answer["device_peak_bytes"] for answer in answers]
    if None in peaks:
        return _unavailable(source, "the backend does not count its memory")
    return {
        "value": max(peaks),
        "unit": "bytes",
        "source": "sum of the buffers that kernels were given",
        "status": "measured",
    }


def _energy(run: ContenderRun, answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the joules of one iteration, the median over processes, as a value-field."""
    if run.status != "ok":
        return _unavailable("worker process", f"the case is {run.status}")
    for answer in answers:
        if answer["energy"]["value"] is None:
            return dict(answer["energy"])
    joules = [a["energy"]["value"] / a["iterations"] for a in answers]
    return {
        "value": median(joules),
        "unit": "J",
        "source": answers[0]["energy"]["source"],
        "status": "measured",
        "samples": joules,
        "counts": "one iteration; all that the machine drew meanwhile",
    }


def joined_gpu(answers: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Join what the processes saw of the GPU; energy is that of one iteration, as a median."""
    if any(answer["gpu"] is None for answer in answers):
        return None
    return {name: _joined(name, answers) for name in answers[0]["gpu"]}


def _joined(name: str, answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    fields = [answer["gpu"][name] for answer in answers]
    lacking = next((field for field in fields if field["value"] is None), None)
    if lacking is not None:
        return dict(lacking)
    if name == "throttle_reasons":
        return {**fields[0], "value": sorted({reason for one in fields for reason in one["value"]})}
    if name == "energy":
        samples = [one["value"] / a["iterations"] for one, a in zip(fields, answers, strict=True)]
        return {
            **{key: fields[0][key] for key in ("unit", "source", "status")},
            "value": median(samples),
            "samples": samples,
            "counts": "one iteration; all that the GPU drew meanwhile",
        }
    samples = [sample for one in fields for sample in one["samples"]]
    return {
        **fields[0],
        "value": median(samples),
        "samples": samples,
        "low": min(samples),
        "high": max(samples),
    }
