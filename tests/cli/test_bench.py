"""``zkmark bench``: one case of each kernel from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from zkmark.exit_codes import ExitCode
from zkmark.suites.settings import Settings

pytestmark = pytest.mark.usefixtures("no_probes")
QUICK = ["--backend", "reference", "--time-budget", "0.1", "--json"]


@pytest.fixture(autouse=True)
def one_short_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests measure in their own process, they measure once."""
    # Loaded before: whoever imports Settings by name now would keep what stands for it here.
    from zkmark.suites import engine, suite, suite_file  # noqa: F401

    quick = Settings(min_processes=1, max_processes=1, process_seconds=0.01)
    monkeypatch.setattr("zkmark.suites.settings.Settings", lambda: quick)


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        (["ntt", "--field", "goldilocks", "--size", "2^3"], "ntt/goldilocks/2^3/forward"),
        (
            [
                *["ntt", "-f", "bn254-fr", "-n", "8", "--batch", "2", "--direction", "inverse"],
                *["--order", "bit-reversed", "--coset"],
            ],
            "ntt/bn254-fr/2^3/inverse/batch-2/bit-reversed/coset",
        ),
        (["msm", "--curve", "pallas", "--size", "3"], "msm/pallas/3"),
        (["merkle", "--hash", "sha-256", "--size", "2^2"], "merkle/sha-256/2^2/64-bytes"),
        (
            ["merkle", "--hash", "rpo-256", "--size", "2^1", "--leaf-width", "3"],
            "merkle/rpo-256/2^1/3-goldilocks",
        ),
    ],
)
def test_a_case_of_each_kernel(here: Any, words: list[str], slug: str) -> None:
    done = here("bench", *words, *QUICK)
    assert done.code == 0, done.err
    said = json.loads(done.out)
    (case,) = said["cases"]
    assert (case["slug"], case["status"], case["backend"]) == (slug, "ok", "reference")
    assert case["summary"]["total"]["median"] > 0
    assert said["result"] is None


def test_the_result_is_kept_when_asked_for(here: Any, tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    done = here("bench", "msm", "--curve", "vesta", "--size", "2", *QUICK[:4], "-o", str(path))
    assert done.code == 0, done.err
    assert done.out.splitlines()[-2:] == [str(path), str(path.with_suffix(".html"))]
    assert json.loads(path.read_text())["run"]["suite"]["name"] == "bench"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Missing command"),
        (["fft"], "No such command"),
        (["ntt"], "--field"),
        (["ntt", "--field", "goldilocks"], "--size"),
        (["ntt", "--field", "goldilock", "--size", "8"], "did you mean goldilocks?"),
        (["ntt", "--field", "goldilocks", "--size", "9"], "power of two"),
        (["ntt", "--field", "goldilocks", "--size", "huge"], "2^10"),
        (["ntt", "--field", "koalabear", "--size", "2^30"], "24"),
        (["ntt", "--field", "goldilocks", "--size", "8", "--direction", "up"], "forward"),
        (["ntt", "--field", "goldilocks", "--size", "8", "--order", "odd"], "bit-reversed"),
        (["ntt", "--field", "goldilocks", "--size", "8", "--batch", "0"], "batch"),
        (["msm", "--curve", "bn254", "--size", "8"], "did you mean bn254-g1?"),
        (["msm", "--curve", "pallas", "--size", "-3"], "-3"),
        (["merkle", "--hash", "sha256", "--size", "8"], "did you mean sha-256?"),
        (["merkle", "--hash", "sha-256", "--size", "3"], "power of two"),
        (["merkle", "--hash", "sha-256", "--size", "4", "--leaf-width", "0"], "--leaf-width"),
        (["merkle", "--hash", "rpo-256", "--size", "4", "--leaf-type", "bytes"], "--leaf-type"),
        (["msm", "--curve", "pallas", "--size", "2", "-b", "reference", "--isa", "avx2"], "cpu"),
    ],
)
def test_wrong_words_get_one_sentence(here: Any, words: list[str], said: str) -> None:
    done = here("bench", *words)
    assert (done.code, done.out) == (ExitCode.USAGE, ""), done.err
    assert done.err.startswith("zkmark: ")
    assert done.err.count("\n") == 1, done.err
    assert said in done.err


def test_a_backend_that_lacks_the_kernel_measures_nothing(here: Any) -> None:
    done = here("bench", "msm", "--curve", "pallas", "--size", "4", "--backend", "numba")
    assert done.code == ExitCode.NOTHING_MEASURED
    assert "numba" in done.err + done.out


@pytest.mark.parametrize("kernel", ["ntt", "msm", "merkle"])
def test_each_kernel_has_its_own_help_with_examples(here: Any, kernel: str) -> None:
    done = here("bench", kernel, "--help")
    assert done.code == 0
    assert done.out.split("Examples:")[1].count(f"zkmark bench {kernel} ") >= 2
