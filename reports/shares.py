"""Where proving time goes: the kernels' shares of each workload's proving, and their times.

After its timed runs every process proves once more and notes each step with the family of kernels
that it belongs to. A family's share is the mean of its shares in those proofs, so that the shares
of a workload add up to one, which medians do not; its time is that share of the measured median of
proving. What no step noted, and what is no kernel of a proof, is in the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from statistics import fmean, median
from typing import Any

from zkmark.reports import quantities as q

# How families of steps are called; those not here go by their own name.
FAMILIES = {
    "ntt": "NTT",
    "msm": "MSM",
    "hash": "hashing",
    "constraints": "constraints",
    "lookups": "lookups",
    "fri": "FRI",
    "deep": "DEEP",
    "grinding": "grinding",
    "transfer": "transfers",
    "execution": "running the program",
    "other": "other",
}
# The table's columns: a colour's family, a name, the families in it. What is in none is the rest.
GROUPS = (
    ("ntt", "NTT", ("ntt",)),
    ("msm", "MSM", ("msm",)),
    ("hash", "Merkle hashing", ("hash",)),
    ("constraints", "constraints", ("constraints",)),
    ("lookups", "lookups", ("lookups",)),
    ("deep", "DEEP and FRI", ("deep", "fri")),
    ("grinding", "grinding", ("grinding",)),
)
REST = ("other", "rest")
LEAD = (
    "Proving by the kernels that it spends its time in, each as time and as share of prove. DEEP "
    "and FRI combine and fold polynomials; grinding is the proof of work; the rest is running the "
    "program, transfers, the transcript and whatever no step noted. Shares are means over the "
    "processes, each of which proved once more and noted every step; times are those shares of "
    "the measured prove."
)

Case = Mapping[str, Any]


@dataclass(frozen=True)
class Share:
    """A family's part of proving."""

    family: str
    name: str
    seconds: str
    percent: str
    fraction: float


@dataclass(frozen=True)
class ShareRow:
    """One workload on one backend: what it proves in, and a share for each of the groups.

    ``rest`` says what the last share consists of.
    """

    title: str
    slug: str
    label: str
    backend: str
    prove: str
    shares: tuple[Share, ...]
    rest: str


def fractions_of(case: Case) -> dict[str, float]:
    """Return each family's share of proving, the largest first; they add up to one.

    Empty of a prover that does not tell.
    """
    run = (case["workload"] or {}).get("run")
    kernels = run["kernels"] if run is not None else []
    seconds = [one["samples"] or [one["seconds"]] for one in kernels]
    proofs = [proof for proof in zip_longest(*seconds, fillvalue=0.0) if sum(proof) > 0]
    if not proofs:
        return {}
    found = {
        one["name"]: fmean(proof[place] / sum(proof) for proof in proofs)
        for place, one in enumerate(kernels)
    }
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def shares_of(case: Case) -> tuple[Share, ...]:
    """Return what proving consists of, family by family, the largest part first."""
    return tuple(
        _share(case, family, FAMILIES.get(family, family), fraction)
        for family, fraction in fractions_of(case).items()
    )


def grouped(case: Case) -> tuple[Share, ...]:
    """Return a share for each of the groups and for the rest, in that order."""
    fractions = fractions_of(case)
    found = []
    for family, name, members in GROUPS:
        found.append((family, name, sum(fractions.pop(member, 0.0) for member in members)))
    found.append((*REST, sum(fractions.values())))
    return tuple(_share(case, *one) for one in found)


def _share(case: Case, family: str, name: str, fraction: float) -> Share:
    seconds = fraction * case["summary"]["prove"]["median"]
    return Share(family, name, q.seconds(seconds), q.percent(fraction), fraction)


def share_rows(cases: Sequence[tuple[str, Case]]) -> list[ShareRow]:
    """Return a row for each of some measured entries that tells what its proving consists of.

    The rows of one workload stand together.
    """
    order = list(dict.fromkeys(case["slug"] for _, case in cases))
    return [
        ShareRow(
            case["workload"]["title"],
            case["slug"],
            label,
            case["backend"],
            q.seconds(case["summary"]["prove"]["median"]),
            grouped(case),
            _rest(case),
        )
        for label, case in sorted(cases, key=lambda one: order.index(one[1]["slug"]))
        if fractions_of(case)
    ]


def _rest(case: Case) -> str:
    grouped_families = {member for _, _, members in GROUPS for member in members}
    return ", ".join(
        f"{share.name} {share.seconds} ({share.percent})"
        for share in shares_of(case)
        if share.family not in grouped_families
    )


def sentences(rows: Sequence[ShareRow]) -> Iterator[str]:
    """Yield what the rows have in common: how much each of the large groups takes."""
    if not rows:
        return
    parts: list[tuple[float, str]] = []
    without_curves = False
    for place, (family, name, _) in enumerate(GROUPS):
        found = [row.shares[place].fraction for row in rows]
        if family in ("ntt", "msm", "hash", "constraints") and any(found):
            parts.append((median(found), f"{name} {_span(found)}"))
        elif family == "msm":
            without_curves = True
    if parts:
        listed = q.listed([text for _, text in sorted(parts, key=lambda part: -part[0])])
        yield f"Shares of proving: {listed}."
    if without_curves:
        yield "No step is an MSM: these proofs commit with hashes and not on a curve."


def _span(fractions: Sequence[float]) -> str:
    low, high = q.percent(min(fractions)), q.percent(max(fractions))
    if low == high:
        return low
    return f"{low.removesuffix(' %')} to {high} (median {q.percent(median(fractions))})"
