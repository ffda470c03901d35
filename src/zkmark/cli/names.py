"""The names that options take: which are known, complete, or were probably meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

from zkmark.cli.errors import RefusalError


def kernel_names() -> list[str]:
    """Return the kernels' names, and that of the machine for whole programs."""
    from zkmark.provers import CASE_TYPES

    return list(CASE_TYPES)


def backend_names() -> list[str]:
    """Return the backends' names, those that cannot run here too."""
    from zkmark.backends import BACKEND_NAMES

    return list(BACKEND_NAMES)


def field_names() -> list[str]:
    """Return the prime fields' ids."""
    from zkmark.kernels.fields.parameters import FIELDS

    return list(FIELDS)


def curve_names() -> list[str]:
    """Return the curves' ids."""
    from zkmark.kernels.curves.parameters import CURVES

    return list(CURVES)


def hash_names() -> list[str]:
    """Return the hashes' ids."""
    from zkmark.kernels.hashes.parameters import HASHES

    return list(HASHES)


def workload_names() -> list[str]:
    """Return the workloads' names."""
    from zkmark.provers.workloads.catalogue import WORKLOADS

    return list(WORKLOADS)


def suite_names() -> list[str]:
    """Return the names of the suites that come with zkmark."""
    from zkmark.suites.suite_file import list_suites

    return [path.stem for path in list_suites()]


def isa_names() -> list[str]:
    """Return this machine's instruction-set levels; empty without the native extension."""
    try:
        from zkmark import _native
    except ImportError:
        return []
    return list(_native.isa_levels())


def board_names() -> list[str]:
    """Return the ids of the boards in the catalogue."""
    from zkmark.hardware_profiles.boards import board_ids

    return list(board_ids())


def profile_names() -> list[str]:
    """Return the ids of the machines in the catalogue of profiles."""
    from zkmark.hardware_profiles.catalogue import catalogue

    return [entry.id for entry in catalogue()]


KNOWN: dict[str, Callable[[], list[str]]] = {
    "kernel": kernel_names,
    "backend": backend_names,
    "field": field_names,
    "curve": curve_names,
    "hash": hash_names,
    "isa": isa_names,
    "board": board_names,
    "workload": workload_names,
    "profile": profile_names,
}


def near(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """Return ``; did you mean X?`` for a name near a known one, else the list of the known ones.

    ``otherwise`` stands in for a list that is too long for a sentence.
    """
    names = list(known)
    close = get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]}?"
    return f", want one of {', '.join(names)}" if otherwise is None else otherwise


def check_name(kind: str, name: str) -> str:
    """Return a known name of a kind; refuse another one with the name that was probably meant."""
    known = KNOWN[kind]()
    if name not in known:
        raise RefusalError(f"--{kind}: got {name!r}{near(name, known)}")
    return name


def check_names(kind: str, names: Sequence[str] | None) -> list[str] | None:
    """Return known names of a kind, each once, in the order given; ``None`` stays ``None``.

    Commas separate too.
    """
    if not names:
        return None
    split = [part.strip() for name in names for part in name.split(",")]
    return list(dict.fromkeys(check_name(kind, name) for name in split))


def completer(kind: str) -> Callable[[str], list[str]]:
    """Return the shell completion of a kind's names."""

    def complete(incomplete: str) -> list[str]:
        return [name for name in KNOWN[kind]() if name.startswith(incomplete)]

    return complete
