"""``zkmark prove`` and ``zkmark verify``: proofs of workloads and of a user's own programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from zkmark.cli.claim import parse_digest, parse_numbers
from zkmark.exit_codes import ExitCode

SUM = "begin\n    add\n    push.7 assert_eq\n    adv_push.1 swap drop\nend\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "sum.masm"
    path.write_text(SUM)
    return path


@pytest.fixture
def proof(here: Any, program: Path, tmp_path: Path) -> Path:
    path = tmp_path / "sum.proof"
    done = here(
        "prove", str(program), "--inputs", "3,4", "--advice", "9", "--out", str(path), "--json"
    )
    assert done.code == 0, done.err
    return path


def test_a_workload_is_proven_and_shown(here: Any) -> None:
    done = here("prove", "fibonacci", "--variant", "fixed-50", "--phases")
    assert done.code == ExitCode.GOOD
    for text in ("12586269025", "96 bits conjectured", "verified from its bytes", "compile"):
        assert text in done.out
    assert "grinding" in done.out and "running the program" in done.out
    assert done.err == ""


def test_a_program_of_ones_own_is_proven_kept_and_verified(
    here: Any, proof: Path, program: Path
) -> None:
    claim = json.loads(Path(f"{proof}.json").read_text())
    assert claim["inputs"][:2] == [3, 4] and claim["outputs"][0] == 9
    done = here("verify", str(proof))
    assert done.code == ExitCode.GOOD and "the proof holds" in done.out
    given = ("--inputs", "3,4", "--outputs", "9")
    Path(f"{proof}.json").unlink()
    assert here("verify", str(proof), "--digest", claim["digest"], *given).code == 0
    assert here("verify", str(proof), "--program", str(program), *given).code == 0


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--outputs", "8"), "rejected: "),
        (("--inputs", "4,3"), "rejected: "),
        (("--digest", "00" * 32), "rejected: "),
        (("--program", "sudoku"), "rejected: "),
        (("--security", "120"), "fewer than the 120"),
    ],
)
def test_what_it_does_not_prove_is_rejected(
    here: Any, proof: Path, options: tuple[str, ...], reason: str
) -> None:
    done = here("verify", str(proof), *options)
    assert done.code == ExitCode.INCORRECT_OUTPUT
    assert reason in done.out


def test_damaged_bytes_are_rejected(here: Any, proof: Path) -> None:
    data = proof.read_bytes()
    for changed in (b"", b"nonsense", data[:-1], data + b"\0", data[:99] + b"\1" + data[100:]):
        proof.write_bytes(changed)
        done = here("verify", str(proof))
        assert done.code == ExitCode.INCORRECT_OUTPUT, changed[:20]
        assert "rejected: " in done.out
    done = here("verify", str(proof), "--json")
    assert done.code == ExitCode.INCORRECT_OUTPUT
    assert json.loads(done.out)["ok"] is False


def test_a_failing_program_has_no_proof_and_says_where(
    here: Any, program: Path, tmp_path: Path
) -> None:
    out = tmp_path / "none.proof"
    done = here("prove", str(program), "--inputs", "3,5", "--advice", "9", "--out", str(out))
    assert done.code == ExitCode.USAGE
    assert "has no proof" in done.err and "line 3, column 12" in done.err
    assert not out.exists()
    done = here("prove", str(program), "--inputs", "3,4")
    assert done.code == ExitCode.USAGE and "line 4" in done.err


def test_a_program_that_is_none_names_line_and_column(here: Any, program: Path) -> None:
    program.write_text("begin\n    ad\nend\n")
    done = here("prove", str(program))
    assert done.code == ExitCode.USAGE
    assert "line 2, column 5: got 'ad', want an instruction" in done.err
    program.write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in here("prove", str(program)).err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("prove", "sudok"), "'sudok' is no workload and no path of a .masm file; did you mean"),
        (("prove", "nowhere.masm"), "nowhere.masm: no such file"),
        (("prove", "sudoku", "--variant", "x"), "variant: got 'x', want sudoku"),
        (("prove", "sudoku", "--scale", "0"), "scale: got 0"),
        (("prove", "sudoku", "--inputs", "1"), "--inputs: a workload has its own"),
        (("prove", "sudoku", "--message", "x"), "--message: it goes with blake3"),
        (("prove", "blake3", "--message", "x", "--scale", "2"), "--message: it goes with blake3"),
        (("prove", "./x.masm", "--variant", "x"), "--variant: only workloads have it"),
        (("prove", "./x.masm", "--scale", "2"), "--scale: only workloads have it"),
        (("prove", "sudoku", "--security", "200"), "--security: got 200, want 1 to 128"),
        (("prove", "sudoku", "--hash", "sha-256"), "--hash: got 'sha-256', want one of blake3"),
        (("prove", "sudoku", "--blowup", "3"), "--blowup: got 3"),
        (("prove", "sudoku", "-b", "numba"), "--backend: numba has no kernels for proofs"),
        (("prove", "sudoku", "-b", "gpu"), "--backend: got 'gpu'"),
        (("prove", "sudoku", "--out", "/nowhere/x"), "--out: there is no folder /nowhere"),
        (("verify", "nowhere.proof"), "nowhere.proof: no such file"),
        (("verify", "."), ". is a folder, want a proof"),
    ],
)
def test_bad_input_is_one_sentence(here: Any, arguments: tuple[str, ...], sentence: str) -> None:
    done = here(*arguments)
    assert done.code == ExitCode.USAGE
    assert sentence in done.err
    assert done.err.count("\n") == 1 and done.out == ""


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--digest", "xy"), "digest: got 'xy', want 64 hexadecimal digits"),
        (("--inputs", "a"), "--inputs: got 'a', want numbers"),
        (("--inputs", ",".join(["1"] * 17)), "--inputs: got 17 of them"),
        (("--outputs", str(2**64)), "--outputs: got 18446744073709551616"),
        (("--inputs", "@nowhere.txt"), "--inputs: nowhere.txt cannot be read"),
        (("--variant", "x"), "--variant: it goes with --program"),
        (("--program", "x.masm"), "x.masm: no such file"),
        (("--program", "sudoku", "--digest", "00" * 32), "--digest: it cannot be given"),
        (("--program", "x.masm", "--variant", "y"), "--variant: only workloads have it"),
    ],
)
def test_bad_options_of_verify_are_one_sentence(
    here: Any, proof: Path, options: tuple[str, ...], sentence: str
) -> None:
    done = here("verify", str(proof), *options)
    assert done.code == ExitCode.USAGE
    assert sentence in done.err and done.err.count("\n") == 1


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": "zkmark-claim-1"}', "\xff", '{"schema": "other"}']
)
def test_a_claim_that_is_none_is_refused(here: Any, proof: Path, text: str) -> None:
    Path(f"{proof}.json").write_bytes(text.encode("latin-1"))
    done = here("verify", str(proof))
    assert done.code == ExitCode.USAGE and "is no claim of a proof" in done.err
    Path(f"{proof}.json").unlink()
    done = here("verify", str(proof), "--inputs", "3,4")
    assert "there is no claim" in done.err and "give --digest and --outputs" in done.err


def test_numbers_and_digests(tmp_path: Path) -> None:
    path = tmp_path / "numbers.txt"
    path.write_text("1, 2\n0x10 3\n")
    assert parse_numbers(f"@{path}", "x") == (1, 2, 16, 3)
    assert parse_numbers("", "x") == ()
    assert parse_digest("AB" * 32) == "ab" * 32
    for wrong in (None, 3, "ab", "zz" * 32):
        with pytest.raises(ValueError, match="digest: got"):
            parse_digest(wrong)


def test_json_of_a_proof(here: Any) -> None:
    done = here("prove", "blake3", "--message", "abc", "--security", "100", "--json")
    assert done.code == ExitCode.GOOD
    told = json.loads(done.out)
    # BLAKE3 of abc begins with 6437b3ac.
    assert told["outputs"][0].to_bytes(4, "little").hex() == "6437b3ac"
    assert told["security"]["conjectured"] >= 100
    assert told["seconds"]["total"] > 0 and told["proof"]["bytes"] > 10_000
    assert told["options"]["degree"] == 3


def test_workloads_are_listed(here: Any) -> None:
    done = here("list", "workloads", "--json")
    assert done.code == 0
    rows = json.loads(done.out)["workloads"]
    assert [row["name"] for row in rows][:2] == ["sudoku", "sudoku-strict"]
    assert "sum check" in rows[0]["about"]
    assert "sudoku-strict" in here("list", "workloads").out


TINY = """
[suite.settings]
min_processes = 1
max_processes = 1
process_seconds = 0.01

[[case]]
kernel = "stackvm"
workload = "sudoku"
backends = "cpu"
"""


@pytest.mark.usefixtures("no_probes")
def test_a_run_prints_the_published_rows_beside_ours(here: Any, tmp_path: Path) -> None:
    suite = tmp_path / "tiny.toml"
    suite.write_text(TINY)
    done = here("run", str(suite), "--output", str(tmp_path / "out"))
    assert done.code == ExitCode.GOOD
    for text in ("Beside published times", "miden", "risc0", "not implemented", "Ryzen 7 5700X"):
        assert text in done.out
    (result,) = (tmp_path / "out").glob("*.json")
    assert "Beside published times" in here("show", str(result)).out


@pytest.mark.usefixtures("no_probes")
def test_a_larger_workload_is_measured_alone(here: Any, tmp_path: Path) -> None:
    suite = tmp_path / "tiny.toml"
    suite.write_text(TINY)
    done = here(
        "run",
        str(suite),
        "--scale",
        "2",
        "--output",
        str(tmp_path / "out"),
        "--no-report",
        "--json",
    )
    assert done.code == ExitCode.GOOD, done.err
    (case,) = json.loads(done.out)["cases"]
    assert case["workload"]["scale"] == 2 and case["counts"]["items"] == 2
    done = here("run", "smoke", "--scale", "2", "--kernel", "ntt")
    assert done.code == ExitCode.USAGE and "has no workloads" in done.err
    done = here("bench", "workload", "sudok")
    assert done.code == ExitCode.USAGE and "did you mean 'sudoku'" in done.err
