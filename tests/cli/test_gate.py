"""``zkmark ab``, ``gate`` and ``history``: verdicts as exit codes, files, and what is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from zkmark.exit_codes import ExitCode

READS = ("--reads", "output")


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs are kept under where zkmark is started."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)


def says(seconds: str) -> str:
    """A command whose last line is a number of seconds."""
    return f"echo {seconds}"


@pytest.mark.parametrize(
    ("base", "head", "code", "verdict"),
    [
        ("1.0", "1.0", ExitCode.GOOD, "pass"),
        ("1.0", "0.5", ExitCode.GOOD, "pass"),
        ("1.0", "1.2", ExitCode.REGRESSION, "fail"),
        # Exactly at the tolerance: as much above as below, forever.
        ("1.0", "1.05", ExitCode.INCONCLUSIVE, "inconclusive"),
    ],
)
def test_verdicts_on_commands(here: Any, base: str, head: str, code: int, verdict: str) -> None:
    done = here(
        "ab", "--base", says(base), "--head", says(head), *READS, "--max-pairs", "11", "--json"
    )
    assert done.code == code, done.err
    found = json.loads(done.out)
    assert (found["verdict"], found["exit_code"]) == (verdict, code)
    (case,) = found["cases"]
    assert case["case"] == "command"
    assert case["pairs"] == 11
    assert found["data"]["pairs"]["command"]["base"] == [float(base)] * 11


def test_a_command_that_fails_is_nothing_measured(here: Any) -> None:
    done = here("ab", "--base", "true", "--head", "false")
    assert done.code == ExitCode.NOTHING_MEASURED
    assert "head error: it ended with exit code 1" in done.out


def test_every_output_at_once(here: Any, tmp_path: Path) -> None:
    files = [tmp_path / f"gate{suffix}" for suffix in (".md", ".xml", ".json")]
    outputs = [word for path in files for word in ("-o", str(path))]
    done = here(
        "ab",
        "--base",
        says("1"),
        "--head",
        says("2"),
        *READS,
        "--max-pairs",
        "11",
        *outputs,
        "--github",
    )
    assert done.code == ExitCode.REGRESSION
    assert "::error title=zkmark%3A command::fail: slower by more than 5 %25" in done.out
    assert "❌" in files[0].read_text(encoding="utf-8")
    assert "<failure" in files[1].read_text(encoding="utf-8")
    assert json.loads(files[2].read_text(encoding="utf-8"))["verdict"] == "fail"
    assert done.out.splitlines()[-3:] == [str(path) for path in files]


def test_limits_are_read_and_a_misspelt_pattern_is_said(here: Any, tmp_path: Path) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text(
        '[gate]\nmax_pairs = 11\n[[case]]\nmatch = "command"\nlimit = "900 ms"\n'
        '[[case]]\nmatch = "comand"\ntolerance = 1\n'
    )
    done = here("ab", "--base", says("1"), "--head", says("1"), *READS, "-l", str(limits))
    assert done.code == ExitCode.REGRESSION
    assert "takes more than its limit, 0.9 s" in done.out
    assert "'comand*' matches no case" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--base", "no-such-thing", "--head", "true"),
            "--base: got 'no-such-thing', want a command",
        ),
        (("--base", "rev:nothing", "--head", "true"), "--base: . has no revision 'nothing'"),
        (("--base", "venv:.", "--head", "true"), "--base: . has no bin/python"),
        (("--base", "sh -c 'x", "--head", "true"), "--base: "),
        (("--base", "true", "--head", "true", "--max-pairs", "5"), "zkmark: --max-pairs: got 5"),
        (("--base", "true", "--head", "true", "--tolerance", "much"), "--tolerance: got 'much'"),
        (
            ("--base", "true", "--head", "true", "--tolerance", "2000%"),
            "zkmark: --tolerance: got 20.0",
        ),
        (("--base", "true", "--head", "true", "--metric", "luck"), "--metric: got 'luck'"),
        (
            ("--base", "true", "--head", "true", "--metric", "instructions"),
            "--metric: instructions",
        ),
        (("--base", "true", "--head", "true", "--reads", "tea"), "--reads: got 'tea'"),
        (("--base", "true", "--head", "true", "--phase", "moon"), "--phase: got 'moon'"),
        (("--base", "true", "--head", "true", "--time-budget", "0"), "--time-budget: got 0"),
        (("--base", "true", "--head", "true", "-o", "gate.pdf"), "--output: got 'gate.pdf'"),
        (("--base", "true", "--head", "true", "-o", "no/gate.md"), "--output: there is no folder"),
        (("--base", "true", "--head", "true", "-l", "no.toml"), "no.toml: cannot be read"),
    ],
)
def test_what_ab_refuses(here: Any, arguments: tuple[str, ...], said: str) -> None:
    done = here("ab", *arguments)
    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_a_repository_that_git_will_not_read_is_told_and_commands_need_none(here: Any) -> None:
    Path(".git").mkdir()
    Path(".git/HEAD").write_text("ref: refs/heads/main\n")
    for name in ("objects", "refs"):
        Path(".git", name).mkdir()
    Path(".git/config").write_text("[core\n")
    done = here("ab", "--base", "main", "--head", "HEAD")
    assert done.code == ExitCode.USAGE
    assert "git revision (git: bad config line 1" in done.err
    done = here("ab", "--base", says("1"), "--head", says("1"), *READS, "--max-pairs", "11")
    assert done.code == ExitCode.GOOD


def test_an_environment_without_zkmark_is_no_side(here: Any, tmp_path: Path) -> None:
    import venv

    venv.create(tmp_path / "empty", with_pip=False)
    done = here("ab", "--base", str(tmp_path / "empty"), "--head", str(tmp_path / "empty"))
    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert "has no zkmark" in done.err and done.err.count("\n") == 1


def environment(tmp_path: Path) -> Path:
    folder = tmp_path / "venv"
    (folder / "bin").mkdir(parents=True)
    python = folder / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return folder


def test_environments_are_run_through_their_own_interpreter(here: Any, tmp_path: Path) -> None:
    folder = environment(tmp_path)
    done = here(
        "ab",
        "--base",
        str(folder),
        "--head",
        f"venv:{folder}",
        "--suite",
        "smoke",
        "--kernel",
        "ntt",
        "--field",
        "goldilocks",
        "--backend",
        "cpu",
        "--max-pairs",
        "11",
        "--tolerance",
        "900%",
        "--json",
    )
    # Nothing is ten times as slow as itself; that may be inconclusive on a very bad day only.
    assert done.code in (ExitCode.GOOD, ExitCode.INCONCLUSIVE), done.err
    found = json.loads(done.out)
    assert [case["case"] for case in found["cases"]] == ["ntt/goldilocks/2^8/forward on cpu"]
    assert found["cases"][0]["pairs"] == 11
    assert found["cases"][0]["base"] > 0


def test_an_environment_and_a_command_are_no_pair(here: Any, tmp_path: Path) -> None:
    done = here("ab", "--base", str(environment(tmp_path)), "--head", "true")
    assert done.code == ExitCode.USAGE
    assert "got a venv and a command" in done.err


def test_no_case_left(here: Any, tmp_path: Path) -> None:
    folder = str(environment(tmp_path))
    done = here("ab", "--base", folder, "--head", folder, "--kernel", "msm", "--field", "babybear")
    assert done.code == ExitCode.NOTHING_MEASURED
    assert "no case of the suite gate" in done.err


def test_gate_on_stored_results(here: Any, example: str, tmp_path: Path) -> None:
    before = json.loads(Path(example).read_text(encoding="utf-8"))
    before["run"]["attempts"][0]["started"] = "2026-01-01T00:00:00Z"
    base = tmp_path / "before.json"
    base.write_text(json.dumps(before))
    done = here("gate", example, "--baseline", str(base), "-o", str(tmp_path / "gate.md"))
    # The example holds a wrong output, and that goes before everything.
    assert done.code == ExitCode.INCORRECT_OUTPUT
    assert "9 not slower" in done.out
    assert "not in the baseline" in done.err
    assert (tmp_path / "gate.md").exists()


def changed(example: str, path: Path, factor: float, cpu: str | None = None) -> str:
    """Two cases of the example on one backend, their times multiplied."""
    document = json.loads(Path(example).read_text(encoding="utf-8"))
    document["cases"] = [
        case
        for case in document["cases"]
        if case["label"] == "numba" and case["parameters"].get("log_size") in (12, 14)
    ]
    for case in document["cases"]:
        for phase in case["phases"].values():
            for process in phase["processes"]:
                process["samples"] = [factor * value for value in process["samples"]]
    if cpu is not None:
        document["profile"]["cpu"]["model"]["value"] = cpu
    path.write_text(json.dumps(document))
    return str(path)


def test_gate_finds_what_got_slower_and_what_did_not(
    here: Any, example: str, tmp_path: Path
) -> None:
    good, slow = (changed(example, tmp_path / f"{f}.json", f) for f in (1.0, 1.5))
    assert here("gate", slow, "--baseline", good).code == ExitCode.REGRESSION
    assert here("gate", good, "--baseline", slow).code == ExitCode.GOOD
    assert here("gate", slow, "--baseline", good, "--tolerance", "80%").code == ExitCode.GOOD
    # A folder, of which the result itself is no part, under whatever name it is there.
    copied = tmp_path / "copied.json"
    copied.write_text(json.dumps(json.loads(Path(slow).read_text()), indent=1))
    done = here("gate", slow, "--baseline", str(tmp_path))
    assert done.code == ExitCode.REGRESSION
    assert [line for line in done.err.splitlines() if "left out" in line] == [
        f"zkmark: --baseline: {path} is the run that is judged (left out)"
        for path in (slow, copied)
    ]


def test_a_run_is_not_held_against_itself(here: Any, example: str, tmp_path: Path) -> None:
    copied = tmp_path / "copied.json"
    copied.write_bytes(Path(example).read_bytes())
    for base, said in (
        (example, f"{example} is the run of {example} itself"),
        (str(copied), f"{copied} is the run of {example} itself"),
        (str(tmp_path), f"{tmp_path} holds nothing but the run of {example} itself"),
    ):
        done = here("gate", example, "--baseline", base)
        assert (done.code, done.out) == (ExitCode.USAGE, "")
        assert done.err == f"zkmark: --baseline: {said}, want another one\n"


def test_gate_warns_of_another_machine_or_refuses_it(
    here: Any, example: str, tmp_path: Path
) -> None:
    good = changed(example, tmp_path / "good.json", 1.0)
    other = changed(example, tmp_path / "other.json", 1.0, "Another CPU")
    done = here("gate", good, "--baseline", other)
    assert "zkmark: another machine: " in done.err and "Another CPU" in done.err
    assert done.code in (ExitCode.GOOD, ExitCode.INCONCLUSIVE)
    refused = here("gate", good, "--baseline", other, "--same-machine")
    assert refused.code == ExitCode.ENVIRONMENT_MISMATCH
    assert "cpu.model" in refused.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "gate: want a result and --baseline, or --self-test"),
        (("RESULT",), "gate: want a result and --baseline"),
        (("RESULT", "--baseline", "no-such-place"), "--baseline: there is no no-such-place"),
        (("RESULT", "--baseline", "EMPTY"), "there is no .json file in"),
        (("EMPTY", "--baseline", "RESULT"), "is a folder, want a result file"),
        (("--self-test", "--rounds", "3"), "--rounds: got 3, want at least 20"),
        (("--self-test", "--slowdown", "4%"), "--slowdown: got 4%, want more than the tolerance"),
        (("--self-test", "--baseline", "RESULT"), "--self-test: it takes no result"),
        (("RESULT", "--baseline", "RESULT", "--seed", "-1"), "--seed: got -1, want a whole number"),
        (("RESULT", "--baseline", "RESULT", "--tolerance", "11"), "--tolerance: got 11.0"),
    ],
)
def test_what_gate_refuses(
    here: Any, example: str, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    places = {"RESULT": example, "EMPTY": str(tmp_path)}
    done = here("gate", *(places.get(word, word) for word in arguments))
    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert said in done.err


def test_the_self_test_runs_the_gates_own_case(here: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With readings of a formula, so that its verdict is known: quiet, then far too noisy."""
    import random

    from zkmark.suites import sides
    from zkmark.suites.pairs import Reading

    noise = [0.01]
    source = random.Random(1)

    def read(self: Any, case: str) -> Reading:
        value = 0.002 * (1 + (self.slowdown or 0.0)) * source.lognormvariate(0, noise[0])
        return Reading("ok", value)

    monkeypatch.setattr(sides.ZkmarkSide, "read", read)
    done = here("gate", "--self-test", "--rounds", "100", "--json")
    assert done.code == ExitCode.GOOD, done.err
    found = json.loads(done.out)
    assert found["rounds"] == 100
    assert found["case"].startswith("ntt/goldilocks/2^16")
    assert {name: len(values) for name, values in found["values"].items()} == {
        "one": 100,
        "other": 100,
        "slow": 100,
    }
    assert found["same"]["failed"] == 0.0
    assert found["same_in_order"] == {"fail": 0, "pass": 9, "inconclusive": 0}
    assert found["slowed_in_order"]["fail"] >= 4
    assert found["slowed"]["failed"] == 1.0
    assert found["found_slowdown"] == pytest.approx(0.1, abs=0.01)
    assert found["process_variation"] == pytest.approx(0.01, rel=0.3)
    noise[0] = 1.0
    done = here("gate", "--self-test", "--rounds", "100")
    assert done.code == ExitCode.INCONCLUSIVE
    assert "of 10000 comparisons drawn from these rounds" in done.out


def test_history(here: Any, example: str, tmp_path: Path) -> None:
    pytest.importorskip(
        "otava", reason="Apache Otava is not installed: pip install 'zkmark[history]'"
    )
    for day in range(1, 21):
        path = tmp_path / f"{day:02d}.json"
        changed(example, path, (1.2 if day > 12 else 1.0) * (1 + 0.001 * (day % 3)))
        document = json.loads(path.read_text())
        document["run"]["attempts"][0]["started"] = f"2026-02-{day:02d}T00:00:00Z"
        path.write_text(json.dumps(document))
    (tmp_path / "other.json").write_text("{}")
    done = here("history", str(tmp_path))
    assert done.code == ExitCode.GOOD
    assert "from 2026-02-13" in done.out
    assert "other.json is no zkmark result" in done.err
    done = here("history", str(tmp_path), "--fail")
    assert done.code == ExitCode.REGRESSION
    said = done.err.splitlines()[-1]
    assert said.startswith("zkmark: slower since their last change, 2 of 2 series: ntt/")
    assert " on numba on " in said
    found = json.loads(here("history", str(tmp_path), "--json", "--min-change", "30%").out)
    assert found["results"] == 20
    assert all(one["changes"] == [] for one in found["series"])


def test_what_history_refuses(here: Any, example: str, tmp_path: Path) -> None:
    assert here("history", example).code == ExitCode.USAGE
    assert here("history", str(tmp_path)).code == ExitCode.NOTHING_MEASURED
    assert here("history", str(tmp_path), "--p-value", "2").code == ExitCode.USAGE
