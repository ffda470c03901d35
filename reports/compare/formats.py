"""A comparison as Markdown, as JSON and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from zkmark.reports.compare import Comparison
from zkmark.reports.compare.cases import ComparedCase, Figure
from zkmark.reports.compare.economy import Amount, price_of
from zkmark.reports.compare.sources import Source
from zkmark.reports.compare.tables import legend, notes, tables, verdict
from zkmark.reports.markdown_text import escaped, table_lines
from zkmark.suites.statistics import Interval

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_NAME = "zkmark-comparison"
SCHEMA_VERSION = "1.0.0"


def markdown(comparison: Comparison) -> str:
    """Return the comparison as GitHub-flavoured Markdown."""
    return "\n".join(_markdown(comparison)).rstrip("\n") + "\n"


def _markdown(comparison: Comparison) -> Iterator[str]:
    letters = [source.letter for source in comparison.sources]
    yield from (f"## zkmark compare: {', '.join(letters)}", "")
    yield from (f"- **{letter}**: {escaped(text)}" for letter, text in legend(comparison))
    yield ""
    said = [escaped(note) for note in notes(comparison)]
    if said:
        yield from (*(f"- {note}" for note in said), "")
    for one in tables(comparison):
        yield from (f"### {escaped(one.title)}", "")
        yield from table_lines(one.heads, ([escaped(cell) for cell in row] for row in one.rows))


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as JSON values, everything in full precision."""
    letters = [source.letter for source in comparison.compared]
    return {
        "schema": SCHEMA_NAME,
        "schema_version": SCHEMA_VERSION,
        "sources": [_source(source) for source in comparison.sources],
        "base": comparison.sources[0].letter,
        "paired": False,
        "machines": {
            "differences": [
                {
                    "field": field.path,
                    "decisive": field.decisive,
                    "values": _by_letter(comparison.sources, field.values),
                }
                for field in comparison.fields
            ],
            "rates": [
                {
                    "name": rate.name,
                    "fields": _by_letter(comparison.sources, rate.fields),
                    "ratios": _by_letter(comparison.sources, rate.ratios),
                }
                for rate in comparison.rates
            ],
        },
        "environment": [
            {
                "field": one.field,
                "between": [one.first, one.second],
                "values": list(one.values),
                "why": one.why,
            }
            for one in comparison.environment
        ],
        "measured": [_case(letters, case) for case in comparison.measured],
        "modelled": [
            {
                "case": case.slug,
                "label": case.label,
                "sides": {
                    letter: {
                        "status": "not run" if entry is None else entry["status"],
                        "reason": None if entry is None else entry["reason"],
                        "modelled": None if entry is None else entry["modelled"],
                    }
                    for letter, entry in zip(letters, case.entries, strict=True)
                },
                "modelled_ratios": dict(zip(letters[1:], case.ratios[1:], strict=True)),
            }
            for case in comparison.modelled
        ],
        "left_out": list(comparison.left_out),
        "notes": notes(comparison),
    }


def _by_letter(sources: tuple[Source, ...], values: tuple[Any, ...]) -> dict[str, Any]:
    return {source.letter: value for source, value in zip(sources, values, strict=True)}


def _source(source: Source) -> dict[str, Any]:
    price = price_of(source.profile, source.price_per_hour)
    run = None if source.result is None else source.result.run
    return {
        "letter": source.letter,
        "name": source.name,
        "kind": source.kind,
        "machine": source.machine,
        "run": None if run is None else run["id"],
        "status": None if run is None else run["status"],
        "zkmark": None if run is None else run["zkmark"],
        "price_per_hour": {
            "value": price.per_hour,
            "currency": price.currency,
            "source": price.source,
            **({"reason": price.reason} if price.per_hour is None else {}),
        },
    }


def _case(letters: list[str], case: ComparedCase) -> dict[str, Any]:
    return {
        "case": case.slug,
        "kernel": case.kernel,
        "label": case.label,
        "sides": {letter: _side(case, index) for index, letter in enumerate(letters)},
        "ratios": {
            phase.name: {
                letter: _ratio(ratio)
                for letter, ratio in zip(letters[1:], phase.ratios[1:], strict=True)
            }
            for phase in case.phases
        },
    }


def _side(case: ComparedCase, index: int) -> dict[str, Any]:
    entry = case.entries[index]
    if entry is None:
        return {"status": "not run"}
    return {
        "status": entry["status"],
        "reason": entry["reason"],
        "backend": entry["backend"],
        "label": entry["label"],
        "path": entry["path"],
        "settings": entry["settings"],
        "phases": {phase.name: _figure(phase.figures[index]) for phase in case.phases},
        "ceiling": entry["ceiling"],
        "energy": _amounts(case.energy[index], case.units),
        "cost": _amounts(case.cost[index], case.units),
        "estimated_energy": _amounts(case.estimated_energy[index], case.units),
        **_proof(entry),
    }


def _proof(entry: Mapping[str, Any]) -> dict[str, Any]:
    run = (entry["workload"] or {}).get("run")
    if run is None:
        return {}
    return {"proof_bytes": run["proof"]["bytes"], "security": run["security"]}


def _figure(figure: Figure | None) -> dict[str, Any] | None:
    if figure is None:
        return None
    return {
        "median_seconds": figure.seconds,
        "low": figure.low,
        "high": figure.high,
        "processes": figure.processes,
    }


def _amounts(amount: Amount | None, units: Mapping[str, float]) -> dict[str, Any] | None:
    if amount is None:
        return None
    if amount.value is None:
        return {"value": None, "unit": amount.unit, "reason": amount.reason}
    per = {f"per {unit}": amount.value * times for unit, times in units.items()}
    return {"value": amount.value, "unit": amount.unit, "scope": amount.scope, **per}


def _ratio(ratio: Interval | None) -> dict[str, Any] | None:
    if ratio is None:
        return None
    return {
        "median": ratio.median,
        "low": ratio.low,
        "high": ratio.high,
        "processes": ratio.count,
        "verdict": verdict(ratio) or None,
    }


def csv(comparison: Comparison) -> str:
    """Return a row for each case, backend, phase and other machine, with units in the names.

    Modelled seconds and their ratio have columns of their own, so that no ranking meets both. Of
    profiles alone there is a row for each rate.
    """
    rows = [*_case_csv(comparison), *_modelled_csv(comparison)]
    if len(comparison.compared) < 2:
        rows = list(_rate_csv(comparison))
    frame: pd.DataFrame = _frame(rows)
    text: str = frame.convert_dtypes().to_csv(index=False, lineterminator="\n")
    return text


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows)


def _case_csv(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for case in comparison.measured:
        for phase in case.phases:
            for index, other in enumerate(comparison.compared[1:], start=1):
                ratio = phase.ratios[index]
                row: dict[str, Any] = {
                    "case": case.slug,
                    "kernel": case.kernel,
                    "label": case.label,
                    "kind": "measured",
                    "phase": phase.name,
                    "base": comparison.compared[0].name,
                    "other": other.name,
                    "ratio": ratio.median if ratio else None,
                    "ratio_interval_95_low": ratio.low if ratio else None,
                    "ratio_interval_95_high": ratio.high if ratio else None,
                    "verdict": verdict(ratio) or None,
                }
                for side, at in (("base", 0), ("other", index)):
                    row |= _side_csv(case, side, at, phase.figures[at], phase.name)
                yield row


def _side_csv(
    case: ComparedCase, side: str, index: int, figure: Figure | None, phase: str
) -> dict[str, Any]:
    entry = case.entries[index]
    good = entry is not None and not case.state(index)
    ceiling = entry["ceiling"] if entry is not None and good and phase == "compute" else None
    row: dict[str, Any] = {
        f"{side}_status": case.state(index) or "ok",
        f"{side}_path": entry["path"] if entry else None,
        f"{side}_isa": entry["settings"].get("isa") if entry else None,
        f"{side}_threads": entry["settings"].get("threads") if entry else None,
        f"{side}_median_seconds": figure.seconds if figure else None,
        f"{side}_interval_95_low_seconds": figure.low if figure else None,
        f"{side}_interval_95_high_seconds": figure.high if figure else None,
        f"{side}_process_count": figure.processes if figure else None,
    }
    for part in ("operations", "memory"):
        fraction = ceiling[part]["fraction"]["value"] if ceiling else None
        row[f"{side}_fraction_of_{part}"] = fraction
    # What a run takes belongs to its total, not to each of its phases.
    ranked = entry is not None and phase == entry["ranked_phase"]
    energy, cost = (case.energy[index], case.cost[index]) if ranked else (None, None)
    per_million = next((n for unit, n in case.units.items() if unit.startswith("million")), None)
    proofs = case.units.get("proof")
    for name, amount in (("energy_joules", energy), ("cost", cost)):
        value = amount.value if amount else None
        row[f"{side}_{name}_per_million_items"] = (
            None if value is None or per_million is None else value * per_million
        )
        row[f"{side}_{name}_per_proof"] = (
            None if value is None or proofs is None else value * proofs
        )
    known = cost is not None and cost.value is not None
    row[f"{side}_currency"] = cost.unit if cost is not None and known else None
    return row


def _modelled_csv(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for case in comparison.modelled:
        for index, other in enumerate(comparison.compared[1:], start=1):
            yield {
                "case": case.slug,
                "label": case.label,
                "kind": "modelled",
                "phase": "modelled",
                "base": comparison.compared[0].name,
                "other": other.name,
                "base_status": case.state(0) or "ok",
                "other_status": case.state(index) or "ok",
                "base_modelled_seconds": case.seconds[0],
                "other_modelled_seconds": case.seconds[index],
                "modelled_ratio": case.ratios[index],
            }


def _rate_csv(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for rate in comparison.rates:
        for index, source in enumerate(comparison.sources):
            field = rate.fields[index]
            yield {
                "rate": rate.name,
                "machine": source.name,
                "value": field["value"] if field else None,
                "unit": field.get("unit") if field else None,
                "status": field["status"] if field else None,
                "threads": rate.threads[index],
                "ratio": rate.ratios[index],
            }
