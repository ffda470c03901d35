"""The sides of a comparison: any command, or zkmark as some interpreter has it."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from zkmark.suites.jobs import case_to_json
from zkmark.suites.oracle import Expected, Oracle
from zkmark.suites.pairs import Reading
from zkmark.suites.settings import Settings
from zkmark.suites.suite import CaseGroup, Contender, Suite
from zkmark.suites.worker_process import run_job

_TAIL_BYTES = 4000


class CommandSide:
    """A command that is started anew for every reading.

    ``reads``: ``wall`` is the time from its start to its end as seen from here; ``output`` is the
    number in the last line that it writes to standard output, in seconds.
    """

    def __init__(
        self, command: str, reads: Literal["wall", "output"] = "wall", timeout: float = 300.0
    ) -> None:
        self.name = command
        self.reads = reads
        self.timeout = timeout
        self._words = shlex.split(command)
        if not self._words:
            raise ValueError("command: got nothing, want a command line")

    def read(self, case: str) -> Reading:
        """Run the command once."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            began = time.perf_counter()
            try:
                done = subprocess.run(
                    self._words,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    timeout=self.timeout,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return Reading("timeout", None, f"it still ran after {self.timeout:g} s")
            except OSError as error:
                return Reading("error", None, f"it cannot be started: {error.strerror}")
            seconds = time.perf_counter() - began
            said, complaint = _tail(out), _tail(err)
        if done.returncode != 0:
            last = f": {complaint[-1]}" if complaint else ""
            return Reading("error", None, f"it ended with exit code {done.returncode}{last}")
        if self.reads == "wall":
            return Reading("ok", seconds)
        last = said[-1] if said else ""
        try:
            return Reading("ok", float(last))
        except ValueError:
            return Reading("error", None, f"its last line was {last!r}, want a number of seconds")


def _tail(file: Any) -> list[str]:
    file.seek(0, 2)
    file.seek(max(0, file.tell() - _TAIL_BYTES))
    text: str = file.read().decode(errors="replace")
    return [line.strip() for line in text.splitlines() if line.strip()]


class Cases:
    """What two zkmarks are compared on: contenders of a suite, with their expected outputs.

    Both sides get the same input, and what either gives is held to the same expected output, which
    the zkmark that compares has found. ``folder`` is where inputs are kept meanwhile.
    """

    def __init__(self, suite: Suite, seed: int, folder: Path, plugins: Sequence[str] = ()) -> None:
        self.settings: Settings = suite.settings
        self.seed = seed
        self.plugins = plugins
        self._folder = folder
        self._groups: dict[str, CaseGroup] = {}
        self._contenders: dict[str, Contender] = {}
        self._expected: dict[str, Expected] = {}
        for group in suite.groups:
            for contender in group.contenders:
                name = case_name(group.case.slug, contender.label)
                self._groups[name], self._contenders[name] = group, contender

    @property
    def names(self) -> list[str]:
        """Return the name of every case with its contender."""
        return list(self._groups)

    def group(self, name: str) -> CaseGroup:
        """Return the case of a name, with its contenders."""
        return self._groups[name]

    def expected(self, name: str) -> Expected:
        """Return what is expected of a case, finding it out when first asked."""
        slug = self._groups[name].case.slug
        if slug not in self._expected:
            folder = self._folder / f"case-{len(self._expected)}"
            folder.mkdir()
            oracle = Oracle(self.settings, self.seed, folder, self.plugins)
            self._expected[slug] = oracle.expect(self._groups[name])
        return self._expected[slug]

    def job(self, name: str, kind: str = "measure") -> dict[str, Any]:
        """Return a case's job for a worker."""
        return {
            "job": kind,
            "case": case_to_json(self._groups[name].case),
            "seed": self.seed,
            "contender": self._contenders[name].to_json(),
            "threads": self.settings.threads,
            "input": self.expected(name).input,
            "settings": self.settings.to_json(),
        }


def case_name(slug: str, label: str) -> str:
    """Return how a case on a contender is called everywhere in the gate."""
    return f"{slug} on {label}"


class ZkmarkSide:
    """A zkmark that some Python interpreter has, run through its worker processes.

    ``phase``: what is read, the phase that ranks unless given. ``slowdown`` makes every step that
    much longer than it is (0.1: by a tenth), for trying out whether a slowdown is found.
    """

    def __init__(
        self,
        name: str,
        cases: Cases,
        python: str | Path = sys.executable,
        *,
        phase: str | None = None,
        slowdown: float | None = None,
    ) -> None:
        self.name = name
        self.cases = cases
        self.python = str(python)
        self.phase = phase
        self.slowdown = slowdown

    def read(self, case: str) -> Reading:
        """Measure a case in a fresh process; the median of its samples is the reading."""
        expected = self.cases.expected(case)
        job = self.cases.job(case)
        if self.slowdown is not None:
            job["slowdown"] = self.slowdown
        outcome = run_job(
            job, self.cases.settings.timeout, self.cases.plugins, launcher=(self.python,)
        )
        answer = outcome.answer
        if answer is None:
            return Reading(outcome.status, None, known_cause(outcome.reason))
        fault = output_fault(answer, expected)
        if fault is not None:
            return fault
        # Versions that had no other ranked by the total.
        phase = self.phase or answer.get("ranked_phase", "total")
        samples = answer.get("samples")
        if not isinstance(samples, Mapping):
            return Reading("error", None, f"{_OTHER_FORM} (no samples)")
        if not samples.get(phase):
            return Reading("error", None, f"it has no phase {phase}")
        try:
            return Reading("ok", float(np.median(samples[phase])))
        except (TypeError, ValueError):
            return Reading("error", None, f"{_OTHER_FORM} (its samples are no numbers)")


_OTHER_FORM = "its zkmark answers in another form than this one's"


def known_cause(reason: str | None) -> str | None:
    """Return a failure's reason with what it means, where a side's zkmark is another version."""
    if reason is not None and "No module named 'zkmark." in reason:
        return f"its zkmark does not have what this takes ({reason})"
    return reason


def output_fault(answer: Mapping[str, Any], expected: Expected) -> Reading | None:
    """Return what was wrong with a process's output, or ``None``."""
    if "first_digest" not in answer or "last_digest" not in answer:
        return Reading("error", None, f"{_OTHER_FORM} (no digests of its outputs)")
    first, last = answer["first_digest"], answer["last_digest"]
    if first != last:
        return Reading("incorrect", None, "its last output differs from its first")
    if expected.digest is None:
        problem = expected.input_problem or expected.problem or "there is no expected output"
        return Reading("error", None, problem)
    if last != expected.digest:
        return Reading("incorrect", None, f"its output is wrong (held to: {expected.method})")
    return None
