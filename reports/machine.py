"""What ran where: the machine's profile and the run's settings, as a report shows them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from zkmark.hardware_profiles import summary_lines, walk
from zkmark.reports import quantities as q

if TYPE_CHECKING:
    from zkmark.suites.result import Result

# The packages whose versions a figure depends on; the rest is listed after them.
MAIN_PACKAGES = ("zkmark", "numpy", "numba", "llvmlite", "scipy", "cupy-cuda13x", "pyopencl")


@dataclass(frozen=True)
class Field:
    """One field of a profile: its name, its value or why there is none, how it is known."""

    name: str
    value: str
    status: str
    source: str


@dataclass(frozen=True)
class Section:
    """The fields of one part of a machine."""

    title: str
    fields: tuple[Field, ...]


def profile_sections(profile: Mapping[str, Any]) -> list[Section]:
    """Return every field of a profile, part by part."""
    leaves = [(path.split("."), leaf) for path, leaf in walk(profile)]
    return [
        Section(
            part.replace("_", " "),
            tuple(
                Field(
                    _field_name(path),
                    _value_text(leaf),
                    str(leaf["status"]),
                    str(leaf["source"]),
                )
                for path, leaf in group
            ),
        )
        for part, group in groupby(leaves, key=lambda item: item[0][0])
    ]


def _field_name(path: Sequence[str]) -> str:
    """Return a field's name within its part; features keep the names that systems give them."""
    words = path if "features" in path else [word.replace("_", " ") for word in path]
    return " / ".join(words[1:] or words)


def _value_text(leaf: Mapping[str, Any]) -> str:
    if leaf["status"] == "unavailable":
        return str(leaf.get("reason") or "no reason given")
    unit = leaf.get("unit", "")
    text = _with_unit(leaf["value"], unit)
    if "low" in leaf and "high" in leaf:
        text += f" ({_with_unit(leaf['low'], unit)} to {_with_unit(leaf['high'], unit)}"
        text += f", {len(leaf['samples'])} samples)" if "samples" in leaf else ")"
    return f"{text}; {leaf['counts']}" if leaf.get("counts") else text


def _with_unit(value: Any, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        if unit == "bytes":
            return q.size(value)
        if unit == "s":
            return q.seconds(value)
        if unit == "Hz" or unit.endswith("/s"):
            return q.scaled(value, "B/s" if unit == "bytes/s" else unit)
        return f"{value if isinstance(value, int) else f'{value:.4g}'} {unit}".rstrip()
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_with_unit(item, '')}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_with_unit(item, unit) for item in value) or "none"
    return f"{value} {unit}".rstrip()


def machine_lines(result: Result) -> list[tuple[str, str]]:
    """Return the machine in a few lines: label and text."""
    return summary_lines(result.profile)


def machine_name(result: Result) -> str:
    """Return the machine in a line: its host name and its processor."""
    machine = result.run["machine"]
    parts = [machine.get("hostname"), machine.get("cpu")]
    processors = machine.get("processors")
    if isinstance(processors, int):
        parts.append(q.count(processors, "processor"))
    return ", ".join(str(part) for part in parts if part)


def command_line(result: Result) -> str:
    """Return the command that started the run, as one would type it."""
    return shlex.join(result.run["command_line"])


def zkmark_text(result: Result) -> str:
    """Return zkmark's version and the state of its sources."""
    version = result.run["zkmark"]["version"]
    git = result.run["zkmark"]["git"]
    if git["status"] == "unavailable":
        return f"{version} ({git['reason']})"
    state = " with uncommitted changes" if git["value"]["dirty"] else ""
    return f"{version}, commit {git['value']['commit'][:12]}{state}"


def reproduction_lines(result: Result) -> Iterator[tuple[str, str]]:
    """Yield what else one needs to repeat the run: label and text."""
    run = result.run
    yield "zkmark", zkmark_text(result)
    yield "seed", str(run["seed"])
    suite = run["suite"]
    source = f", from {suite['source']}" if suite["source"] else ""
    yield "suite", f"{suite['name']}{source}"
    settings = (
        f"{name} = {'unset' if value is None else value}"
        for name, value in suite["settings"].items()
    )
    yield "settings", ", ".join(settings) or "none"
    yield (
        "runs",
        "; ".join(
            f"{one['started']} to {one['finished'] or 'an unknown end'} ({one['exit']})"
            for one in run["attempts"]
        ),
    )
    native = run["native"]
    yield "compiler", str(native["compiler"] or "no native extension")
    yield "flags", str(native["flags"] or q.MISSING)
    yield "instruction sets", ", ".join(native["isa_levels"]) or "none"
    yield "Python", run["python"]
    main = {name: run["packages"][name] for name in MAIN_PACKAGES if name in run["packages"]}
    yield "packages", ", ".join(f"{name} {version}" for name, version in main.items()) or "unknown"


def all_packages(result: Result) -> str:
    """Return every package with its version, as pip pins them."""
    return "\n".join(f"{name}=={version}" for name, version in result.run["packages"].items())
