"""``--device``: on list, bench and run; wrong ones get one sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from zkmark.exit_codes import ExitCode


@pytest.mark.driver
def test_devices_are_listed_with_their_indices(here: Any) -> None:
    done = here("list", "devices", "--json")
    devices = json.loads(done.out)["devices"]
    assert {"PoCL"} <= {one["platform"] for one in devices}
    assert devices[0]["index"] == 0
    kept = json.loads(here("list", "--device", "pocl", "--json").out)
    assert [one["platform"] for one in kept["devices"]] == ["PoCL"]
    assert list(kept) == ["devices"]
    table = here("list", "devices").out
    assert "GiB" in table
    assert "PoCL" in table


@pytest.mark.driver
@pytest.mark.usefixtures("no_probes")
def test_a_tree_on_a_device_is_measured_and_right(here: Any) -> None:
    words = ["merkle", "--hash", "sha-256", "--size", "2^4", "--backend", "opencl"]
    done = here("bench", *words, "--device", "pocl", "--time-budget", "1", "--json")
    assert done.code == ExitCode.GOOD, done.err
    (case,) = json.loads(done.out)["cases"]
    assert (case["status"], case["label"]) == ("ok", "opencl[device=pocl]")
    assert (case["path"], case["clock"]) == ("opencl/cpu", "device-event")
    assert "PoCL" in case["settings"]["device"]
    peak = case["memory"]["device_peak_bytes"]
    assert (peak["value"], peak["status"]) == (16 * 64 + 31 * 32, "measured")


@pytest.mark.driver
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "--device", "abacus"], "--device: got 'abacus', want an index or a part of a na"),
        (["list", "fields", "--device", "0"], "--device: it chooses among devices, not among fie"),
        (
            ["bench", "ntt", "--field", "babybear", "--size", "8", "--device", "abacus"],
            "--device: got 'abacus', want an index or a part of a name on opencl: 0 = ",
        ),
        (
            ["bench", "ntt", "--field", "babybear", "--size", "8", "-b", "cpu", "-d", "0"],
            "--device: only cuda and opencl have devices",
        ),
        (["run", "quick", "--device", "99"], "--device: got '99', want an index or a part"),
    ],
)
def test_a_wrong_device_gets_one_sentence(here: Any, words: list[str], said: str) -> None:
    done = here(*words)
    assert (done.code, done.out) == (ExitCode.USAGE, ""), done.err
    assert done.err.startswith("zkmark: ")
    assert done.err.count("\n") == 1, done.err
    assert said in done.err
