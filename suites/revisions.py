"""A git revision of zkmark made ready to be measured: built, in an environment of its own.

Kept by commit in the cache folder, so that the base of a pull request is built once. The repository
itself is only read: no work tree is added to it, and nothing is checked out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from zkmark.suites.errors import ZkmarkError

_LONGEST = 3600.0


class RevisionError(ZkmarkError, ValueError):
    """A revision is not there, or cannot be built."""


class RevisionBuildError(RevisionError):
    """A revision is there and its build failed."""

    exit_code = 7


def resolve(repository: Path, revision: str) -> str | None:
    """Return the commit that a revision names in a repository; ``None`` when there is none such.

    Raises ``RevisionError`` where git will not look: a repository of somebody else, a broken one.
    """
    if revision.startswith("-") or not shutil.which("git"):
        return None
    done = _git(repository, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if done.returncode == 0:
        return done.stdout.strip()
    lines = done.stderr.strip().splitlines()
    if lines and "not a git repository" not in lines[0]:
        raise RevisionError(f"git: {lines[0].removeprefix('fatal: ')}")
    return None


def is_shallow(repository: Path) -> bool:
    """Say whether a clone lacks older commits, so that a revision may be missing for that."""
    if not shutil.which("git"):
        return False
    done = _git(repository, "rev-parse", "--is-shallow-repository")
    return done.returncode == 0 and done.stdout.strip() == "true"


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "-C", str(repository), *arguments],
        capture_output=True,
        text=True,
        check=False,
        # Its words are read.
        env={**os.environ, "LC_ALL": "C"},
    )


def cache_folder() -> Path:
    """Return where built revisions are kept."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("zkmark")) / "revisions"


def prepare(
    repository: Path,
    commit: str,
    cache: Path | None = None,
    tell: Callable[[str], None] | None = None,
) -> Path:
    """Return the Python interpreter that has a commit's zkmark, building it when it is not kept.

    Raises ``RevisionBuildError`` with what the build said last.
    """
    # Another interpreter's environment would not do.
    folder = (cache or cache_folder()) / f"{commit}-{sys.implementation.cache_tag}"
    python = folder / "venv" / "bin" / "python"
    ready = folder / "ready"
    if ready.is_file() and python.exists():
        return python
    if tell is not None:
        tell(f"building zkmark at {commit[:12]} (kept in {folder})")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _extract(repository, commit, folder / "source")
    _run([sys.executable, "-m", "venv", str(folder / "venv")], commit)
    install = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    _run([*install, str(folder / "source")], commit)
    ready.touch()
    return python


def _extract(repository: Path, commit: str, target: Path) -> None:
    target.mkdir()
    with tempfile.TemporaryFile() as archive:
        try:
            subprocess.run(
                # From its top, wherever in it we were started.
                ["git", "-C", str(_top(repository)), "archive", "--format=tar", commit],
                stdout=archive,
                stderr=subprocess.PIPE,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode(errors="replace").strip()
            raise RevisionBuildError(f"revision {commit[:12]}: git archive: {said}") from None
        archive.seek(0)
        with tarfile.open(fileobj=archive) as files:
            files.extractall(target, filter="data")


def _top(repository: Path) -> Path:
    done = subprocess.run(
        ["git", "-C", str(repository), "rev-parse", "--show-toplevel"],
        capture_output=True,
        text=True,
        check=False,
    )
    return Path(done.stdout.strip()) if done.returncode == 0 else repository


def _run(command: list[str], commit: str) -> None:
    # What is set for the zkmark that runs is not meant for the one that is built.
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_LONGEST, env=kept
        )
    except subprocess.TimeoutExpired:
        raise RevisionBuildError(
            f"revision {commit[:12]}: its build still ran after {_LONGEST:g} s"
        ) from None
    if done.returncode != 0:
        lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        wrong = [line for line in lines if "error" in line.lower()] or lines or ["no word"]
        raise RevisionBuildError(f"revision {commit[:12]}: its build failed: {wrong[-1][:300]}")


def has_changes(repository: Path) -> bool:
    """Say whether a repository's files differ from its last commit; False where there is no git."""
    done = subprocess.run(
        ["git", "-C", str(repository), "status", "--porcelain", "--untracked-files=no"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0 and bool(done.stdout.strip())
