"""Running a suite: every case in turn, each saved as soon as it is finished.

**Resuming** (``resume``): the suite's cases and settings, the seed, zkmark (version and commit) and
the machine must be those of the document, else ``ResumeMismatchError`` names what differs. Cases
that are missing are measured, and those that crashed, hung, failed or were not supported are tried
again: their cause may be gone. Wrong outputs stay: they are a finding. Speed-ups are only given
between contenders that ran in the same rounds, so a case of which only one contender is tried again
has none for it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zkmark.backends import backend_kind
from zkmark.hardware_profiles import with_economics
from zkmark.suites import environment
from zkmark.suites.case_run import CaseRun, too_slow
from zkmark.suites.ceiling import threads_of
from zkmark.suites.device_ceilings import measured_devices
from zkmark.suites.entries import Entry, ProcessRecord
from zkmark.suites.errors import NothingMeasuredError, ResumeMismatchError
from zkmark.suites.events import (
    CaseFinished,
    CaseStarted,
    OnEvent,
    ProcessFinished,
    RunEvent,
    RunFinished,
    RunStarted,
    StageBegun,
)
from zkmark.suites.interrupt import terminated_like_interrupted
from zkmark.suites.jobs import case_to_json
from zkmark.suites.migrations import SCHEMA_VERSION
from zkmark.suites.plugins import load_plugin
from zkmark.suites.result import Result, load_result
from zkmark.suites.result_writer import ResultWriter, check_folder, check_new_file
from zkmark.suites.suite import CaseGroup, Suite
from zkmark.suites.time_left import Part, TimeLeft
from zkmark.suites.worker_process import run_job

DEFAULT_SEED = 1
# Building a design, mostly.
_SECONDS_TO_MODEL = 10.0
_SECONDS_TO_START = 0.5
# What is tried again when a run is resumed (see the module's text).
_RETRIED = ("crashed", "timeout", "error", "unsupported")


def run_suite(
    suite: Suite,
    *,
    output: str | Path | None = None,
    resume: str | Path | None = None,
    seed: int | None = None,
    on_event: OnEvent | None = None,
    command_line: Sequence[str] | None = None,
    plugins: Sequence[str] = (),
    ceilings: bool = True,
    economics: Mapping[str, Any] | None = None,
) -> Result:
    """Measure a suite and return its result.

    ``output``: where the document is kept as the run goes: a folder, in which it takes a name that
    nobody has, or a new file whose name ends in ``.json``; ``None`` keeps it in memory only.
    ``resume``: a document to go on with, instead of ``output``. ``seed``: for input and order; 1
    unless given, or that of the resumed document. ``on_event`` hears how the run goes. ``plugins``:
    modules or ``.py`` files with kernels of your own, loaded here and in every worker.
    ``ceilings``: measure first, in some seconds, what the machine and each OpenCL or CUDA device
    that a case will use can do at the most; without it no case has a share of that. ``economics``:
    price and power of the machine, as ``hardware_profiles.economics`` gives them; what it declares
    replaces what a resumed document has.

    Ctrl-C ends the run: the result so far is saved, has status ``interrupted``, and is returned.

    Raises ``NothingMeasuredError`` when no case is left to measure, ``ResultOutputError`` when the
    document cannot be written (before the run if that can be known), ``ResultFormatError`` and
    ``ResumeMismatchError`` for a document that cannot be resumed, and ``ValueError`` for arguments.
    """
    if output is not None and resume is not None:
        raise ValueError(f"output: got {str(output)!r} together with resume, want one of them")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool) or seed < 0):
        raise ValueError(f"seed: got {seed!r}, want a whole number from 0")
    if not suite.groups:
        raise NothingMeasuredError(f"suite {suite.name}: no case is left to measure")
    for plugin in plugins:
        load_plugin(plugin)
    earlier = None if resume is None else load_result(resume)
    named = None
    if output is not None:
        output = Path(output)
        if output.suffix == ".json" and not output.is_dir():
            named, output = output, output.parent
            check_new_file(named)
        check_folder(output)
    if seed is None:
        seed = earlier.run["seed"] if earlier else DEFAULT_SEED
    run = _Run(suite, seed, on_event, plugins)
    document = run.new_document(
        environment.command_line() if command_line is None else list(command_line),
        ceilings,
        earlier,
    )
    if earlier is not None:
        assert earlier.path is not None
        _check_same_run(earlier, document)
        check_folder(earlier.path.parent)
        writer: ResultWriter | None = ResultWriter.resume(earlier.path)
        document = _reopened(earlier.document, document)
    elif output is not None:
        writer = ResultWriter.create(output, document["run"]["id"], document, named)
    else:
        writer = None
    document["profile"] = with_economics(document["profile"], economics or {})
    return run.go(document, writer)


class _Run:
    def __init__(
        self, suite: Suite, seed: int, on_event: OnEvent | None, plugins: Sequence[str]
    ) -> None:
        self.suite = suite
        self.seed = seed
        self.on_event = on_event
        self.plugins = plugins
        self.unsupported: dict[tuple[str, str], str] = {}
        # By their keys in a profile: the contender that opens each, and what it is.
        self.devices: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        self.groups = self._surveyed()
        self.time_left = TimeLeft([], suite.settings)
        self.profile: dict[str, Any] = {}

    def _surveyed(self) -> list[CaseGroup]:
        """Ask one worker which contenders can run, and drop the optional ones that cannot."""
        pairs = [(g.case, c) for g in self.suite.groups for c in g.contenders]
        job = {
            "job": "survey",
            "threads": self.suite.settings.threads,
            "pairs": [{"case": case_to_json(k), "contender": c.to_json()} for k, c in pairs],
        }
        outcome = run_job(job, self.suite.settings.timeout, self.plugins)
        # Where the survey itself fails, every contender gets its turn and fails by itself.
        answer = outcome.answer or {"reasons": [None] * len(pairs), "devices": []}
        for pair, device in zip(pairs, answer["devices"], strict=False):
            if device is not None:
                key, identity = device
                self.devices.setdefault(key, (pair[1].to_json(), identity))
        left_out = set()
        for (case, contender), reason in zip(pairs, answer["reasons"], strict=True):
            if reason is not None:
                key = (case.slug, contender.label)
                self.unsupported[key] = reason
                if contender.optional:
                    left_out.add(key)
        groups = []
        for group in self.suite.groups:
            kept = [c for c in group.contenders if (group.case.slug, c.label) not in left_out]
            if kept:
                groups.append(replace(group, contenders=tuple(kept)))
        if not groups:
            first = next(iter(self.unsupported.values()))
            raise NothingMeasuredError(
                f"suite {self.suite.name}: no backend here can run any of its cases ({first})"
            )
        return groups

    def new_document(
        self, command_line: list[str], ceilings: bool, earlier: Result | None
    ) -> dict[str, Any]:
        """Return a document without cases, as of now; the machine is still quiet.

        What a run that is gone on with had measured of the machine is not measured again.
        """
        from zkmark.hardware_profiles import detect_profile

        threads = {
            threads_of(dict(contender.options), self.suite.settings.threads)
            for group in self.groups
            for contender in group.contenders
        }
        # Only what is measured has a share of the machine's ceilings.
        measured = any(
            backend_kind(contender.backend) == "measured"
            for group in self.groups
            for contender in group.contenders
        )
        profile = detect_profile(measure=ceilings and measured and earlier is None, threads=threads)
        known = {} if earlier is None else earlier.profile.get("devices", {})
        unknown = {key: one for key, one in self.devices.items() if key not in known}
        profile["devices"] = known | measured_devices(
            unknown, self.suite.settings.threads, self.plugins, ceilings
        )
        machine = environment.machine_in_short(profile)
        started = datetime.now(UTC)
        source = self.suite.source
        return {
            "schema": "zkmark-result",
            "schema_version": SCHEMA_VERSION,
            "run": {
                "id": f"{started:%Y%m%dT%H%M%SZ}-{machine['hostname']}",
                "status": "running",
                "suite": {
                    "name": self.suite.name,
                    "description": self.suite.description,
                    "source": None if source is None else str(source),
                    "settings": self.suite.settings.to_json(),
                    "planned": [
                        {"slug": group.case.slug, "label": contender.label}
                        for group in self.groups
                        for contender in group.contenders
                    ],
                },
                "seed": self.seed,
                "command_line": command_line,
                "zkmark": environment.zkmark_state(),
                "machine": machine,
                "python": environment.python_version(),
                "packages": environment.package_versions(),
                "native": environment.native_build(),
                "attempts": [{"started": _utc(started), "finished": None, "exit": "running"}],
            },
            "profile": profile,
            "cases": [],
        }

    def go(self, document: dict[str, Any], writer: ResultWriter | None) -> Result:
        """Measure what the document lacks and return the result."""
        self.profile = document["profile"]
        result = Result(document, writer.path if writer else None)
        status = "interrupted"
        try:
            with contextlib.suppress(KeyboardInterrupt), terminated_like_interrupted():
                self._measure(document, writer, result)
                status = "complete"
        finally:
            try:
                _finish(document, status)
                if writer is not None:
                    writer.write(document)
            finally:
                if writer is not None:
                    writer.close()
        self._tell(RunFinished(*self._progress(), status, result.path))
        return result

    def _measure(
        self, document: dict[str, Any], writer: ResultWriter | None, result: Result
    ) -> None:
        done = {(entry["slug"], entry["label"]) for entry in document["cases"]}
        todo = []
        for group in self.groups:
            left = [c for c in group.contenders if (group.case.slug, c.label) not in done]
            if left:
                todo.append(replace(group, contenders=tuple(left)))
        self.time_left = TimeLeft([self._parts(group) for group in todo], self.suite.settings)
        planned = document["run"]["suite"]["planned"]
        self._tell(
            RunStarted(*self._progress(), self.suite.name, result.path, len(planned), len(done))
        )
        if writer is not None:
            writer.write(document)
        for index, group in enumerate(todo):
            slug, labels = group.case.slug, tuple(c.label for c in group.contenders)
            self._tell(CaseStarted(*self._progress(), slug, labels, index, len(todo)))
            began = time.monotonic()
            entries = self._case_run(group, began).run()
            document["cases"] = _in_order(document["cases"] + entries, planned)
            if writer is not None:
                writer.write(document)
            self.time_left.finish_case(time.monotonic() - began)
            self._tell(CaseFinished(*self._progress(), slug, tuple(entries), index, len(todo)))

    def _parts(self, group: CaseGroup) -> dict[str, Part]:
        """Return what the time left is guessed from: those contenders that will run."""
        measured = self.suite.settings.process_seconds + _SECONDS_TO_START
        parts = {}
        for c in group.contenders:
            modelled = backend_kind(c.backend) == "modelled"
            guess = _SECONDS_TO_MODEL if modelled else measured
            if not (self._reason(group, c.label) or too_slow(group, c, self.suite.settings)):
                parts[c.label] = Part(group.case.kernel, c.backend, guess, modelled)
        return parts

    def _reason(self, group: CaseGroup, label: str) -> str | None:
        return self.unsupported.get((group.case.slug, label))

    def _case_run(self, group: CaseGroup, began: float) -> CaseRun:
        def on_process(label: str, record: ProcessRecord) -> None:
            self.time_left.process(label, record.seconds)
            self.time_left.advance(time.monotonic() - began)
            self._tell(
                ProcessFinished(
                    *self._progress(),
                    group.case.slug,
                    label,
                    record.round,
                    record.status,
                    record.seconds,
                )
            )

        def on_stage(label: str, stage: str) -> None:
            self.time_left.advance(time.monotonic() - began)
            self._tell(StageBegun(*self._progress(), group.case.slug, label, stage))

        reasons = {c.label: self._reason(group, c.label) for c in group.contenders}
        return CaseRun(
            group,
            self.suite.settings,
            self.seed,
            plugins=self.plugins,
            unsupported={label: reason for label, reason in reasons.items() if reason},
            profile=self.profile,
            on_process=on_process,
            on_stage=on_stage,
        )

    def _progress(self) -> tuple[float, float]:
        return self.time_left.fraction, self.time_left.seconds_left

    def _tell(self, event: RunEvent) -> None:
        if self.on_event is not None:
            self.on_event(event)


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _finish(document: dict[str, Any], status: str) -> None:
    document["run"]["status"] = status
    document["run"]["attempts"][-1] |= {"finished": _utc(datetime.now(UTC)), "exit": status}


def _in_order(entries: list[Entry], planned: list[dict[str, str]]) -> list[Entry]:
    places = {(plan["slug"], plan["label"]): index for index, plan in enumerate(planned)}
    return sorted(entries, key=lambda entry: places[(entry["slug"], entry["label"])])


def _reopened(document: dict[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
    """Return an earlier document made ready to go on with."""
    for attempt in document["run"]["attempts"]:
        if attempt["exit"] == "running":  # it was killed; when is not known
            attempt["exit"] = "interrupted"
    document["run"]["attempts"] += fresh["run"]["attempts"]
    # The ceilings are those of its start, but it may have devices now that were not there then.
    document["profile"]["devices"] = fresh["profile"]["devices"]
    document["run"]["status"] = "running"
    document["cases"] = [c for c in document["cases"] if c["status"] not in _RETRIED]
    kept = {(c["slug"], c["label"]) for c in document["cases"]}
    for case in document["cases"]:
        case["speedup"] = {
            label: ratio
            for label, ratio in case["speedup"].items()
            if (case["slug"], label) in kept
        }
    return document


def _check_same_run(earlier: Result, fresh: dict[str, Any]) -> None:
    """Raise ``ResumeMismatchError`` for the first thing in which two runs differ."""
    from zkmark.hardware_profiles import profile_key

    def differ(field: str, recorded: Any, now: Any) -> None:
        if recorded != now:
            raise ResumeMismatchError(field, recorded, now, earlier.path)

    old, new = earlier.run, fresh["run"]
    differ("suite.name", old["suite"]["name"], new["suite"]["name"])
    settings = old["suite"]["settings"].keys() | new["suite"]["settings"].keys()
    for name in sorted(settings):
        recorded, now = (s["suite"]["settings"].get(name) for s in (old, new))
        differ(f"suite.settings.{name}", recorded, now)
    recorded_plan, plan = (
        [f"{one['slug']} on {one['label']}" for one in s["suite"]["planned"]] for s in (old, new)
    )
    for one in plan:
        if one not in recorded_plan:
            differ("suite.planned", "a plan without it", one)
    for one in recorded_plan:
        if one not in plan:
            differ("suite.planned", one, "a plan without it")
    differ("seed", old["seed"], new["seed"])
    differ("run.zkmark.version", old["zkmark"]["version"], new["zkmark"]["version"])
    differ("run.zkmark.git", old["zkmark"]["git"]["value"], new["zkmark"]["git"]["value"])
    recorded_key, key = profile_key(earlier.profile), profile_key(fresh["profile"])
    for name in sorted(recorded_key.keys() | key.keys()):
        differ(f"profile.{name}", recorded_key.get(name), key.get(name))
