"""Workloads, whole programs compiled, proven and verified, as every kind of report shows them.

They have a table of their own, a chart each of their phases and of what proving consists of, and
the published times of other provers beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zkmark.provers.workloads.published import Published, cases_beside, published
from zkmark.reports import quantities as q
from zkmark.reports.peers import PEER
from zkmark.reports.shares import Share, shares_of

PHASES = ("compile", "prove", "verify")
TITLE = "Workloads: where proving time goes"
LEAD = (
    "Whole programs of a stack machine: assembled and committed to (compile), run and proven "
    "(prove), and verified from the proof's bytes and what is public alone (verify). The public "
    "outputs are held to an oracle that does not know the program, and what a verifier rejects has "
    "no figures. Security is conjectured, below it what is proven. Cycles are the rows that the "
    "program ran through."
)
PUBLISHED_TITLE = "Beside published times"
NOT_IMPLEMENTED = "not implemented"
NOT_MEASURED = "not measured"

Case = Mapping[str, Any]


@dataclass(frozen=True)
class WorkloadRow:
    """One workload on one backend, as text. ``status`` is ``ok`` or why there are no figures."""

    title: str
    slug: str
    first_of_case: bool
    rivals: int
    label: str
    backend: str
    path: str
    status: str
    reason: str
    claim: str
    compile: str = ""
    prove: str = ""
    verify: str = ""
    total: str = ""
    interval: str = ""
    throughput: str = ""
    proof: str = ""
    proof_parts: str = ""
    security: str = ""
    proven: str = ""
    options: str = ""
    cycles: str = ""
    trace: str = ""
    tables: str = ""
    memory: str = ""
    digest: str = ""
    phases: tuple[Share, ...] = ()
    shares: tuple[Share, ...] = ()

    @property
    def phase_shares(self) -> str:
        """The phases in a line."""
        return ", ".join(f"{share.name} {share.percent}" for share in self.phases)

    @property
    def largest_shares(self) -> str:
        """The three largest parts of proving in a line."""
        return ", ".join(f"{share.name} {share.percent}" for share in self.shares[:3])


@dataclass(frozen=True)
class PublishedRow:
    """A published row, or one of ours beside it; ``ratio``: how many times ours is faster.

    ``entries``: the cases and backends of ours of that workload, or the one that the row is about.
    """

    workload: str
    system: str
    hardware: str
    ours: bool
    compile: str
    prove: str
    verify: str
    total: str
    entries: tuple[tuple[str, str], ...]
    ratio: str = ""


@dataclass(frozen=True)
class PublishedRows:
    """The published table with ours in it, and what is to be said of it."""

    rows: tuple[PublishedRow, ...]
    notes: tuple[str, ...]


def is_workload(case: Case) -> bool:
    """Say whether an entry is a workload's."""
    return case["workload"] is not None


def workload_rows(cases: Sequence[tuple[str, Case]]) -> list[WorkloadRow]:
    """Return the rows of some entries, each with the label that it has here.

    Left out is what a backend does not support.
    """
    shown = [
        (label, case)
        for label, case in cases
        if is_workload(case) and case["status"] != "unsupported"
    ]
    rows = []
    for slug in dict.fromkeys(case["slug"] for _, case in shown):
        own = [(label, case) for label, case in shown if case["slug"] == slug]
        rows += [_row(label, case, i == 0, len(own)) for i, (label, case) in enumerate(own)]
    return rows


def _row(label: str, case: Case, first: bool, rivals: int) -> WorkloadRow:
    told = case["workload"]
    path = case["path"]
    head = {
        "title": told["title"],
        "slug": case["slug"],
        "first_of_case": first,
        "rivals": rivals,
        "label": label,
        "backend": case["backend"],
        "path": "" if path in (None, case["backend"]) else str(path),
        "status": case["status"],
        "reason": str(case["reason"] or ""),
        "claim": told["claim"],
    }
    run = told["run"]
    if case["status"] != "ok" or run is None:
        return WorkloadRow(**head)
    total = case["summary"]["total"]
    low, high = total["low"], total["high"]
    tallest = max(run["tables"], key=lambda table: table["rows"])
    security, proof = run["security"], run["proof"]
    return WorkloadRow(
        **head,
        compile=_median(case, "compile"),
        prove=_median(case, "prove"),
        verify=_median(case, "verify"),
        total=_median(case, "total"),
        interval=q.seconds_range(low, high) if low is not None else "no interval",
        throughput=q.rate(case["throughput"]["items_per_second"], case["throughput"]["item_unit"]),
        proof=q.size(proof["bytes"]),
        proof_parts=", ".join(f"{name} {q.size(size)}" for name, size in proof["parts"].items()),
        security=f"{security['conjectured']} bits",
        proven=q.MISSING if security["proven"] is None else f"{security['proven']} bits",
        options=", ".join(
            f"{name.replace('_', ' ')} {value}" for name, value in run["options"].items()
        ),
        cycles=f"{run['cycles']:,}".replace(",", "\u202f"),
        trace=f"{q.power(tallest['rows'])} × {_width(tallest)}",
        tables=", ".join(
            f"{table['name']} {q.power(table['rows'])} × {_width(table)}" for table in run["tables"]
        ),
        memory=_memory(case),
        digest=run["program"]["digest"],
        phases=_phases(case),
        shares=shares_of(case),
    )


def _median(case: Case, phase: str) -> str:
    return q.seconds(case["summary"][phase]["median"])


def _phases(case: Case) -> tuple[Share, ...]:
    """Return each phase's share of the sum of all."""
    medians = {phase: case["summary"][phase]["median"] for phase in PHASES}
    whole = sum(medians.values()) or 1.0
    return tuple(
        Share(phase, phase, q.seconds(time), q.percent(time / whole), time / whole)
        for phase, time in medians.items()
    )


def _width(table: Mapping[str, Any]) -> int:
    """Return a table's columns, those of lookups counted once, over the extension field."""
    return int(table["preprocessed"] + table["main"] + table["auxiliary"])


def _memory(case: Case) -> str:
    host, device = (case["memory"][f"{where}_peak_bytes"]["value"] for where in ("host", "device"))
    if device is None:
        return q.size(host)
    return f"{q.size(host)} + {q.size(device)} on the device"


def steps_of(case: Case) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the steps of proving with their depth, those below a step after it; none of a peer."""

    def below(step: Mapping[str, Any], depth: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
        yield depth, step
        for one in step.get("steps", ()):
            yield from below(one, depth + 1)

    whole = case["workload"]["run"]["steps"]
    if whole is not None:
        yield from below(whole, 0)


def published_rows(cases: Sequence[tuple[str, Case]], machine: str) -> PublishedRows | None:
    """Return the published table with the rows of ours beside theirs; ``None`` if none belongs.

    Of workloads that were not measured nothing is shown, unless all that could be were.
    """
    table = published()
    labels = {id(case): label for label, case in cases}
    # Peers are measured here, but they are no rows of ours.
    good = [
        case
        for _, case in cases
        if case["status"] == "ok" and is_workload(case) and case["backend"] != PEER
    ]
    if not any(cases_beside(row, good) for row in table.rows):
        return None
    rows: list[PublishedRow] = []
    # Best of what compares first: a workload's rows together, those of the like system on top.
    order = sorted(table.rows, key=lambda row: not row.ours)
    measured = {case["workload"]["name"] for case in good}
    whole = {row.workload for row in table.rows if row.ours} <= measured
    for name in dict.fromkeys(row.workload for row in table.rows):
        own = tuple((c["slug"], labels[id(c)]) for c in good if c["workload"]["name"] == name)
        for row in order:
            if row.workload != name or not (whole or name in measured):
                continue
            beside = cases_beside(row, good)
            rows.append(_published_row(row, table.hardware, bool(beside), own))
            rows += [_our_row(row, case, labels[id(case)], machine) for case in beside]
    settings = {case["workload"]["run"]["security"]["conjectured"] for case in good}
    threads = {case["settings"].get("threads") for case in good} - {None}
    on = f" on {q.listed(sorted(map(str, threads)))} threads" if threads else ""
    bits = q.listed([str(one) for one in sorted(settings)])
    return PublishedRows(
        tuple(rows),
        (
            f"Published: {table.source}; {table.hardware}; {table.measured}.",
            f"zkmark: {machine}{on}; {bits} bits of conjectured security.",
            "Settings of the systems differ, their security among them (published at each one's "
            "own defaults, Miden's at 96 bits), and so do machines and years: a ratio is a "
            "landmark, not a comparison of systems.",
            "What the published sudoku checks are sums, and so are ours of that name; "
            "sudoku-strict, which checks the whole rule, has no published row.",
        ),
    )


def _published_row(
    row: Published, hardware: str, there: bool, own: tuple[tuple[str, str], ...]
) -> PublishedRow:
    nothing = NOT_MEASURED if row.ours else NOT_IMPLEMENTED
    return PublishedRow(
        workload=row.name,
        system=row.system,
        hardware=hardware,
        ours=False,
        compile=q.seconds(row.seconds["compile"]),
        prove=q.seconds(row.seconds["prove"]),
        verify=q.seconds(row.seconds["verify"]),
        total=q.seconds(row.seconds["total"]),
        entries=own,
        ratio="" if there else nothing,
    )


def _our_row(row: Published, case: Case, label: str, machine: str) -> PublishedRow:
    total = case["summary"]["total"]["median"]
    return PublishedRow(
        workload=row.name,
        system=f"zkmark, {label}",
        hardware=machine,
        ours=True,
        compile=_median(case, "compile"),
        prove=_median(case, "prove"),
        verify=_median(case, "verify"),
        total=_median(case, "total"),
        entries=((case["slug"], label),),
        ratio=q.factor(row.seconds["total"] / total) if total else q.MISSING,
    )
