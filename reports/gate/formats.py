"""A comparison written down: Markdown for a pull request, JUnit XML, annotations, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from xml.etree import ElementTree

from zkmark.reports import quantities as q
from zkmark.reports.gate.rule import ALPHA
from zkmark.reports.gate.verdict import CaseVerdict, GateReport, Verdict, percent
from zkmark.reports.markdown_text import escaped

FORMATS = (".md", ".xml", ".json")

_MARKS = {
    Verdict.PASS: "✅",
    Verdict.FAIL: "❌",
    Verdict.INCONCLUSIVE: "❔",
    Verdict.INCORRECT: "🛑",
}
# Worst first, as a reader wants them.
_ORDER = (Verdict.INCORRECT, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)


def headline(report: GateReport) -> str:
    """Say the verdict in one sentence."""
    if report.exit_code == 5:
        return "Nothing could be compared"
    parts = []
    for verdict, words in (
        (Verdict.INCORRECT, "with a wrong output"),
        (Verdict.FAIL, "slower"),
        (Verdict.INCONCLUSIVE, "inconclusive"),
        (Verdict.PASS, "not slower"),
    ):
        number = len(report.of(verdict))
        if number:
            parts.append(f"{number} {words}")
    return f"{q.count(len(report.cases), 'case')}: {', '.join(parts)}"


def ordered(report: GateReport) -> list[CaseVerdict]:
    """Return the cases, the worst first."""
    return [case for verdict in _ORDER for case in report.of(verdict)]


def amount(value: float | None, unit: str) -> str:
    """Write a median: a time, or a count of instructions."""
    if value is None:
        return q.MISSING
    return q.seconds(value) if unit == "s" else q.scaled(value, "")


def change(case: CaseVerdict) -> str:
    """Write how much slower the head is: ``+3.1 %``."""
    return q.MISSING if case.ratio is None else f"{100 * (case.ratio - 1):+.1f} %"


def interval(case: CaseVerdict) -> str:
    """Write the interval of the change: ``-1.2 to +7.4 %``."""
    if case.low is None or case.high is None:
        return q.MISSING
    return f"{100 * (case.low - 1):+.1f} to {100 * (case.high - 1):+.1f} %"


def smallest(case: CaseVerdict) -> str:
    """Write the smallest slowdown that would be found."""
    return q.MISSING if case.detectable is None else f"{100 * case.detectable:+.1f} %"


COLUMNS = ("case", "verdict", "base", "head", "change", "95 %", "pairs", "detectable", "why")


def row(case: CaseVerdict) -> list[str]:
    """Return a case's cells under ``COLUMNS``."""
    return [
        case.case,
        case.verdict.value,
        amount(case.base, case.unit),
        amount(case.head, case.unit),
        change(case),
        interval(case),
        str(case.pairs) if case.pairs else q.MISSING,
        smallest(case),
        case.reason,
    ]


def markdown(report: GateReport) -> str:
    """Return the comparison as GitHub-flavoured Markdown."""
    return "\n".join(_markdown(report)) + "\n"


def _markdown(report: GateReport) -> Iterator[str]:
    yield from (f"## zkmark gate: {report.verdict.value}", "")
    yield from (f"{_MARKS[report.verdict]} **{headline(report)}**", "")
    yield from (f"Base: {escaped(report.base)}  ", f"Head: {escaped(report.head)}", "")
    for warning in report.warnings:
        yield f"> ⚠️ {escaped(warning)}"
        yield ">"
    if report.warnings:
        yield ""
    if report.cases:
        yield "| | case | base | head | change | 95 % | pairs | detectable | why |"
        yield "|---|---|--:|--:|--:|--:|--:|--:|---|"
        for case in ordered(report):
            cells = [escaped(cell) for cell in row(case)]
            yield "| " + " | ".join([_MARKS[case.verdict], cells[0], *cells[2:]]) + " |"
        yield ""
    for note in report.notes:
        yield f"- {escaped(note)}"


def junit(report: GateReport) -> str:
    """Return the comparison as JUnit XML: a failure is a slowdown, an error a wrong output.

    What is inconclusive is skipped: the reader of such files knows no third outcome, and the exit
    code tells it apart.
    """
    counts = {verdict: str(len(report.of(verdict))) for verdict in Verdict}
    totals = {
        "tests": str(len(report.cases)),
        "failures": counts[Verdict.FAIL],
        "errors": counts[Verdict.INCORRECT],
        "skipped": counts[Verdict.INCONCLUSIVE],
    }
    root = ElementTree.Element("testsuites", {"name": "zkmark gate", **totals})
    suite = ElementTree.SubElement(root, "testsuite", {"name": "zkmark gate", **totals})
    properties = ElementTree.SubElement(suite, "properties")
    for name in ("method", "base", "head"):
        value = _printable(getattr(report, name))
        ElementTree.SubElement(properties, "property", {"name": name, "value": value})
    tags = {
        Verdict.FAIL: "failure",
        Verdict.INCORRECT: "error",
        Verdict.INCONCLUSIVE: "skipped",
    }
    for case in report.cases:
        name, _, contender = case.case.partition(" on ")
        test = ElementTree.SubElement(
            suite,
            "testcase",
            {
                "name": _printable(case.case),
                "classname": _printable(name if contender else "command"),
                "time": f"{case.head:.9f}" if case.head is not None and case.unit == "s" else "0",
            },
        )
        if case.verdict in tags:
            message = {"message": _printable(sentence(case)), "type": case.verdict.value}
            ElementTree.SubElement(test, tags[case.verdict], message)
        text = ElementTree.SubElement(test, "system-out")
        text.text = _printable(sentence(case))
    said = ElementTree.SubElement(suite, "system-out")
    said.text = _printable("\n".join([*report.warnings, *report.notes]))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _printable(text: str) -> str:
    """Return text without the control characters that XML forbids."""
    return "".join(c if c >= " " or c in "\n\t" else " " for c in text)


def sentence(case: CaseVerdict) -> str:
    """Say everything of a case in one line."""
    if case.ratio is None:
        return f"{case.verdict.value}: {case.reason}"
    text = (
        f"{case.verdict.value}: {case.reason}; {change(case)} ({interval(case)}), "
        f"{amount(case.base, case.unit)} to {amount(case.head, case.unit)}"
    )
    if case.pairs:
        text += f", {case.pairs} pairs"
    if case.detectable is not None:
        text += f"; a slowdown of {smallest(case)} would be found"
    return text


def github_lines(report: GateReport) -> list[str]:
    """Return GitHub's workflow commands: errors, warnings, a notice with the verdict."""
    found = []
    for case in ordered(report):
        if case.verdict is not Verdict.PASS:
            bad = case.verdict in (Verdict.FAIL, Verdict.INCORRECT)
            title, text = _property(f"zkmark: {case.case}"), _message(sentence(case))
            found.append(f"::{'error' if bad else 'warning'} title={title}::{text}")
    found += [f"::warning title=zkmark::{_message(text)}" for text in report.warnings]
    found.append(f"::notice title=zkmark gate::{_message(headline(report))}")
    return found


def _message(text: str) -> str:
    # As GitHub's own toolkit writes them.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def as_json(report: GateReport) -> str:
    """Return the comparison as JSON, every value of every pair included."""
    return json.dumps(report.to_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def written(report: GateReport, suffix: str) -> str:
    """Return the comparison in the form of a file's ending, one of ``FORMATS``."""
    return {".md": markdown, ".xml": junit, ".json": as_json}[suffix](report)


def rule_in_words(max_pairs: int, cases: int) -> str:
    """Say what rule a comparison by pairs kept to."""
    holm = f", adjusted for {cases} cases as Holm does" if cases > 1 else ""
    return (
        "A case fails when the 2.5 % quantile of the bootstrap of the median ratio is above its "
        "tolerance, and passes when the 97.5 % quantile is below; the sign test must agree. "
        f"Looked at up to {max_pairs} pairs of processes, at numbers fixed in advance that share "
        f"the {percent(ALPHA)} between them{holm}."
    )
