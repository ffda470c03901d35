"""What an interpreter has: its zkmark, told apart by content, and its libraries."""

import json
import sys
from dataclasses import replace

import pytest

from zkmark.suites.interpreters import (
    InterpreterError,
    inspect_interpreter,
    library_differences,
)


@pytest.fixture
def python(tmp_path):
    def make(text):
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    return make


@pytest.fixture(scope="module")
def ours():
    return inspect_interpreter(sys.executable)


def test_what_environments_differ_in(ours, python):
    assert library_differences(ours, ours) == []
    answer = {"code": "0", "versions": {"Python": "2.7", "zkmark": "0.0"}}
    other = inspect_interpreter(python(f"echo '{json.dumps(answer)}'"))
    found = library_differences(ours, other)
    assert f"Python ({sys.version.split()[0]}, 2.7)" in found
    assert any(one.startswith("numpy (") and one.endswith(", absent)") for one in found)
    # What only draws, or is what is compared, is no difference.
    assert not any(one.startswith(("zkmark", "plotly", "pytest")) for one in found)
    assert library_differences(ours, replace(other, libraries=ours.libraries)) == []


def test_the_code_is_told_apart_by_its_content(python, tmp_path):
    package = tmp_path / "zkmark"
    (package / "__pycache__").mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('not to be imported')")
    # Without what is installed, which an editable installation puts before any path.
    there = python(f'PYTHONPATH={tmp_path} exec "{sys.executable}" -S "$@"')
    first = inspect_interpreter(there).code
    (package / "__pycache__" / "x.py").write_text("no code of ours")
    assert inspect_interpreter(there).code == first
    (package / "_native.so").write_bytes(b"a build")
    second = inspect_interpreter(there).code
    (package / "_native.so").write_bytes(b"b build")
    assert len({first, second, inspect_interpreter(there).code}) == 3


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo it is broken >&2; exit 3", "does not start: it is broken"),
        ("exit 3", "does not start: exit code 3"),
        ("echo hello", "does not start: "),
        ("echo 5", "does not start: "),
        ("""echo '{"code": null, "versions": {}}'""", "has no zkmark; install the version"),
    ],
)
def test_an_interpreter_of_no_use(python, script, said):
    with pytest.raises(InterpreterError, match=said) as caught:
        inspect_interpreter(python(script))
    assert caught.value.exit_code == 2


def test_no_interpreter_at_all(tmp_path):
    with pytest.raises(InterpreterError, match=r"does not start: .*No such file"):
        inspect_interpreter(str(tmp_path / "nothing"))
