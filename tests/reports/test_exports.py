"""Exports, each read back by the tool that it is for."""

from __future__ import annotations

import copy
import csv
import importlib.util
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft7Validator

from zkmark.reports.exports import FORMATS, TABLES, MissingLibraryError, export
from zkmark.reports.exports.otava import ATTRIBUTES, TIME, DifferentMachinesError
from zkmark.reports.exports.series import measured_series, series_name
from zkmark.suites.errors import NothingMeasuredError
from zkmark.suites.result import Result

EXAMPLES = Path(__file__).parents[1] / "suites"
NTT = "ntt/goldilocks/2^10/forward"
SINGLE = ("pytest-benchmark", "bmf", "gbench")

Document = dict[str, Any]
Make = Callable[[Document], Result]


@pytest.fixture
def workloads(result_of: Make) -> Result:
    return result_of(json.loads((EXAMPLES / "example_workloads.json").read_text("utf-8")))


@pytest.fixture
def designs(modelled: Document, result_of: Make) -> Result:
    return result_of(modelled)


def text_of(result: Result, form: str) -> str:
    content = export([result], form).content
    assert isinstance(content, str)
    return content


def expected_medians(result: Result) -> dict[str, float]:
    """What every tool must show, taken straight from the document."""
    return {
        series_name(case["slug"], case["label"], phase): one["median"]
        for case in result.cases
        if case["status"] == "ok"
        for phase, one in case["summary"].items()
    }


@pytest.fixture(params=["example", "workloads", "designs"])
def any_result(request: pytest.FixtureRequest) -> Result:
    found: Result = request.getfixturevalue(request.param)
    return found


def test_a_series_has_a_value_a_process_and_the_documents_median(any_result: Result) -> None:
    found = {series.name: series for series in measured_series(any_result)}
    assert {name: float(np.median(one.values)) for name, one in found.items()} == pytest.approx(
        expected_medians(any_result)
    )
    for series in found.values():
        assert len(series.values) == series.summary["processes"] > 1


def test_phases_of_programs_are_series_too(workloads: Result) -> None:
    slug = "stackvm/sudoku/96-bit/blake3"
    names = {series.name for series in measured_series(workloads)}
    assert {f"{slug}[cpu]", *(f"{slug}[cpu] {p}" for p in ("compile", "prove", "verify"))} <= names


@pytest.mark.parametrize("form", [form for form in FORMATS if form not in TABLES])
def test_what_was_modelled_is_left_out_with_a_word(designs: Result, form: str) -> None:
    made = export([designs], form)
    assert "fpga" not in str(made.content)
    modelled, wrong = made.left_out
    assert modelled.startswith("3 entries are left out, whose time was modelled")
    assert wrong.startswith("1 entry is left out, whose output was wrong: ")


@pytest.mark.parametrize("form", [form for form in FORMATS if form not in TABLES])
def test_wrong_outputs_and_crashes_are_no_figures(example: Result, form: str) -> None:
    made = export([example], form)
    assert "merkle/" not in str(made.content)
    assert [sentence.rpartition(": ")[2] for sentence in made.left_out] == [
        "merkle/sha-256/2^12/64-bytes on cpu",
        "merkle/blake3/2^12/64-bytes on cpu",
    ]


def test_pytest_benchmark_compares_it(any_result: Result, tmp_path: Path) -> None:
    file, table = tmp_path / "one.json", tmp_path / "table.csv"
    file.write_text(text_of(any_result, "pytest-benchmark"), encoding="utf-8")
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest_benchmark", "compare", str(file)),
            *("--csv", str(table), "--columns", "median,rounds", "--name", "short"),
        ],
        check=True,
        capture_output=True,
        cwd=tmp_path,
    )
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    suite = any_result.run["suite"]["name"]
    assert {
        row["name"].removeprefix(f"{suite}::"): float(row["median"]) for row in rows
    } == pytest.approx(expected_medians(any_result))
    assert {int(row["rounds"]) for row in rows} == {6}


def test_pytest_benchmark_is_told_what_it_has_no_place_for(workloads: Result) -> None:
    document = json.loads(text_of(workloads, "pytest-benchmark"))
    (prove,) = [
        one
        for one in document["benchmarks"]
        if one["name"] == "stackvm/sudoku/96-bit/blake3[cpu] prove"
    ]
    entry = workloads.find("stackvm/sudoku/96-bit/blake3", "cpu")
    info = prove["extra_info"]
    assert info["phase"] == "prove"
    assert info["interval_95"] == [entry["summary"]["prove"][k] for k in ("low", "high")]
    assert info["proof_bytes"] == entry["workload"]["run"]["proof"]["bytes"]
    assert prove["group"] == "stackvm/sudoku/96-bit/blake3 prove"
    assert document["machine_info"]["zkmark"]["cpu.features"] == []
    assert document["commit_info"]["id"] == workloads.run["zkmark"]["git"]["value"]["commit"]


# As https://bencher.dev/docs/reference/bencher-metric-format describes it, but closed: a metric
# has nothing else. Names are at most 1024 characters long, those of measures 64.
BMF: Document = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"minLength": 1, "maxLength": 1024},
    "additionalProperties": {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": "^[a-z0-9-]{1,64}$"},
        "additionalProperties": {
            "type": "object",
            "properties": {
                "value": {"type": "number"},
                "lower_value": {"type": "number"},
                "upper_value": {"type": "number"},
            },
            "required": ["value"],
            "additionalProperties": False,
        },
    },
}


def test_bencher_takes_it(any_result: Result) -> None:
    document = json.loads(text_of(any_result, "bmf"))
    Draft7Validator(BMF).validate(document)
    for measures in document.values():
        for metric in measures.values():
            low, high = metric.get("lower_value"), metric.get("upper_value")
            assert low is None or low <= metric["value"] <= high


def test_bencher_gets_its_own_units(example: Result, workloads: Result) -> None:
    entry = example.find(NTT, "cpu")
    measures = json.loads(text_of(example, "bmf"))[f"{NTT}[cpu]"]
    assert measures["latency"]["value"] == pytest.approx(entry["summary"]["total"]["median"] * 1e9)
    rate = entry["throughput"]["items_per_second"]
    assert measures["throughput"]["value"] == pytest.approx(rate)
    # There is no energy counter in the example: no measure, and no zero.
    assert "energy-joules" not in measures
    proven = json.loads(text_of(workloads, "bmf"))["stackvm/sudoku/96-bit/blake3[cpu]"]
    assert {"latency", "prove-nanoseconds", "verify-nanoseconds", "proof-bytes"} <= set(proven)


def test_a_peer_without_a_total_has_no_latency(document: Document, result_of: Make) -> None:
    entry = document["cases"][0]
    entry["ranked_phase"] = "compute"
    for section in ("phases", "summary"):
        entry[section] = {"compute": entry[section]["compute"]}
    measures = json.loads(text_of(result_of(document), "bmf"))[f"{NTT}[cpu]"]
    assert "compute-nanoseconds" in measures
    assert not {"latency", "throughput"} & set(measures)


def test_compare_py_finds_what_it_reads(any_result: Result) -> None:
    """What google-benchmark's tools/gbench/report.py takes out of a file, and from where."""
    document = json.loads(text_of(any_result, "gbench"))
    assert document["context"]["json_schema_version"] == 1
    runs: dict[str, list[float]] = {}
    medians = {}
    for row in document["benchmarks"]:
        assert {"name", "time_unit", "real_time", "cpu_time", "run_type"} <= set(row)
        assert row["time_unit"] == "ns"
        assert row["cpu_time"] == row["real_time"]
        if row["run_type"] == "iteration":
            assert row["repetition_index"] == len(runs.setdefault(row["name"], []))
            runs[row["name"]].append(row["real_time"])
        elif row["aggregate_name"] == "median":
            assert row["name"] == f"{row['run_name']}_median"
            medians[row["run_name"]] = row["real_time"] * 1e-9
    assert medians == pytest.approx(expected_medians(any_result))
    assert {len(values) for values in runs.values()} == {6}
    assert "measures no processor time" in document["context"]["zkmark_cpu_time"]


def history(document: Document, result_of: Make, factors: list[float]) -> Iterator[Result]:
    """Runs day by day, the totals of one case so many times the example's."""
    for day, factor in enumerate(factors):
        one = copy.deepcopy(document)
        moment = datetime.fromisoformat("2026-01-01T12:00:00Z") + timedelta(days=day)
        one["run"]["id"] = f"run-{day}"
        one["run"]["attempts"][0]["started"] = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
        one["cases"][0]["summary"]["total"]["median"] *= factor
        yield result_of(one)


@pytest.fixture
def any_bigquery(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otava's readers are one module, and import a client of BigQuery: with gRPC, 50 MB.

    Reading CSV has no use for it, so that where it is not installed a mock will do.
    """
    try:
        import google.cloud.bigquery  # noqa: F401
    except ImportError:
        if importlib.util.find_spec("google") is None:
            monkeypatch.setitem(sys.modules, "google", MagicMock())
        for name in ("cloud", "cloud.bigquery", "oauth2", "oauth2.service_account"):
            monkeypatch.setitem(sys.modules, f"google.{name}", MagicMock())


@pytest.mark.usefixtures("any_bigquery")
def test_otava_imports_it_and_finds_the_change(
    document: Document, result_of: Make, tmp_path: Path
) -> None:
    pytest.importorskip(
        "otava", reason="Apache Otava is not installed: pip install --no-deps apache-otava"
    )
    importer = pytest.importorskip("otava.importer")
    from otava.test_config import CsvMetric, CsvTestConfig

    noise = np.random.default_rng(1).normal(1, 0.01, 20)
    factors = [float(n) * (1.3 if day >= 12 else 1.0) for day, n in enumerate(noise)]
    runs = list(history(document, result_of, factors))
    made = export(runs[::-1], "otava-csv")  # in any order
    file = tmp_path / "history.csv"
    assert isinstance(made.content, str)
    file.write_text(made.content, encoding="utf-8")
    name = f"{NTT}[cpu]"
    series = importer.CsvImporter().fetch_data(
        CsvTestConfig(
            "zkmark",
            str(file),
            time_column=TIME,
            metrics=[CsvMetric(name, -1, 1.0, name)],
            attributes=list(ATTRIBUTES),
        )
    )
    assert series.data[name] == [run.cases[0]["summary"]["total"]["median"] for run in runs]
    assert series.attributes["run"] == [run.run["id"] for run in runs]
    assert series.time == sorted(series.time)
    (change,) = series.analyze().change_points[name]
    assert change.index == 12


def test_otava_gets_no_series_with_holes(document: Document, result_of: Make) -> None:
    runs = list(history(document, result_of, [1.0, 1.0]))
    gone = runs[1].cases.pop(1)
    made = export(runs, "otava-csv")
    header = next(csv.reader(io.StringIO(str(made.content))))
    assert f"{NTT}[cpu]" in header
    assert f"{NTT}[{gone['label']}]" not in header
    assert made.left_out[-1].startswith("4 series left out, which some result lacks: ")


def test_otava_gets_no_mixture_of_machines(document: Document, result_of: Make) -> None:
    runs = list(history(document, result_of, [1.0, 1.0]))
    runs[1].profile["cpu"]["model"] = {"value": "Other", "source": "test", "status": "reported"}
    with pytest.raises(DifferentMachinesError, match=r"profile\.cpu\.model is .* 'Other' in run-1"):
        export(runs, "otava-csv")
    made = export(runs, "otava-csv", allow_env_diff=True)
    assert str(made.content).count("\n") == 3


def test_pandas_reads_csv_and_parquet_alike(
    example: Result, workloads: Result, designs: Result
) -> None:
    pytest.importorskip("pyarrow")
    runs = [example, workloads, designs]
    text, data = export(runs, "csv").content, export(runs, "parquet").content
    assert isinstance(text, str)
    assert isinstance(data, bytes)
    from_csv = pd.read_csv(io.StringIO(text))
    from_parquet = pd.read_parquet(io.BytesIO(data))
    assert list(from_csv.columns) == list(from_parquet.columns)
    assert len(from_csv) == len(from_parquet) == sum(len(r.to_dataframe()) for r in runs)
    for column in ("median_seconds", "modelled_seconds", "proof_bytes"):
        np.testing.assert_allclose(
            from_csv[column].to_numpy(float),
            from_parquet[column].to_numpy(float, na_value=np.nan),
            rtol=1e-12,
        )
    modelled = from_parquet[from_parquet["kind"] == "modelled"]
    assert modelled["median_seconds"].isna().all()
    assert modelled["modelled_seconds"].notna().sum() == 3
    assert from_parquet[from_parquet["kind"] == "measured"]["modelled_seconds"].isna().all()


@pytest.mark.parametrize("form", TABLES)
def test_raw_samples_as_a_table(example: Result, form: str) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    content = export([example], form, samples=True).content
    frame = (
        pd.read_parquet(io.BytesIO(content))
        if isinstance(content, bytes)
        else pd.read_csv(io.StringIO(content))
    )
    kept = frame[(frame["slug"] == NTT) & (frame["label"] == "cpu") & (frame["phase"] == "total")]
    groups = example.find(NTT, "cpu")["phases"]["total"]["processes"]
    assert kept[~kept["warmup"]]["seconds"].tolist() == pytest.approx(
        [value for group in groups for value in group["samples"]]
    )
    assert set(frame["run_id"]) == {example.run["id"]}


@pytest.mark.parametrize(
    ("form", "count", "samples", "said"),
    [
        ("xml", 1, False, "format: got 'xml', want one of pytest-benchmark, bmf"),
        ("bmf", 0, False, "results: got none"),
        *((form, 2, False, f"results: got 2, and a file of {form} holds one") for form in SINGLE),
        ("otava-csv", 1, True, "samples: want csv or parquet with it, got 'otava-csv'"),
    ],
)
def test_what_makes_no_sense_is_refused(
    example: Result, form: str, count: int, samples: bool, said: str
) -> None:
    with pytest.raises(ValueError, match=f"^{said}"):
        export([example] * count, form, samples=samples)


@pytest.mark.parametrize("form", [form for form in FORMATS if form not in TABLES])
def test_a_result_without_a_measurement_is_told_so(
    only: Callable[..., Document], result_of: Make, form: str
) -> None:
    result = result_of(only("crashed"))
    with pytest.raises(NothingMeasuredError, match="1 entry is left out, without a measurement"):
        export([result], form)


@pytest.mark.parametrize(
    ("form", "module", "extra"),
    [("parquet", "pyarrow", "parquet"), ("pytest-benchmark", "pytest_benchmark.stats", "pytest")],
)
def test_a_missing_library_is_named_with_the_command_that_brings_it(
    example: Result, monkeypatch: pytest.MonkeyPatch, form: str, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingLibraryError, match=rf"pip install 'zkmark\[{extra}\]'"):
        export([example], form)
