"""Where compiled code is kept when the package's folder cannot be written to."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest
from numba.core import config

from zkmark.backends.numba.cache import prepare_cache


@pytest.fixture(autouse=True)
def unset(monkeypatch, tmp_path):
    monkeypatch.setattr(config, "CACHE_DIR", "")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / "user" / name)


def a_file(folder: Path) -> Path:
    """A path below a file: no folder can be made there, whoever asks."""
    (folder / "file").write_text("")
    return folder / "file" / "package"


def test_a_writable_package_keeps_its_own(tmp_path):
    prepare_cache(tmp_path)
    assert config.CACHE_DIR == ""


def test_a_package_that_is_not_writable_uses_the_users_cache(tmp_path):
    prepare_cache(a_file(tmp_path))
    assert str(tmp_path / "user" / "zkmark" / "numba") == config.CACHE_DIR
    assert Path(config.CACHE_DIR).is_dir()


def test_without_either_a_temporary_folder_is_used(tmp_path, monkeypatch):
    package = a_file(tmp_path)
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: package)
    prepare_cache(package)
    assert Path(config.CACHE_DIR).is_dir()


def test_what_the_user_set_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "CACHE_DIR", "/somewhere")
    prepare_cache(a_file(tmp_path))
    assert config.CACHE_DIR == "/somewhere"
