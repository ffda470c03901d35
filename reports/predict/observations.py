"""What was measured: observations of cases on machines, and curves through them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkmark.backends import DEVICE_BACKENDS
from zkmark.kernels.case import case_from_parameters
from zkmark.reports.model import Entry, run_letter
from zkmark.reports.predict.machines import Machine, Part, same_machine

if TYPE_CHECKING:
    from zkmark.suites.result import Result

# Which unit the steps of a proof are spent in, of the units that probes measure. The steps that are
# not named here are field arithmetic.
_HASHING = ("hash", "grinding")
_OTHER_UNITS = {"transfer": "triad", "execution": "clock"}


@dataclass(frozen=True)
class Observation:
    """One case on one backend of one machine, measured and right.

    ``work`` is what time goes with along a curve: the textbook's word multiplications, or the items
    of what does not multiply. ``compute`` is ``None`` for a program. ``parts`` say in which units
    the time is spent, ``bytes`` what memory moves at the least.
    """

    machine: Machine
    slug: str
    kernel: str
    family: str
    backend: str
    label: str
    threads: int
    work: float
    bytes: int
    total: float
    compute: float | None
    low: float | None
    high: float | None
    parts: tuple[Part, ...]

    @property
    def on_device(self) -> bool:
        """Say whether a device did the work, not the host's threads."""
        return self.backend in DEVICE_BACKENDS


def known_machines(results: Iterable[Result]) -> list[tuple[Machine, list[Observation]]]:
    """Return every machine with its observations; results of one machine are put together.

    Machines are called by letters, as everywhere where several are told of.
    Of a case that several results have, the last one given counts.
    """
    groups: list[tuple[Machine, dict[tuple[str, str], Observation]]] = []
    for result in results:
        group = next((g for g in groups if same_machine(g[0].profile, result.profile)), None)
        if group is None:
            group = (Machine(run_letter(len(groups)), result.profile), {})
            groups.append(group)
        machine, found = group
        for case in result.cases:
            one = observed(Entry(case), machine)
            if one is not None:
                found[one.slug, one.label] = one
    return [(machine, list(found.values())) for machine, found in groups]


def observed(entry: Entry, machine: Machine) -> Observation | None:
    """Return an entry as an observation; ``None`` of what was not measured, and of the slow ones.

    The reference and peers are not what a machine is chosen for.
    """
    total = entry.median("total")
    if not (entry.ok and entry.measured and entry.ranked) or not total:
        return None
    if entry.backend in ("reference", "peer"):
        return None
    counts, summary = entry.document["counts"], entry.summary("total")
    return Observation(
        machine=machine,
        slug=entry.slug,
        kernel=entry.kernel,
        family=entry.family,
        backend=entry.backend,
        label=str(entry.document["label"]),
        threads=int(entry.document["settings"].get("threads") or 1),
        work=_work(entry),
        bytes=counts["bytes_moved"],
        total=total,
        compute=None if entry.is_workload else entry.median("compute"),
        low=summary.get("low"),
        high=summary.get("high"),
        parts=tuple(_parts(entry)),
    )


def _work(entry: Entry) -> float:
    """Return an entry's work as this version counts it, so that cases to predict count alike."""
    counts = entry.document["counts"]
    if not entry.is_workload:
        try:
            now = case_from_parameters(entry.kernel, entry.document["parameters"]).counts()
        except (ValueError, TypeError):
            pass  # a case that this version does not have: what its run counted
        else:
            return work_of(now.word_multiplications, now.items)
    return work_of(counts["word_multiplications"], counts["items"])


def work_of(word_multiplications: int, items: int) -> float:
    """Return what a case's time goes with along a curve."""
    return float(word_multiplications or items or 1)


def _parts(entry: Entry) -> list[Part]:
    if entry.is_workload:
        return _steps(entry)
    if entry.backend in DEVICE_BACKENDS:
        return _on_device(entry)
    section = entry.document["ceiling"]
    if section["bound"] == "memory":
        return [Part(1.0, "triad")]
    operations = section["operations"]
    if operations["unit"] is None:
        return []
    return [Part(1.0, operations["unit"], operations["level"])]


def _on_device(entry: Entry) -> list[Part]:
    """Return that a device's time goes with its memory if that is nearer, else multiply-adds.

    Data sheets have both.
    """
    kind = entry.document["settings"].get("device_kind", "gpu")
    by_memory = entry.document["ceiling"]["bound"] == "memory"
    unit = "copy_within" if by_memory else "multiply_add_32"
    return [Part(1.0, unit, f"{entry.backend}/{kind}")]


def _steps(entry: Entry) -> list[Part]:
    """Return in which units a program's proving is spent, by the families of its steps."""
    if entry.backend in DEVICE_BACKENDS:
        return _on_device(entry)
    level = str(entry.document["settings"].get("isa") or "portable")
    multiplies = "multiply_64" if level == "portable" else "multiply_32"
    shares: dict[str, float] = {}
    for one in (entry.document["workload"]["run"] or {}).get("kernels") or ():
        unit = "word_32" if one["name"] in _HASHING else _OTHER_UNITS.get(one["name"], multiplies)
        shares[unit] = shares.get(unit, 0.0) + one["share"]
    whole = sum(shares.values())
    levelled = (multiplies, "word_32")
    return [
        Part(share / whole, unit, level if unit in levelled else "")
        for unit, share in shares.items()
        if share > 0
    ]


@dataclass(frozen=True)
class OnCurve:
    """A curve's value: seconds, and how far (in doublings of work) beyond its ends, 0 between."""

    total: float
    compute: float | None
    beyond: float
    near: Observation


def on_curve(points: Sequence[Observation], work: float, slug: str | None = None) -> OnCurve:
    """Return the time of some work on a curve through one or more observations.

    Between two, the logarithm of the rate is linear in that of the work; beyond the ends the rate
    is the end's. A point of the case ``slug`` itself is taken as it is.
    """
    itself = next((one for one in points if one.slug == slug), None)
    if itself is not None:
        return OnCurve(itself.total, itself.compute, 0.0, itself)
    ordered = sorted(points, key=lambda one: one.work)
    below = [one for one in ordered if one.work <= work]
    above = [one for one in ordered if one.work >= work]
    near = min(ordered, key=lambda one: abs(math.log(one.work / work)))
    if not below or not above:
        scale = work / near.work
        compute = None if near.compute is None else near.compute * scale
        return OnCurve(near.total * scale, compute, abs(math.log2(scale)), near)
    left, right = below[-1], above[0]
    if left.work == right.work:
        return OnCurve(left.total, left.compute, 0.0, left)
    at = math.log(work / left.work) / math.log(right.work / left.work)

    def between(one: float, other: float) -> float:
        rates = math.log(left.work / one), math.log(right.work / other)
        return work / math.exp(rates[0] + at * (rates[1] - rates[0]))

    compute = None
    if left.compute and right.compute:
        compute = between(left.compute, right.compute)
    return OnCurve(between(left.total, right.total), compute, 0.0, near)


def curves(observations: Iterable[Observation]) -> Mapping[tuple[str, str], list[Observation]]:
    """Return observations by family and label."""
    found: dict[tuple[str, str], list[Observation]] = {}
    for one in observations:
        found.setdefault((one.family, one.label), []).append(one)
    return found


def case_facts(case: Any) -> tuple[str, str, float, int]:
    """Return a case's slug, family, work and bytes, as an observation of it would have them."""
    counts = case.counts()
    entry = Entry(
        {
            "slug": case.slug,
            "kernel": case.kernel,
            "parameters": case.parameters(),
            "workload": case.about(),
            "counts": {"items": counts.items},
        }
    )
    work = work_of(counts.word_multiplications, counts.items)
    return case.slug, entry.family, work, counts.bytes_moved
