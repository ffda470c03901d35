"""``zkmark predict``: its table, its JSON, and what it refuses."""

from __future__ import annotations

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
