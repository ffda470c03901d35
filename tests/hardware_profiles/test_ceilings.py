"""Probes compute what they say, their figures are plausible, and what is not is refused."""

from __future__ import annotations

from typing import Any

import pytest

from zkmark import _native
from zkmark.hardware_profiles import ceilings, check_profile, detect_profile, summary_lines, walk
from zkmark.hardware_profiles.aes_round import aes_round, s_box
from zkmark.hardware_profiles.value import reported

KINDS = tuple(ceilings.PROBES)


@pytest.fixture(scope="module")
def profile() -> dict[str, Any]:
    return detect_profile(measure=True)


@pytest.mark.parametrize("isa", _native.isa_levels())
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rounds", [0, 1, 2, 201])
def test_a_probe_takes_the_rounds_that_its_definition_takes(
    kind: str, isa: str, rounds: int
) -> None:
    before = _native.isa_allowed()
    _native.set_isa_allowed(isa)
    try:
        _, words = _native.probe_path(kind)
        if words == 0:
            # Those that need an extension.
            assert kind in ("multiply_52", "fused_64", "sha_256", "aes")
            with pytest.raises(ValueError, match=f"no probe called '{kind}' runs here"):
                _native.probe_rate(kind, 1, 0.001)
            return
        assert ceilings.computes_its_rounds(_native, kind, words, rounds)
    finally:
        _native.set_isa_allowed(before)


def test_the_check_of_a_probe_can_fail() -> None:
    class Wrong:
        @staticmethod
        def probe_steps(kind: str, state: list[int], rounds: int) -> list[int]:
            return [*_native.probe_steps(kind, state, rounds)[:-1], 0]

    words = _native.probe_path("multiply_64")[1]
    assert not ceilings.computes_its_rounds(Wrong, "multiply_64", words)


def test_every_ceiling_is_measured_and_says_what_it_counts(profile: dict[str, Any]) -> None:
    check_profile(profile)
    levels = [
        *_native.isa_levels(),
        "sha" if _native.has_sha_extensions() else "",
        "aes" if _native.has_aes_instructions() else "",
    ]
    for path, field in walk(profile["ceilings"]):
        level = path.split(".")[1] if "." in path else ""
        if level in ("avx2", "avx512", "sha", "aes") and level not in levels:
            assert "this processor, or its operating system, offers no " in field["reason"]
            continue
        assert field["status"] == "measured", (path, field)
        assert len(field["samples"]) >= 5
        # A ceiling is the most that was seen; the latency, the usual.
        assert field["low"] <= field["value"] <= field["high"]
        assert (field["value"] == field["high"]) == (path != "random_load_latency")
        assert field["unit"] and field["counts"]


def test_measured_ceilings_appear_in_the_summary(profile: dict[str, Any]) -> None:
    assert {"64 x 64 multiplies", "memory triad", "random load"} <= set(
        dict(summary_lines(profile))
    )


def test_a_profile_without_measuring_says_so() -> None:
    leaves = list(walk(ceilings.not_measured()))
    assert len(leaves) == 4 + sum(len(levels) for levels in ceilings.PROBES.values())
    assert {f["reason"] for _, f in leaves} == {"ceilings are measured only when asked for"}


class Fake:
    """A native extension whose figures are given."""

    def __init__(self, **figures: Any) -> None:
        self._figures = figures

    def isa_allowed(self) -> str:
        return "portable"

    def isa_levels(self) -> list[str]:
        return ["portable"]

    def set_isa_allowed(self, name: str) -> bool:
        return True

    def probe_clock(self, seconds: float) -> float:
        return float(self._figures.get("clock", 3e9))

    def probe_path(self, kind: str) -> tuple[str, int]:
        words = {"multiply_64": 8, "multiply_32": 24, "word_32": 24, "word_64": 24}.get(kind, 0)
        return ("portable", words) if words else ("", 0)

    def probe_steps(self, kind: str, state: list[int], rounds: int) -> list[int]:
        for _ in range(rounds):
            state = ceilings.ROUNDS[kind](state)
        return state if self._figures.get("right", True) else state[::-1]

    def probe_rate(self, kind: str, threads: int, seconds: float) -> float:
        return float(self._figures.get("rate", 1e9)) * threads

    def probe_triad(self, elements: int, threads: int, repetitions: int) -> list[float]:
        return list(self._figures.get("triad", [24 * elements / 1e10] * repetitions))

    random_access_chains = 32

    def probe_random_access(
        self, lines: int, steps: int, threads: int, repetitions: int
    ) -> list[float]:
        assert lines & (lines - 1) == 0
        seconds = threads * self.random_access_chains * steps * 64 / 1e10
        return list(self._figures.get("access", [seconds] * repetitions))

    def probe_random_load(self, lines: int, steps: int, repetitions: int) -> list[float]:
        assert lines & (lines - 1) == 0
        return list(self._figures.get("load", [1e-7] * repetitions))


CACHES = {"l3": {"size": reported(1 << 20, "test", "bytes").to_json()}}


def measured_with(
    monkeypatch: pytest.MonkeyPatch, available: int | None = 1 << 30, **figures: Any
) -> dict[str, Any]:
    import zkmark

    monkeypatch.setattr(zkmark, "_native", Fake(**figures))
    return dict(walk(ceilings.measure(CACHES, available, [2])))


@pytest.mark.parametrize(
    ("figures", "leaf", "says"),
    [
        ({"clock": 0.0}, "clock", "not believed"),
        ({"rate": 1e14}, "multiply_64.portable.threads_1", "not believed"),
        ({"rate": 1e3}, "multiply_32.portable.threads_2", "not believed"),
        ({"right": False}, "multiply_64.portable.threads_1", "something else than its rounds"),
        ({}, "multiply_52.avx512.threads_1", "offers no AVX-512 IFMA"),
        ({}, "sha_256.sha.threads_2", "offers no SHA extensions"),
        ({"triad": []}, "triad.threads_1", "wrong sums"),
        ({"triad": [1e-12]}, "triad.threads_2", "not believed"),
        ({}, "aes.aes.threads_1", "offers no AES instructions"),
        ({"access": []}, "random_access.threads_1", "wrong place"),
        ({"access": [1e-12]}, "random_access.threads_2", "not believed"),
        ({"available": 4096}, "random_access.threads_1", "too little memory"),
        ({"load": []}, "random_load_latency", "wrong place"),
        ({"load": [1e-12]}, "random_load_latency", "not believed"),
        ({"available": 4096}, "triad.threads_1", "too little memory is available (4096 bytes)"),
        ({"available": 4096}, "random_load_latency", "too little memory"),
    ],
)
def test_a_figure_that_cannot_be_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, figures: dict[str, Any], leaf: str, says: str
) -> None:
    field = measured_with(monkeypatch, **figures)[leaf]
    assert field["value"] is None
    assert says in field["reason"]


def test_arrays_that_had_to_stay_small_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = measured_with(monkeypatch)["triad.threads_1"]
    assert "three arrays of 4 MiB" in wide["counts"]
    assert "less than" not in wide["counts"]
    tight = measured_with(monkeypatch, available=24 << 20)["triad.threads_1"]
    assert "three arrays of 1 MiB, less than four times the last-level cache" in tight["counts"]


def test_without_the_native_extension_every_ceiling_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sys

    import zkmark

    monkeypatch.delattr(zkmark, "_native")
    monkeypatch.setitem(sys.modules, "zkmark._native", None)
    fields = [field for _, field in walk(ceilings.measure(CACHES, 1 << 30))]
    assert all("native extension does not load" in field["reason"] for field in fields)


def test_measuring_leaves_the_instruction_set_level_as_it_was() -> None:
    before = _native.isa_allowed()
    _native.set_isa_allowed("portable")
    try:
        tree = ceilings.measure(CACHES, 64 << 20, [1])["multiply_32"]
        for level in _native.isa_levels():
            assert f"1 thread, {level} code" in tree[level]["threads_1"]["counts"]
        assert _native.isa_allowed() == "portable"
    finally:
        _native.set_isa_allowed(before)


@pytest.mark.parametrize(
    ("probe", "level", "path"),
    [
        ("multiply_64", "avx512", "ceilings.multiply_64.avx2.threads_3"),
        ("multiply_64", "portable", "ceilings.multiply_64.portable.threads_3"),
        ("multiply_52", "avx512", "ceilings.multiply_52.avx512.threads_3"),
        ("multiply_52", "avx2", None),
        ("sha_256", "sha", "ceilings.sha_256.sha.threads_3"),
        ("sha_256", "avx512", None),
        ("triad", "", "ceilings.triad.threads_3"),
        ("aes", "aes", "ceilings.aes.aes.threads_3"),
        ("random_access", "", "ceilings.random_access.threads_3"),
        ("divide", "avx2", None),
    ],
)
def test_a_level_without_code_of_its_own_has_the_ceiling_below(
    probe: str, level: str, path: str | None
) -> None:
    assert ceilings.ceiling_path(probe, level, 3) == path


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: _native.probe_rate("divide", 1, 0.001), "kind: "),
        (lambda: _native.probe_rate("multiply_64", 0, 0.001), "threads: "),
        (lambda: _native.probe_steps("multiply_64", [1], 1), "state: "),
        (lambda: _native.probe_triad(0, 1, 1), "elements, threads: "),
        (lambda: _native.probe_random_load(3, 1, 1), "lines: want a power of two"),
        (lambda: _native.probe_random_load(4, 0, 1), "steps: "),
        (lambda: _native.probe_random_access(3, 1, 1, 1), "lines: want a power of two"),
        (lambda: _native.probe_random_access(4, 1, 0, 1), "steps, threads: "),
    ],
)
def test_bad_arguments_are_named(call: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()


def test_the_round_of_aes_is_that_of_the_standard() -> None:
    # FIPS 197, appendix B: the first round's start, key and outcome.
    start = bytes.fromhex("193de3bea0f4e22b9ac68d2ae9f84808")
    key = bytes.fromhex("a0fafe1788542cb123a339392a6c7605")
    assert aes_round(start, key) == bytes.fromhex("a49c7ff2689f352b6b5bea43026a5049")
    assert s_box()[:4] == (0x63, 0x7C, 0x77, 0x7B) and sorted(s_box()) == list(range(256))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_random_loads_end_where_their_chains_lead(threads: int) -> None:
    # Fewer lines than chains too: then some start at the same one.
    for lines in (1, 64, 1 << 12):
        seconds = _native.probe_random_access(lines, 50, threads, 2)
        assert len(seconds) == 2 and all(s > 0 for s in seconds)
