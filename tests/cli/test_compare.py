"""``zkmark compare``: machines side by side, and when it refuses."""

from __future__ import annotations

import copy
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from zkmark.exit_codes import ExitCode


@pytest.fixture
def other(example: str, tmp_path: Path) -> Any:
    """Write the example as another run, changed as asked for, and return its path."""

    def write(change: Any = None) -> str:
        document = copy.deepcopy(json.loads(Path(example).read_text(encoding="utf-8")))
        document["run"]["id"] = "other"
        document["profile"]["cpu"]["model"]["value"] = "Other CPU"
        if change is not None:
            change(document)
        path = tmp_path / "other.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return str(path)

    return write


def test_a_table_says_what_differs_and_then_how_fast(here: Any, example: str, other: Any) -> None:
    done = here("compare", example, other())
    assert (done.code, done.err) == (0, "")
    machines = done.out.index("What differs in the machines")
    cases = done.out.index("Case by case, measured")
    assert 0 < machines < cases
    assert "Other CPU" in done.out[machines:cases]
    assert "ntt/goldilocks/2^10/forward" in done.out[cases:]
    assert "not paired" in done.out


@pytest.mark.parametrize("columns", [110, 200])
def test_it_fits_a_terminal(on_terminal: Any, example: str, other: Any, columns: int) -> None:
    done = on_terminal("compare", example, other(), columns=columns)
    assert done.code == 0 and "B × A" in done.out
    assert ("A of ceiling" in done.out) is (columns == 200)


def test_each_format(here: Any, example: str, other: Any) -> None:
    path = other()
    markdown = here("compare", example, path, "--markdown")
    assert markdown.code == 0 and markdown.out.startswith("## zkmark compare: A, B\n")
    data = json.loads(here("compare", example, path, "--json").out)
    assert [one["name"] for one in data["sources"]] == [example, path]
    rows = list(csv.DictReader(io.StringIO(here("compare", example, path, "--csv").out)))
    assert {row["other"] for row in rows} == {path}


def newer(document: Any) -> None:
    document["run"]["zkmark"]["version"] = "0.2.0"


def test_another_environment_is_refused_unless_allowed(here: Any, example: str, other: Any) -> None:
    path = other(newer)
    done = here("compare", example, path)
    assert (done.code, done.out) == (ExitCode.ENVIRONMENT_MISMATCH, "")
    assert done.err.count("\n") == 1 and "run.zkmark.version (A: 0.1.0, B: 0.2.0)" in done.err
    done = here("compare", example, path, "--allow-env-diff")
    assert done.code == 0 and "zkmark.version" in done.err and "zkmark.version" in done.out


def no_msm(document: Any) -> None:
    document["cases"] = [c for c in document["cases"] if c["kernel"] != "msm"]


def test_other_cases_are_refused_unless_left_out(here: Any, example: str, other: Any) -> None:
    path = other(no_msm)
    done = here("compare", example, path)
    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert "B lacks msm/bls12-381-g1/2^10" in done.err
    assert here("compare", example, path, "--common").code == 0


def only_wrong(document: Any) -> None:
    document["cases"] = [c for c in document["cases"] if c["status"] == "incorrect"]


def test_no_figures_to_compare_are_nothing_measured(here: Any, example: str, other: Any) -> None:
    done = here("compare", other(only_wrong), example, "--common")
    assert (done.code, done.out) == (ExitCode.NOTHING_MEASURED, "")
    assert "no case has figures" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["EXAMPLE"], "want two"),
        (["EXAMPLE", "EXAMPLE"], "are the same run"),
        (["EXAMPLE", "none.json"], "none.json"),
        (["EXAMPLE", "."], "folder"),
        (["EXAMPLE", "OTHER", "--price", "C=1"], "--price: got 'C=1', want a letter of A, B"),
        (["EXAMPLE", "OTHER", "--price", "A=-1"], "--price: got 'A=-1'"),
        (["EXAMPLE", "OTHER", "--price", "AB=1"], "--price: got 'AB=1'"),
        (["EXAMPLE", "OTHER", "--price", "1"], "--price: got '1'"),
        (["EXAMPLE", "OTHER", "--json", "--csv"], "--json and --csv: want one of them"),
    ],
)
def test_wrong_words_get_one_sentence(
    here: Any, example: str, other: Any, words: list[str], said: str
) -> None:
    places = {"EXAMPLE": example, "OTHER": other()}
    done = here("compare", *(places.get(word, word) for word in words))
    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert done.err.startswith("zkmark: ") and said in done.err
    assert done.err.count("\n") == 1


def test_profiles_are_read_too(here: Any, tmp_path: Path) -> None:
    from zkmark.hardware_profiles import detect_profile, write_profile

    profile = detect_profile()
    paths = [str(write_profile(tmp_path / f"{n}.json", profile)) for n in ("one", "two")]
    done = here("compare", *paths)
    assert done.code == 0 and "here the machines are" in done.out
    (tmp_path / "two.json").write_text('{"schema": "zkmark-profile"}', encoding="utf-8")
    assert here("compare", *paths).code == ExitCode.USAGE


def test_a_price_may_be_declared_on_the_spot(here: Any, example: str, other: Any) -> None:
    done = here("compare", example, other(), "--price", "B=3.6", "--json")
    data = json.loads(done.out)
    assert [one["price_per_hour"]["value"] for one in data["sources"]] == [None, 3.6]
    side = data["measured"][0]["sides"]["B"]
    assert side["cost"]["value"] == pytest.approx(0.001 * side["phases"]["total"]["median_seconds"])


def test_machines_of_the_catalogue_go_by_their_ids(here: Any, example: str) -> None:
    done = here("compare", example, "h100-sxm5")
    assert (done.code, done.err) == (0, "")
    assert "h100-sxm5: profile; NVIDIA H100 SXM5 80 GB" in done.out
