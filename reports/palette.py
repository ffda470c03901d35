"""Colours: one a backend and one a phase, the same in every table and chart.

The backends' are Okabe and Ito's (2008), which the colour-blind tell apart as well, each with a
lighter form for dark pages. Figures name them as CSS variables (``--cpu``), and the page puts in
the form that suits it.
"""

from __future__ import annotations

from collections.abc import Mapping

# Backend: colour on a light page, on a dark one, and the marker that tells it apart without colour.
_BACKENDS = {
    "cpu": ("#0072b2", "#4aa8e0", "circle"),
    "numba": ("#d98a00", "#f0b23c", "square"),
    "reference": ("#6b7280", "#a3acb8", "diamond"),
    "cuda": ("#00865f", "#2fc79a", "triangle-up"),
    "opencl": ("#b85c93", "#e294c0", "triangle-down"),
    "peer": ("#a3362e", "#e9857d", "cross"),
    "fpga": ("#c04f00", "#f58a4b", "star"),
}
_OTHER = ("#4b3f72", "#b3a4e0", "cross")
# Light, dark, middle: told apart by lightness, so that they are no backend's colour.
_PHASES = {
    "upload": ("#aab4c0", "#566373"),
    "compute": ("#3d4a5c", "#c3ccd8"),
    "download": ("#7c8899", "#8592a4"),
}
# The phases of a workload have the colours of a kernel's.
_LIKE = {"compile": "upload", "prove": "compute", "verify": "download"}
# Families of a proof's steps: Tol's muted scheme (2021), and greys for what is no kernel.
_FAMILIES = {
    "ntt": ("#332288", "#8f83e0"),
    "msm": ("#999999", "#7f7f7f"),
    "hash": ("#117733", "#4cb874"),
    "constraints": ("#cc6677", "#e08e9b"),
    "lookups": ("#ddcc77", "#ddcc77"),
    "fri": ("#88ccee", "#88ccee"),
    "deep": ("#882255", "#c96a9b"),
    "grinding": ("#999933", "#bcbc5c"),
    "transfer": ("#44aa99", "#44aa99"),
    "execution": ("#737d8c", "#97a1b0"),
    "other": ("#b8bec7", "#56606d"),
}


def backend_variable(backend: str) -> str:
    """Return the CSS variable of a backend's colour."""
    return f"--{backend}" if backend in _BACKENDS else "--other"


def backend_rank(backend: str) -> int:
    """Return a backend's place in legends."""
    return list(_BACKENDS).index(backend) if backend in _BACKENDS else len(_BACKENDS)


def phase_variable(phase: str) -> str:
    """Return the CSS variable of a phase's colour."""
    return f"--{_LIKE.get(phase, phase)}"


def family_variable(family: str) -> str:
    """Return the CSS variable of the colour of a family of a proof's steps."""
    return f"--family-{family if family in _FAMILIES else 'other'}"


def tint(variable: str) -> str:
    """Return the class of an element that is filled with a variable's colour.

    Shorter than a style of its own, of which a large page would hold thousands.
    """
    return f"c{variable.removeprefix('-')}"


def marker(backend: str) -> str:
    """Return the plotly symbol of a backend."""
    return _BACKENDS.get(backend, _OTHER)[2]


def variables(dark: bool) -> Mapping[str, str]:
    """Return every CSS variable with its colour on a light or on a dark page."""
    form = int(dark)
    backends = {f"--{name}": colours[form] for name, colours in _BACKENDS.items()}
    phases = {f"--{name}": colours[form] for name, colours in _PHASES.items()}
    families = {f"--family-{name}": colours[form] for name, colours in _FAMILIES.items()}
    return {**backends, "--other": _OTHER[form], **phases, **families}
