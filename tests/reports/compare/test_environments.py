"""Which differences spoil a ratio and are refused, and which are the machines' own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from zkmark.reports.compare import EnvironmentMismatchError
from zkmark.reports.compare.tables import notes

Change = Callable[[Any], None]


def reported(value: Any) -> Any:
    return {"value": value, "source": "an example", "status": "reported"}


def in_run(*path: str, value: Any) -> Change:
    def change(document: Any) -> None:
        place = document["run"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


def in_settings(**settings: Any) -> Change:
    def change(document: Any) -> None:
        for case in document["cases"]:
            if case["backend"] == "cpu":
                case["settings"].update(settings)

    return change


def in_cpu(name: str, value: Any) -> Change:
    def change(document: Any) -> None:
        document["profile"]["cpu"][name] = reported(value)

    return change


def in_program(*path: str, value: Any) -> Change:
    def change(document: Any) -> None:
        for case in document["cases"]:
            run = (case["workload"] or {}).get("run")
            if run:
                run[path[0]][path[1]] = value

    return change


def other_output(document: Any) -> None:
    document["cases"][0]["correctness"]["output_digest"] = "sha256:" + "0" * 64


SPOILED = [
    ("run.zkmark.version", in_run("zkmark", "version", value="0.2.0"), "A: 0.1.0, B: 0.2.0"),
    (
        "run.zkmark.git.commit",
        in_run("zkmark", "git", "value", "commit", value="f" * 40),
        "A: 0123456789ab, B: ffffffffffff",
    ),
    ("run.seed", in_run("seed", value=2), "A: 1, B: 2"),
    ("run.native.compiler", in_run("native", "compiler", value="Clang 19"), "B: Clang 19"),
    ("run.native.flags", in_run("native", "flags", value="-O2"), "B: -O2"),
    ("run.packages.numba", in_run("packages", "numba", value="0.65.0"), "A: 0.64.0, B: 0.65.0"),
    ("run.python", in_run("python", value="CPython 3.13.1"), "B: CPython 3.13.1"),
    ("settings.isa", in_settings(isa="portable"), "A: avx2, B: portable"),
    ("settings.threads", in_settings(threads=1), "A: 2, B: 1"),
    ("correctness.output_digest", other_output, "sha256:0000"),
]


@pytest.mark.parametrize(("field", "change", "said"), SPOILED, ids=[s[0] for s in SPOILED])
def test_a_field_that_spoils_the_ratio_is_refused_by_name(
    pair: Any, compared: Any, field: str, change: Change, said: str
) -> None:
    base, other = pair
    change(other)
    with pytest.raises(EnvironmentMismatchError) as refusal:
        compared(base, other)
    text = str(refusal.value)
    assert f"{field} (" in text and said in text and "--allow-env-diff" in text
    assert "\n" not in text and text.count(" (A: ") == 1
    comparison = compared(base, other, allow_env_diff=True)
    assert [one.field for one in comparison.environment] == [field]
    assert any(note.startswith(f"Warning: {field} (") for note in notes(comparison))


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("workload.security.conjectured", in_program("security", "conjectured", value=100)),
        ("workload.security.proven", in_program("security", "proven", value=40)),
        ("workload.options.queries", in_program("options", "queries", value=30)),
    ],
)
def test_proofs_of_other_strength_are_refused(
    programs: Any, compared: Any, field: str, change: Change
) -> None:
    base, other = programs
    change(other)
    with pytest.raises(EnvironmentMismatchError, match=field):
        compared(base, other)


@pytest.mark.parametrize("name", ["governor", "turbo"])
def test_clocks_governed_in_another_way_are_refused_where_both_are_known(
    pair: Any, compared: Any, name: str
) -> None:
    base, other = pair
    in_cpu(name, "powersave")(other)
    assert compared(base, other).environment == ()  # the base's is not known
    in_cpu(name, "performance")(base)
    with pytest.raises(
        EnvironmentMismatchError, match=rf"profile\.cpu\.{name} \(A: perf.*, B: powersave"
    ):
        compared(base, other)
    in_cpu(name, "performance")(other)
    assert compared(base, other).environment == ()


def test_what_a_machine_is_may_differ(pair: Any, compared: Any) -> None:
    base, other = pair
    in_cpu("cores", 64)(other)
    other["profile"]["memory"]["total"]["value"] = 64 << 30
    other["run"]["machine"]["hostname"] = "other"
    other["run"]["packages"]["scipy"] = "9.9"
    comparison = compared(base, other)
    assert comparison.environment == ()
    assert {"cpu.model", "cpu.cores", "memory.total (GiB)"} <= {
        field.path for field in comparison.fields if field.decisive
    }


def test_a_machines_own_instruction_sets_and_processors_may_differ(
    pair: Any, compared: Any
) -> None:
    base, other = pair
    other["run"]["native"]["isa_levels"] = ["portable", "avx2", "avx512"]
    other["run"]["machine"]["processors"] = 64
    for case in other["cases"]:
        if case["backend"] != "reference":
            case["settings"]["threads"] = 64
    in_settings(isa="avx512")(other)
    comparison = compared(base, other)
    assert comparison.environment == ()
    said = notes(comparison)
    assert "Of instruction sets the machines used: A avx2, B avx512." in said
    assert "Of threads the machines used: A 2, B 64." in said
    # With one more processor the 64 threads were a limit that somebody set.
    other["run"]["machine"]["processors"] = 65
    with pytest.raises(EnvironmentMismatchError, match=r"settings\.threads"):
        compared(base, other)


def test_a_compiler_says_nothing_about_what_it_did_not_compile(pair: Any, compared: Any) -> None:
    base, other = pair
    for document in (base, other):
        document["cases"] = [c for c in document["cases"] if c["backend"] == "numba"]
    in_run("native", "compiler", value="Clang 19")(other)
    assert compared(base, other, common=True).environment == ()
    in_run("packages", "llvmlite", value="0.99")(other)
    with pytest.raises(
        EnvironmentMismatchError, match=r"run\.packages\.llvmlite \(A: unknown, B: 0.99"
    ):
        compared(base, other)


def test_the_fastest_of_a_machine_that_was_held_back_is_no_fastest(
    pair: Any, compared: Any
) -> None:
    base, other = pair
    for case in other["cases"]:
        if case["backend"] == "cpu":
            case["label"] = "cpu[threads=1]"
            case["settings"]["threads"] = 1
    for planned in other["run"]["suite"]["planned"]:
        if planned["label"] == "cpu":
            planned["label"] = "cpu[threads=1]"
    with pytest.raises(EnvironmentMismatchError, match=r"settings\.threads \(A: 2, B: 1\)"):
        compared(base, other, best=True)


def test_what_a_simulation_ran_on_does_not_spoil_it(simulated: Any, compared: Any) -> None:
    base, other = simulated
    for document in (base, other):
        document["cases"] = [c for c in document["cases"] if c["kind"] == "modelled"]
    for case in other["cases"]:
        case["settings"]["threads"] = 8
        case["settings"]["board"] = "u55c"
    comparison = compared(base, other)
    assert comparison.environment == () and len(comparison.modelled) == 4
    assert comparison.measured == ()


def test_many_differences_are_counted(pair: Any, compared: Any) -> None:
    base, other = pair
    for _, change, _ in SPOILED[:5]:
        change(other)
    with pytest.raises(EnvironmentMismatchError, match="and 2 more; "):
        compared(base, other)
