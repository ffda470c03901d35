"""Every command that reads a file, given one that is none: one sentence, exit code 2."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from zkmark.exit_codes import ExitCode

EXAMPLE = Path(__file__).resolve().parents[1] / "suites" / "example_result.json"
# A reader that calls itself for each bracket runs out of stack.
DEEP = "[" * 100_000
BAD: dict[str, bytes | None] = {
    "missing": None,
    "empty": b"",
    "truncated": EXAMPLE.read_bytes()[:5000],
    "binary": bytes(range(256)),
    "list": b"[]",
    "deep": DEEP.encode(),
    "long-number": b'{"schema": ' + b"9" * 5000 + b"}",
    "other-document": b'{"schema": "zkmark-prediction"}',
    "newer": json.dumps(
        {**json.loads(EXAMPLE.read_text(encoding="utf-8")), "schema_version": "99.0.0"}
    ).encode(),
}
COMMANDS = {
    "show": ["show", "BAD"],
    "report": ["report", "BAD", "-o", "page.html"],
    "export": ["export", "BAD", "--format", "csv"],
    "compare": ["compare", "BAD", "epyc-9654"],
    "predict": ["predict", "smoke", "--on", "BAD"],
    "predict from": ["predict", "smoke", "--on", "epyc-9654", "--from", "BAD"],
    "gate": ["gate", "BAD", "--baseline", "BAD"],
    "resume": ["run", "smoke", "--resume", "BAD"],
    "profile": ["profile", "BAD"],
    "run": ["run", "BAD"],
    "verify": ["verify", "bad"],
}
TOML = {
    "deep": "a = " + DEEP,
    "long-number": "a = " + "9" * 5000,
    "unfinished": "[gate",
}


@pytest.fixture(autouse=True)
def recursion_limit() -> Iterator[None]:
    """Python's own, as in a process of zkmark: py_ecc lifts it, beyond what the stack holds."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(before)


def refused(finished: Any) -> None:
    assert finished.code == ExitCode.USAGE
    assert finished.out == ""
    (line,) = finished.err.splitlines()
    assert line.startswith("zkmark: ") and len(line) < 500


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", BAD)
def test_a_file_that_is_none(
    kind: str, command: str, here: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad").write_bytes(b"a proof, whose claim is in bad.json")
    content = BAD[kind]
    if content is not None:
        (tmp_path / "bad.json").write_bytes(content)
    refused(here(*("bad.json" if word == "BAD" else word for word in COMMANDS[command])))
    assert not (tmp_path / "page.html").exists() and not (tmp_path / "results").exists()


@pytest.mark.parametrize("kind", TOML)
@pytest.mark.parametrize("command", ["suite", "limits"])
def test_a_toml_file_that_is_none(
    kind: str, command: str, here: Any, example: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(TOML[kind], encoding="utf-8")
    words = {
        "suite": ["run", str(path)],
        "limits": ["gate", example, "--baseline", example, "--limits", str(path)],
    }
    refused(here(*words[command]))
