"""How a run ends: which exit code outranks which, and what is said."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from zkmark.cli.measuring import finish, resume_command
from zkmark.cli.progress import format_left
from zkmark.exit_codes import ExitCode
from zkmark.suites.result import Result


@pytest.fixture
def document(example: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(example).read_text(encoding="utf-8"))
    return found


def with_statuses(document: dict[str, Any], *statuses: str) -> Result:
    """The example with only the entries of these statuses."""
    changed = copy.deepcopy(document)
    changed["cases"] = [case for case in changed["cases"] if case["status"] in statuses]
    assert {case["status"] for case in changed["cases"]} == set(statuses)
    return Result(changed)


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (("ok",), ExitCode.GOOD),
        (("ok", "unsupported"), ExitCode.GOOD),
        (("ok", "crashed"), ExitCode.GOOD),
        (("crashed", "unsupported"), ExitCode.NOTHING_MEASURED),
        (("incorrect", "ok"), ExitCode.INCORRECT_OUTPUT),
        (("incorrect", "crashed"), ExitCode.INCORRECT_OUTPUT),
    ],
)
def test_the_worst_outcome_decides(
    document: dict[str, Any], statuses: tuple[str, ...], code: int
) -> None:
    result = with_statuses(document, *statuses)
    assert finish(result, with_report=False, as_json=False) == code
    assert result.exit_code == code


def test_an_interrupted_run_is_interrupted_whatever_it_measured(document: dict[str, Any]) -> None:
    document["run"]["status"] = "interrupted"
    assert finish(Result(document), with_report=False, as_json=True) == ExitCode.INTERRUPTED


def test_what_went_wrong_is_said_on_standard_error(
    document: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    finish(Result(document), with_report=False, as_json=True)
    said = capsys.readouterr()
    assert "wrong output: merkle/sha-256/2^12/64-bytes on cpu" in said.err
    assert "crashed: merkle/blake3/2^12/64-bytes on cpu" in said.err
    assert "unsupported" not in said.err
    assert json.loads(said.out)["exit_code"] == ExitCode.INCORRECT_OUTPUT


def test_the_advice_keeps_the_options_and_replaces_the_place() -> None:
    words = ["run", "quick", "--size", "2^10..2^12", "-o", "my results", "--threads=1"]
    path = Path("my results/run.json")
    advice = "zkmark run quick --size '2^10..2^12' --threads=1 --resume 'my results/run.json'"
    assert resume_command(words, path) == advice
    assert resume_command(
        ["run", "quick", "--output=x", "-oz", "--resume", "y"], Path("r.json")
    ) == ("zkmark run quick --resume r.json")


def test_time_left_is_written_as_people_say_it() -> None:
    assert [format_left(s) for s in (-1, 0.4, 59, 61, 3600 + 5 * 60)] == [
        "0 s",
        "0 s",
        "59 s",
        "1 min 01 s",
        "1 h 05 min",
    ]
