"""What result documents keep of a workload: a whole program that is compiled, proven and verified.

Every process looks closer after its timed runs: it proves once more and notes every step. What a
program fixes (its digest, the trace's shape, the proof) is the same in all of them. The tree of
steps is that of the process whose prove time, seen so, is the median one, so that its parts add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

Section = dict[str, Any]
# What a process tells that the section takes over from the first one.
_FIXED = ("program", "inputs", "outputs", "cycles", "tables", "security", "options")


def workload_section(
    identity: Mapping[str, Any] | None, answers: Sequence[Mapping[str, Any]]
) -> Section | None:
    """Return the section ``workload`` of an entry, ``None`` for a kernel's.

    ``identity`` is what the case tells of itself, ``answers`` those of the processes that measured
    it, whose ``details`` are joined as ``run``, which is ``None`` where there are none.
    """
    if identity is None:
        return None
    details = [answer["details"] for answer in answers if answer["details"] is not None]
    return {**identity, "run": _joined(details) if details else None}


def _joined(details: Sequence[Mapping[str, Any]]) -> Section:
    first = details[0]
    # Another prover than zkmark's own tells nothing of its steps.
    told = [one["steps"] for one in details if one["steps"] is not None]
    trees = sorted(told, key=lambda tree: float(tree["seconds"]))
    proofs = {one["proof"]["sha256"] for one in details}
    return {
        **{name: first[name] for name in _FIXED},
        "proof": {
            **first["proof"],
            "same_in_all_processes": None if None in proofs else len(proofs) == 1,
        },
        "steps": trees[(len(trees) - 1) // 2] if trees else None,
        "kernels": _kernels([one["kernels"] for one in details]),
    }


def _kernels(seconds: Sequence[Mapping[str, float]]) -> list[Section]:
    """Return each family's median seconds and share of proving, the largest first."""
    names = dict.fromkeys(name for one in seconds for name in one)
    found = []
    for name in names:
        samples = [float(one.get(name, 0.0)) for one in seconds]
        shares = [one.get(name, 0.0) / (sum(one.values()) or 1.0) for one in seconds]
        found.append(
            {"name": name, "seconds": median(samples), "share": median(shares), "samples": samples}
        )
    return sorted(found, key=lambda one: -one["seconds"])
