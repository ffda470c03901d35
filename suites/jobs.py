"""What a worker process does: each job takes plain JSON values and gives them back.

A job names its case by the class's place (``zkmark.kernels.ntt.case:NttCase``) and parameters, and
its contender by backend, implementation and options.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from zkmark.backends import Backend, BackendUnavailableError, get_backend
from zkmark.backends.device import DeviceBackend
from zkmark.kernels.case import Array, Case, WrongOutputError, output_digest
from zkmark.kernels.implementation import Implementation, Procedure, open_implementation
from zkmark.suites.device_ceilings import probed, used_device
from zkmark.suites.measure import measure_plan
from zkmark.suites.modelled import modelled_section
from zkmark.suites.peak_memory import PeakMemory
from zkmark.suites.settings import Settings
from zkmark.suites.slowdown import slowed

Job = dict[str, Any]
Answer = dict[str, Any]
# Says what the worker is about to do, so that a crash can be told with its place.
Stage = Callable[[str], None]


class UnsupportedError(Exception):
    """A contender cannot compute a case here; the text is the reason."""


def case_to_json(case: Case) -> dict[str, Any]:
    """Return a case in the form that jobs carry."""
    cls = type(case)
    return {"type": f"{cls.__module__}:{cls.__qualname__}", "parameters": case.parameters()}


def case_from_json(value: dict[str, Any]) -> Case:
    """Make the case of a job."""
    module, _, name = value["type"].partition(":")
    cls: type[Case] = getattr(import_module(module), name)
    return cls.from_parameters(value["parameters"])


def open_backend(job: Job) -> Backend:
    """Open the backend of a job's contender, with its options and the suite's threads."""
    contender = job["contender"]
    options = dict(contender["options"])
    if job.get("threads") is not None:
        options.setdefault("threads", job["threads"])
    return get_backend(contender["backend"], **options)


def open_contender(job: Job, case: Case) -> tuple[Backend, Implementation]:
    """Open a job's contender; raises ``UnsupportedError`` where it cannot compute the case."""
    try:
        backend = open_backend(job)
        found = open_implementation(case, backend, job["contender"]["implementation"])
    except (BackendUnavailableError, ValueError, ModuleNotFoundError) as error:
        raise UnsupportedError(str(error)) from error
    return backend, found


def survey(job: Job, stage: Stage) -> Answer:
    """Find out of many pairs of case and contender which can run here, without running any.

    ``devices``: key and identity of the device that each would run on, if it would on one.
    """
    reasons: list[str | None] = []
    devices: list[Any] = []
    for pair in job["pairs"]:
        case = case_from_json(pair["case"])
        reason = device = None
        try:
            backend, _ = open_contender({**pair, "threads": job.get("threads")}, case)
            device = used_device(backend) if isinstance(backend, DeviceBackend) else None
        except UnsupportedError as error:
            reason = str(error)
        reasons.append(reason)
        devices.append(device)
    return {"reasons": reasons, "devices": devices}


def device_ceilings(job: Job, stage: Stage) -> Answer:
    """Measure what the device that a contender opens can do at the most."""
    backend = open_backend(job)
    assert isinstance(backend, DeviceBackend)
    stage("opening the device")
    backend.activate()
    stage("measuring its ceilings")
    return probed(backend.session)


def save_inputs(folder: Path, inputs: dict[str, Array]) -> None:
    """Keep inputs for other processes, one file an array."""
    for name, array in inputs.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def load_inputs(folder: Path) -> dict[str, Array]:
    """Read kept inputs back."""
    return {p.stem: np.load(p, allow_pickle=False) for p in sorted(folder.glob("*.npy"))}


def make_input(job: Job, stage: Stage) -> Answer:
    """Make a case's input, and keep it in ``folder`` when making it again would cost more."""
    stage("making the input")
    case = case_from_json(job["case"])
    began = time.perf_counter()
    inputs = case.make_input(job["seed"])
    seconds = time.perf_counter() - began
    kept = case.input_is_expensive or seconds > job["keep_from_seconds"]
    if kept:
        save_inputs(Path(job["folder"]), inputs)
    answer: Answer = {"kept": kept, "seconds": seconds}
    if job["reference"]:
        stage("computing the reference")
        answer["digest"] = output_digest(case.reference(inputs))
    return answer


def judge(job: Job, stage: Stage) -> Answer:
    """Compute a case once on a contender and judge the output by the case's own check."""
    case = case_from_json(job["case"])
    backend, implementation = open_contender(job, case)
    inputs = job_inputs(job, case, stage)
    stage("computing")
    plan = implementation.plan(case, backend)
    output = plan.run(inputs)
    stage("checking the output")
    verdict = case.check(inputs, output, job["seed"])
    return {
        "ok": verdict.ok,
        "method": f"{verdict.method}, on {implementation.path(case, backend)}",
        "detail": verdict.detail,
        "digest": output_digest(output),
    }


def job_inputs(job: Job, case: Case, stage: Stage) -> dict[str, Array]:
    """Return a job's input: the one that was kept, or made anew from the seed."""
    if job["input"] is not None:
        stage("reading the input")
        return load_inputs(Path(job["input"]))
    stage("making the input")
    return case.make_input(job["seed"])


def measure(job: Job, stage: Stage) -> Answer:
    """Measure a case on a contender in this process."""
    from zkmark.hardware_profiles import EnergyMeter, GpuSampler

    case = case_from_json(job["case"])
    backend, implementation = open_contender(job, case)
    backend.activate()
    memory = PeakMemory()
    inputs = job_inputs(job, case, stage)
    stage("preparing")
    began = time.perf_counter()
    plan = slowed(implementation.plan(case, backend), job.get("slowdown"))
    plan_seconds = time.perf_counter() - began
    stage("computing")
    address = backend.gpu_address()
    sampler = None if address is None else GpuSampler(address)
    with EnergyMeter() as meter, sampler or nullcontext():
        measured = measure_plan(plan, inputs, backend, Settings.from_mapping(job["settings"]))
    peak = memory.field() if backend.in_this_process else _memory_elsewhere(backend, plan)
    work = implementation.work(case, backend)
    stage("looking closer")
    details = plan.details(inputs)
    return {
        "implementation": implementation.id,
        "path": implementation.path(case, backend),
        "settings": backend.describe(),
        "work": work if isinstance(work, str) else asdict(work),
        "clock": plan.clock(backend),
        "ranked_phase": plan.ranked_phase(backend),
        "core": plan.core,
        "differs": plan.differences(),
        "details": details,
        "warmup": measured.warmup,
        "samples": measured.samples,
        "loops": measured.loops,
        "iterations": measured.iterations,
        "warmup_settled": measured.warmup_settled,
        "plan_seconds": plan_seconds,
        "first_digest": measured.first_digest,
        "last_digest": measured.last_digest,
        "host_peak": peak,
        "device_peak_bytes": backend.device_peak_bytes(),
        "energy": meter.joules().to_json(),
        "gpu": None if sampler is None else sampler.fields(),
    }


def _memory_elsewhere(backend: Backend, plan: Procedure) -> dict[str, Any]:
    held = plan.peak_bytes()
    if held is not None:
        source = "VmHWM of the process that computed, its program included"
        return {"value": held, "unit": "bytes", "source": source, "status": "measured"}
    return {
        "value": None,
        "source": f"backend {backend.name}",
        "status": "unavailable",
        "reason": "it computes in a process of its own",
    }


def model(job: Job, stage: Stage) -> Answer:
    """Simulate a case on a contender of a modelled backend, and model its time.

    ``output_digest`` is ``None`` for a case that was extrapolated, whose output nobody computed;
    ``wrong`` says what was wrong with the output of a smaller case that stood for it.
    """
    from zkmark.kernels.fpga import FpgaImplementation

    case = case_from_json(job["case"])
    backend, implementation = open_contender(job, case)
    if not isinstance(implementation, FpgaImplementation):
        raise UnsupportedError(f"{implementation.id} has no model of its time")
    backend.activate()
    # A case that is too long to simulate has an input too large to make for nothing.
    inputs = None if implementation.simulated_instead(case) else job_inputs(job, case, stage)
    stage("building the design")
    began = time.perf_counter()
    implementation.build(case)
    built = time.perf_counter() - began
    stage("simulating")
    answer: Answer = {
        "implementation": implementation.id,
        "path": implementation.path(case, backend),
        "settings": backend.describe(),
        "build_seconds": built,
        "output_digest": None,
        "wrong": None,
        "modelled": None,
    }
    try:
        found = implementation.model(case, inputs, backend, job["seed"])
    except WrongOutputError as error:
        return {**answer, "wrong": str(error)}
    counts = case.counts()
    section = modelled_section(found, counts.items, counts.item_unit, counts.bytes_moved)
    digest = None if found.output is None else output_digest(found.output)
    return {**answer, "output_digest": digest, "modelled": section}


def count_instructions(job: Job, stage: Stage) -> Answer:
    """Count instructions of many cases, one after the other."""
    from zkmark.suites.instructions import count_job

    return count_job(job, stage)


JOBS: dict[str, Callable[[Job, Stage], Answer]] = {
    "survey": survey,
    "device_ceilings": device_ceilings,
    "make_input": make_input,
    "judge": judge,
    "measure": measure,
    "model": model,
    "count_instructions": count_instructions,
}
