"""The workflow files of the documentation: their form, and that zkmark takes their commands."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from zkmark.cli.app import make_app

FILES = sorted((Path(__file__).resolve().parents[2] / "docs" / "ci").glob("*.yml"))


def read(path: Path) -> dict[str, Any]:
    # GitHub's key `on` is YAML 1.1's word for true; as text it stays what GitHub reads.
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    assert isinstance(document, dict)
    return document


def scripts(value: Any) -> Iterator[str]:
    """Every shell script in a workflow: `run` of GitHub, `script` and those around it of GitLab."""
    if isinstance(value, dict):
        for key, below in value.items():
            if key in ("run", "script", "before_script", "after_script"):
                yield from [below] if isinstance(below, str) else below
            else:
                yield from scripts(below)
    elif isinstance(value, list):
        for below in value:
            yield from scripts(below)


def test_there_is_one_for_each() -> None:
    assert [path.name for path in FILES] == ["github-actions.yml", "gitlab-ci.yml"]


@pytest.mark.parametrize(
    ("path", "schema"),
    list(zip(FILES, ("vendor.github-workflows", "vendor.gitlab-ci"), strict=True)),
    ids=lambda one: one.name if isinstance(one, Path) else "",
)
def test_its_form_is_what_the_service_reads(path: Path, schema: str, tmp_path: Path) -> None:
    """By the schemas that the editors use; they are part of the package, nothing is fetched."""

    def check(file: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    done = check(path)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = tmp_path / path.name
    wrong.write_text(path.read_text(encoding="utf-8").replace("timeout", "tea-time"))
    assert check(wrong).returncode == 1


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_its_scripts_are_shell(path: Path) -> None:
    for script in scripts(read(path)):
        done = subprocess.run(["bash", "-n", "-c", script], capture_output=True, text=True)
        assert done.returncode == 0, script + done.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_its_commands_are_zkmarks(path: Path) -> None:
    lines = [line for script in scripts(read(path)) for line in script.splitlines()]
    commands = [line for line in lines if line.startswith("zkmark ")]
    assert len(commands) == 2
    assert any("--metric instructions" in line for line in commands)
    for line in commands:
        words = shlex.split(re.split(r"\s\|\|", line)[0])[1:]
        app: Any = get_command(make_app())
        context = app.make_context("zkmark", words)
        _, command, rest = app.resolve_command(context, [*context._protected_args, *context.args])
        command.make_context("ab", rest, parent=context)


def test_what_github_writes_down_is_what_zkmark_wrote() -> None:
    jobs = read(FILES[0])["jobs"]
    for name, job in jobs.items():
        text = "\n".join(scripts(job))
        assert f"--output {name}.md" in text and f"cat {name}.md" in text
        assert {"runs-on", "steps", "timeout-minutes"} <= job.keys()
    # Only the timed job lets an inconclusive verdict through.
    assert "|| [ $? -eq 3 ]" in "\n".join(scripts(jobs["time"]))
    assert "||" not in "\n".join(scripts(jobs["instructions"]))


def test_what_gitlab_collects_is_what_zkmark_wrote() -> None:
    document = read(FILES[1])
    for name in ("instructions", "time"):
        job = document[name]
        assert job["extends"] == ".gate"
        junit = job["artifacts"]["reports"]["junit"]
        assert f"--output {junit}" in "\n".join(scripts(job))
    assert document["time"]["allow_failure"] == {"exit_codes": "3"}
