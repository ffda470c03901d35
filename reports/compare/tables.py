"""A comparison as titled tables of text, for the terminal and for Markdown alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from zkmark.reports import quantities as q
from zkmark.reports.compare import Comparison
from zkmark.reports.compare.cases import ComparedCase, ModelledCase, Phase
from zkmark.reports.compare.economy import Amount
from zkmark.reports.compare.machines import field_texts, most_apart, rate_cells
from zkmark.reports.compare.sources import Source
from zkmark.reports.model import KERNEL_TITLES
from zkmark.reports.modelled import clock_text, cycles_text
from zkmark.suites.statistics import Interval

SAME = "not told apart"
# Where a table has less of a currency, it is written in millionths of it.
_SMALL_MONEY = 1e-3
# Probes of one machine give the same to within a few percent while it is quiet.
_CALM = 1.1
# The phases that tables show, in their order; upload and download are in JSON and CSV.
_SHOWN = ("total", "compute", "compile", "prove", "verify")
NOT_PAIRED = (
    "The runs were not interleaved, so their processes are not paired: an interval holds how far "
    "processes of one run lie apart, not what changed on a machine between the runs."
)


@dataclass(frozen=True)
class Table:
    """Rows under a title; ``heads``: each column's name and whether it holds numbers."""

    title: str
    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, ...], ...]


def interval_text(ratio: Interval | None) -> str:
    """Write a ratio with its interval, and whether it shows no difference."""
    if ratio is None:
        return q.MISSING
    text = q.factor(ratio.median)
    if ratio.low is None or ratio.high is None:
        return f"{text} (no interval from {q.count(ratio.count, 'process', 'processes')})"
    text += f" ({q.digits(ratio.low)}–{q.digits(ratio.high)})"
    return text if verdict(ratio) != SAME else f"{text}, {SAME}"


def verdict(ratio: Interval | None) -> str:
    """Say ``faster``, ``slower`` or that the interval holds 1; empty without an interval."""
    if ratio is None or ratio.low is None or ratio.high is None:
        return ""
    if ratio.low > 1:
        return "faster"
    return "slower" if ratio.high < 1 else SAME


def tables(comparison: Comparison) -> list[Table]:
    """Return a comparison's tables in the order in which they are read."""
    found = [
        _fields(comparison),
        _glance(comparison),
        _measured(comparison),
        _economy(comparison),
        _modelled(comparison),
        _rates(comparison),
    ]
    return [table for table in found if table.rows]


def _letters(sources: Sequence[Source]) -> list[str]:
    return [source.letter for source in sources]


def _over(sources: Sequence[Source]) -> list[tuple[str, bool]]:
    return [(f"{one.letter} × {sources[0].letter}", True) for one in sources[1:]]


def _glance(comparison: Comparison) -> Table:
    """Sum up each kernel on each backend: the geometric mean of the ratios of total."""
    sources = comparison.compared

    def key(case: ComparedCase) -> tuple[str, str]:
        return case.kernel, case.label

    rows = []
    ordered = sorted(comparison.measured, key=key)
    for (kernel, label), group in groupby(ordered, key):
        cases = list(group)
        cells = [_mean(cases, index) for index in range(1, len(sources))]
        if any(cells):
            title = KERNEL_TITLES.get(kernel, kernel)
            rows.append((title, label, *(cell or q.MISSING for cell in cells)))
    heads = (("kernel", False), ("backend", False), *_over(sources))
    return Table("Speed by kernel (geometric mean of the ratios of total)", heads, tuple(rows))


def _mean(cases: Sequence[ComparedCase], index: int) -> str:
    from scipy.stats import gmean

    ratios = [
        phase.ratios[index] for case in cases for phase in case.phases if phase.name == "total"
    ]
    known = [ratio for ratio in ratios if ratio is not None]
    if not known:
        return ""
    values = [ratio.median for ratio in known]
    words = [verdict(ratio) for ratio in known]
    counts = [f"{words.count(w)} {w}" for w in ("faster", "slower", SAME) if w in words]
    if len(known) == 1:
        counts = [word for word in words if word]
    text = q.factor(float(gmean(values)))
    if len(values) > 1:
        text += f", {q.digits(min(values))} to {q.digits(max(values))}"
    return f"{text} ({', '.join(counts)})" if counts else f"{text} (no interval)"


def _measured(comparison: Comparison) -> Table:
    sources = comparison.compared
    letters = _letters(sources)
    heads = (
        ("case", False),
        ("backend", False),
        ("phase", False),
        *((letter, True) for letter in letters),
        *_over(sources),
        *((f"{letter} of ceiling", True) for letter in letters),
    )
    rows = [row for case in comparison.measured for row in _case_rows(case, len(letters))]
    return Table("Case by case, measured", heads, tuple(rows))


def backend_text(case: ComparedCase) -> str:
    """Name what ran a case: one label with its path, or each machine's where these differ."""
    names = [case.label_on(i) for i in range(len(case.entries)) if case.entries[i] is not None]
    return " / ".join(dict.fromkeys(names)) or case.label


def _case_rows(case: ComparedCase, count: int) -> Iterator[tuple[str, ...]]:
    states = [case.state(i) for i in range(count)]
    phases = sorted(
        (p for p in case.phases if p.name in _SHOWN), key=lambda p: _SHOWN.index(p.name)
    )
    head = (case.slug, backend_text(case))
    if not phases:
        blank = [""] * (2 * count - 1)
        yield (*head, "", *states, *blank)
        return
    for phase in phases:
        yield (*head, phase.name, *_cells(case, phase, states))


def _cells(case: ComparedCase, phase: Phase, states: Sequence[str]) -> Iterator[str]:
    for figure, state in zip(phase.figures, states, strict=True):
        yield q.seconds(figure.seconds) if figure is not None else state or q.MISSING
    yield from (interval_text(ratio) for ratio in phase.ratios[1:])
    for index in range(len(states)):
        share = case.ceiling(index) if phase.name == "compute" else None
        yield share.cell if share is not None else ""


def _economy(comparison: Comparison) -> Table:
    letters = _letters(comparison.compared)
    rows = []
    small = small_money(
        [
            amount.times(times)
            for case in comparison.measured
            for amount in case.cost
            if amount is not None
            for times in case.units.values()
        ]
    )
    estimated = any(
        a is not None and a.value is not None
        for case in comparison.measured
        for a in case.estimated_energy
    )
    for case in comparison.measured:
        amounts = [*case.energy, *case.cost]
        if estimated:
            amounts += [a and replace(a, scope="") for a in case.estimated_energy]
        if all(a is None or a.value is None for a in amounts):
            continue
        for unit, times in case.units.items():
            cells = [amount_text(a, times, small) for a in amounts]
            rows.append((case.slug, backend_text(case), unit, *cells))
    heads = (
        ("case", False),
        ("backend", False),
        ("for one", False),
        *((f"energy {letter}", True) for letter in letters),
        *((f"cost {letter}", True) for letter in letters),
        *((f"energy {letter}, estimated", True) for letter in letters if estimated),
    )
    return Table("Energy and cost", heads, tuple(rows))


def small_money(amounts: Iterable[Amount]) -> bool:
    """Say whether the money of a table is written in millionths: all of it, so that it compares.

    It is where the least of it is less than a thousandth.
    """
    values = [one.value for one in amounts if one.value and one.unit != "J"]
    return bool(values) and min(values) < _SMALL_MONEY


def amount_text(amount: Amount | None, times: float, small: bool) -> str:
    """Write joules in the unit that suits, money in the table's: ``1.2 J``, ``0.34 USD``.

    ``small``: in millionths of the currency, ``2.7 µUSD``, as ``small_money`` said of the table.
    """
    if amount is None or amount.value is None:
        return q.MISSING
    value = amount.value * times
    scope = (
        f" ({amount.scope})" if amount.unit == "J" and amount.scope not in ("", "processor") else ""
    )
    if amount.unit == "J":
        return (f"{q.digits(value * 1e3)} mJ" if value < 1 else q.scaled(value, "J")) + scope
    if small:
        return f"{q.digits(value * 1e6)} µ{amount.unit}"
    return f"{q.digits(value)} {amount.unit}"


def _modelled(comparison: Comparison) -> Table:
    sources = comparison.compared
    heads = (
        ("case", False),
        ("backend", False),
        *((f"modelled {one.letter}", True) for one in sources),
        *((f"modelled {name}", number) for name, number in _over(sources)),
        *((f"{one.letter} is", False) for one in sources),
    )
    rows = [
        (case.slug, case.label, *_modelled_cells(case))
        for case in comparison.modelled
        if any(case.entries)
    ]
    return Table("Modelled: simulated hardware designs, nothing of it measured", heads, tuple(rows))


def _modelled_cells(case: ModelledCase) -> Iterator[str]:
    for index, seconds in enumerate(case.seconds):
        yield q.seconds(seconds) if seconds is not None else case.state(index)
    yield from (q.factor(ratio) for ratio in case.ratios[1:])
    for entry in case.entries:
        section = None if entry is None else entry["modelled"]
        if section is None:
            yield ""
            continue
        yield (
            f"{cycles_text(section)} cycles at {clock_text(section)} "
            f"× {section['instances']['value']} on {section['board']}"
        )


def _fields(comparison: Comparison) -> Table:
    heads = (("field", False), *((one.letter, False) for one in comparison.sources))
    known = [field for field in comparison.fields if field.decisive and field.known > 1]
    rows = tuple((field.path, *field_texts(field)) for field in known)
    return Table("What differs in the machines", heads, rows)


def _rates(comparison: Comparison) -> Table:
    heads = (
        ("figure", False),
        *((one.letter, True) for one in comparison.sources),
        *_over(comparison.sources),
    )
    rows = tuple(
        (rate.name, *rate_cells(rate), *(q.factor(ratio) for ratio in rate.ratios[1:]))
        for rate in comparison.rates
    )
    return Table("Ceilings, rates and data sheets of the machines", heads, rows)


def legend(comparison: Comparison) -> list[tuple[str, str]]:
    """Return each source's letter and what it is: file, run, machine."""
    found = []
    for source in comparison.sources:
        text = f"{source.name}: {source.kind}"
        if source.result is not None:
            run = source.result.run
            text += f" of {run['suite']['name']}, {run['attempts'][0]['started']}"
            text += f", zkmark {run['zkmark']['version']}"
        found.append((source.letter, f"{text}; {source.machine}"))
    return found


def notes(comparison: Comparison) -> list[str]:
    """Return what is to be said of a comparison in sentences, warnings first."""
    return [*_warnings(comparison), *_remarks(comparison)]


def _warnings(comparison: Comparison) -> Iterator[str]:
    for one in comparison.environment:
        yield f"Warning: {one}: {one.why}; ratios say something about that too."
    yield from _disturbed(comparison)
    for source in comparison.compared:
        run = source.result.run if source.result else {}
        git = run["zkmark"]["git"]["value"]
        if git and git["dirty"]:
            yield f"{source.letter} ran zkmark with uncommitted changes."
        if source.result is not None and source.result.missing:
            missing = q.count(len(source.result.missing), "planned entry", "planned entries")
            yield f"The run of {source.letter} is {source.result.status}: {missing} missing."
        if source.result is not None:
            for status in ("incorrect", "crashed", "timeout", "error"):
                for case in source.result.with_status(status):
                    where = f"{case['slug']} on {case['label']}"
                    yield f"{source.letter}: {where} is {status}: {case['reason']}."


def _disturbed(comparison: Comparison) -> Iterator[str]:
    """Say where one machine's probes gave different rates, so that something else ran on it."""
    first = comparison.sources[0].letter
    for index, source in enumerate(comparison.sources[1:], start=1):
        same = not any(
            field.decisive and field.values[0] != field.values[index] for field in comparison.fields
        )
        worst = most_apart(comparison.rates, index)
        if same and worst is not None and not 1 / _CALM < worst[1] < _CALM:
            yield (
                f"Warning: {first} and {source.letter} are the same machine by their profiles, yet "
                f"of {worst[0]} {source.letter} has {q.factor(worst[1])} that of {first}: one of "
                "the two was disturbed."
            )


def _remarks(comparison: Comparison) -> Iterator[str]:
    sources = comparison.compared
    profiles = [one.letter for one in comparison.sources if one.result is None]
    lone = [field.path for field in comparison.fields if field.decisive and field.known == 1]
    if lone:
        yield f"Known of one machine alone, and not shown: {', '.join(lone)}."
    if comparison.left_out:
        yield f"Not in all results, and left out: {', '.join(comparison.left_out)}."
    if len(sources) < 2:
        yield "Cases are compared between two results or more; here the machines are."
        if any(one.profile.get("origin") == "declared" for one in comparison.sources):
            yield (
                "zkmark profile MACHINE has all that the catalogue says of one; zkmark predict "
                "says how long cases would take there."
            )
        return
    if profiles:
        yield f"{q.listed(profiles)} is a profile and has no cases."
    if any(case.compares for case in comparison.measured):
        first = sources[0].letter
        yield (
            f"× {first}: the time of {first} over the other's; above 1 the other is faster. In "
            "brackets the 95 % interval."
        )
        yield NOT_PAIRED
        yield from _own_limits(comparison)
    yield from _reasons(comparison)


def _own_limits(comparison: Comparison) -> Iterator[str]:
    """Say which instruction sets and threads ran, where machines differ in them."""
    for key, name in (("isa", "instruction sets"), ("threads", "threads")):
        seen: dict[tuple[str, ...], None] = {}
        for case in comparison.measured:
            values = [None if e is None else e["settings"].get(key) for e in case.entries]
            if None not in values and len(set(values)) > 1:
                seen.setdefault(tuple(str(v) for v in values))
        for texts in seen:
            pairs = zip(_letters(comparison.compared), texts, strict=True)
            yield f"Of {name} the machines used: {', '.join(f'{a} {v}' for a, v in pairs)}."


def _reasons(comparison: Comparison) -> Iterator[str]:
    """Say why energy or cost is missing, once for each machine and reason."""
    for name in ("energy", "cost"):
        for index, source in enumerate(comparison.compared):
            amounts = [getattr(case, name)[index] for case in comparison.measured]
            reasons = dict.fromkeys(a.reason for a in amounts if a is not None and a.value is None)
            for reason in reasons:
                yield f"{name.capitalize()} of {source.letter} unavailable: {reason}."
            if name == "cost":
                scopes = dict.fromkeys(a.scope for a in amounts if a is not None and a.scope)
                for scope in scopes:
                    yield f"Price of {source.letter}: {scope}."
    for index, source in enumerate(comparison.compared):
        amounts = [case.estimated_energy[index] for case in comparison.measured]
        for scope in dict.fromkeys(a.scope for a in amounts if a is not None and a.scope):
            yield f"Energy of {source.letter}, {scope} as declared; nothing measured it."
