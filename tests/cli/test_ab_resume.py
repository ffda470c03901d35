"""``zkmark ab`` interrupted and killed: nothing is lost, and nothing can be gained by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from zkmark.cli.ab_pairs import resume_command
from zkmark.exit_codes import ExitCode

RULE = ("--reads", "output", "--max-pairs", "11")


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs are kept under where zkmark is started."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)


def ending(folder: Path, signal: str, after: int) -> str:
    """A command that sends its zkmark a signal when it is run for the so-many-th time, once."""
    script = folder / "head"
    script.write_text(
        f"#!/bin/sh\ncd {folder} && echo x >> count\n"
        f'if [ "$(wc -l < count)" -eq {after} ]; then kill -{signal} $PPID; sleep 20; fi\n'
        "echo 1.2\n"
    )
    script.chmod(0o755)
    return str(script)


def pairs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["data"]["pairs"]["command"]
    return found


@pytest.mark.parametrize("signal", ["INT", "TERM"])
def test_interrupted_and_gone_on_with(zkmark: Any, tmp_path: Path, signal: str) -> None:
    path, words = tmp_path / "ab.json", ("ab", "--base", "echo 1", *RULE)
    head = ending(tmp_path, signal, 5)
    done = zkmark(*words, "--head", head, "-o", str(path), "-o", str(tmp_path / "ab.md"))
    assert (done.code, done.out) == (ExitCode.INTERRUPTED, "")
    *_, where, how = done.err.splitlines()
    assert where == f"Interrupted: the 4 finished pairs are in {path}"
    assert how.startswith("Go on with: zkmark ab --base 'echo 1'")
    assert how.endswith(f"-o {tmp_path / 'ab.md'} --resume {path}")
    assert not (tmp_path / "ab.md").exists()
    again = zkmark(*words, "--head", head, "-o", str(path))
    assert again.code == ExitCode.USAGE
    assert "is not finished; go on with it: --resume" in again.err
    done = zkmark(*words, "--head", head, "--resume", str(path))
    assert done.code == ExitCode.REGRESSION, done.err
    assert f"4 pairs are in {path} already." in done.err
    assert done.out.splitlines()[-1] == str(path)
    # As many processes as without the interruption, and the one that it ended.
    assert (tmp_path / "count").read_text().count("x") == 12
    fresh = zkmark(*words, "--head", "echo 1.2", "-o", str(tmp_path / "fresh.json"))
    assert fresh.code == ExitCode.REGRESSION
    assert pairs(path) == pairs(tmp_path / "fresh.json")
    document = json.loads(path.read_text(encoding="utf-8"))
    assert (document["verdict"], document["run"]["status"]) == ("fail", "complete")


def test_killed_and_gone_on_with(zkmark: Any, tmp_path: Path) -> None:
    path, words = tmp_path / "ab.json", ("ab", "--base", "echo 1", *RULE)
    head = ending(tmp_path, "KILL", 3)
    assert zkmark(*words, "--head", head, "-o", str(path)).code == -9
    assert len(pairs(path)["base"]) == 2
    done = zkmark(*words, "--head", head, "--resume", str(path), "--json")
    assert done.code == ExitCode.REGRESSION, done.err
    assert json.loads(done.out)["data"]["pairs"]["command"] == pairs(path)


def test_without_a_file_named_it_is_kept_all_the_same(here: Any) -> None:
    done = here("ab", "--base", "echo 1", "--head", "echo 1", *RULE)
    kept = Path(done.out.splitlines()[-1])
    assert done.code == ExitCode.GOOD
    assert kept.parent == Path("results") / "ab"
    assert len(pairs(kept)["base"]) == 11
    # A finished one is judged again, and nothing is run.
    again = here("ab", "--base", "echo 1", "--head", "echo 1", *RULE, "--resume", str(kept))
    assert (again.code, again.out) == (done.code, done.out)
    assert "After 11 pairs, before: 0 of 1 undecided" in again.err


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("--tolerance", "20%"), "tolerance of command was 0.05 and is 0.2 now"),
        (("--max-pairs", "21"), "max_pairs was 11 and is 21 now"),
        (("--seed", "7"), "seed was 1 and is 7 now"),
        (("--head", "echo 1.0"), "head.command was 'echo 1.2' and is 'echo 1.0' now"),
        (("--reads", "wall"), "reads was 'output' and is 'wall' now"),
    ],
)
def test_another_rule_or_side_is_refused(here: Any, changes: tuple[str, ...], said: str) -> None:
    words = ("ab", "--base", "echo 1", "--head", "echo 1.2", *RULE)
    assert here(*words, "-o", "ab.json").code == ExitCode.REGRESSION
    done = here(*words, *changes, "--resume", "ab.json")
    assert (done.code, done.out) == (ExitCode.ENVIRONMENT_MISMATCH, "")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_a_rebuilt_program_is_another_one(here: Any, tmp_path: Path) -> None:
    program = tmp_path / "prover"
    program.write_text("#!/bin/sh\necho 1\n")
    program.chmod(0o755)
    words = ("ab", "--base", "echo 1", "--head", str(program), *RULE)
    assert here(*words, "-o", "ab.json").code == ExitCode.GOOD
    program.write_text("#!/bin/sh\necho 2\n")
    done = here(*words, "--resume", "ab.json")
    assert done.code == ExitCode.ENVIRONMENT_MISMATCH
    assert "head.program was" in done.err


@pytest.mark.parametrize(
    ("file", "said"),
    [(None, "--resume: there is no file x.json"), ("{}", "it is no comparison of zkmark ab")],
)
def test_nothing_to_go_on_with(here: Any, file: str | None, said: str) -> None:
    if file is not None:
        Path("x.json").write_text(file)
    done = here("ab", "--base", "true", "--head", "true", "--resume", "x.json")
    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert said in done.err and done.err.count("\n") == 1


def test_the_advice_leaves_out_the_file_that_is_gone_on_with() -> None:
    words = ["ab", "--base=a b", "-o", "x.json", "-o", "x.md", "--output=x.xml", "--resume", "y"]
    assert resume_command(words, Path("x.json")) == (
        "zkmark ab '--base=a b' -o x.md --output x.xml --resume x.json"
    )
