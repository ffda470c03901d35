"""A result document as a table for the terminal, and as rows for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from zkmark.cli.terminal import print_table
from zkmark.reports import modelled, peers, quantities, workloads
from zkmark.reports.ceilings import ceiling_text

Document = Mapping[str, Any]
_COLUMNS = [
    "case",
    "backend",
    "isa",
    "total",
    "95 % interval",
    "compute",
    "throughput",
    "of ceiling",
    "× reference",
    "× numba",
    "check",
]
_RIGHT = ("total", "95 % interval", "compute", "throughput", "of ceiling", "× reference", "× numba")
_MODELLED_COLUMNS = [
    "case",
    "design",
    "cycles",
    "clock",
    "board",
    "instances",
    *modelled.TERM_NAMES,
    "modelled time",
    "modelled throughput",
    "check",
]
_MODELLED_LEFT = ("case", "design", "board", "check")
_MODELLED_RIGHT = tuple(name for name in _MODELLED_COLUMNS if name not in _MODELLED_LEFT)
_MODELLED_DROPS = ("modelled throughput", *reversed(modelled.TERM_NAMES), "instances", "board")
_WORKLOAD_COLUMNS = [
    "workload",
    "backend",
    "compile",
    "prove",
    "verify",
    "total",
    "95 % interval",
    "cycles",
    "proof",
    "security (proven)",
    "memory",
    "proving is",
    "check",
]
_WORKLOAD_RIGHT = tuple(_WORKLOAD_COLUMNS[2:-2])
_WORKLOAD_DROPS = ("memory", "proving is", "95 % interval", "cycles", "security (proven)")
_PUBLISHED_RIGHT = ("compile", "prove", "verify", "total", "zkmark is faster")
# What a narrow terminal loses, the first one first.
_NARROW_DROPS = ("isa", "of ceiling", "× numba", "throughput", "× reference", "95 % interval")


def _backend(case: Mapping[str, Any]) -> str:
    """Name what ran, down to its code path: ``cpu/avx512``, ``cpu[threads=1], cpu/avx512``."""
    label, path = str(case["label"]), case["path"]
    if path in (None, label):
        return label
    return str(path) if label == case["backend"] else f"{label}, {path}"


def _speedup(case: Mapping[str, Any], over: str) -> str:
    found = case["speedup"].get(over)
    return quantities.factor(None if found is None else found["median"])


def _interval(summary: Mapping[str, Any]) -> str:
    if summary["low"] is None:
        return f"none from {summary['processes']}"
    return quantities.seconds_range(summary["low"], summary["high"])


def _verdict(case: Mapping[str, Any]) -> str:
    if case["status"] == "ok":
        return "ok"
    return str(case["status"]).upper() if case["status"] == "incorrect" else str(case["status"])


def _row(case: Mapping[str, Any]) -> list[str]:
    head = [case["slug"], _backend(case), case["settings"].get("isa") or quantities.MISSING]
    if case["status"] != "ok":
        return [*head, *[quantities.MISSING] * 7, _verdict(case)]
    total, compute = case["summary"].get("total"), case["summary"].get("compute")
    throughput = case["throughput"]
    return [
        *head,
        quantities.seconds(total["median"] if total else None),
        _interval(total or compute),
        quantities.seconds(compute["median"] if compute else None),
        quantities.rate(throughput["items_per_second"], throughput["item_unit"]),
        ceiling_text(case).cell,
        _speedup(case, "reference"),
        _speedup(case, "numba"),
        _verdict(case),
    ]


def print_result(document: Document) -> None:
    """Print one row a case and backend, in the order measured; then what failed, and a count.

    Workloads and what was modelled are in tables of their own.
    """
    cases = list(document["cases"])
    measured = [case for case in cases if case["kind"] == "measured"]
    rows = [_row(case) for case in measured if not workloads.is_workload(case)]
    if rows:
        print_table(_COLUMNS, rows, right=_RIGHT, narrow_drops=_NARROW_DROPS)
    programs = [case for case in measured if workloads.is_workload(case)]
    _print_workloads(programs, bool(rows))
    modelled_cases = [case for case in cases if case["kind"] == "modelled"]
    _print_modelled(modelled_cases, bool(rows or programs))
    for case in cases:
        if case["status"] != "ok":
            print(f"{case['slug']} on {case['label']}: {case['status']}: {case['reason']}")
    print(_count(cases))


def _print_workloads(cases: list[Mapping[str, Any]], below: bool) -> None:
    """Print whole programs in a table of their own; ``below``: another table stands above."""
    rows = workloads.workload_rows([(_backend(case), case) for case in cases])
    if not rows:
        return
    if below:
        print()
    print_table(
        _WORKLOAD_COLUMNS,
        [_workload_row(row) for row in rows],
        right=_WORKLOAD_RIGHT,
        narrow_drops=_WORKLOAD_DROPS,
    )
    print()


def _workload_row(row: workloads.WorkloadRow) -> list[str]:
    if row.status != "ok":
        status = row.status.upper() if row.status == "incorrect" else row.status
        return [row.title, row.label, *[quantities.MISSING] * (len(_WORKLOAD_COLUMNS) - 3), status]
    return [
        row.title,
        row.label,
        row.compile,
        row.prove,
        row.verify,
        row.total,
        row.interval,
        row.cycles,
        row.proof,
        f"{row.security} ({row.proven})",
        row.memory,
        row.largest_shares,
        "ok",
    ]


def print_published(document: Document) -> None:
    """Print the published times of other provers with ours beside them, if ours has any of them."""
    cases = list(document["cases"])
    machine = document["profile"].get("name") or document["run"]["machine"]["cpu"]
    table = workloads.published_rows([(_backend(case), case) for case in cases], str(machine))
    if table is None:
        return
    print()
    print_table(
        ["workload", "system", "hardware", *_PUBLISHED_RIGHT],
        [
            [
                "" if row.ours else row.workload,
                row.system,
                row.hardware,
                row.compile,
                row.prove,
                row.verify,
                row.total,
                row.ratio,
            ]
            for row in table.rows
        ],
        title=workloads.PUBLISHED_TITLE,
        right=_PUBLISHED_RIGHT,
        narrow_drops=("compile", "verify", "hardware"),
    )
    for note in table.notes:
        print(note)


def _print_modelled(cases: list[Mapping[str, Any]], below: bool) -> None:
    """Print what was modelled in a table of its own, which says so, and where its clocks are from.

    ``below``: another table stands above.
    """
    if not cases:
        return
    table = modelled.modelled_table(modelled.TITLE, [(case["label"], case) for case in cases])
    if below:
        print()
    print_table(
        _MODELLED_COLUMNS,
        [_modelled_row(row, case) for row, case in zip(table.rows, table.cases, strict=True)],
        title=f"{table.title} (* the longest term)",
        right=_MODELLED_RIGHT,
        narrow_drops=_MODELLED_DROPS,
    )
    for note in table.notes:
        print(note)
    print()


def _modelled_row(row: modelled.ModelledRow, case: Mapping[str, Any]) -> list[str]:
    # The terms have a column each, the longest marked.
    terms = {term.name: f"{term.seconds}*" if term.bound else term.seconds for term in row.terms}
    figures = [
        f"{row.cycles} {row.cycles_are}",
        row.clock,
        row.board,
        row.instances,
        *(terms.get(name) or quantities.MISSING for name in modelled.TERM_NAMES),
        row.seconds,
        row.throughput,
    ]
    if row.status != "ok":
        figures = [quantities.MISSING] * len(figures)
    return [row.case, _backend(case), *figures, modelled.check_text(case)]


def print_peers(document: Document) -> None:
    """Print zkmark beside its peers, a table a kernel; nothing where the run had no peers."""
    tables = peers.peer_tables(list(document["cases"]))
    for table in tables:
        print()
        head = ["case", "threads", "zkmark", *table.names]
        print_table(
            [*head, "zkmark / best", "95 % interval", "target", ""],
            [
                [
                    row.case,
                    str(row.threads),
                    row.zkmark,
                    *table.cells(row),
                    row.ratio or quantities.MISSING,
                    row.interval or quantities.MISSING,
                    row.target or quantities.MISSING,
                    row.word,
                ]
                for row in table.rows
            ],
            title=f"{table.kernel} beside peers: {table.phase}",
            right=(*head[1:], "zkmark / best", "95 % interval", "target"),
            narrow_drops=("95 % interval", "target"),
        )
        for note in table.notes:
            print(note)
    if text := peers.summary(tables):
        print(text)


def _count(cases: list[Mapping[str, Any]]) -> str:
    """Say how many of each outcome there are: ``11 measured and right, 1 crashed``."""
    outcomes = Counter(_outcome(case) for case in cases)
    parts = [f"{number} {outcome}" for outcome, number in outcomes.most_common()]
    return ", ".join(parts) or "nothing measured"


def _outcome(case: Mapping[str, Any]) -> str:
    if case["status"] != "ok":
        return str(case["status"])
    if case["kind"] == "measured":
        return "measured and right"
    return "simulated and right" if case["correctness"]["ok"] else "extrapolated"


def without_samples(document: Document) -> list[dict[str, Any]]:
    """Return the cases as they stand in the document, less raw samples and single processes."""
    return [
        {key: value for key, value in case.items() if key not in ("phases", "processes")}
        for case in document["cases"]
    ]
