"""What a run ran with: zkmark's own state, packages, compiler, machine."""

from __future__ import annotations

import platform
import socket
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from zkmark._version import __version__

_GIT = "git in zkmark's source checkout"


def git_state(root: Path | None = None) -> dict[str, Any]:
    """Return the commit that zkmark runs from and whether files differ from it, as a value-field.

    Unavailable, with the reason, when zkmark was installed from a package. ``root`` is the
    checkout, found from where this module lies unless given.
    """

    def unavailable(reason: str) -> dict[str, Any]:
        return {"value": None, "source": _GIT, "status": "unavailable", "reason": reason}

    checkout = root or Path(__file__).resolve().parents[1]
    # Asking git alone will not do: an installed package may lie in somebody else's repository.
    if not (checkout / ".git").exists() or not (checkout / "pyproject.toml").is_file():
        return unavailable("zkmark does not run from a source checkout")

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(checkout), *arguments],
            check=True,
            capture_output=True,
            text=True,
            timeout=20,
        ).stdout.strip()

    try:
        commit = git("rev-parse", "HEAD")
        dirty = bool(git("status", "--porcelain", "--untracked-files=no"))
    except FileNotFoundError:
        return unavailable("git is not installed")
    except subprocess.TimeoutExpired:
        return unavailable("git gave no answer in 20 s")
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines()
        return unavailable(f"git failed: {lines[0] if lines else error.returncode}")
    return {"value": {"commit": commit, "dirty": dirty}, "source": _GIT, "status": "reported"}


def package_versions() -> dict[str, str]:
    """Return the version of every installed package, by name."""
    found = {d.metadata["Name"]: d.version for d in distributions() if d.metadata["Name"]}
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def native_build() -> dict[str, Any]:
    """Return how the native extension was compiled and what this machine runs of it."""
    try:
        from zkmark import _native
    except ImportError:
        return {"compiler": None, "flags": None, "isa_levels": []}
    return {
        "compiler": _native.compiler(),
        "flags": _native.compiler_flags(),
        "isa_levels": list(_native.isa_levels()),
    }


def machine_in_short(profile: dict[str, Any]) -> dict[str, Any]:
    """Return the machine in a line; ``profile`` has the rest."""
    from zkmark.hardware_profiles import plain

    return {
        "hostname": socket.gethostname(),
        "architecture": platform.machine(),
        "cpu": plain(profile, "cpu.model"),
        "processors": plain(profile, "cpu.usable_processors"),
    }


def python_version() -> str:
    """Return implementation and version: ``CPython 3.11.2``."""
    return f"{platform.python_implementation()} {platform.python_version()}"


def command_line() -> list[str]:
    """Return how this process was started, its program by name only."""
    program = Path(sys.argv[0])
    if program.name == "__main__.py":
        return ["python", "-m", program.parent.name, *sys.argv[1:]]
    return [program.name or "python", *sys.argv[1:]]


def zkmark_state() -> dict[str, Any]:
    """Return zkmark's version and git state."""
    return {"version": __version__, "git": git_state()}
