"""The prediction itself, and the error band that comes with it.

Where the target's own results have the case's curve, its time is read off that curve. Elsewhere the
target is taken to reach the same fractions of its ceilings as the nearest machine that was
measured. The band is what the same method gets wrong where the truth is known: with each machine
(or, along a curve, each size) left out in turn and predicted from the others. The largest error of
n would hold the next one with a probability of n / (n + 1) if they were independent; errors that
were made from each other are not, and (n - 1) / (n + 1) is what is claimed, as for the jackknife+
(Barber, Candes, Ramdas and Tibshirani, Annals of Statistics 49(1), 2021).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from zkmark.hardware_profiles import describe_machine
from zkmark.reports import quantities as q
from zkmark.reports.predict.cases import PredictionError
from zkmark.reports.predict.machines import (
    Machine,
    Part,
    apart,
    memory_of,
    no_cores,
    ratio,
    same_machine,
)
from zkmark.reports.predict.observations import (
    Observation,
    OnCurve,
    case_facts,
    curves,
    known_machines,
    on_curve,
)

if TYPE_CHECKING:
    from zkmark.kernels.case import Case
    from zkmark.suites.result import Result

# With fewer left out there is no band: two machines predict each other with one and the same error.
FEWEST = 3
# Work that was seen on two cores says nothing of a hundred: so many times as many, at the most.
MOST_TIMES_CORES = 2
Basis = Literal["same case", "curve", "beyond the curve", "fractions", "fractions beyond the curve"]
Known = Sequence[tuple[Machine, list[Observation]]]


@dataclass(frozen=True)
class Band:
    """``low`` and ``high`` seconds; ``coverage``: how often the next truth lies between.

    ``left_out``: how many machines or sizes were left out in turn; 0 for an interval of samples.
    """

    low: float
    high: float
    coverage: float
    left_out: int
    method: str


@dataclass(frozen=True)
class Prediction:
    """What a case would take on the target: ``total``, and ``compute`` of a kernel, in seconds.

    ``threads``: how many it is predicted on, ``None`` of a device.
    ``band`` is ``None`` with ``no_band`` as the reason; ``machine`` is the one predicted from.
    """

    slug: str
    backend: str
    label: str
    threads: int | None
    total: float
    compute: float | None
    basis: Basis
    machine: str
    explained: str
    band: Band | None
    no_band: str | None


@dataclass(frozen=True)
class NoPrediction:
    """A case that cannot be predicted on a backend (``None``: on any), and why."""

    slug: str
    label: str | None
    reason: str


@dataclass(frozen=True)
class Predictions:
    """All of them for one target; ``known``: letter and name of each machine predicted from."""

    target: str
    known: tuple[tuple[str, str], ...]
    made: tuple[Prediction, ...]
    not_made: tuple[NoPrediction, ...]


def predict(
    cases: Iterable[Case],
    target: Mapping[str, Any],
    results: Sequence[Result],
    backends: Sequence[str] | None = None,
) -> Predictions:
    """Predict cases on the machine of a profile from results, its own among them or not.

    Raises ``PredictionError`` if the results hold no measurement.
    """
    known = known_machines(results)
    if not any(observations for _, observations in known):
        raise PredictionError("the results hold no measurement to predict from")
    mine = [o for m, found in known if same_machine(m.profile, target) for o in found]
    others = [(m, found) for m, found in known if not same_machine(m.profile, target)]
    model = _Model(_machine(target), mine, others, known)
    made: list[Prediction] = []
    not_made: list[NoPrediction] = []
    for case in cases:
        for one in model.case(case, backends):
            if isinstance(one, Prediction):
                made.append(one)
            else:
                not_made.append(one)
    names = tuple((machine.name, machine_text(machine.profile)) for machine, _ in known)
    return Predictions(model.target.name, names, tuple(made), tuple(not_made))


def _machine(profile: Mapping[str, Any]) -> Machine:
    return Machine(machine_text(profile), profile)


def machine_text(profile: Mapping[str, Any]) -> str:
    """Return a machine in a line."""
    return str(profile.get("name") or describe_machine(profile))


@dataclass(frozen=True)
class _Scaled:
    """A time on a target by the fractions of a known machine's ceilings that a case reached."""

    total: float
    compute: float | None
    threads: int
    source: Observation
    base: OnCurve
    explained: str


class _Model:
    """One target, its own observations, and those of the other machines."""

    def __init__(
        self, target: Machine, mine: Sequence[Observation], others: Known, known: Known
    ) -> None:
        self.target = target
        self.mine = curves(mine)
        self.own_letter = mine[0].machine.name if mine else ""
        self.others = others
        self.known = known
        self._curve_errors: dict[tuple[str, str], tuple[list[float], list[float]]] = {}
        self._machine_errors: dict[tuple[str, str], list[float]] = {}

    def case(
        self, case: Case, backends: Sequence[str] | None
    ) -> Iterable[Prediction | NoPrediction]:
        """Yield what a case would take on each backend that was measured anywhere."""
        slug, family, work, moved = case_facts(case)
        labels = dict.fromkeys(
            o.label
            for _, found in self.known
            for o in found
            if o.family == family and (backends is None or o.backend in backends)
        )
        if not labels:
            yield NoPrediction(slug, None, "no result has it, nor another size of it")
        for label in labels:
            own = self.mine.get((family, label), [])
            exact = next((o for o in own if o.slug == slug), None)
            if exact is not None:
                yield self._same(exact)
            elif len(own) > 1:
                yield self._along(slug, own, work)
            else:
                yield self._fractions(slug, family, label, work, moved)

    def _same(self, one: Observation) -> Prediction:
        band = None
        if one.low is not None and one.high is not None:
            band = Band(one.low, one.high, 0.95, 0, "interval of the run that measured it")
        return Prediction(
            one.slug,
            one.backend,
            one.label,
            _shown(one, one.threads),
            one.total,
            one.compute,
            "same case",
            self.own_letter,
            "its result has this very case: what was measured stands there",
            band,
            None if band else "its run had too few processes for an interval",
        )

    def _along(self, slug: str, own: Sequence[Observation], work: float) -> Prediction:
        found = on_curve(own, work)
        how = "between its measured sizes"
        if found.beyond:
            how = f"{q.digits(found.beyond, 2)} doublings of work beyond its measured sizes"
        band = _band(found.total, self._curve_error(found), "along curves")
        return Prediction(
            slug,
            own[0].backend,
            own[0].label,
            _shown(own[0], own[0].threads),
            found.total,
            found.compute,
            "beyond the curve" if found.beyond else "curve",
            self.own_letter,
            f"{how}, nearest {found.near.slug}",
            *band,
        )

    def _fractions(
        self, slug: str, family: str, label: str, work: float, moved: int
    ) -> Prediction | NoPrediction:
        found = nearest(self.others, self.target, (family, label), slug, work, moved)
        if isinstance(found, str):
            return NoPrediction(slug, label, found)
        error = self._machine_error(found.source)
        if not isinstance(error, str) and found.source.slug != slug:
            # The known machine's own curve was used as well, which errs too.
            curve = self._curve_error(found.base)
            if isinstance(curve, str):
                error = curve
            else:
                error = _Error(error.most + curve.most, min(error.count, curve.count))
        return Prediction(
            slug,
            found.source.backend,
            label,
            _shown(found.source, found.threads),
            found.total,
            found.compute,
            "fractions beyond the curve" if found.base.beyond else "fractions",
            found.source.machine.name,
            found.explained,
            *_band(found.total, error, "machine by machine"),
        )

    def _curve_error(self, found: OnCurve) -> _Error | str:
        kernel, backend = found.near.kernel, found.near.backend
        if (kernel, backend) not in self._curve_errors:
            chosen = [
                points
                for _, observations in self.known
                for points in curves(observations).values()
                if (points[0].kernel, points[0].backend) == (kernel, backend)
            ]
            self._curve_errors[kernel, backend] = left_out_sizes(chosen)
        between, beyond = self._curve_errors[kernel, backend]
        errors, where = (beyond, "at the ends") if found.beyond else (between, "between the ends")
        if len(errors) < FEWEST:
            return _too_few(
                len(errors), f"sizes {where} of {kernel} curves on {backend}, of three or more each"
            )
        return _Error(max(errors) * max(1.0, found.beyond), len(errors))

    def _machine_error(self, one: Observation) -> _Error | str:
        errors = self._left_out_machines(one.kernel, one.label)
        if len(errors) >= FEWEST:
            return _Error(max(errors), len(errors))
        (part, *_) = one.parts
        if one.on_device and self.target.device_probe(part.unit, part.level) is None:
            return (
                "devices with results are known by what was measured on them and this one by its "
                "data sheet, so that leaving one of those out says nothing of it"
            )
        machines = sum(
            any((o.kernel, o.label) == (one.kernel, one.label) for o in found)
            for _, found in self.known
        )
        if machines < FEWEST:
            return _too_few(machines, f"machines with results of {one.kernel} on {one.label}")
        return _too_few(
            len(errors), f"machines whose {one.kernel} on {one.label} the others can predict"
        )

    def _left_out_machines(self, kernel: str, label: str) -> list[float]:
        if (kernel, label) not in self._machine_errors:
            self._machine_errors[kernel, label] = left_out_machines(
                self.known, kernel, label, self.target.is_measured
            )
        return self._machine_errors[kernel, label]


def _shown(one: Observation, threads: int) -> int | None:
    """Return the threads to tell of: a device's work is not done by the host's."""
    return None if one.on_device else threads


def nearest(
    others: Known, target: Machine, curve: tuple[str, str], slug: str, work: float, moved: int
) -> _Scaled | str:
    """Return a case's time by the fractions of the nearest machine that has its curve, or why not.

    ``moved``: bytes that its memory moves at the least.
    """
    best: tuple[float, _Scaled] | None = None
    reason = "no other machine's result has it, nor another size of it"
    for machine, observations in others:
        points = curves(observations).get(curve)
        if not points:
            continue
        base = on_curve(points, work, slug)
        found = _scaled(machine, target, base, moved)
        if isinstance(found, str):
            reason = found
            continue
        distance = apart(machine, target, base.near.parts, (base.near.threads, found.threads))
        if best is None or distance < best[0]:
            best = (distance, found)
    return reason if best is None else best[1]


def threads_on(machine: Machine, target: Machine, one: Observation) -> tuple[int, int] | str:
    """Return on how many threads a machine ran and the target is predicted, or why nobody knows.

    All of the target's, if the machine used all of its own and had at least half as many cores;
    if it had fewer, one on each of twice its cores. If it did not use all: as many as it used.
    """
    if one.on_device:
        return 1, 1
    every = target.threads
    if every is None:
        return no_cores(target)
    if one.threads != machine.threads:
        return one.threads, min(one.threads, every)
    reach = MOST_TIMES_CORES * (machine.cores_of(one.threads) or one.threads)
    if target.cores is not None and target.cores <= reach:
        return one.threads, every
    if target.cores_of(reach) is None:
        return no_cores(target)
    return one.threads, reach


def _scaled(machine: Machine, target: Machine, base: OnCurve, moved: int) -> _Scaled | str:
    one = base.near
    if not one.parts:
        return f"which ceiling of {machine.name} its {one.slug} is near was not measured"
    threads = threads_on(machine, target, one)
    if isinstance(threads, str):
        return threads
    scaled = _slower(machine, target, one.parts, threads)
    if isinstance(scaled, str):
        return scaled
    slower, told = scaled
    explained = f"as {machine.name} reaches its ceilings; the target has {told}"
    if base.beyond:
        far = q.digits(base.beyond, 2)
        explained += f"; {far} doublings of work beyond what {machine.name} measured"
    if base.compute is None:
        return _Scaled(base.total * slower, None, threads[1], one, base, explained)
    memory = memory_of(one.parts)
    wider = ratio(machine, target, memory, threads)
    compute = base.compute * slower
    bandwidth = machine.rate(memory.unit, memory.level, threads[0])
    # In caches, data moves faster than memory: a bound only where the known machine kept it.
    if bandwidth is not None and not isinstance(wider, str) and base.compute >= moved / bandwidth:
        compute = max(compute, moved / (bandwidth * wider.value))
    rest = max(0.0, base.total - base.compute)
    if one.on_device:
        # Transfers go over a bus that data sheets of GPUs do not know: as long as there.
        copies = ratio(machine, target, Part(1.0, "copy_to", memory.level), threads)
        rest /= 1.0 if isinstance(copies, str) else copies.value
    else:
        rest *= slower if isinstance(wider, str) else 1 / wider.value
    return _Scaled(compute + rest, compute, threads[1], one, base, explained)


def _slower(
    machine: Machine, target: Machine, parts: Sequence[Part], threads: tuple[int, int]
) -> tuple[float, str] | str:
    """Return how many times as long a target takes, and by what, or why nobody can say.

    A lesser part that is spent in memory goes with the others where the target's is not known.
    """
    slower, known, told = 0.0, 0.0, []
    for part in parts:
        found = ratio(machine, target, part, threads)
        if isinstance(found, str):
            if part.unit == "triad" and part.share < 0.5:
                told.append("memory that is taken to be as the rest")
                continue
            return found
        slower += part.share / found.value
        known += part.share
        by = " by cores and clock" if found.scaled else ""
        told.append(f"{q.factor(found.value)} in {part.unit}{by}")
    return slower / known, ", ".join(told)


def left_out_machines(known: Known, kernel: str, label: str, ceilings: bool) -> list[float]:
    """Return, for each machine, its largest error (a logarithm) if predicted from the others.

    ``ceilings``: whether the target's were measured; if not, the one left out is known without too.
    """
    errors = []
    for index, (machine, observations) in enumerate(known):
        others = [one for place, one in enumerate(known) if place != index]
        target = replace(machine, ceilings=ceilings)
        found = []
        for one in observations:
            if (one.kernel, one.label) != (kernel, label):
                continue
            made = nearest(others, target, (one.family, label), one.slug, one.work, one.bytes)
            # On another number of threads there is nothing to hold it against.
            if isinstance(made, str):
                continue
            if _shown(one, made.threads) == _shown(one, one.threads):
                found.append(abs(math.log(made.total / one.total)))
        if found:
            errors.append(max(found))
    return errors


def left_out_sizes(
    chosen: Iterable[Sequence[Observation]],
) -> tuple[list[float], list[float]]:
    """Return the errors of each size predicted from the others of its curve: between, and beyond.

    Logarithms; those beyond the ends are for a doubling of work.
    """
    between, beyond = [], []
    for points in chosen:
        if len({one.work for one in points}) < 3:
            continue
        for one in points:
            rest = [other for other in points if other.work != one.work]
            found = on_curve(rest, one.work)
            error = abs(math.log(found.total / one.total))
            if found.beyond:
                beyond.append(error / max(1.0, found.beyond))
            else:
                between.append(error)
    return between, beyond


@dataclass(frozen=True)
class _Error:
    """The largest of ``count`` errors, a logarithm."""

    most: float
    count: int


def _too_few(count: int, what: str) -> str:
    return f"it takes {FEWEST} {what}, and there {'is' if count == 1 else 'are'} {count}"


def _band(total: float, error: _Error | str, how: str) -> tuple[Band | None, str | None]:
    if isinstance(error, str):
        return None, error
    factor, count = math.exp(error.most), error.count
    method = f"largest error of {count} left out {how}"
    return Band(total / factor, total * factor, (count - 1) / (count + 1), count, method), None
