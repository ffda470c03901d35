"""Revisions made ready: found, taken out of the repository, built, kept."""

import subprocess

import pytest

from zkmark.suites import revisions
from zkmark.suites.revisions import (
    RevisionBuildError,
    RevisionError,
    has_changes,
    is_shallow,
    prepare,
    resolve,
)


@pytest.fixture
def repository(tmp_path):
    place = tmp_path / "repository"
    (place / "below").mkdir(parents=True)

    def git(*arguments):
        subprocess.run(
            ["git", "-c", "user.name=me", "-c", "user.email=me@example.org", *arguments],
            cwd=place,
            check=True,
            capture_output=True,
        )

    git("init", "-q", "-b", "main")
    (place / "file").write_text("one")
    (place / "link").symlink_to("file")
    git("add", ".")
    git("commit", "-qm", "one")
    git("tag", "first")
    (place / "file").write_text("two")
    git("commit", "-qam", "two")
    return place


def test_names_of_commits(repository, tmp_path):
    head, first = resolve(repository, "HEAD"), resolve(repository, "first")
    assert head and first and head != first
    assert resolve(repository / "below", "main") == head
    assert resolve(repository, first[:10]) == first
    assert resolve(repository, "nothing-such") is None
    assert resolve(repository, "--all") is None
    assert resolve(tmp_path, "HEAD") is None


def test_a_shallow_clone_lacks_what_is_older(repository, tmp_path):
    clone = tmp_path / "clone"
    command = ["git", "clone", "-q", "--depth", "1", repository.as_uri(), str(clone)]
    subprocess.run(command, check=True, capture_output=True)
    assert is_shallow(clone) and not is_shallow(repository) and not is_shallow(tmp_path)
    assert resolve(clone, "HEAD") is not None
    assert resolve(clone, "HEAD^1") is None


def test_a_repository_that_git_will_not_read(repository):
    (repository / ".git" / "config").write_text("[core\n")
    with pytest.raises(RevisionError, match="git: bad config line 1"):
        resolve(repository, "HEAD")


def test_a_build_is_of_the_commit_and_kept(repository, tmp_path, monkeypatch):
    commands = []

    def run(command, commit):
        commands.append(command)
        if "venv" in command:
            python = tmp_path / "cache" / folder / "venv" / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.touch()

    monkeypatch.setattr(revisions, "_run", run)
    commit = resolve(repository, "first")
    folder = f"{commit}-{revisions.sys.implementation.cache_tag}"
    said = []
    python = prepare(repository / "below", commit, tmp_path / "cache", said.append)
    source = tmp_path / "cache" / folder / "source"
    assert (source / "file").read_text() == "one"
    assert (source / "link").is_symlink()
    assert commands[-1][-1] == str(source) and "install" in commands[-1]
    assert commit[:12] in said[0]
    # Kept; and the repository is as it was.
    assert prepare(repository, commit, tmp_path / "cache", said.append) == python
    assert (len(commands), len(said)) == (2, 1)
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=repository, capture_output=True, text=True, check=True
    )
    assert status.stdout == ""


def test_a_build_that_failed_is_told_and_tried_again(repository, tmp_path, monkeypatch):
    monkeypatch.setattr(revisions.sys, "executable", "/bin/false")
    commit = resolve(repository, "main")
    for _ in range(2):
        with pytest.raises(RevisionBuildError, match=f"revision {commit[:12]}: its build failed"):
            prepare(repository, commit, tmp_path / "cache")
    assert RevisionBuildError.exit_code == 7


def test_what_a_build_says_last_is_shown(monkeypatch):
    with pytest.raises(RevisionBuildError, match="error: no compiler"):
        revisions._run(["sh", "-c", "echo error: no compiler >&2; echo bye; exit 1"], "0" * 40)


def test_changes_that_are_in_no_commit(repository, tmp_path):
    assert not has_changes(repository)
    (repository / "file").write_text("three")
    assert has_changes(repository)
    assert not has_changes(tmp_path)
