"""Every command line in the documentation and the help texts is one that zkmark takes.

All of them are parsed. Those that are cheap are run too, on results that lie where they look for
them; left out is what measures, builds, or needs a network, a device or a repository's history.
"""

from __future__ import annotations

import copy
import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from zkmark.cli.app import make_app
from zkmark.exit_codes import ExitCode
from zkmark.hardware_profiles import detect_profile, write_profile

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "tests" / "suites" / "example_result.json"
BLOCK = re.compile(r"^```(?:console|text|sh)\n(.*?)^```$", re.M | re.S)
LINE = re.compile(r"^(?:\$ )?(zkmark .*)$", re.M)


@cache
def command_line() -> Any:
    """All commands; making them takes longer than parsing with them."""
    return get_command(make_app())


def epilogs(command: Any, path: str) -> Iterator[tuple[str, str]]:
    yield path, command.epilog or ""
    for name, below in getattr(command, "commands", {}).items():
        yield from epilogs(below, f"{path} {name}")


@cache
def documented() -> list[tuple[str, str]]:
    """Where each documented command line stands, and the line."""
    found = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
            found += [(page.name, line) for line in LINE.findall(block[1])]
    for path, text in epilogs(command_line(), "zkmark"):
        lines = re.findall(r"^ +(zkmark .*)$", text, re.M)
        found += [(f"{path} --help", line.strip()) for line in lines]
    # What zkmark says starts with its name and a colon, and is no command. Asking for completion
    # acts while it is parsed: it would install itself for whoever runs the tests.
    left_out = ("zkmark: ", "zkmark --install-completion", "zkmark --show-completion")
    return [(where, line) for where, line in found if not line.startswith(left_out)]


def words_of(line: str) -> list[str]:
    """The arguments of a command line, without what a shell or a reader makes of the rest."""
    return shlex.split(re.split(r"\s+#|\s+\||\s{3,}|\s+2?>", line)[0])[1:]


def parse(line: str) -> None:
    """Parse a command line down to its last command, without running it."""
    words = words_of(line)
    command: Any = command_line()
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


CHEAP = re.compile(
    r"(?:--help|.* --help|list(?! devices)|show|report|compare|export|history|predict|peers list"
    r"|fpga (?:list|boards|report)|gate (?!--self-test)|profile(?! --measure)"
    r"|run quick --(?:field|size|device)|run quik|bench ntt .*--size 1000)\b"
)
# What is shown because it is refused.
REFUSED = {
    "run quik",
    "run quick --field goldilock",
    "run quick --size 2^10...2^12",
    "run quick --device abacus",
    "bench ntt --field goldilocks --size 1000",
    "show results",
}
# The example has none of these cases, nor other sizes of them.
BEYOND = re.compile(r"predict (quick|fibonacci)\b")
# By their inputs: that of docs/workloads.md, and of the help texts one that knows a secret square
# root of the sum of two public squares.
PROGRAMS = {
    "7": "begin adv_push.2 add assert_eq end",
    "3,4": "begin dup mul swap dup mul add adv_push.1 dup dup mul movup.2 assert_eq end",
}
# Of more results than these nothing new is learnt.
FEW = 3


def cheap() -> list[tuple[str, str]]:
    """Where each cheap command line stands first, and the line."""
    found: dict[str, tuple[str, str]] = {}
    for where, line in documented():
        text = " ".join(words_of(line))
        if CHEAP.match(text):
            found.setdefault(text, (where, line))
    return list(found.values())


def make_faster(document: dict[str, Any]) -> None:
    """So much faster that no gate can be in doubt."""
    for case in document["cases"]:
        for phase in case["phases"].values():
            for process in phase["processes"]:
                process["samples"] = [value / 10 for value in process["samples"]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with all that the command lines name: results, baselines, profiles, programs."""
    folder = tmp_path_factory.mktemp("documented")
    example = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    example["cases"] = [case for case in example["cases"] if case["status"] == "ok"]
    names = {word for _, line in cheap() for word in words_of(line) if word.endswith(".json")}
    wanted = {name for name in names if name.startswith(("results/", "baselines/"))}
    wanted -= {name for name in wanted if "*" in name}
    wanted |= {f"{of}-{day}.json" for of in ("results/nightly", "baselines/") for day in "123"}
    for number, name in enumerate(sorted(wanted)):
        document = copy.deepcopy(example)
        document["run"]["id"] += f"-{number}"
        document["run"]["attempts"][0]["started"] = f"2026-02-{number % 28 + 1:02d}T00:00:00Z"
        if name == "results/new.json":
            make_faster(document)
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")
    profile = detect_profile()
    for name in ("profile.json", "machine.json", "epyc-profile.json", "xeon-profile.json"):
        write_profile(folder / name, profile)
    for name in ("gate.toml", "limits.toml"):
        (folder / name).write_text("[gate]\ntolerance = 0.05\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.mark.parametrize(("where", "line"), cheap())
def test_a_cheap_documented_command_line_works(
    where: str, line: str, place: Path, here: Any
) -> None:
    words = [
        path
        for word in words_of(line)
        for path in (sorted(map(str, Path().glob(word)))[:FEW] if "*" in word else [word])
    ]
    done = here(*words)
    text = " ".join(words_of(line))
    expected = ExitCode.USAGE if text in REFUSED else ExitCode.GOOD
    if BEYOND.match(text):
        expected = ExitCode.NOTHING_MEASURED
    assert done.code == expected, done.err


@pytest.mark.parametrize("inputs", PROGRAMS)
def test_a_documented_program_is_proven_and_verified(
    inputs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.masm").write_text(PROGRAMS[inputs])
    Path("secret.txt").write_text("5\n")
    lines = [words_of(line) for _, line in documented() if f" --inputs {inputs} " in line]
    (prove,) = (words for words in lines if words[0] == "prove")
    assert here(*prove).code == ExitCode.GOOD
    verify = [words for words in lines if words[0] == "verify" and "--program" in words]
    assert verify
    for words in verify:
        assert here(*words).code == ExitCode.GOOD
        outputs = words.index("--outputs") + 1
        words[outputs] = "1"
        assert here(*words).code == ExitCode.INCORRECT_OUTPUT
