"""Measuring one procedure in one process: warm-up, samples, phases.

One iteration is what a user waits for: upload, compute, download of a kernel; compile, prove,
verify of a program. The phases are timed apart, back to back, and ``total`` is their sum. A
*sample* is the mean of as many iterations as it takes to be long enough for its clock; a process
gives several samples. Where the device has a clock of its own, compute is what that clock says, and
a sample repeats compute alone.

**Warm-up is detected, not guessed.** The first iteration always counts as warm-up: it makes what is
made once (compiled code, page tables, thread pools). For the rest, the marginal standard error rule
(MSER; White, "An effective truncation heuristic for bias reduction in simulation output",
Simulation 69(6), 1997) finds where the steady state begins: of the samples x_1 .. x_n it drops the
first d for the d that makes

    MSER(d) = sum over i > d of (x_i - mean of x_d+1 .. x_n)^2 / (n - d)^2

smallest, with d at most n / 2. As long as the best d is n / 2 itself, the samples are still falling
or rising, and sampling goes on, up to three times its time; then ``warmup_settled`` is false. With
fewer than five samples the rule can say nothing, and ``warmup_settled`` is absent. What was dropped
is kept as warm-up samples.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zkmark.backends.base import Backend
from zkmark.kernels.case import Array, Inputs, output_digest
from zkmark.kernels.implementation import Plan, Procedure
from zkmark.suites.settings import Settings

# A sample lasts at least this many times what reading the clock costs: an error below 0.1 %.
_CLOCK_MULTIPLE = 1000
_FEWEST_SAMPLES = 3
_FEWEST_FOR_MSER = 5
_LONGEST_EXTENSION = 3.0

# Seconds of each phase.
Sample = tuple[float, ...]


@dataclass
class ProcessMeasurement:
    """What one process measured: seconds of one iteration, by phase.

    ``warmup`` and ``samples`` map a phase to its values, in order. ``first_digest`` and
    ``last_digest`` are those of the outputs of the first and the last iteration. ``output`` is the
    last output itself. ``loops`` iterations make one sample; ``iterations`` were run in all.
    """

    warmup: dict[str, list[float]]
    samples: dict[str, list[float]]
    loops: int
    iterations: int
    warmup_settled: bool | None
    first_digest: str
    last_digest: str
    output: Array = field(repr=False)


def clock_cost() -> float:
    """Return what one reading of the clock costs, in seconds: its steps are no longer than that."""
    read = time.perf_counter_ns
    differences = []
    for _ in range(200):
        before = read()
        differences.append(read() - before)
    return max(float(np.median(differences)), 1.0) * 1e-9


def steady_from(values: list[float]) -> int:
    """Return where the steady state begins, by the MSER rule (see the module's text).

    The index is at most half the number of values, and 0 for fewer than five.
    """
    if len(values) < _FEWEST_FOR_MSER:
        return 0
    x = np.asarray(values)
    scores = [np.var(x[d:]) / (len(x) - d) for d in range(len(x) // 2 + 1)]
    return int(np.argmin(scores))


def measure_plan(
    plan: Procedure, inputs: Inputs, backend: Backend, settings: Settings
) -> ProcessMeasurement:
    """Time a procedure on its input until the process's sampling time is over.

    The garbage collector rests meanwhile.
    """
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        return _Sampler(plan, inputs, backend, settings).run()
    finally:
        if collecting:
            gc.enable()


class _Sampler:
    def __init__(
        self, plan: Procedure, inputs: Inputs, backend: Backend, settings: Settings
    ) -> None:
        self.plan = plan
        self.inputs = inputs
        self.backend = backend
        self.settings = settings
        # A plan that is timed by its device; ``None`` where the host's clock times every step.
        self.device_plan: Plan | None = None
        if isinstance(plan, Plan) and backend.clock != "host":
            self.device_plan = plan
        self.iterations = 0

    def run(self) -> ProcessMeasurement:
        first, output = self.sample(1)
        first_digest = output_digest(output)
        warmup = [first]
        # What the second iteration takes says how many make a sample.
        second, output = self.sample(1)
        settings = self.settings
        shortest = max(
            _CLOCK_MULTIPLE * clock_cost(), settings.process_seconds / settings.max_samples
        )
        # A device's own clock counts its computing only: that must be long enough.
        counted = sum(second) if self.device_plan is None else second[1]
        loops = max(1, round(shortest / max(counted, 1e-9)))
        if loops == 1:
            samples = [second]
        else:
            warmup.append(second)
            samples = []
        began = time.perf_counter() - (sum(second) if samples else 0.0)
        limit = settings.process_seconds
        cut = 0
        while True:
            while self.wants_more(samples, time.perf_counter() - began, limit):
                sample, output = self.sample(loops)
                samples.append(sample)
            cut = steady_from([sum(sample) for sample in samples])
            unsettled = len(samples) >= _FEWEST_FOR_MSER and cut == len(samples) // 2
            longest = _LONGEST_EXTENSION * settings.process_seconds
            if not unsettled or limit >= longest or len(samples) >= settings.max_samples:
                break
            limit = min(longest, limit + settings.process_seconds / 2)
        phases = self.plan.phases
        return ProcessMeasurement(
            _by_phase(phases, warmup + samples[:cut]),
            _by_phase(phases, samples[cut:]),
            loops,
            self.iterations,
            None if len(samples) < _FEWEST_FOR_MSER else not unsettled,
            first_digest,
            output_digest(output),
            output,
        )

    def wants_more(self, samples: list[Sample], elapsed: float, limit: float) -> bool:
        if not samples:
            return True
        if len(samples) >= self.settings.max_samples:
            return False
        # Three samples, so that one disturbed one does not make the median; but one that alone
        # fills the process's time has averaged over its disturbances itself.
        if elapsed < limit:
            return True
        return len(samples) < _FEWEST_SAMPLES and sum(samples[0]) * 2 < limit

    def sample(self, loops: int) -> tuple[Sample, Array]:
        """Run iterations; return the mean seconds of each phase and the last output."""
        own = self.plan.timed(self.inputs, loops)
        if own is not None:
            self.iterations += loops
            return own
        if self.device_plan is None:
            return self.host_sample(loops)
        return self.device_sample(self.device_plan, loops)

    def device_sample(self, plan: Plan, loops: int) -> tuple[Sample, Array]:
        read = time.perf_counter_ns
        t0 = read()
        uploaded = plan.upload(self.inputs)
        self.backend.synchronize()
        t1 = read()
        result, seconds = plan.timed_compute(uploaded, loops)
        t2 = read()
        output = plan.download(result)
        t3 = read()
        self.iterations += loops
        return ((t1 - t0) * 1e-9, seconds, (t3 - t2) * 1e-9), output

    def host_sample(self, loops: int) -> tuple[Sample, Array]:
        read, wait = time.perf_counter_ns, self.backend.synchronize
        steps = self.plan.steps()
        spent = [0] * len(steps)
        value: Any = None
        for _ in range(loops):
            # The output before is given back first: a user has one at a time.
            value = None
            value = self.inputs
            for index, step in enumerate(steps):
                began = read()
                made = step(value)
                wait()
                spent[index] += read() - began
                value = made
                del made
        self.iterations += loops
        return tuple(one * 1e-9 / loops for one in spent), value


def _by_phase(phases: Sequence[str], samples: list[Sample]) -> dict[str, list[float]]:
    columns = [[_short(sample[i]) for sample in samples] for i in range(len(phases))]
    totals = [_short(sum(sample)) for sample in samples]
    return dict(zip((*phases, "total"), [*columns, totals], strict=True))


def _short(seconds: float) -> float:
    """Round to what the clock can tell (nine digits), so that documents stay small."""
    return float(f"{seconds:.9g}")
