"""The report as one HTML page that opens from disk and loads nothing."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zkmark.reports import charts, gas, machine, modelled, shares, workloads
from zkmark.reports import quantities as q
from zkmark.reports.differences import differences_of
from zkmark.reports.economy import economy
from zkmark.reports.heatmap import heat_map
from zkmark.reports.model import BASELINES, KERNEL_TITLES, Report, family_title, run_letter
from zkmark.reports.noise import noise_rows, noise_sentences
from zkmark.reports.packing import LARGEST, TIERS, Packing
from zkmark.reports.palette import (
    backend_rank,
    backend_variable,
    family_variable,
    phase_variable,
    tint,
    variables,
)
from zkmark.reports.plotly_bundle import PlotlyBundle, pack, plotly_bundle
from zkmark.reports.roofline import left_out
from zkmark.reports.roofline_charts import LEAD as ROOFLINE_LEAD
from zkmark.reports.roofline_charts import roofline_charts, roofline_rows
from zkmark.reports.verdict import verdict
from zkmark.reports.view import Places, choices, view_data

if TYPE_CHECKING:
    from zkmark.suites.result import Result

_HERE = Path(__file__).parent


def render_page(results: Sequence[Result]) -> str:
    """Return the page of one or several results."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        tint=tint,
        colour=backend_variable,
        phase_colour=phase_variable,
        family_colour=family_variable,
    )
    environment.filters["pack"] = lambda parts: Markup(pack(json.dumps(parts)))
    report = Report(results)
    sections = {
        "scaling": list(charts.scaling_charts(report)),
        "phases": list(charts.phase_charts(report)),
        "samples": list(charts.sample_charts(report)),
        "roofline": list(roofline_charts(report)),
    }
    at = Places(report)
    figures = {
        f"{name}-{index}": at.figure(chart.figure)
        for name, found in sections.items()
        for index, chart in enumerate(found)
    }
    bundle = plotly_bundle() if figures else None
    # Charts may fail where tables need not: what works on tables comes first.
    script = _static("controls.js") + (_static("report.js") if bundle else "")
    share_rows = shares.share_rows([(e.label, e.document) for e in report.measured])
    suites = ", ".join(dict.fromkeys(result.run["suite"]["name"] for result in results))
    # What is marked as safe here is ours: no text of a result is among it.
    content = {
        "suites": suites,
        "content_policy": _content_policy(script, bundle),
        "style": Markup(_palette_style() + _static("report.css")),
        "script": Markup(script),
        "figures": Markup(pack(json.dumps(figures, separators=(",", ":"), allow_nan=False))),
        "library": Markup(bundle.packed) if bundle else "",
        "warning": bundle.warning if bundle else None,
        "verdict": verdict(report),
        "glances": report.glances(),
        "failures": report.failures(),
        "unsupported": report.unsupported(),
        "missing": report.missing(),
        "tables": report.tables(),
        "modelled": report.modelled_tables(),
        "modelled_title": modelled.TITLE,
        "modelled_lead": modelled.LEAD,
        "workloads": report.workload_rows(),
        "workloads_title": workloads.TITLE,
        "workloads_lead": workloads.LEAD,
        "workload_phases": workloads.PHASES,
        "view": Markup(pack(json.dumps(view_data(report), separators=(",", ":"), allow_nan=False))),
        "choices": choices(report),
        "at": at,
        "workload_steps": list(_steps(report)),
        "share_rows": share_rows,
        "share_groups": [(family, name) for family, name, _ in shares.GROUPS] + [shares.REST],
        "share_sentences": list(shares.sentences(share_rows)),
        "share_lead": shares.LEAD,
        "published": report.published(),
        "published_title": workloads.PUBLISHED_TITLE,
        "heat": heat_map(report),
        "economy": economy(report),
        "proofs": gas.proof_rows([(e.label, e.document) for e in report.entries if e.measured]),
        "gas_title": gas.TITLE,
        "gas_lead": gas.LEAD,
        "gas_formulas": gas.FORMULAS,
        "gas_prices": gas.PRICES,
        "gas_wrap": gas.wrap_texts(),
        "gas_wrap_lead": gas.WRAP_LEAD,
        "gas_wrap_formula": gas.WRAP_FORMULA,
        "peer_tables": report.peer_tables(),
        "kernel_titles": KERNEL_TITLES,
        "baselines": BASELINES,
        "charts": sections,
        "backends": sorted({e.backend for e in report.measured}, key=backend_rank),
        "phases": charts.PHASES,
        "phase_table": list(_phase_table(report)),
        "rooflines": roofline_rows(report),
        "roofline_lead": ROOFLINE_LEAD,
        "roofline_left_out": left_out(report),
        "noise": noise_rows(report),
        "noise_sentences": list(noise_sentences(report)),
        "machines": [_machine(result, index) for index, result in enumerate(results)],
        "notes": _notes(results),
        "differences": differences_of(results),
        "several": len(results) > 1,
    }
    template = environment.get_template("report.html")
    for tier in TIERS:
        packing = Packing(tier)
        html = template.render(content, packing=packing, packed=packing.packed)
        if len(html.encode()) <= LARGEST:
            break
    return html


def _notes(results: Sequence[Result]) -> list[tuple[str, str]]:
    """Return the runs' notes, each with the letters of the runs that have it."""
    found: dict[str, list[str]] = {}
    for index, result in enumerate(results):
        if result.run.get("note"):
            found.setdefault(result.run["note"], []).append(run_letter(index))
    return [
        (", ".join(letters) if len(results) > 1 else "", note) for note, letters in found.items()
    ]


def _static(name: str) -> str:
    return (_HERE / "static" / name).read_text(encoding="utf-8")


def _content_policy(script: str, bundle: PlotlyBundle | None) -> str:
    """Return the page's Content-Security-Policy: its own scripts run, nothing is loaded."""
    hashes = [b64encode(sha256(script.encode()).digest()).decode()]
    if bundle:
        hashes.append(bundle.sha256)
    allowed = " ".join(f"'sha256-{one}'" for one in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _palette_style() -> str:
    """Return the colours of backends and phases as CSS, for light pages and for dark screens."""
    light, dark = (
        "".join(f"{name}:{value};" for name, value in variables(dark=form).items())
        for form in (False, True)
    )
    tints = "".join(f".{tint(name)}{{background:var({name})}}" for name in variables(dark=False))
    return (
        f":root{{{light}}}\n{tints}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root:not(.light){{{dark}}}}}\n"
    )


def _phase_table(report: Report) -> Any:
    """Yield, for each measured entry: title, size, case, label, backend, phases.

    A phase is its name, its time and its share.
    """
    for family, entries in report.families():
        if entries[0].is_workload:
            continue
        for entry in entries:
            times = {phase: entry.median(phase) for phase in charts.PHASES}
            whole = sum(time or 0.0 for time in times.values()) or 1.0
            yield (
                family_title(family),
                q.power(entry.size),
                entry.slug,
                entry.label,
                entry.backend,
                [
                    (phase, q.seconds(time), round(100 * (time or 0.0) / whole, 1))
                    for phase, time in times.items()
                ],
            )


def _steps(report: Report) -> Any:
    """Yield, for each measured workload: its title, case, label, and its steps as rows of text.

    Peers tell of no steps.
    """
    for entry in report.measured:
        if not entry.is_workload or entry.document["workload"]["run"]["steps"] is None:
            continue
        whole = entry.document["workload"]["run"]["steps"]["seconds"] or 1.0
        rows = [
            (
                depth,
                step["name"],
                step.get("family"),
                shares.FAMILIES.get(step.get("family", ""), step.get("family", "")),
                q.seconds(step["seconds"]),
                round(100 * step["seconds"] / whole, 1),
                q.size(step["bytes"]) if "bytes" in step else q.MISSING,
                f"{step['multiplications']:,}" if "multiplications" in step else q.MISSING,
                f"{step['hashes']:,}" if "hashes" in step else q.MISSING,
            )
            for depth, step in workloads.steps_of(entry.document)
        ]
        yield entry.document["workload"]["title"], entry.slug, entry.label, rows


def _machine(result: Result, index: int) -> dict[str, Any]:
    return {
        "letter": run_letter(index),
        "name": machine.machine_name(result),
        "started": result.run["attempts"][0]["started"],
        "note": result.run.get("note"),
        "zkmark": machine.zkmark_text(result),
        "lines": machine.machine_lines(result),
        "sections": machine.profile_sections(result.profile),
        "command": machine.command_line(result),
        "reproduction": list(machine.reproduction_lines(result)),
        "packages": machine.all_packages(result),
    }
