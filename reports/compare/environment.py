"""Which differences between two runs make the ratio of their times meaningless.

A comparison is about machines. What a machine is (processor, memory, GPU, hypervisor, kernel) may
differ and is listed; what was run on it, and how, must not: then a ratio says as much about the
software or the settings as about the hardware.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zkmark.hardware_profiles import plain
from zkmark.reports.compare.errors import EnvironmentMismatchError
from zkmark.reports.compare.sources import Source
from zkmark.suites.result import Result

# Backends that run zkmark's own compiled code.
_NATIVE = frozenset(("cpu",))
# The packages that make the code of a backend, or run it.
_PACKAGES = {
    "reference": (),
    "numba": ("numba", "llvmlite"),
    "cuda": ("cupy", "cupy-cuda12x", "cupy-cuda13x"),
    "opencl": ("pyopencl",),
}
_UNKNOWN = "unknown"
_SHOWN = 3


@dataclass(frozen=True)
class FieldDifference:
    """A field in which two runs differ, and why that spoils their ratio; ``None``: not known."""

    field: str
    first: str
    second: str
    values: tuple[Any, Any]
    why: str

    def __str__(self) -> str:
        one, two = (_UNKNOWN if v is None else str(v) for v in self.values)
        return f"{self.field} ({self.first}: {one}, {self.second}: {two})"


Entry = Mapping[str, Any]
Pair = tuple[Entry, Entry]


def _highest_level(run: Mapping[str, Any]) -> str | None:
    levels = run["native"]["isa_levels"]
    return levels[-1] if levels else None


def _processors(run: Mapping[str, Any]) -> int | None:
    number: int | None = run["machine"].get("processors")
    return number


# Settings that may be the machine's own limit, or one that somebody set.
_LIMITS: tuple[tuple[str, Callable[[Mapping[str, Any]], Any], str], ...] = (
    ("isa", _highest_level, "not each machine used its highest instruction set"),
    ("threads", _processors, "not each machine used all its processors"),
)


def environment_differences(
    base: Source, other: Source, pairs: Sequence[Pair]
) -> list[FieldDifference]:
    """List what spoils the ratios of two results; ``pairs`` are the entries set against each other.

    Each field is listed once, with the first pair of values met.
    """
    found: dict[str, FieldDifference] = {}
    for field, one, two, why in _differences(base, other, pairs):
        found.setdefault(field, FieldDifference(field, base.letter, other.letter, (one, two), why))
    return list(found.values())


def refuse(found: Sequence[FieldDifference]) -> None:
    """Raise ``EnvironmentMismatchError`` that names the fields, if there are any."""
    if not found:
        return
    shown = "; ".join(str(one) for one in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    raise EnvironmentMismatchError(
        f"the runs differ in what makes a ratio meaningless: {shown}{more}; --allow-env-diff "
        "compares them all the same"
    )


_Found = Iterator[tuple[str, Any, Any, str]]


def _differences(base: Source, other: Source, pairs: Sequence[Pair]) -> _Found:
    if base.result is None or other.result is None:
        return
    one, two = base.result.run, other.result.run
    yield from _versions(one, two)
    backends = {entry["backend"] for pair in pairs for entry in pair}
    if backends & _NATIVE:
        for key in ("compiler", "flags"):
            mine, theirs = (_words(run["native"][key]) for run in (one, two))
            if mine != theirs:
                yield f"run.native.{key}", mine, theirs, "the kernels were compiled in another way"
    packages = {name for backend in backends for name in _PACKAGES.get(backend, ())}
    for name in sorted(packages):
        mine, theirs = one["packages"].get(name), two["packages"].get(name)
        if mine != theirs:
            yield f"run.packages.{name}", mine, theirs, "another package made or ran the code"
    if "reference" in backends and one["python"] != two["python"]:
        yield "run.python", one["python"], two["python"], "another interpreter ran the reference"
    for path, why in (
        ("cpu.governor", "the clock was governed in another way"),
        ("cpu.turbo", "one could raise its clock and the other could not"),
    ):
        mine, theirs = plain(base.profile, path), plain(other.profile, path)
        # In a virtual machine neither can be read; what is not known cannot be held against it.
        if mine is not None and theirs is not None and mine != theirs:
            yield f"profile.{path}", mine, theirs, why
    for pair in pairs:
        yield from _settings(base.result, other.result, *pair)


def _words(text: str | None) -> str | None:
    """Return flags with the blanks between them made one."""
    return None if text is None else " ".join(text.split())


def _versions(one: Mapping[str, Any], two: Mapping[str, Any]) -> _Found:
    mine, theirs = one["zkmark"], two["zkmark"]
    why = "other code ran"
    if mine["version"] != theirs["version"]:
        yield "run.zkmark.version", mine["version"], theirs["version"], why
    commits = [str((run["git"]["value"] or {}).get("commit", "")) for run in (mine, theirs)]
    if all(commits) and commits[0] != commits[1]:
        yield "run.zkmark.git.commit", commits[0][:12], commits[1][:12], why
    if one["seed"] != two["seed"]:
        yield "run.seed", one["seed"], two["seed"], "the cases had other input"


def _settings(one: Result, two: Result, mine: Entry, theirs: Entry) -> _Found:
    """Compare how two entries of a case were run."""
    if mine["kind"] == "modelled" or theirs["kind"] == "modelled":
        return  # A modelled time does not depend on who simulated it.
    if mine["label"] == theirs["label"]:
        yield from _capped(one, two, mine, theirs)
        if mine["clock"] != theirs["clock"]:
            yield "clock", mine["clock"], theirs["clock"], "compute was timed by another clock"
        digests = [entry["correctness"]["output_digest"] for entry in (mine, theirs)]
        if digests[0] != digests[1]:
            yield "correctness.output_digest", *digests, "the cases had other input"
    else:
        yield from _held_back(one, two, mine, theirs)
    runs = [run for e in (mine, theirs) if (run := (e["workload"] or {}).get("run"))]
    if len(runs) < 2:
        return
    for key in ("conjectured", "proven"):
        bits = [run["security"][key] for run in runs]
        if bits[0] != bits[1]:
            yield f"workload.security.{key}", *bits, "the proofs are not equally secure"
    for key in {**runs[0]["options"], **runs[1]["options"]}:
        values = [run["options"].get(key) for run in runs]
        if values[0] != values[1]:
            yield f"workload.options.{key}", *values, "the prover was set in another way"


def _capped(one: Result, two: Result, mine: Entry, theirs: Entry) -> _Found:
    """Tell a limit that somebody set from one that the machine has.

    Other instruction sets and numbers of threads are the machines' own, and fit to compare, where
    each side used all that its machine has.
    """
    for key, limit, why in _LIMITS:
        values = [entry["settings"].get(key) for entry in (mine, theirs)]
        most = [limit(result.run) for result in (one, two)]
        if values[0] != values[1] and values != most:
            yield f"settings.{key}", *values, why


def _held_back(one: Result, two: Result, mine: Entry, theirs: Entry) -> _Found:
    """Tell whether each machine had the chance to show its best, where the backends differ.

    What was chosen may have used one thread because that was faster; but the run must have tried
    all of them on that backend.
    """
    for key, limit, why in _LIMITS:
        values = []
        fair = True
        for result, entry in ((one, mine), (two, theirs)):
            values.append(entry["settings"].get(key))
            tried = {
                case["settings"].get(key)
                for case in result.cases
                if (case["slug"], case["backend"]) == (entry["slug"], entry["backend"])
            }
            fair &= tried == {None} or limit(result.run) in tried
        if not fair:
            yield f"settings.{key}", *values, why
