"""Sphinx configuration. ``make docs`` builds with warnings as errors and without a network."""

from zkmark._version import __version__

project = "zkmark"
author = "The zkmark developers"
copyright = "the zkmark developers"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": False}

nitpicky = False

html_theme = "furo"
html_title = f"zkmark {__version__}"
html_static_path = []
html_theme_options = {"navigation_with_keys": True}
