"""Machines side by side, and a comparison written out."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pandas as pd
import pytest

from zkmark.hardware_profiles.value import declared, measured, reported
from zkmark.reports.compare import compare
from zkmark.reports.compare.formats import as_json, csv, markdown
from zkmark.reports.compare.machines import field_texts, rate_cells
from zkmark.reports.compare.tables import notes, tables


def profile(processors: int, bandwidth: float, latency: float, status: Any = measured) -> Any:
    def figure(value: float, unit: str) -> Any:
        if status is measured:
            return measured([value], "a probe", unit).to_json()
        return declared(value, "a data sheet", unit).to_json()

    return {
        "schema": "zkmark-profile",
        "schema_version": "1.1.0",
        "origin": "detected",
        "name": f"a machine of {processors}",
        "cpu": {
            "usable_processors": reported(processors, "x").to_json(),
            "features": {
                "avx2": reported(True, "x").to_json(),
                "avx512f": reported(processors > 2, "x").to_json(),
            },
        },
        "ceilings": {
            "triad": {
                "threads_1": figure(bandwidth, "bytes/s"),
                f"threads_{processors}": figure(bandwidth * processors, "bytes/s"),
            },
            "random_load_latency": figure(latency, "s"),
        },
    }


def rates(*profiles: Any) -> Any:
    return {rate.name: rate for rate in compare(profiles).rates}


def test_rates_of_machines_are_set_in_relation() -> None:
    found = rates(profile(2, 10e9, 100e-9), profile(64, 5e9, 50e-9))
    assert found["triad, 1 thread"].ratios == (None, 0.5)
    # Two threads here are beside 64 there: each machine's all.
    assert found["triad, all threads"].ratios == (None, pytest.approx(16))
    assert list(rate_cells(found["triad, all threads"])) == [
        "20.0 GB/s (2 threads)",
        "320 GB/s (64 threads)",
    ]
    # Half the latency is twice as good.
    assert found["random_load_latency"].ratios == (None, pytest.approx(2))


def test_what_was_measured_and_what_was_declared_are_not_set_in_relation() -> None:
    found = rates(profile(2, 10e9, 1e-7), profile(2, 20e9, 1e-7, declared))["triad, 1 thread"]
    assert found.ratios == (None, None)
    assert list(rate_cells(found)) == ["10.0 GB/s", "20.0 GB/s (declared)"]


def test_beside_a_machine_of_the_catalogue_what_one_alone_has_is_shown(pair: Any) -> None:
    from zkmark.hardware_profiles.catalogue import catalogue_profile
    from zkmark.suites.result import Result

    measured = profile(2, 10e9, 1e-7)
    comparison = compare([measured, catalogue_profile("h100-sxm5")])
    found = {rate.name: list(rate_cells(rate)) for rate in comparison.rates}
    assert found["triad, all threads"][1] == "–"
    assert "triad, 1 thread" not in found
    assert found["GPU 0 memory_bandwidth_peak"] == ["–", "3.35 TB/s (declared)"]
    assert all(rate.ratios == (None, None) for rate in comparison.rates)
    assert any("zkmark profile MACHINE" in note for note in notes(comparison))
    # Two results alone: what only one has is no comparison.
    one, two = (Result(document) for document in pair)
    one.profile["ceilings"] = measured["ceilings"]
    assert not any(rate.name.startswith("triad") for rate in compare([one, two]).rates)


def test_data_sheets_are_set_side_by_side() -> None:
    from zkmark.hardware_profiles.catalogue import catalogue_profile

    comparison = compare([catalogue_profile("epyc-9654"), catalogue_profile("epyc-9374f")])
    found = {rate.name: rate for rate in comparison.rates}
    clock, power = found["cpu clock_base"], found["economics power"]
    assert list(rate_cells(clock)) == ["2.40 GHz (declared)", "3.85 GHz (declared)"]
    assert clock.ratios[1] == pytest.approx(3.85 / 2.4)
    # More power is not more speed.
    assert power.ratios == (None, None)
    assert list(rate_cells(power)) == ["360 W (declared)", "320 W (declared)"]
    comparison = compare([catalogue_profile("l4"), catalogue_profile("aws-g6-xlarge")])
    found = {rate.name: rate for rate in comparison.rates}
    assert list(rate_cells(found["GPU 0 multiprocessors"])) == ["58 (declared)", "58 (declared)"]
    # Only one of them has a price.
    assert "economics price_per_hour" not in found


def test_profiles_have_no_cases_and_say_so() -> None:
    comparison = compare([profile(2, 10e9, 1e-7), profile(4, 10e9, 1e-7)])
    assert (comparison.measured, comparison.modelled, comparison.compared) == ((), (), ())
    assert notes(comparison) == [
        "Cases are compared between two results or more; here the machines are."
    ]
    (field,) = [f for f in comparison.fields if f.path == "cpu.features"]
    assert field_texts(field) == ["–", "avx512f"]


def test_what_a_profile_does_not_mention_is_no_difference() -> None:
    silent = profile(4, 10e9, 1e-7)
    del silent["cpu"]["features"]["avx512f"]
    paths = {f.path for f in compare([profile(2, 10e9, 1e-7), silent]).fields if f.decisive}
    assert "cpu.usable_processors" in paths
    assert "cpu.features" not in paths
    del silent["cpu"]["features"]
    fields = compare([profile(2, 10e9, 1e-7), silent]).fields
    (field,) = [f for f in fields if f.path == "cpu.features"]
    assert field.values[1] is None and field_texts(field)[1] == "unknown"
    comparison = compare([profile(2, 10e9, 1e-7), silent])
    shown = {row[0] for table in tables(comparison) for row in table.rows}
    assert "cpu.usable_processors" in shown and "cpu.features" not in shown
    assert "Known of one machine alone, and not shown: cpu.features." in notes(comparison)


def test_gpus_are_named_and_none_is_not_unknown() -> None:
    with_gpu, without, silent = (profile(2, 10e9, 1e-7) for _ in range(3))
    with_gpu["gpus"] = {"devices": [{"name": reported("H100", "NVML").to_json()}]}
    without["gpus"] = {"devices": []}
    fields = compare([with_gpu, without, silent]).fields
    (field,) = [f for f in fields if f.path == "gpus.devices"]
    assert field_texts(field) == ["H100", "none", "unknown"]


def test_a_profile_beside_results_is_in_the_machines_alone(pair: Any) -> None:
    from zkmark.suites.result import Result

    one, two = (Result(document) for document in pair)
    comparison = compare([one, profile(4, 10e9, 1e-7), two])
    assert [source.letter for source in comparison.compared] == ["A", "C"]
    assert "B is a profile and has no cases." in notes(comparison)
    heads = [name for table in tables(comparison) for name, _ in table.heads]
    assert "C × A" in heads
    data = as_json(comparison)
    assert set(data["measured"][0]["sides"]) == {"A", "C"}


def test_one_machine_whose_probes_disagree_was_disturbed() -> None:
    calm = profile(2, 10e9, 100e-9)
    (warning, _) = notes(compare([calm, profile(2, 10.5e9, 300e-9)]))
    assert "random_load_latency B has 0.333× that of A" in warning
    assert len(notes(compare([calm, profile(2, 10.5e9, 100e-9)]))) == 1


def test_markdown_is_rectangular_and_escaped(any_pair: Any, compared: Any) -> None:
    base, other = any_pair
    other["cases"][0]["path"] = "cpu|<b>"
    text = markdown(compared(base, other))
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.M)
    assert len(blocks) >= 3
    for block in blocks:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1
    assert "<b>" not in text and r"cpu\|&lt;b&gt;" in text
    assert "not interleaved" in text


def test_json_holds_everything_in_full(any_pair: Any, compared: Any) -> None:
    comparison = compared(*any_pair)
    data = json.loads(json.dumps(as_json(comparison), allow_nan=False))
    assert (data["schema"], data["base"], data["paired"]) == ("zkmark-comparison", "A", False)
    for written, case in zip(data["measured"], comparison.measured, strict=True):
        assert set(written["ratios"]) == {phase.name for phase in case.phases}
        for phase in case.phases:
            assert written["ratios"][phase.name]["B"]["median"] == phase.ratios[1].median
            there = written["sides"]["B"]["phases"][phase.name]
            assert there["median_seconds"] == phase.figures[1].seconds
    assert len(data["modelled"]) == len(comparison.modelled)


def test_csv_keeps_modelled_figures_out_of_measured_columns(simulated: Any, compared: Any) -> None:
    base, other = simulated
    table = pd.read_csv(io.StringIO(csv(compared(base, other))))
    measured_columns = ["ratio", "base_median_seconds", "other_median_seconds", "verdict"]
    modelled_columns = ["modelled_ratio", "base_modelled_seconds", "other_modelled_seconds"]
    modelled = table[table["kind"] == "modelled"]
    others = table[table["kind"] == "measured"]
    assert len(modelled) == 4 and len(others) == 9 * 4
    assert modelled[measured_columns].isna().all(axis=None)
    assert others[modelled_columns].isna().all(axis=None)
    assert others["ratio"].to_list() == pytest.approx([2.0] * len(others))
    shares = others["other_fraction_of_operations"].notna()
    assert set(others[shares]["phase"]) == {"compute"}


def test_csv_of_profiles_has_their_rates() -> None:
    comparison = compare([profile(2, 10e9, 1e-7), profile(4, 20e9, 1e-7)], ["a.json", "b.json"])
    table = pd.read_csv(io.StringIO(csv(comparison)))
    row = table[(table["rate"] == "triad, 1 thread") & (table["machine"] == "b.json")].iloc[0]
    assert (row["value"], row["ratio"], row["status"]) == (20e9, 2.0, "measured")
