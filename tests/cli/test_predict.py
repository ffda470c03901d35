"""``zkmark predict``: its table, its JSON, and what it refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from zkmark.exit_codes import ExitCode


def test_a_result_predicts_for_its_own_machine(here: Any, example: str) -> None:
    done = here("predict", "quick", "--on", example)
    assert (done.code, done.err) == (0, "")
    assert "Predicted, not measured" in done.out
    assert "≈ " in done.out and "same case" in done.out
    assert "Not predicted on" in done.out


def test_json_calls_every_figure_predicted(here: Any, example: str) -> None:
    done = here("predict", "quick", "--on", example, "--backend", "cpu", "--json")
    document = json.loads(done.out)
    assert document["schema"] == "zkmark-prediction" and document["kind"] == "predicted"
    assert {one["backend"] for one in document["predictions"]} == {"cpu"}
    assert all((one["band"] is None) != (one["no_band"] is None) for one in document["predictions"])


def test_markdown_and_csv_have_the_same_cases(here: Any, example: str) -> None:
    arguments = ("predict", "quick", "--on", example, "--backend", "cpu")
    document = json.loads(here(*arguments, "--json").out)
    rows = list(csv.DictReader(here(*arguments, "--csv").out.splitlines()))
    slugs = [one["slug"] for one in document["predictions"]]
    assert [row["case"] for row in rows if row["kind"] == "predicted"] == slugs
    for row, one in zip(rows, document["predictions"], strict=False):
        assert float(row["predicted_total_seconds"]) == one["predicted"]["total_seconds"]
    others = [(row["case"], row["reason"]) for row in rows if row["kind"] == "not predicted"]
    assert others == [(one["slug"], one["reason"]) for one in document["not_predicted"]]
    text = here(*arguments, "--markdown").out
    assert text.startswith("## Predicted, not measured: ")
    assert all(f"| {slug} | cpu |" in text for slug in slugs)


def test_one_form_at_a_time(here: Any, example: str) -> None:
    done = here("predict", "quick", "--on", example, "--csv", "--json")
    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert done.err == "zkmark: --json and --csv: want one of them\n"


def test_a_figure_that_was_missing_can_be_added(here: Any, example: str, tmp_path: Path) -> None:
    document = json.loads(here("profile", "aws-g6-xlarge", "--json").out)
    document["cpu"]["features"] = {
        "avx2": {"value": True, "source": "lscpu", "status": "declared"},
    }
    machine = tmp_path / "machine.json"
    machine.write_text(json.dumps(document), encoding="utf-8")
    said = here("predict", "quick", "--on", "aws-g6-xlarge", "--from", example, "-b", "cpu").out
    now = here("predict", "quick", "--on", str(machine), "--from", example, "-b", "cpu").out
    lacking = "AWS EC2 g6.xlarge does not say that it has avx2"
    assert lacking in said and "zkmark profile MACHINE --json > machine.json" in said
    assert lacking not in now


def test_the_catalogues_machine_needs_results(here: Any) -> None:
    done = here("predict", "quick", "--on", "epyc-9654")
    assert done.code == ExitCode.USAGE
    assert (
        done.err == "zkmark: --from: got none, and epyc-9654 is no result, want a result or more\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nonsense", "--on", "epyc-9654"), "want a suite"),
        (("quick", "--on", "nonsense"), "--on: nonsense cannot be read"),
        (("quick", "--on", "epyc-9654", "--from", "none.json"), "--from: none.json cannot be read"),
        (("quick", "--on", "epyc-9654", "--backend", "cppu"), "did you mean cpu?"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(here: Any, arguments: Any, said: str) -> None:
    done = here("predict", *arguments)
    assert done.code == ExitCode.USAGE and done.out == ""
    assert said in done.err and done.err.count("\n") == 1


def test_no_prediction_at_all_has_its_exit_code(here: Any, example: str) -> None:
    done = here("predict", "sudoku", "--on", example)
    assert done.code == ExitCode.NOTHING_MEASURED
    assert "no case could be predicted" in done.err and "no result has it" in done.out


def test_results_of_different_code_are_used_with_a_warning(
    here: Any, example: str, tmp_path: Path
) -> None:
    document = json.loads(Path(example).read_text(encoding="utf-8"))
    document["run"]["zkmark"]["version"] = "0.0.9"
    other = tmp_path / "other.json"
    other.write_text(json.dumps(document), encoding="utf-8")
    done = here("predict", "quick", "--on", example, "--from", str(other))
    assert done.code == 0
    assert "different versions of zkmark" in done.err and "0.0.9" in done.err
