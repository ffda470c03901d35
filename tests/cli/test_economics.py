"""Prices and power on command lines: into a result, kept on resuming, and into a report later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zkmark.exit_codes import ExitCode
from zkmark.hardware_profiles import plain
from zkmark.suites.result import load_result

BENCH = ("bench", "ntt", "-f", "babybear", "-n", "2^3", "-b", "cpu", "--time-budget", "0.1")


SUITE = """
[suite.settings]
min_processes = 1
max_processes = 1
process_seconds = 0.01

[[case]]
kernel = "ntt"
field = "babybear"
size = "2^3"
backends = ["reference"]
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(SUITE)
    return path


def declared_in(folder: Path) -> dict[str, Any]:
    (path,) = folder.glob("*.json")
    # Read as anybody would, so that it holds to the schema.
    found: dict[str, Any] = load_result(path).profile["economics"]
    return found


def test_a_price_lands_in_the_result_and_its_report(here: Any, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    done = here(*BENCH, "--price-per-hour", "3.6", "--power-watts", "200", "-o", str(folder))
    assert done.code == 0, done.err
    assert plain(declared_in(folder), "price_per_hour") == 3.6
    assert plain(declared_in(folder), "power") == 200
    (page,) = folder.glob("*.html")
    text = page.read_text()
    assert "USD</td>" in text and "energy, estimated" in text


def test_a_machine_of_the_catalogue_gives_its_price(here: Any, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    done = here(*BENCH, "--machine", "aws-c7a-metal-48xl", "-o", str(folder))
    assert done.code == 0
    # Whatever this is, it has no 192 processors.
    assert "aws-c7a-metal-48xl is not this machine (its processors: 192" in done.err
    assert declared_in(folder)["price_per_hour"]["source"].startswith("AWS EC2 c7a.metal-48xl: ")


def test_resuming_keeps_a_price_unless_told_another(here: Any, suite: Path, tmp_path: Path) -> None:
    words = ["run", str(suite), "--no-report"]
    folder = tmp_path / "out"
    profile = tmp_path / "machine.json"
    assert here("profile", "--price-per-hour", "1.5", "-o", str(profile)).code == 0
    done = here(*words, "-o", str(folder), "--machine", str(profile))
    assert done.code == 0 and "is not this machine" not in done.err
    (result,) = folder.glob("*.json")
    assert here(*words, "--resume", str(result)).code == 0
    assert plain(declared_in(folder), "price_per_hour") == 1.5
    assert here(*words, "--resume", str(result), "--price-per-hour", "2").code == 0
    assert plain(declared_in(folder), "price_per_hour") == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--price-per-hour", "-1"], "--price-per-hour: got -1, want a number of 0 or more"),
        (["--power-watts", "0"], "--power-watts: got 0, want a number above 0"),
        (["--machine", "l4"], "--machine: l4 is a gpu, which is a part of a machine"),
        (["--machine", "c7a-xl"], "did you mean aws-c7a-xlarge?"),
        (["--machine", "aws-c7a"], "want a machine of the catalogue or a profile's file"),
    ],
)
def test_what_is_no_price_is_refused(here: Any, words: list[str], says: str) -> None:
    done = here(*BENCH, *words)
    assert done.code == ExitCode.USAGE
    assert says in done.err and done.err.count("\n") == 1


def test_a_profile_that_declares_nothing_is_refused(here: Any, tmp_path: Path) -> None:
    profile = tmp_path / "machine.json"
    assert here("profile", "-o", str(profile)).code == 0
    done = here(*BENCH, "--machine", str(profile))
    assert done.code == ExitCode.USAGE
    assert "declares neither price nor power" in done.err


def test_a_report_takes_prices_afterwards(here: Any, example: str, tmp_path: Path) -> None:
    before = Path(example).read_bytes()
    page = tmp_path / "page.html"
    assert here("report", example, "-o", str(page), "--price", "A=0.21").code == 0
    assert "USD</td>" in page.read_text()
    assert Path(example).read_bytes() == before
    assert here("report", example, "-o", str(page)).code == 0
    assert "USD</td>" not in page.read_text()
    table = tmp_path / "table.md"
    assert here("report", example, "-o", str(table), "--price", "A=0.21").code == 0
    assert "USD per million" in table.read_text()


@pytest.mark.parametrize(
    ("name", "price", "says"),
    [
        ("page.html", "B=0.21", "--price: got 'B=0.21', want a letter of A"),
        ("page.html", "A=much", "--price: got 'A=much'"),
        ("table.csv", "A=0.21", "--price: CSV has no costs"),
    ],
)
def test_prices_that_a_report_cannot_take(
    here: Any, example: str, tmp_path: Path, name: str, price: str, says: str
) -> None:
    done = here("report", example, "-o", str(tmp_path / name), "--price", price)
    assert done.code == ExitCode.USAGE and says in done.err
