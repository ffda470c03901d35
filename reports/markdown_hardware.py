"""What Markdown shows of devices and proofs: the heat map, proving, memory and money, gas.

Short, for a pull request: what few readers need is folded, and what nobody measured is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from zkmark.reports import gas, shares
from zkmark.reports import quantities as q
from zkmark.reports.economy import EconomyRow, economy
from zkmark.reports.heatmap import Cell, heat_map
from zkmark.reports.markdown_text import escaped, folded, table_lines
from zkmark.reports.model import Report


def heat_lines(report: Report) -> Iterator[str]:
    """Yield the devices by the kernels, measured totals alone."""
    found = heat_map(report)
    if not found.rows:
        return
    yield from ("### Which hardware is best for what", "")
    yield from table_lines(
        [
            ("kernel", False),
            ("size", True),
            *((f"{escaped(c.label)}<br>{escaped(c.hardware)}", True) for c in found.columns),
        ],
        (
            [escaped(row.title), row.size, *(_heat_cell(cell) for cell in row.cells)]
            for row in found.rows
        ),
    )
    yield from (
        "Medians of what a user waits for, and how many times the best of the row that is; bold is "
        "the best, with a dot where intervals leave no doubt of it.",
        "",
    )


def _heat_cell(cell: Cell) -> str:
    if cell.best:
        return f"**● {cell.text}**" if cell.clear else f"**{cell.text}**"
    return f"{cell.text} ({cell.times})" if cell.times else cell.text


def share_lines(report: Report) -> Iterator[str]:
    """Yield what proving consists of, a row a workload."""
    rows = shares.share_rows([(e.label, e.document) for e in report.measured])
    if not rows:
        return
    yield from ("### What proving consists of", "")
    yield from (" ".join(shares.sentences(rows)), "")
    names = [name for _, name, _ in shares.GROUPS] + [shares.REST[1]]
    yield from table_lines(
        [
            ("workload", False),
            ("backend", False),
            ("prove", True),
            *((name, True) for name in names),
        ],
        (
            [
                escaped(row.title),
                escaped(row.label),
                row.prove,
                *(f"{s.seconds} ({s.percent})" if s.fraction else "none" for s in row.shares),
            ]
            for row in rows
        ),
    )


def economy_lines(report: Report) -> Iterator[str]:
    """Yield memory, energy and cost, folded; columns in which nothing was measured are left out."""
    found = economy(report)
    if found.rows:
        yield from folded("Memory, energy and cost", _economy(report))


def _economy(report: Report) -> Iterator[str]:
    found = economy(report)
    fields = {
        "host memory": [row.host for row in found.rows],
        "device memory": [row.device for row in found.rows],
        "energy": [_for_one(row, row.energy) for row in found.rows],
        "cost": [_for_one(row, row.cost) for row in found.rows],
        "energy, estimated": [_for_one(row, row.estimate) for row in found.rows],
    }
    kept = {name: cells for name, cells in fields.items() if set(cells) != {q.MISSING}}
    yield from table_lines(
        [("case", False), ("size", True), ("backend", False), *((name, True) for name in kept)],
        (
            [escaped(row.title), escaped(row.size), escaped(row.label), *cells]
            for row, *cells in zip(found.rows, *kept.values(), strict=True)
        ),
    )
    yield from (f"- {escaped(note)}" for note in found.notes)
    if found.notes:
        yield ""


def _for_one(row: EconomyRow, amount: str) -> str:
    return amount if amount == q.MISSING else f"{amount} per {row.per}"


def gas_lines(report: Report) -> Iterator[str]:
    """Yield what Ethereum would charge for the proofs, folded: a model."""
    rows = gas.proof_rows([(e.label, e.document) for e in report.entries if e.measured])
    if rows:
        yield from folded("Proofs and the gas that Ethereum would charge (modelled)", _gas(rows))


def _gas(rows: list[gas.ProofRow]) -> Iterator[str]:
    yield from table_lines(
        [
            ("workload", False),
            ("backends", False),
            ("proof", True),
            ("security (proven)", True),
            ("as calldata: gas, at least", True),
            ("fee, at least", True),
            ("in blobs", True),
            ("fee, posting alone", True),
        ],
        (
            [
                escaped(row.title),
                escaped(", ".join(row.labels)),
                row.size,
                f"{row.security} ({row.proven})",
                row.calldata if row.fits else f"{row.calldata}, above the most of a transaction",
                row.calldata_eth,
                row.blobs if row.blobs_fit else f"{row.blobs}, above the most of a transaction",
                row.blobs_eth,
            ]
            for row in rows
        ),
    )
    wrap, prices = gas.wrap_texts(), gas.default_prices()
    yield from (
        f"- {escaped(gas.LEAD)}",
        f"- Fees are at {prices['gasprice']:g} gwei for gas, an example, and at the reserve price "
        "for blob gas.",
        f"- Any of them inside of a Groth16 proof: {wrap['calldata']} gas, {wrap['calldataEth']}, "
        "at the least. Making that proof is part of no time here.",
        "",
    )
