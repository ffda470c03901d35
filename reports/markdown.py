"""The report as GitHub-flavoured Markdown, fit for a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from zkmark.reports import machine, workloads
from zkmark.reports.markdown_hardware import economy_lines, gas_lines, heat_lines, share_lines
from zkmark.reports.markdown_text import code, escaped, folded, table_lines
from zkmark.reports.model import BASELINES, KERNEL_TITLES, Ratio, Report, Row, Table, run_letter
from zkmark.reports.modelled import LEAD, TITLE, ModelledRow, ModelledTable
from zkmark.reports.peers import PeerTable
from zkmark.reports.verdict import verdict

if TYPE_CHECKING:
    from zkmark.suites.result import Result

_MARKS = {"good": "✅", "partial": "⚠️", "bad": "❌"}


def render(results: Sequence[Result]) -> str:
    """Return the report as Markdown."""
    return "\n".join(_lines(Report(results)))


def _lines(report: Report) -> Iterator[str]:
    said = verdict(report)
    suites = dict.fromkeys(result.run["suite"]["name"] for result in report.results)
    yield from (f"## zkmark: {escaped(', '.join(suites))}", "")
    yield from (f"{_MARKS[said.level]} **{escaped(said.headline)}**", "")
    yield from (f"- {escaped(detail)}" for detail in said.details)
    yield ""
    yield from _problems(report)
    yield from heat_lines(report)
    yield from _workloads(report)
    yield from share_lines(report)
    yield from economy_lines(report)
    yield from gas_lines(report)
    yield from _published(report)
    for table in report.tables():
        yield from _results(table)
    modelled = report.modelled_tables()
    if modelled:
        yield from (f"## {TITLE}", "", LEAD, "")
    for one in modelled:
        yield from _modelled(one)
    for peers in report.peer_tables():
        yield from _beside_peers(peers)
    for index, result in enumerate(report.results):
        yield from _run(result, run_letter(index) if len(report.results) > 1 else "")


def _problems(report: Report) -> Iterator[str]:
    failures = report.failures()
    if failures:
        yield from table_lines(
            [("case", False), ("backend", False), ("status", False), ("reason", False)],
            (
                [code(f.case), escaped(f.label), f"**{f.status}**", escaped(f.reason)]
                for f in failures
            ),
        )
    for one in report.unsupported():
        reason = escaped(one.reason)
        yield f"- {escaped(one.label)} does not compute {len(one.cases)} of them: {reason}"
    missing = report.missing()
    if missing:
        yield f"- not run: {escaped(', '.join(missing))}"
    if missing or report.unsupported():
        yield ""


def _workloads(report: Report) -> Iterator[str]:
    rows = report.workload_rows()
    if not rows:
        return
    yield from (f"### {workloads.TITLE}", "")
    yield from table_lines(
        [
            ("workload", False),
            ("backend", False),
            *((phase, True) for phase in workloads.PHASES),
            ("total", True),
            ("95 % interval", True),
            ("cycles", True),
            ("proof", True),
            ("security (proven)", True),
            ("peak memory", True),
            ("proving is", False),
        ],
        (_workload_cells(row) for row in rows),
    )


def _published(report: Report) -> Iterator[str]:
    for letter, table in report.published():
        title = f"{letter}: {workloads.PUBLISHED_TITLE}" if letter else workloads.PUBLISHED_TITLE
        yield from (f"### {title}", "")
        yield from table_lines(
            [
                ("workload", False),
                ("system", False),
                ("hardware", False),
                *((phase, True) for phase in workloads.PHASES),
                ("total", True),
                ("zkmark is faster", True),
            ],
            (_published_cells(row) for row in table.rows),
        )
        yield from (f"- {escaped(note)}" for note in table.notes)
        yield ""


def _workload_cells(row: workloads.WorkloadRow) -> list[str]:
    title = escaped(row.title) if row.first_of_case else ""
    name = escaped(f"{row.label} ({row.path})" if row.path else row.label)
    if row.status != "ok":
        return [title, name, f"**{row.status}**", *[""] * 9]
    return [
        title,
        name,
        row.compile,
        row.prove,
        row.verify,
        row.total,
        row.interval,
        row.cycles,
        row.proof,
        f"{row.security} ({row.proven})",
        row.memory,
        escaped(row.largest_shares),
    ]


def _published_cells(row: workloads.PublishedRow) -> list[str]:
    system = f"**{escaped(row.system)}**" if row.ours else f"{escaped(row.system)} (published)"
    times = [row.compile, row.prove, row.verify, row.total]
    ratio = f"**{row.ratio}**" if row.ours else row.ratio
    return [escaped(row.workload), system, escaped(row.hardware), *times, ratio]


def _modelled(table: ModelledTable) -> Iterator[str]:
    yield from (f"### {escaped(table.title)} (modelled, not measured)", "")
    yield from table_lines(
        [
            ("case", False),
            ("design", False),
            ("cycles", True),
            ("clock", True),
            ("board", False),
            ("instances", True),
            ("terms", False),
            ("modelled time", True),
            ("modelled throughput", True),
            ("check", False),
        ],
        (_modelled_cells(row) for row in table.rows),
    )
    yield from (f"- {escaped(note)}" for note in table.notes)
    yield ""


def _modelled_cells(row: ModelledRow) -> list[str]:
    case = code(row.case) if row.first_of_case else ""
    name = escaped(f"{row.label} ({row.design})" if row.design else row.label)
    if row.status != "ok":
        return [case, name, f"**{row.status}**", *[""] * 7]
    terms = [
        f"**{term.name} {term.seconds}**" if term.bound else f"{term.name} {term.seconds}"
        for term in row.terms
    ]
    return [
        case,
        name,
        f"{row.cycles} {row.cycles_are}",
        f"{row.clock} {row.clock_status}",
        escaped(row.board),
        row.instances,
        ", ".join(terms),
        row.seconds,
        escaped(row.throughput),
        row.check,
    ]


def _results(table: Table) -> Iterator[str]:
    yield from (f"### {escaped(table.title)}", "")
    yield from table_lines(
        [
            ("case", False),
            ("backend", False),
            ("total", True),
            ("95 % interval", True),
            ("compute", True),
            ("throughput", True),
            ("data rate", True),
            ("of ceiling", True),
            *((f"over {baseline}", True) for baseline in BASELINES),
        ],
        (_cells(row) for row in table.rows),
    )


def _cells(row: Row) -> list[str]:
    name = escaped(row.label)
    parts = [part for part in (row.path, row.isa and f"isa {row.isa}") if part]
    if parts:
        name += f" ({escaped(', '.join(parts))})"
    case = code(row.case) if row.first_of_case else ""
    if row.status != "ok":
        return [case, name, f"**{row.status}**", *[""] * (5 + len(BASELINES))]
    total = f"**{row.total}**" if row.fastest else row.total
    return [
        case,
        f"**{name}**" if row.fastest else name,
        total,
        row.interval,
        row.compute,
        escaped(row.throughput),
        row.data_rate,
        row.ceiling.cell if row.ceiling else "",
        *(_ratio(ratio) for ratio in row.over),
    ]


def _beside_peers(table: PeerTable) -> Iterator[str]:
    title = KERNEL_TITLES.get(table.kernel, table.kernel)
    yield from (f"### {escaped(title)} beside peers: {table.phase}", "")
    yield from table_lines(
        [
            ("case", False),
            ("threads", True),
            ("zkmark", True),
            *((escaped(name), True) for name in table.names),
            ("zkmark / best", True),
            ("target", True),
            ("", False),
        ],
        (
            [
                code(row.case),
                str(row.threads),
                row.zkmark,
                *map(escaped, table.cells(row)),
                f"{row.ratio} ({row.interval})" if row.ratio else "",
                row.target,
                f"**{row.word}**" if row.word == "target met" else row.word,
            ]
            for row in table.rows
        ),
    )
    yield from (f"- {escaped(note)}" for note in table.notes)
    yield ""


def _ratio(ratio: Ratio) -> str:
    return f"{ratio.text} ({ratio.interval})" if ratio.interval else ratio.text


def _run(result: Result, letter: str) -> Iterator[str]:
    title = f"{letter}: machine and how to reproduce" if letter else "Machine and how to reproduce"
    yield from folded(title, _run_lines(result))


def _run_lines(result: Result) -> Iterator[str]:
    for name, text in machine.machine_lines(result):
        yield f"- {escaped(name)}: {escaped(text)}"
    yield from ("", code(machine.command_line(result)), "")
    for name, text in machine.reproduction_lines(result):
        yield f"- {escaped(name)}: {escaped(text)}"
    yield ""
