"""Kernels of your own: modules that are loaded before anything is measured, here and in workers.

A plugin adds its case type to ``zkmark.kernels.case.CASE_TYPES`` and puts its implementations where
``zkmark.kernels.implementation`` looks for them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType


def load_plugin(name: str) -> ModuleType:
    """Import a plugin, a module's name or the path of a ``.py`` file, once.

    Raises ``ValueError`` for a file that is not there or not Python, or whose name another module
    has already, and what the plugin raises.
    """
    if not name.endswith(".py"):
        return import_module(name)
    path = Path(name).resolve()
    if (there := sys.modules.get(path.stem)) is not None:
        origin = getattr(there, "__file__", None)
        if origin is None or Path(origin).resolve() != path:
            # A plugin called json.py would never be loaded, and its kernels be missed in silence.
            raise ValueError(
                f"plugins: got {name!r}, but a module called {path.stem} is loaded already; "
                "give the file another name"
            )
        return there
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ValueError(f"plugins: got {name!r}, want the path of a Python file")
    module = module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[path.stem]
        raise
    return module
