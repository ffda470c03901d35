"""From a design to a library: Verilator makes C++ of it, a compiler the library, a cache keeps it.

A file of the cache is one library, for the design's texts and parameters, the versions of both
tools, this processor and zkmark's own bench. What Verilator warns of is an error: designs are
clean.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from zkmark.backends.fpga.design import Design, MemoryPort, Stream
from zkmark.backends.fpga.tools import Compiler, Verilator, find_compiler, find_verilator
from zkmark.backends.native_tools import processor_key

_HARNESS = Path(__file__).with_name("harness.h")
_SECONDS = 1800
_RUNTIME = ("verilated", "verilated_threads", "verilated_vcd_c")
# One library a design: its symbols are its own, though all of them have the same names.
_COMPILE = ("-std=c++20", "-O2", "-fPIC", "-fvisibility=hidden", "-march=native", "-w")
_TRANSLATE = (
    "-Wall",
    "-O3",
    # In short functions, so that those of all instances of a module are found to be the same.
    *("--output-split-cfuncs", "1000"),
    # Whatever a design does not set is random: it shows when something depends on it.
    *("--x-assign", "unique", "--x-initial", "unique"),
)
_LINK = ("-shared", "-Wl,-Bsymbolic")


class BuildError(RuntimeError):
    """A design could not be built; the text holds what the tool said."""


def cache_folder() -> Path:
    """Return where libraries are kept: ``ZKMARK_FPGA`` or a folder of the user's cache."""
    given = os.environ.get("ZKMARK_FPGA")
    if given:
        return Path(given)
    from platformdirs import user_cache_path

    return user_cache_path("zkmark") / "fpga"


def build_design(design: Design, waves: bool = False) -> Path:
    """Return a design's library, built now or found in the cache.

    ``waves``: one that can write what every signal does. Raises ``MissingToolError`` or
    ``BuildError``.
    """
    verilator, compiler = find_verilator(), find_compiler()
    harness = _HARNESS.read_text(encoding="utf-8")
    own = "\n".join([*_TRANSLATE, design.source_hash(), _unit(design, waves), harness])
    key = _key(own, _tools_key(verilator, compiler))
    folder = cache_folder()
    library = folder / f"{design.name}{'-waves' if waves else ''}-{key}.so"
    if library.is_file():
        return library
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / f"{library.stem}.lock"):
        if not library.is_file():  # nobody built it while this process waited
            _build(design, waves, verilator, compiler, runtime(verilator, compiler), library)
    return library


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    path.unlink(missing_ok=True)


def _run(command: list[str], folder: Path, what: str, **environment: str) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            env={**os.environ, **environment},
        )
    except subprocess.TimeoutExpired:
        raise BuildError(f"{what} took more than {_SECONDS} s") from None
    except OSError as error:
        raise BuildError(f"{what} could not be started: {error}") from None
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise BuildError(f"{what} failed:\n" + "\n".join(lines[:30]))


def _key(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:20]


def _tools_key(verilator: Verilator, compiler: Compiler) -> str:
    return _key(verilator.version, compiler.version, *_COMPILE, processor_key())


def runtime(verilator: Verilator, compiler: Compiler) -> Path:
    """Return Verilator's runtime, compiled once: with the tracer, which costs nothing unused."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / f"runtime-{_tools_key(verilator, compiler)}.o"
    if library.is_file():
        return library
    with _locked(folder / f"{library.stem}.lock"):
        if library.is_file():
            return library
        with tempfile.TemporaryDirectory(dir=folder) as name:
            place = Path(name)
            text = "".join(f'#include "{unit}.cpp"\n' for unit in _RUNTIME)
            (place / "runtime.cpp").write_text(text, encoding="utf-8")
            include = [f"-I{verilator.include}", f"-I{verilator.include / 'vltstd'}"]
            command = [*compiler.command, *_COMPILE, *include, "-c", "runtime.cpp", "-o", "out.o"]
            _run(command, place, "compiling Verilator's runtime")
            (place / "out.o").replace(library)
    return library


def _build(
    design: Design,
    waves: bool,
    verilator: Verilator,
    compiler: Compiler,
    common: Path,
    library: Path,
) -> None:
    with tempfile.TemporaryDirectory(dir=library.parent) as name:
        place = Path(name)
        translate(design, place, verilator, waves)
        units = sorted(path.name for path in place.glob("model/*.cpp"))
        includes = "".join(f'#include "model/{unit}"\n' for unit in units)
        text = f"{includes}{_unit(design, waves)}"
        (place / "unit.cpp").write_text(text, encoding="utf-8")
        command = [
            *compiler.command,
            *_COMPILE,
            *_LINK,
            f"-I{verilator.include}",
            f"-I{verilator.include / 'vltstd'}",
            f"-I{place / 'model'}",
            f"-I{_HARNESS.parent}",
            "unit.cpp",
            str(common),
            "-o",
            "out.so",
            "-pthread",
        ]
        _run(command, place, f"compiling the design {design.name}")
        (place / "out.so").replace(library)


def translate(design: Design, place: Path, verilator: Verilator, waves: bool = False) -> None:
    """Let Verilator check a design and write its C++ to ``place/model``; warnings are errors."""
    root = place / "root"
    root.mkdir()
    (root / "include").symlink_to(verilator.include)
    texts = design.texts()
    for name, text in texts:
        (place / name).write_text(text, encoding="utf-8")
    command = [
        str(verilator.program),
        "--cc",
        *_TRANSLATE,
        *("--top-module", design.top, "--prefix", "Model", "--Mdir", "model"),
        *(("--trace-vcd", "--trace-structs") if waves else ()),
        *(f"-G{name}={value}" for name, value in design.parameters),
        *(name for name, _ in texts),
    ]
    _run(command, place, f"checking the design {design.name}", VERILATOR_ROOT=str(root))


def _port(stream: Stream) -> str:
    n = stream.name
    return f"{{&top.{n}_valid, &top.{n}_ready, &top.{n}_data, sizeof(top.{n}_data)}}"


def _memory(port: MemoryPort) -> str:
    n = port.name
    return (
        f"{{{{&top.{n}_read_valid, &top.{n}_read_ready, &top.{n}_read_address, "
        f"sizeof(top.{n}_read_address)}}, "
        f"{{&top.{n}_return_valid, &top.{n}_return_ready, &top.{n}_return_data, "
        f"sizeof(top.{n}_return_data)}}, "
        f"{{&top.{n}_write_valid, &top.{n}_write_ready, &top.{n}_write_address, "
        f"sizeof(top.{n}_write_address)}}, &top.{n}_write_data, sizeof(top.{n}_write_data)}}"
    )


def _scalar(name: str) -> str:
    return f"{{&top.{name}, sizeof(top.{name})}}"


_UNIT = """
#include <cstdio>

#include "Model.h"
#include "harness.h"
{trace_include}

namespace {{

struct Dut {{
    VerilatedContext context;
    Model top;
    std::vector<zkmark_fpga::Port> inputs{{{inputs}}};
    std::vector<zkmark_fpga::Port> outputs{{{outputs}}};
    std::vector<zkmark_fpga::MemoryPort> memories{{{memories}}};
    std::vector<zkmark_fpga::Scalar> settings{{{settings}}};
    std::vector<zkmark_fpga::Scalar> counters{{{counters}}};
    uint8_t* rst = &top.rst;
    {trace_member}

    static VerilatedContext& seeded(VerilatedContext& context, uint64_t seed) {{
        context.randReset(2);
        context.randSeed(static_cast<int>(seed & 0x3FFFFFFF) + 1);
        context.traceEverOn({tracing});
        return context;
    }}

    explicit Dut(const zkmark_fpga::RunState& run) : top(&seeded(context, run.seed)) {{
        top.clk = 0;
        top.rst = 1;
        {trace_open}
    }}
    ~Dut() {{ {trace_close} }}

    // What follows from the inputs alone, with the clock low.
    void settle() {{
        top.clk = 0;
        top.eval();
        {trace_dump}
        context.timeInc(1);
    }}
    void rise() {{
        top.clk = 1;
        top.eval();
        {trace_dump}
        context.timeInc(1);
    }}
    void tick() {{
        settle();
        rise();
    }}
}};

}}  // namespace

extern "C" __attribute__((visibility("default"))) int zkmark_run(zkmark_fpga::RunState* run) {{
    auto dut = std::make_unique<Dut>(*run);
    return zkmark_fpga::Bench<Dut>(*dut, *run).run();
}}
"""


def _unit(design: Design, waves: bool) -> str:
    """Return the translation unit that ties a design's ports to the bench."""
    return _UNIT.format(
        inputs=", ".join(map(_port, design.inputs)),
        outputs=", ".join(map(_port, design.outputs)),
        memories=", ".join(map(_memory, design.memories)),
        settings=", ".join(map(_scalar, design.settings)),
        counters=", ".join(map(_scalar, design.counters)),
        tracing="true" if waves else "false",
        trace_include='#include "verilated_vcd_c.h"' if waves else "",
        trace_member="VerilatedVcdC trace;" if waves else "",
        trace_open="top.trace(&trace, 99); if (run.waves) trace.open(run.waves);" if waves else "",
        trace_close="trace.close(); top.final();" if waves else "top.final();",
        trace_dump="trace.dump(context.time());" if waves else "",
    )
