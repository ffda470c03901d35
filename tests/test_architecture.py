"""The five floors: what may import what, and the house rules that every source file keeps."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# The floor of every package under zkmark. Imports stay in their own package or go to a lower one.
FLOORS = {
    "backends": 0,
    "hardware_profiles": 0,
    "kernels": 1,
    "provers": 2,
    "suites": 3,
    "reports": 4,
}
FRONT_DOOR = 5
# No floor: the native extension is built from the backends' and kernels' sources and reaches Python
# as one module; the version is one constant that every floor may read.
FREE = {"_native", "_version"}

LONGEST_FILE = 600
HEAVY = ("numpy", "pandas", "plotly", "scipy", "numba", "rich", "typer", "jinja2", "jsonschema")


def folders() -> list[Path]:
    """The folders of the floors, as they stand in the repository (not through their links)."""
    return [ROOT / name for name in FLOORS]


def sources(*suffixes: str) -> list[Path]:
    """Every source file of ours with one of the suffixes, tests included."""
    places = [*folders(), ROOT / "src" / "native", ROOT / "tests", ROOT / "docs"]
    found = [path for place in places for path in place.rglob("*") if path.suffix in suffixes]
    # rglob on src/zkmark would follow nothing, but its links are listed; take the real files only.
    front = [path for path in (ROOT / "src" / "zkmark").rglob("*") if path.suffix in suffixes]
    real = [path for path in (*found, *front) if path.resolve() == path]
    return sorted({path for path in real if "_build" not in path.parts})


def package_of(path: Path) -> str | None:
    """The package under zkmark that a file belongs to; None for the front door."""
    first = path.relative_to(ROOT).parts[0]
    return first if first in FLOORS else None


def floor_of(package: str | None) -> int:
    return FRONT_DOOR if package is None else FLOORS[package]


def modules_named(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every zkmark module that a file names: in imports anywhere in it, and as a whole string."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            if node.module == "zkmark":
                for alias in node.names:
                    yield node.lineno, f"zkmark.{alias.name}"
            else:
                yield node.lineno, node.module or ""
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"zkmark(\.\w+)+", node.value)
        ):
            yield node.lineno, node.value


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def breaches(tree: ast.Module, where: Path) -> list[str]:
    """What a file at ``where`` imports from above its own floor, or from beside it."""
    own = package_of(where)
    found = []
    for line, name in modules_named(tree):
        parts = name.split(".")
        if parts[0] != "zkmark" or (len(parts) > 1 and parts[1] in FREE):
            continue
        target = parts[1] if len(parts) > 1 and parts[1] in FLOORS else None
        if target != own and floor_of(target) >= floor_of(own):
            found.append(f"{where.relative_to(ROOT)}:{line} imports {name}")
    return found


FLOOR_SOURCES = [
    path for path in sources(".py") if path.relative_to(ROOT).parts[0] not in ("tests", "docs")
]


def test_there_is_something_to_look_at() -> None:
    seen = {package_of(path) for path in FLOOR_SOURCES}
    assert seen == {*FLOORS, None}


def test_imports_point_downward_only() -> None:
    found = [breach for path in FLOOR_SOURCES for breach in breaches(parsed(path), path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("where", "text", "wrong"),
    [
        ("backends/x.py", "from zkmark.kernels.case import Case", True),
        ("backends/x.py", "def f():\n    import zkmark.kernels", True),
        ("backends/x.py", "from zkmark import hardware_profiles", True),
        ("kernels/x.py", "M = 'zkmark.suites.worker'", True),
        ("kernels/x.py", "from zkmark import __version__", True),
        ("kernels/x.py", "from zkmark.backends.base import Backend", False),
        ("suites/x.py", "from zkmark._version import __version__", False),
        ("suites/x.py", "from zkmark.reports import html", True),
        ("reports/x.py", "from zkmark.suites import schema", False),
        ("reports/x.py", "import zkmark.cli", True),
    ],
)
def test_the_check_itself_tells_up_from_down(where: str, text: str, wrong: bool) -> None:
    assert bool(breaches(ast.parse(text), ROOT / where)) is wrong


def test_native_sources_include_downward_only() -> None:
    found = []
    for path in sources(".cpp", ".hpp", ".cu", ".cl"):
        own = package_of(path)
        for match in re.finditer(r'^#include "(\w+)/', path.read_text(encoding="utf-8"), re.M):
            target = match[1]
            if target in FLOORS and target != own and floor_of(target) >= floor_of(own):
                found.append(f"{path.relative_to(ROOT)} includes from {target}/")
    assert not found, "\n".join(found)


def test_every_python_file_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources(".py")
        # An empty file marks a package and has nothing to say.
        if parsed(path).body and not ast.get_docstring(parsed(path))
    ]
    assert not silent, silent


def test_no_source_file_is_too_long() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in sources(".py", ".pyi", ".cpp", ".hpp", ".cu", ".cl", ".sv")
        if (count := path.read_text(encoding="utf-8").count("\n")) > LONGEST_FILE
    }
    assert not long, long


def test_every_folder_of_a_floor_is_linked_into_the_package() -> None:
    for name in FLOORS:
        link = ROOT / "src" / "zkmark" / name
        assert link.is_symlink()
        assert link.resolve() == ROOT / name


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has after a statement."""
    code = (
        f"{statement}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_importing_the_front_door_loads_no_heavy_library() -> None:
    assert loaded_by("import zkmark").isdisjoint(HEAVY)


def test_importing_kernels_and_backends_loads_numpy_at_the_most() -> None:
    loaded = loaded_by("import zkmark.kernels, zkmark.backends")
    assert loaded.isdisjoint(set(HEAVY) - {"numpy"})
