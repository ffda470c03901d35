"""Every command line in the documentation and the help texts is one that zkmark takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from zkmark.cli.app import make_app

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(?:console|text|sh)\n(.*?)^```$", re.M | re.S)
LINE = re.compile(r"^(?:\$ )?(zkmark .*)$", re.M)


def epilogs(command: Any, path: str) -> Iterator[tuple[str, str]]:
    yield path, command.epilog or ""
    for name, below in getattr(command, "commands", {}).items():
        yield from epilogs(below, f"{path} {name}")


def documented() -> list[tuple[str, str]]:
    """Where each documented command line stands, and the line."""
    found = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
            found += [(page.name, line) for line in LINE.findall(block[1])]
    for path, text in epilogs(get_command(make_app()), "zkmark"):
        lines = re.findall(r"^ +(zkmark .*)$", text, re.M)
        found += [(f"{path} --help", line.strip()) for line in lines]
    # What zkmark says starts with its name and a colon, and is no command. Asking for completion
    # acts while it is parsed: it would install itself for whoever runs the tests.
    left_out = ("zkmark: ", "zkmark --install-completion", "zkmark --show-completion")
    return [(where, line) for where, line in found if not line.startswith(left_out)]


def parse(line: str) -> None:
    """Parse a command line down to its last command, without running it."""
    words = shlex.split(re.split(r"\s+#|\s+\||\s{3,}|\s+2>", line)[0])[1:]
    command: Any = get_command(make_app())
    context = None
    try:
        while True:
            context = command.make_context("zkmark", words, parent=context)
            if not hasattr(command, "commands"):
                return
            words = [*context._protected_args, *context.args]
            if not words:
                return
            _, command, words = command.resolve_command(context, words)
    except typer.Exit:  # --help and --version
        return


def test_there_are_many() -> None:
    places = {where for where, _ in documented()}
    assert {
        "README.md",
        "command-line.md",
        "zkmark run --help",
        "zkmark bench ntt --help",
    } <= places
    assert len(documented()) > 30


@pytest.mark.parametrize(("where", "line"), documented())
def test_a_documented_command_line_parses(
    where: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parse(line)


def test_the_parser_would_notice() -> None:
    with pytest.raises(typer.TyperException):
        parse("zkmark run quick --no-such-option")
    with pytest.raises(typer.TyperException):
        parse("zkmark measure quick")
