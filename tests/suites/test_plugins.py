"""Loading kernels of one's own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from zkmark.suites.plugins import load_plugin


def test_a_file_is_loaded_once(tmp_path: Path) -> None:
    path = tmp_path / "zkmark_plugin_once.py"
    path.write_text("loaded = [1]\n")
    first = load_plugin(str(path))
    first.loaded.append(2)
    assert load_plugin(str(path)) is first
    assert sys.modules.pop("zkmark_plugin_once") is first


@pytest.mark.parametrize("name", ["json", "sys"])
def test_a_file_named_like_another_module_is_refused_and_not_missed(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / f"{name}.py"
    path.write_text("raise RuntimeError\n")
    with pytest.raises(ValueError, match=f"a module called {name} is loaded already; give the"):
        load_plugin(str(path))


def test_a_file_that_fails_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "zkmark_plugin_failing.py"
    path.write_text("raise RuntimeError('not yet')\n")
    for _ in range(2):
        with pytest.raises(RuntimeError, match="not yet"):
            load_plugin(str(path))
    assert "zkmark_plugin_failing" not in sys.modules


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="want the path of a Python file"):
        load_plugin(str(tmp_path / "none.py"))
