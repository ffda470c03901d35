"""The front of the command line: help, version, wrong words, plain output, pipes."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from zkmark import __version__
from zkmark.cli.app import make_app
from zkmark.exit_codes import ExitCode
from zkmark.suites.suite_file import list_suites

COMMANDS = [
    "list",
    "run",
    "bench",
    "prove",
    "verify",
    "peers",
    "fpga",
    "report",
    "export",
    "show",
    "profile",
    "compare",
    "predict",
    "ab",
    "gate",
    "history",
]
ESCAPE = "\x1b"
BOXES = re.compile("[\u2500-\u257f\u2580-\u259f]")


def test_exit_codes_are_those_that_are_promised() -> None:
    names = [
        "GOOD",
        "REGRESSION",
        "USAGE",
        "INCONCLUSIVE",
        "ENVIRONMENT_MISMATCH",
        "NOTHING_MEASURED",
        "INCORRECT_OUTPUT",
        "NOT_BUILT",
    ]
    assert [ExitCode[name].value for name in names] == list(range(8))


def test_every_command_is_known_to_these_tests() -> None:
    app = make_app()
    names = [command.name for command in app.registered_commands]
    names += [group.name for group in app.registered_groups]
    assert sorted(filter(None, names)) == sorted(COMMANDS)


def test_version(zkmark: Any) -> None:
    done = zkmark("--version")
    assert (done.code, done.out) == (0, f"zkmark {__version__}\n")


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_every_help_text_holds_examples(here: Any, arguments: list[str]) -> None:
    done = here(*arguments)
    assert done.code == 0
    command = " ".join(["zkmark", *arguments[:-1]])
    examples = done.out.split("Examples:", 1)[1]
    assert examples.count(command) >= 2


def test_no_command_shows_the_help_and_is_a_usage_error(zkmark: Any) -> None:
    done = zkmark()
    assert done.code == ExitCode.USAGE
    assert "Commands:" in done.out


NTT = ("bench", "ntt", "-f", "babybear", "-n", "16", "-b", "reference")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shw"], "show"),
        (["list", "feilds"], "fields"),
        (["show"], "RESULT"),
        (["show", "--jsn", "x"], "--json"),
        (["show", "none.json"], "none.json"),
        (["show", "/"], "folder"),
        (["profile", "-o", "/nowhere/here.json"], "/nowhere"),
        (["profile", "-o", "/"], "folder"),
        (["run", "smoke", "--seed", "x"], "--seed: got 'x', want a whole number"),
        (["run", "smoke", "--time-budget", "soon"], "--time-budget: got 'soon', want a number"),
        # By the option, not by the setting of the suite or of the case that it stands for.
        (["run", "smoke", "--scale=0"], "zkmark: --scale: got 0"),
        (["run", "smoke", "-t0"], "zkmark: --threads: got 0"),
        ([*NTT, "--time-budget", "0"], "zkmark: --time-budget: got 0.0"),
        ([*NTT, "--batch", "0"], "zkmark: --batch: got 0"),
        ([*NTT, "--seed", "-3"], "zkmark: --seed: got -3, want a whole number from 0"),
        (["bench", "workload", "fibonacci", "--blowup", "3"], "zkmark: --blowup: got 3"),
        (["bench", "workload", "fibonacci", "--variant", "x"], "zkmark: --variant: got 'x'"),
    ],
)
def test_wrong_words_get_one_sentence_and_exit_2(
    here: Any, arguments: list[str], said: str
) -> None:
    done = here(*arguments)
    assert done.code == ExitCode.USAGE
    assert done.out == ""
    assert done.err.startswith("zkmark: ")
    assert done.err.count("\n") == 1
    assert said in done.err


def test_what_a_file_says_keeps_its_own_name(here: Any, tmp_path: Any) -> None:
    suite = tmp_path / "mine.toml"
    suite.write_text("[suite.settings]\ntime_budget = 0\n")
    done = here("run", str(suite), "--time-budget", "3")
    assert done.code == ExitCode.USAGE
    assert done.err.startswith(f"zkmark: {suite}:2: time_budget: got 0")


def test_a_corrupt_result_is_refused_in_one_sentence(here: Any, tmp_path: Any) -> None:
    for name, text in {
        "empty.json": "",
        "cut.json": '{"schema": "zkmark-result", "run": {',
        "other.json": '{"schema": "something"}',
        "future.json": '{"schema": "zkmark-result", "schema_version": "99.0.0"}',
        "hollow.json": '{"schema": "zkmark-result", "schema_version": "1.0.0"}',
        "list.json": "[]",
    }.items():
        path = tmp_path / name
        path.write_text(text)
        done = here("show", str(path))
        assert (done.code, done.out) == (ExitCode.USAGE, ""), name
        assert done.err.count("\n") == 1, done.err
        assert name in done.err


def test_a_folder_is_answered_with_a_result_that_it_holds(here: Any, tmp_path: Any) -> None:
    (tmp_path / "run.json").write_text("{}")
    assert "run.json" in here("show", str(tmp_path)).err


@pytest.mark.parametrize("arguments", [["--help"], ["list", "backends"], ["show", "EXAMPLE"]])
def test_a_pipe_gets_neither_colour_nor_boxes(
    zkmark: Any, example: str, arguments: list[str]
) -> None:
    # GITHUB_ACTIONS and FORCE_COLOR make Rich take a pipe for a terminal.
    words = [example if word == "EXAMPLE" else word for word in arguments]
    done = zkmark(*words, GITHUB_ACTIONS="true", FORCE_COLOR="1")
    assert done.code == 0
    assert ESCAPE not in done.out + done.err
    assert not BOXES.search(done.out + done.err)


def test_a_terminal_gets_colour(on_terminal: Any, example: str) -> None:
    assert ESCAPE in on_terminal("show", example).out


@pytest.mark.parametrize(
    "arguments", [["--help"], ["list", "backends"], ["show", "EXAMPLE"], ["x"]]
)
def test_no_color_is_honoured_on_a_terminal(
    on_terminal: Any, example: str, arguments: list[str]
) -> None:
    words = [example if word == "EXAMPLE" else word for word in arguments]
    done = on_terminal(*words, NO_COLOR="1")
    assert done.out
    assert ESCAPE not in done.out


@pytest.mark.parametrize("columns", [50, 80, 120])
def test_no_line_is_wider_than_the_terminal(on_terminal: Any, example: str, columns: int) -> None:
    done = on_terminal("list", "backends", columns=columns, NO_COLOR="1")
    assert max(len(line) for line in done.out.splitlines()) <= columns
    assert "reference" in done.out


def test_a_narrow_table_keeps_what_matters(on_terminal: Any, example: str) -> None:
    done = on_terminal("show", example, columns=80, NO_COLOR="1")
    head = next(line for line in done.out.splitlines() if line.startswith("case"))
    assert len(head.rstrip()) <= 80
    assert all(word in head for word in ("backend", "total", "compute", "check"))
    assert "11.2 µs" in done.out


def test_list_as_json(here: Any) -> None:
    done = here("list", "backends", "--json")
    assert done.code == 0
    backends = {row["name"]: row for row in json.loads(done.out)["backends"]}
    assert backends["reference"]["available"] is True
    for row in backends.values():
        assert (row["reason"] is None) == row["available"]


def test_a_kernel_of_a_plugin_is_listed(here: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from zkmark.kernels.case import CASE_TYPES

    package = ModuleType("zkmark.kernels.mine")
    package.__path__ = []
    monkeypatch.setitem(sys.modules, "zkmark.kernels.mine", package)
    monkeypatch.setitem(CASE_TYPES, "mine", CASE_TYPES["ntt"])
    done = here("list", "kernels")
    assert done.code == ExitCode.GOOD
    assert re.search(r"^mine +a kernel of a plugin", done.out, re.M)


def test_show_names_every_case_and_what_went_wrong(here: Any, example: str) -> None:
    done = here("show", example)
    assert done.code == 0
    lines = done.out.splitlines()
    assert any(
        re.match(
            r"ntt/goldilocks/2\^10/forward +cpu/portable +avx2 .* 71 % arithmetic .* ok$", line
        )
        for line in lines
    )
    assert any("INCORRECT" in line for line in lines)
    assert any("SIGSEGV" in line for line in lines)
    assert lines[-1] == "10 measured and right, 1 unsupported, 1 incorrect, 1 crashed"


def test_show_as_json_leaves_the_raw_samples_out(here: Any, example: str) -> None:
    shown = json.loads(here("show", example, "--json").out)
    assert shown["run"]["suite"]["name"] == "quick"
    assert shown["cases"][0]["summary"]["total"]["median"] > 0
    assert "phases" not in shown["cases"][0]


def test_profile_as_json_and_to_a_file(zkmark: Any, tmp_path: Any) -> None:
    path = tmp_path / "machine.json"
    done = zkmark("profile", "--json", "-o", str(path))
    assert done.code == 0
    profile = json.loads(done.out)
    assert profile["schema"] == "zkmark-profile"
    assert json.loads(path.read_text())["cpu"] == profile["cpu"]
    assert done.err.splitlines()[-1] == str(path)


def test_profile_for_people_says_why_something_is_missing(here: Any) -> None:
    done = here("profile")
    assert done.code == 0
    assert done.out.startswith("machine ")
    assert "memory" in done.out


def test_the_name_of_a_suite_is_never_lost_to_what_is_said_of_it(on_terminal: Any) -> None:
    done = on_terminal("list", "suites", columns=110, NO_COLOR="1")
    names = [line.split()[0] for line in done.out.splitlines()[2:] if line[:1].strip()]
    assert names == sorted(path.stem for path in list_suites())


@pytest.mark.parametrize("columns", [24, 40])
def test_in_a_window_too_narrow_for_a_table_rows_are_told_line_by_line(
    on_terminal: Any, columns: int
) -> None:
    done = on_terminal("list", "fields", columns=columns, NO_COLOR="1")
    lines = [line.rstrip() for line in done.out.splitlines()]
    assert max(len(line) for line in lines) <= columns
    at = lines.index("bls12-381-fr")
    assert lines[at + 1].split() == ["bits", "255"]


@pytest.mark.parametrize(
    ("redirection", "code", "said"),
    [
        (">/dev/full", ExitCode.USAGE, "zkmark: cannot write: no space left on device\n"),
        (">&-", ExitCode.GOOD, ""),
        (">&- 2>&-", ExitCode.GOOD, ""),
    ],
)
def test_output_that_goes_nowhere_is_no_fault(redirection: str, code: int, said: str) -> None:
    script = f"{sys.executable} -m zkmark list kernels {redirection}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", said)


def test_ctrl_c_while_commands_are_loaded_is_no_traceback() -> None:
    script = """
import os, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "zkmark.cli.app":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
from zkmark.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", script, "list"], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_a_reader_that_stops_reading_is_no_regression() -> None:
    script = f"{sys.executable} -m zkmark --help | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode in (ExitCode.GOOD, ExitCode.BROKEN_PIPE)
    assert done.stderr == ""


def test_completion_offers_commands_and_their_names(zkmark: Any) -> None:
    def complete(line: str) -> str:
        words = line.split(" ")
        return zkmark(
            _ZKMARK_COMPLETE="complete_bash",
            COMP_WORDS=line,
            COMP_CWORD=str(len(words) - 1),
            _TYPER_COMPLETE_ARGS=line,
        ).out

    assert "show" in complete("zkmark s")
    assert "fields" in complete("zkmark list f")


def test_a_fault_of_zkmark_is_no_regression(monkeypatch: Any, capsys: Any) -> None:
    from zkmark.cli import list_command
    from zkmark.cli.app import execute

    def fail() -> list[dict[str, Any]]:
        raise KeyError("lost")

    monkeypatch.setitem(list_command._SECTIONS, "backends", fail)
    monkeypatch.delenv("ZKMARK_DEBUG", raising=False)
    assert execute(["list", "backends"]) == ExitCode.INTERNAL_ERROR
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "KeyError" in said


def test_a_file_that_may_not_even_be_asked_for_is_no_fault(
    here: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "is_dir", refuse)
    done = here("show", "theirs/result.json")
    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert done.err == "zkmark: theirs/result.json: permission denied\n"


def without_native() -> None:
    from zkmark import _native  # noqa: F401


def with_an_old_native() -> None:
    from zkmark import _native

    _native.of_tomorrow()  # type: ignore[attr-defined]


def with_other_arguments() -> None:
    from zkmark import _native

    _native.ntt_isa(1, 2, 3)  # type: ignore[call-arg, arg-type]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (without_native, "does not load ("),
        (with_an_old_native, "is older than zkmark's Python code (module 'zkmark._native' has no"),
        (with_other_arguments, "was built from other sources than zkmark's Python code; "),
    ],
)
def test_an_extension_that_does_not_fit_is_to_be_built_again(
    here: Any, monkeypatch: pytest.MonkeyPatch, call: Any, said: str
) -> None:
    import zkmark
    from zkmark.cli import list_command

    if call is without_native:
        monkeypatch.setitem(sys.modules, "zkmark._native", None)
        monkeypatch.delattr(zkmark, "_native", raising=False)
    monkeypatch.setitem(list_command._SECTIONS, "backends", call)
    done = here("list", "backends")
    assert (done.code, done.out) == (ExitCode.NOT_BUILT, "")
    assert done.err.startswith("zkmark: the native extension zkmark._native ")
    assert said in done.err
    assert done.err.endswith(
        "build it again: pip install --force-reinstall zkmark, or . in a checkout\n"
    )
