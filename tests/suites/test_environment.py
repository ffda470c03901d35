"""What a run says of the software that it ran with."""

import subprocess

import pytest

import zkmark
from zkmark.suites.environment import (
    command_line,
    git_state,
    machine_in_short,
    native_build,
    package_versions,
    zkmark_state,
)


def git(folder, *arguments):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(
        ["git", *identity, "-C", str(folder), *arguments], check=True, capture_output=True
    )


@pytest.fixture
def checkout(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_git_state_has_commit_and_whether_files_differ(checkout):
    clean = git_state(checkout)
    assert clean["status"] == "reported"
    assert len(clean["value"]["commit"]) == 40
    assert clean["value"]["dirty"] is False
    (checkout / "new.json").write_text("{}")  # a result written into the checkout
    assert git_state(checkout)["value"]["dirty"] is False
    (checkout / "pyproject.toml").write_text("[project]\n# changed\n")
    assert git_state(checkout)["value"] == {**clean["value"], "dirty": True}


def test_git_state_is_unavailable_with_the_reason(tmp_path, checkout, monkeypatch):
    elsewhere = git_state(tmp_path / "lib" / "python3")
    assert (elsewhere["status"], elsewhere["value"]) == ("unavailable", None)
    assert elsewhere["reason"] == "zkmark does not run from a source checkout"
    monkeypatch.setenv("PATH", "/nowhere")
    assert git_state(checkout)["reason"] == "git is not installed"
    monkeypatch.undo()
    (checkout / ".git" / "HEAD").write_text("broken")
    assert git_state(checkout)["reason"].startswith("git failed: ")


def test_versions_compiler_and_machine():
    assert package_versions()["zkmark"] == zkmark.__version__ == zkmark_state()["version"]
    build = native_build()
    assert build["compiler"].split()[1][0].isdigit()
    assert "-O3" in build["flags"]
    assert build["isa_levels"][0] == "portable"
    short = machine_in_short({})
    assert short["hostname"]
    assert short["cpu"] is None


@pytest.mark.parametrize(
    ("program", "command"),
    [
        ("/usr/lib/zkmark/__main__.py", ["python", "-m", "zkmark", "run", "quick"]),
        ("/usr/bin/zkmark", ["zkmark", "run", "quick"]),
    ],
)
def test_the_command_line_is_one_to_type_again(program, command, monkeypatch):
    monkeypatch.setattr("sys.argv", [program, "run", "quick"])
    assert command_line() == command
