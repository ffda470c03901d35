"""Which hardware is best for what, and what it takes beside time: the heat map and the economy."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from zkmark.reports import render_html
from zkmark.reports.economy import economy
from zkmark.reports.heatmap import heat_map
from zkmark.reports.model import Report
from zkmark.suites.result import Result

Document = dict[str, Any]


def slower(document: Document, factor: float) -> Document:
    """The same run on a machine that takes ``factor`` times as long."""
    other = copy.deepcopy(document)
    other["run"]["id"] = "20260102T120000Z-other"
    for case in other["cases"]:
        for summary in case["summary"].values():
            for key in ("median", "low", "high"):
                if summary[key] is not None:
                    summary[key] *= factor
    return other


def test_a_row_shows_every_device_with_its_time(example: Result) -> None:
    found = heat_map(Report([example]))
    assert [column.label for column in found.columns] == ["cpu", "numba", "reference"]
    row = found.rows[0]
    assert row.title == "NTT · goldilocks · forward"
    # 2^16 is larger, but the reference did not go so far.
    assert row.size == "2^10"
    assert [cell.text for cell in row.cells] == ["11.2 µs", "23.5 µs", "1.49 ms"]
    assert [cell.times for cell in row.cells] == ["", "2.09×", "132×"]
    assert [cell.best for cell in row.cells] == [True, False, False]
    assert row.cells[0].heat > row.cells[1].heat > row.cells[2].heat == 0


def test_machines_stand_side_by_side(document: Document, result_of: Callable[..., Result]) -> None:
    results = [result_of(document), result_of(slower(document, 10))]
    found = heat_map(Report(results))
    assert [column.label for column in found.columns] == [
        "A: cpu",
        "A: numba",
        "A: reference",
        "B: cpu",
        "B: numba",
        "B: reference",
    ]
    assert found.rows[0].cells[3].times == "10.0×"
    assert sum(cell.best for cell in found.rows[0].cells) == 1


def test_what_was_not_measured_is_neither_coloured_nor_best(example: Result) -> None:
    row = next(row for row in heat_map(Report([example])).rows if row.title.startswith("MSM"))
    assert [cell.text for cell in row.cells[1:]] == ["–", "–"]
    assert not any(cell.heat for cell in row.cells[1:])
    # One device alone is no winner.
    assert not row.cells[0].best


def test_modelled_times_are_in_no_map(modelled: Document, result_of: Callable[..., Result]) -> None:
    found = heat_map(Report([result_of(modelled)]))
    assert "fpga" not in {column.backend for column in found.columns}
    page = render_html([result_of(modelled)])
    map_of = page.partition('<table class="heat">')[2].partition("</table>")[0]
    assert "fpga" not in map_of


def test_one_device_needs_no_map(document: Document, result_of: Callable[..., Result]) -> None:
    document["cases"] = [c for c in document["cases"] if c["backend"] == "cpu"]
    result = result_of(document)
    assert heat_map(Report([result])).rows == ()
    assert '<table class="heat">' not in render_html([result])


def test_what_is_missing_says_why(example: Result) -> None:
    found = economy(Report([example]))
    row = found.rows[0]
    assert (row.host, row.device, row.energy, row.cost) == ("1.20 MiB", "–", "–", "–")
    assert any(note.startswith("no energy: ") for note in found.notes)
    assert "no cost: nobody declared the machine's price per hour" in found.notes


def test_energy_and_cost_are_for_a_million_elements(
    document: Document, result_of: Callable[..., Result]
) -> None:
    document["profile"].setdefault("economics", {})["price_per_hour"] = {
        "value": 3.6,
        "unit": "USD/h",
        "source": "a price list",
        "status": "declared",
    }
    case = next(c for c in document["cases"] if c["slug"] == "ntt/goldilocks/2^16/forward")
    case["energy_joules"] = {
        "value": 0.5,
        "unit": "J",
        "source": "powercap",
        "status": "measured",
    }
    found = economy(Report([result_of(document)]))
    row = next(row for row in found.rows if row.slug == case["slug"] and row.label == case["label"])
    assert row.per == "million elements"
    assert row.energy == f"{0.5e6 / 65536:.2f} J"
    expected = 1e-3 * case["summary"]["total"]["median"] * 1e6 / 65536
    amount, unit = row.cost.split()
    scale = {"USD": 1.0, "µUSD": 1e-6}[unit]
    assert float(amount) * scale == pytest.approx(expected, rel=0.01)


def test_costs_of_all_rows_have_one_unit(
    document: Document, result_of: Callable[..., Result]
) -> None:
    def units(price: float) -> set[str]:
        document["profile"].setdefault("economics", {})["price_per_hour"] = {
            "value": price,
            "unit": "USD/h",
            "source": "a price list",
            "status": "declared",
        }
        rows = economy(Report([result_of(document)])).rows
        amounts = [float(row.cost.split()[0]) for row in rows]
        assert max(amounts) > 100 * min(amounts)
        return {row.cost.split()[1] for row in rows}

    # The least of all rows decides: a dear machine's are all above a thousandth.
    assert units(3.6) == {"µUSD"}
    assert units(3.6e6) == {"USD"}


def test_declared_power_is_an_estimate_in_a_column_of_its_own(
    document: Document, result_of: Callable[..., Result]
) -> None:
    assert not economy(Report([result_of(document)])).estimated
    document["profile"].setdefault("economics", {})["power"] = {
        "value": 200,
        "unit": "W",
        "source": "a plate",
        "status": "declared",
    }
    found = economy(Report([result_of(document)]))
    assert found.estimated
    for row in found.rows:
        assert row.energy == "–"  # no counter counted any
    case = next(c for c in document["cases"] if c["slug"] == "ntt/goldilocks/2^16/forward")
    row = next(row for row in found.rows if (row.slug, row.label) == (case["slug"], case["label"]))
    seconds = case["summary"]["total"]["median"] * 1e6 / 65536
    assert float(row.estimate.split()[0]) == pytest.approx(200 * seconds, rel=0.01)
    assert "energy, estimated" in render_html([result_of(document)])


def test_of_a_kernel_each_backend_has_its_largest_size(example: Result) -> None:
    rows = [r for r in economy(Report([example])).rows if r.title.startswith("NTT")]
    assert [(r.label, r.size) for r in rows] == [
        ("cpu", "2^16"),
        ("numba", "2^16"),
        ("reference", "2^10"),
    ]


def test_a_reason_that_machines_share_stands_once(example: Result) -> None:
    notes = economy(Report([example, example])).notes
    assert len(notes) == len(economy(Report([example])).notes)
    assert all(note.startswith("A, B: no ") for note in notes)
